"""Documents: decoding, names, refusals, and that a reference can never be a path."""

import io
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio import documents
from studio.dialogue.records import Utterance
from studio.documents.names import display_name
from studio.errors import InputError, WorkspaceError
from studio.store import chunks, jobs, rows, sets, utterances
from studio.store import documents as document_rows
from studio.store.jobs import JobRow
from studio.store.rows import NewRow
from studio.text.encoding import decode
from tests.filling import Piece

CHINESE = (
    "第一回 灵根育孕源流出\r\n　　那座山上有一块仙石，其石有三丈六尺五寸高。"
    "他说：“我们都在这里，你要去哪里？”\r\n"
)
TRADITIONAL = (
    "第一回 靈根育孕源流出\r\n　　那座山上有一塊仙石。他說：「我們都在這裡，你要去哪裡？」\r\n"
)
WESTERN = "It’s a café – “naïve”, he said; the façade cost £5 more…\n" * 3


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", CHINESE),
        ("utf-8-sig", CHINESE),
        ("utf-16", CHINESE),
        ("utf-16-le", CHINESE),
        ("utf-16-be", CHINESE),
        ("utf-32", CHINESE),
        ("gb18030", CHINESE),
        ("gbk", "你好，世界。"),
        ("big5", TRADITIONAL),
        ("big5", "我們說：「好。」"),
        ("cp1252", WESTERN),
        ("utf-16-le", "Plain English text.\r\n"),
        ("cp1251", "Он сказал, что придёт завтра утром. Она не ответила.\n" * 4),
        ("euc_jp", "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。\n" * 4),
        ("cp932", "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。\n" * 4),
        ("cp949", "나는 어제 학교에 갔습니다. 그리고 친구를 만났습니다.\n" * 4),
    ],
)
def test_a_text_is_decoded_exactly(workspace, encoding, text):
    document = documents.add(workspace, "book.txt", text.encode(encoding))
    assert documents.text(workspace, document) == text
    assert document.chars == len(text)
    assert document.path.read_bytes() == text.encode("utf-8")


def test_a_few_broken_bytes_do_not_cost_the_book(workspace):
    data = (CHINESE * 40).encode("gb18030")
    document = documents.add(workspace, "old.txt", data[:400] + b"\xff" + data[400:])
    text = documents.text(workspace, document)
    assert document.encoding.startswith("gb18030, ")
    assert 1 <= text.count("\ufffd") <= 3
    assert len(text) > 0.99 * len(CHINESE * 40)


def docx() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("word/document.xml", "<w:document/>")
    return held.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" \r\n\t ",
        "\ufeff　\n".encode(),
        b"%PDF-1.7\n1 0 obj",
        b"\x89PNG\r\n\x1a\n" + bytes(40),
        docx(),
        b"abc\0\0\0def\x01\x02" * 9,
        b"<!DOCTYPE html><script>hello",
        bytes(range(256)) * 20,
        b"\xff\xfe\x00\xd8ab",
    ],
)
def test_what_is_no_text_is_refused_in_one_sentence(workspace, data):
    with pytest.raises(InputError) as refused:
        documents.add(workspace, "thing.txt", data)
    assert "thing.txt" in refused.value.sentence
    assert not documents.listing(workspace)
    assert not list(workspace.documents.iterdir())


def test_a_refusal_says_which_files_work():
    with pytest.raises(InputError, match=r"Save it as txt, md, html, docx, pdf"):
        decode(b"PK\x03\x04" + bytes(99), "book.bin")


def test_over_200_mb_is_refused(workspace, monkeypatch, tmp_path):
    monkeypatch.setattr("studio.documents.library.LARGEST_BYTES", 10)
    monkeypatch.setattr("studio.documents.packs.LARGEST_BYTES", 10)
    (tmp_path / "big.txt").write_text("a" * 11)
    with pytest.raises(InputError, match="200 MB"):
        documents.add(workspace, "big.txt", b"a" * 11)
    with pytest.raises(InputError, match="200 MB"):
        documents.import_path(workspace, tmp_path / "big.txt")


def test_the_same_again_is_the_same_and_another_text_gets_a_number(workspace):
    first = documents.add(workspace, "a.txt", b"one")
    second = documents.add(workspace, "a.txt", b"two")
    third = documents.add(workspace, "a.txt", "\ufefftwo".encode("utf-16-le"))
    assert (first.name, second.name) == ("a.txt", "a (2).txt")
    assert third == second
    assert documents.add(workspace, "a.txt", b"one") == first
    assert [d.name for d in documents.listing(workspace)] == ["a (2).txt", "a.txt"]
    assert documents.get(workspace, "a (2).txt") == second == documents.get(workspace, second.id)


def test_a_kill_between_file_and_row_leaves_nothing_wrong(workspace):
    document = documents.add(workspace, "a.txt", b"text")
    with workspace.store.write() as db:
        document_rows.delete(db, document.id)
    assert document.path.exists()
    assert not documents.listing(workspace)
    again = documents.add(workspace, "a.txt", b"text")
    assert again.id == document.id
    assert documents.text(workspace, again) == "text"


def test_adding_again_brings_a_lost_text_back(workspace):
    document = documents.add(workspace, "a.txt", b"text")
    document.path.unlink()
    with pytest.raises(WorkspaceError, match="Add the document again"):
        documents.text(workspace, document)
    assert documents.add(workspace, "a.txt", b"text") == document
    assert documents.text(workspace, document) == "text"


