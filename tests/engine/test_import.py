"""Importing files, folders and zips: by the job, by the command line, and what must never
happen.
"""

import io
import os
import zipfile

import pytest

from studio import documents
from studio.documents import incoming, job, packs
from studio.documents.names import member_name
from studio.documents.spec import ImportJob
from studio.errors import InputError, SpecError, Stopped
from studio.jobs import records
from studio.jobs.context import Job
from tests.other_process import loaded_by


def make_zip(path, files, mode=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", mode) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return path


def make_job(workspace, paths, **fields):
    spec = ImportJob(paths=[str(path) for path in paths], **fields)
    record, _ = records.create(workspace, spec, parent=None, step=None)
    folder = workspace.run_folder(record.id)
    folder.mkdir(parents=True, exist_ok=True)
    return spec, Job(id=record.id, workspace=workspace, folder=folder)


def run(workspace, paths, **fields):
    spec, worker = make_job(workspace, paths, **fields)
    records.set_state(workspace, worker.id, "done")  # the next one of the same paths is another job
    return job.run(spec, worker)


def names(workspace):
    return sorted(document.name for document in documents.listing(workspace))


def test_a_mixed_folder_is_imported_and_a_bad_file_named(workspace, tmp_path):
    folder = tmp_path / "books"
    for name, data in {
        "卷一/1.txt": "第一回".encode("gb18030"),
        "卷二/1.txt": "第二回".encode(),
        "page.html": b"<html><p>page</html>",
        "rows.csv": b"text,n\nrow,1\n",
        "bad.docx": b"PK\x03\x04 broken",
        "卷二/.DS_Store": b"\0",
        "__MACOSX/x.txt": b"x",
        "Thumbs.db": b"\0",
        "~$doc.docx": b"\0",
        "inner.zip": b"PK\x05\x06" + bytes(18),
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    result = run(workspace, [folder])
    assert names(workspace) == ["page.html", "rows.csv", "卷一／1.txt", "卷二／1.txt"]
    assert (result["added"], result["known"], len(result["documents"])) == (4, 0, 4)
    assert [skipped["name"] for skipped in result["skipped"]] == ["bad.docx", "inner.zip"]
    assert all(
        skipped["name"] in skipped["what"] and skipped["do"] for skipped in result["skipped"]
    )
    assert documents.text(workspace, documents.get(workspace, "卷一／1.txt")) == "第一回"
    again = run(workspace, [folder])
    assert (again["added"], again["known"], again["documents"]) == (0, 4, result["documents"])


def test_an_upload_is_staged_imported_and_removed(workspace, tmp_path):
    upload = make_zip(tmp_path / "u.zip", [("a/书.txt", "甲"), ("b/书.txt", "乙")])
    staged = [
        documents.stage(workspace, "两卷.zip", upload),
        documents.stage(workspace, "../../x/novel.md", upload.parent / "u.zip"),
    ]
    assert all(reference.startswith("incoming:") and "/" not in reference for reference in staged)
    assert len(list((workspace.path / "incoming").iterdir())) == 2
    result = run(workspace, staged[:1])
    assert names(workspace) == ["a／书.txt", "b／书.txt"]
    assert result["added"] == 2
    assert [path.name for path in (workspace.path / "incoming").iterdir()] == [
        staged[1].removeprefix("incoming:")
    ]
    assert upload.exists()


@pytest.mark.parametrize(
    "reference",
    [
        "incoming:../inkwell.db",
        "incoming:/etc/passwd",
        "incoming:0123456789ab-../../inkwell.db",
        "incoming:",
        "incoming:0123456789ab-none.txt",
        "incoming:0123456789ab-..",
        "incoming:link",
    ],
)
def test_a_staged_reference_leads_nowhere_else(workspace, tmp_path, reference):
    documents.stage(workspace, "a.txt", make_zip(tmp_path / "a.txt", [("x.txt", "text")]))
    os.symlink("/etc/passwd", workspace.path / "incoming" / "0123456789ab-link.txt")
    for wanted in (reference, "incoming:0123456789ab-link.txt"):
        with pytest.raises(InputError):
            run(workspace, [wanted])
    assert (workspace.path / "inkwell.db").exists()
    assert not documents.listing(workspace)


def test_long_and_odd_upload_names_fit(workspace, tmp_path):
    (tmp_path / "up").write_bytes("文".encode())
    for name in ("长" * 300 + ".txt", "con.txt", "a\0b.txt", "..", "𠀀" * 90 + ".md"):
        reference = documents.stage(workspace, name, tmp_path / "up")
        assert run(workspace, [reference])["documents"]
    with pytest.raises(InputError, match="no longer there"):
        documents.stage(workspace, "a.txt", tmp_path / "none")


class Killed(BaseException):
    """A kill at some instant."""


@pytest.mark.parametrize("moment", range(6))
def test_a_killed_import_goes_on_where_it_was(workspace, tmp_path, monkeypatch, moment):
    upload = make_zip(
        tmp_path / "u.zip", [(f"{n}.txt", f"text {n}") for n in range(4)] + [("bad.pdf", b"%PDF-")]
    )
    reference = documents.stage(workspace, "u.zip", upload)
    spec, worker = make_job(workspace, [reference, tmp_path / "none.txt"])
    calls, read = [], job.keep_listed

    def counted(*given):
        calls.append(given[1].name)
        if len(calls) == moment + 1:
            raise Killed
        return read(*given)

    with monkeypatch.context() as patched:
        patched.setattr(job, "keep_listed", counted)
        patched.setattr(
            incoming, "discard", lambda *_: (_ for _ in ()).throw(Killed)
        )  # the last instant: all done, nothing cleared
        with pytest.raises(Killed):
            job.run(spec, worker)
    begun = len(documents.listing(workspace))
    assert begun == min(moment, 4)
    result = job.run(spec, worker)
    assert (result["added"], result["known"], len(result["skipped"])) == (4, 0, 2)
    assert len(documents.listing(workspace)) == 4
    assert not list((workspace.path / "incoming").iterdir())
    assert job.run(spec, worker) == result


def test_a_stop_keeps_what_is_finished(workspace, tmp_path):
    for n in range(3):
        (tmp_path / f"{n}.txt").write_text(f"text {n}")
    spec, worker = make_job(workspace, [tmp_path / f"{n}.txt" for n in range(3)])
    checked = worker.check_stop
    worker.check_stop = lambda: (
        (_ for _ in ()).throw(Stopped) if documents.listing(workspace) else checked()
    )
    with pytest.raises(Stopped):
        job.run(spec, worker)
    assert names(workspace) == ["0.txt"]
    worker.check_stop = checked
    assert job.run(spec, worker)["added"] == 3


def test_progress_counts_files_and_bytes(workspace, tmp_path):
    (tmp_path / "a.txt").write_text("abc")
    upload = make_zip(tmp_path / "b.zip", [("1.txt", "12345")])
    spec, worker = make_job(workspace, [tmp_path / "a.txt", upload])
    job.run(spec, worker)
    told = records.get(workspace, worker.id).progress
    assert {key: told[key] for key in ("done", "total", "unit", "bytes", "bytes_total")} == {
        "done": 2,
        "total": 2,
        "unit": "files",
        "bytes": 8,
        "bytes_total": 8,
    }


def test_nothing_good_is_one_clear_failure(workspace, tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"%PDF-")
    with pytest.raises(InputError, match=r"a\.pdf is damaged"):
        run(workspace, [tmp_path / "a.pdf"])
    with pytest.raises(InputError, match=r"None of the 2 files could be added, a\.pdf the first"):
        run(workspace, [tmp_path / "a.pdf", tmp_path / "none.txt"])
    with pytest.raises(SpecError, match="No file is chosen"):
        run(workspace, ["", "  "])
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="empty holds no file"):
        run(workspace, [tmp_path / "empty"])


def test_a_column_is_named_for_all_tables(workspace, tmp_path):
    (tmp_path / "a.csv").write_text("title,text\nT,body\n")
    (tmp_path / "b.csv").write_text("text\nbody\n")
    result = run(workspace, [tmp_path / "a.csv", tmp_path / "b.csv"], text_column="title")
    assert documents.text(workspace, documents.get(workspace, "a.csv")) == "T"
    assert "no column title" in result["skipped"][0]["what"]


def test_what_was_read_and_left_out_is_in_the_result(workspace, tmp_path):
    (tmp_path / "chat.csv").write_text(
        "Author,Date,Content\nMia,01-May-24 12:03 PM,so?\nleo,01-May-24 12:04 PM,\n"
        "leo,01-May-24 12:05 PM,no\nMia,01-May-24 12:06 PM,why\n"
    )
    chapters = "".join(f"Chapter {n}\n\nWords.\n\n" for n in (1, 2, 3))
    (tmp_path / "two.txt").write_text(f"# The Mill\n\n{chapters}# The Quay\n\n{chapters}")
    result = run(workspace, [tmp_path / "chat.csv", tmp_path / "two.txt"])
    assert result["columns"] == [
        {"name": "chat.csv", "column": "Content", "speaker_column": "Author"}
    ]
    assert result["left_out"] == [{"name": "chat.csv", "wordless": 1}]
    assert result["books"] == [
        {"name": "two.txt", "titles": ["The Mill", "The Quay"], "apart": False}
    ]
    again = run(workspace, [tmp_path / "chat.csv"], text_column="Author", speaker_column="Content")
    found = documents.get(workspace, again["documents"][0])
    assert documents.text(workspace, found).startswith("so?: Mia")


# --- names inside zips ---


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("gb18030", "诡秘之主/第一章 绯红.txt"),
        ("gbk", "饕餮.txt"),
        ("big5", "紅樓夢/第一回.txt"),
        ("cp932", "小説/こころ.txt"),
        ("utf-8", "史记/本纪.txt"),
        ("cp437", "café/été.txt"),
    ],
)
def test_names_in_old_encodings_are_recovered(tmp_path, encoding, name):
    path = tmp_path / "old.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("x" * len(name.encode(encoding)))
        archive.writestr(info, "text")
        archive.writestr("plain.txt", "text")
    placeholder = b"x" * len(name.encode(encoding))
    path.write_bytes(path.read_bytes().replace(placeholder, name.encode(encoding)))
    with packs.opened(path) as entries:
        assert [entry.name for entry in entries] == [name.replace("/", "／"), "plain.txt"]


def test_names_that_lead_out_are_only_names(workspace, tmp_path):
    wild = [
        "../../up.txt",
        "/etc/abs.txt",
        "C:\\win\\drive.txt",
        "a/../b.txt",
        "..",
        "nul\0l.txt",
        "‮rtl.txt",
    ]
    path = make_zip(
        tmp_path / "wild.zip", [(name, f"text {number}") for number, name in enumerate(wild)]
    )
    result = run(workspace, [path])
    assert result["added"] == len(wild)
    assert {p.parent for p in workspace.path.rglob("*.txt") if "runs" not in p.parts} == {
        workspace.documents
    }
    assert {"up.txt", "etc／abs.txt", "win／drive.txt", "a／b.txt", "rtl.txt"} <= set(
        names(workspace)
    )


def test_a_member_name_is_short_and_keeps_the_file():
    assert member_name("外/" * 60 + "里/书.txt").endswith("里／书.txt")
    assert len(member_name("外/" * 60 + "书.txt")) <= 80
    assert member_name("/".join("长" * 50 for _ in range(3)) + "/1.txt").endswith("／1.txt")
    assert member_name("") == "document.txt"


def test_equal_names_in_one_zip_do_not_clash(workspace, tmp_path):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("a.txt", "one")
        archive.writestr("a.txt", "two")
    (tmp_path / "t.zip").write_bytes(held.getvalue())
    assert run(workspace, [tmp_path / "t.zip"])["added"] == 2
    assert names(workspace) == ["a (2).txt", "a.txt"]