@pytest.mark.parametrize(
    "reference",
    [
        "../a.txt",
        "/etc/passwd",
        "sample:../presets.py",
        "sample:/etc/passwd",
        "sample:",
        "sample:about.yaml",
        "nothing",
        "",
        None,
        3,
        "documents/a.txt",
    ],
)
def test_a_reference_is_never_a_path(workspace, reference):
    documents.add(workspace, "a.txt", b"text")
    with pytest.raises(InputError):
        documents.get(workspace, reference)


def test_samples_are_added_on_first_use(workspace):
    assert documents.samples()
    for name in documents.samples():
        first = documents.get(workspace, f"sample:{name}")
        assert first.name == name
        assert documents.get(workspace, f"sample:{name}") == first
    assert len(documents.listing(workspace)) == len(documents.samples())
    assert documents.sample_facts("../about.yaml") == {}


def test_a_file_from_disk(workspace, tmp_path):
    (tmp_path / "书.txt").write_bytes(CHINESE.encode("gb18030"))
    assert (
        documents.text(workspace, documents.import_path(workspace, tmp_path / "书.txt")) == CHINESE
    )
    with pytest.raises(InputError, match="cannot be read"):
        documents.import_path(workspace, tmp_path / "none.txt")


@given(st.text(max_size=300))
def test_a_name_is_always_fit_to_show(name):
    shown = display_name(name)
    assert 1 <= len(shown) <= 80
    assert not set(shown) & set('/\\<>:"|?*\n\0')
    assert shown == shown.strip(". ")
    assert display_name(shown) == shown


def test_names_keep_what_people_call_their_books():
    assert display_name("C:\\books\\西游记（上）.txt") == "西游记（上）.txt"
    assert display_name("../../etc/pass wd.md") == "pass wd.md"
    assert display_name("\u202e\0/") == "document.txt"


def test_documents_from_before_read_as_ever(workspace):
    document = documents.add(workspace, "a.txt", b"text")
    with workspace.store.write() as db:
        row = document_rows.get(db, document.id)
        document_rows.delete(db, document.id)
        document_rows.add(db, replace(row, meta={}))
    old = documents.get(workspace, document.id)
    assert (old.parent, old.meta, documents.text(workspace, old)) == (None, {}, "text")
    assert documents.places(workspace, old) == []
    assert documents.place_of(workspace, old, 2) == ""


def test_a_text_of_the_studios_own_keeps_its_parent_and_meta(workspace):
    book = documents.add(workspace, "book.txt", "１２ 章".encode())
    meta = {"cleaning": {"width": 2}, "offsets": "documents/x.offsets", "form": "txt"}
    cleaned = documents.add_text(
        workspace, "book (cleaned).txt", "12 章", parent=book.id, meta=meta
    )
    assert cleaned == documents.get(workspace, cleaned.id)
    assert (cleaned.parent, cleaned.meta, documents.text(workspace, cleaned)) == (
        book.id,
        meta,
        "12 章",
    )
    assert (
        documents.add_text(workspace, "book (cleaned).txt", "12 章", parent=book.id, meta=meta)
        == cleaned
    )
    assert hash(cleaned)
    with pytest.raises(InputError, match="empty"):
        documents.add_text(workspace, "x.txt", " \n")


def test_renaming(workspace):
    one, two = documents.add(workspace, "one.txt", b"1"), documents.add(workspace, "two.txt", b"2")
    assert documents.rename(workspace, one.id, "西游记").name == "西游记.txt"
    with pytest.raises(InputError, match=r"Another document is called 西游记\.txt"):
        documents.rename(workspace, two.id, "西游记.txt")
    with pytest.raises(InputError):
        documents.rename(workspace, two.id, "  ")
    assert len(documents.rename(workspace, two.id, "长" * 90).name) == 80
    assert documents.add(workspace, "one.txt", b"1").id == one.id


def test_a_document_is_deleted_with_its_files(workspace):
    document = documents.add(workspace, "a.csv", b"text\nhello\n")
    assert len(list(workspace.documents.iterdir())) == 3
    documents.delete(workspace, document.id)
    assert not documents.listing(workspace)
    assert not list(workspace.documents.iterdir())
    assert documents.add(workspace, "a.csv", b"text\nhello\n").id == document.id


@pytest.mark.parametrize("table", ["chunks", "utterances", "rows", "child", "job"])
def test_what_something_stands_on_is_not_deleted(workspace, table):
    document = documents.add(workspace, "a.txt", b"text")
    line = Utterance(
        start=0, end=4, text="text", speaker=None, addressee=None, confidence=1, method="rule"
    )
    job = JobRow(
        id="j", kind="chunk", state="running", spec={"documents": [document.id]}, fingerprint="f"
    )
    with workspace.store.write() as db:
        sets.add(db, "s", table, "my set")
        if table == "job":
            jobs.add(db, job)
        elif table == "chunks":
            chunks.append(db, "s", document.id, [Piece(0, 4, "text")])
        elif table == "utterances":
            utterances.add(db, "s", document.id, [line])
        elif table == "rows":
            rows.add(db, "s", NewRow(unit="u", data={}, document=document.id))
    if table == "child":
        documents.add_text(workspace, "b.txt", "text", parent=document.id)
    with pytest.raises(InputError, match=r"a\.txt"):
        documents.delete(workspace, document.id)
    assert documents.text(workspace, documents.get(workspace, document.id)) == "text"