# --- limits ---


def test_a_bomb_is_not_unpacked(workspace, tmp_path):
    path = make_zip(tmp_path / "bomb.zip", [("zeros.txt", b" " * 30_000_000), ("good.txt", "text")])
    result = run(workspace, [path])
    assert names(workspace) == ["good.txt"]
    assert "200 to 1" in result["skipped"][0]["what"]


def test_too_many_and_too_much_are_refused(workspace, tmp_path, monkeypatch):
    path = make_zip(tmp_path / "many.zip", [(f"{n}.txt", "text") for n in range(5)])
    monkeypatch.setattr(packs, "MOST_FILES", 4)
    with pytest.raises(InputError, match=r"many\.zip holds more than 4 files"):
        documents.import_paths(workspace, path)
    monkeypatch.setattr(packs, "MOST_FILES", 9)
    monkeypatch.setattr(packs, "MOST_BYTES", 19)
    with pytest.raises(InputError, match="larger than 2 GB together"):
        documents.import_paths(workspace, path)
    monkeypatch.setattr(packs, "MOST_BYTES", 20)
    monkeypatch.setattr(packs, "LARGEST_BYTES", 3)
    with pytest.raises(InputError, match="None of the 5"):
        documents.import_paths(workspace, path)


def test_a_locked_and_a_damaged_member_are_named(workspace, tmp_path):
    path = make_zip(
        tmp_path / "m.zip",
        [("locked.txt", "text"), ("crc.txt", "broken here"), ("good.txt", "text")],
        zipfile.ZIP_STORED,
    )
    data = bytearray(path.read_bytes().replace(b"broken here", b"BROKEN here"))
    data[data.index(b"PK\x01\x02") + 8] |= 1  # the flag of encryption, in the directory
    path.write_bytes(data)
    told = [skipped["what"] for skipped in run(workspace, [path])["skipped"]]
    assert told == ["locked.txt is locked with a password.", "crc.txt is damaged inside the zip."]


# --- command line and window ---


def test_paths_of_the_command_line(workspace, tmp_path):
    path = make_zip(tmp_path / "t.zip", [("a.txt", "one"), ("b.txt", "two"), ("bad.pdf", "%PDF-")])
    bad = []
    found = documents.import_paths(workspace, path, skipped=bad)
    assert [document.name for document in found] == ["a.txt", "b.txt"]
    assert [error.values["name"] for error in bad] == ["bad.pdf"]
    (tmp_path / "c.txt").write_text("three")
    assert [d.name for d in documents.import_paths(workspace, tmp_path / "c.txt")] == ["c.txt"]
    with pytest.raises(InputError, match="several files"):
        documents.import_path(workspace, path)
    with pytest.raises(InputError, match="cannot be read"):
        documents.import_paths(workspace, tmp_path / "none")


def test_a_docx_from_disk_is_a_file_and_no_pack(workspace, tmp_path):
    import docx

    document = docx.Document()
    document.add_paragraph("第一条")
    document.save(tmp_path / "law.docx")
    assert (
        documents.text(workspace, documents.import_path(workspace, tmp_path / "law.docx"))
        == "第一条"
    )


@pytest.mark.parametrize(
    ("name", "size", "light"),
    [
        ("a.txt", 20 << 20, True),
        ("A.MD", 5, True),
        ("a.srt", 5, True),
        ("a.txt", (20 << 20) + 1, False),
        ("a.pdf", 5, False),
        ("a.zip", 5, False),
        ("a", 5, False),
    ],
)
def test_what_is_light_enough_for_the_window(name, size, light):
    assert documents.quick(name, size) is light
    assert ".zip" in documents.KINDS


def test_the_windows_process_loads_no_reader():
    readers = ("lxml", "docx", "pypdfium2", "pysubs2")
    assert loaded_by("import studio.documents", *readers, "zipfile") == ["zipfile"]


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("run.txt", b"\x7fELF\x02\x01\x01" + bytes(90), r"is a program \(ELF\)"),
        ("setup.txt", b"MZ\x90\0\x03" + bytes(90), r"is a program \(EXE\)"),
        ("page.md", b"\x89PNG\r\n\x1a\n" + bytes(40), "is a PNG file"),
        ("book.txt", b"\x1f\x8b\x08\0" + bytes(40), "is a GZIP file"),
    ],
)
def test_what_is_no_text_is_refused_before_it_is_read(workspace, tmp_path, name, data, told):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=told):
        documents.refuse_at_once(name, tmp_path / name)
    with pytest.raises(InputError, match=told):
        documents.add_quickly(workspace, name, tmp_path / name)


@pytest.mark.parametrize(
    "data",
    [b"MZ was a poet.\n", b"BM: hello\n", b"ORCs came.\n", b"ID3 tags are\n", b"GIF", b"II*"],
)
def test_a_text_that_begins_like_one_of_them_is_a_text(workspace, tmp_path, data):
    (tmp_path / "a.txt").write_bytes(data)
    found = documents.add_quickly(workspace, "a.txt", tmp_path / "a.txt")
    assert documents.text(workspace, documents.get(workspace, found)) == data.decode()
