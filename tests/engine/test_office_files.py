"""doc, rtf, odt and mobi: read by a program where it is installed, else refused with its name."""

import io
import os
import stat
import sys
import time
import zipfile
from pathlib import Path

import psutil
import pytest

from studio import documents
from studio.documents.formats import extract, office
from studio.errors import InputError

OLE = b"\xd0\xcf\x11\xe0" + bytes(600)
WORD = OLE + "WordDocument".encode("utf-16-le") + bytes(600)
RTF = rb"{\rtf1 Hello}"
MOBI = bytes(60) + b"BOOKMOBI" + bytes(600)
FAKE = """#!{python}
import pathlib, shutil, subprocess, sys, time, os
{act}
into, out, source = sys.argv[-4], pathlib.Path(sys.argv[-2]), pathlib.Path(sys.argv[-1])
assert "--headless" in sys.argv and sys.argv[1].startswith("-env:UserInstallation=file://")
assert os.environ["HOME"] == str(out) and "INKWELL_KEY" not in os.environ
shutil.copyfile({made!r}, out / (source.stem + "." + into))
"""


def zipped(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as held:
        for name, text in files.items():
            held.writestr(name, text)
    return out.getvalue()


ODT = zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<x/>"})
FILES = [("a.doc", WORD), ("b.rtf", RTF), ("c.odt", ODT), ("d.mobi", MOBI), ("e.azw3", MOBI)]


@pytest.fixture
def nothing_installed(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    for one in (office.OFFICE, office.BOOKS):
        monkeypatch.setattr(type(one), "found", lambda self: None)


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """Puts a program called soffice, which does `act` and then converts, first on the path."""

    def put(act=""):
        import docx

        made = docx.Document()
        made.add_heading("One", 1)
        made.add_paragraph("Words of the document.")
        made.save(str(tmp_path / "made.docx"))
        program = tmp_path / "soffice"
        text = FAKE.format(python=sys.executable, act=act, made=str(tmp_path / "made.docx"))
        program.write_text(text, encoding="utf-8")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    return put


@pytest.mark.parametrize(("name", "data"), FILES)
def test_without_the_program_the_refusal_says_what_to_install(nothing_installed, name, data):
    with pytest.raises(InputError) as refused:
        extract(name, data)
    assert name in refused.value.what and "not installed" in refused.value.what
    program = "Calibre" if data is MOBI else "LibreOffice"
    assert program in refused.value.what and program in refused.value.do


def test_the_window_refuses_at_the_first_bytes(nothing_installed, tmp_path):
    for name, data in FILES:
        if data is not ODT:
            (tmp_path / name).write_bytes(data)
            with pytest.raises(InputError, match="not installed"):
                documents.refuse_at_once(name, tmp_path / name)


@pytest.mark.skipif(os.name == "nt", reason="the program is a script")
@pytest.mark.parametrize(("name", "data"), FILES[:3])
def test_what_the_program_makes_is_read(installed, monkeypatch, tmp_path, name, data):
    installed()
    monkeypatch.setenv("INKWELL_KEY", "secret")
    made = extract(name, data)
    assert made.text == "# One\n\nWords of the document." and made.changed
    assert made.form == name[-3:] and [label for _, _, label in made.places] == ["One"]
    (tmp_path / name).write_bytes(data)
    documents.refuse_at_once(name, tmp_path / name)


@pytest.mark.skipif(os.name == "nt", reason="the program is a script")
def test_a_program_that_hangs_is_ended_with_all_that_it_started(installed, monkeypatch, tmp_path):
    pids = tmp_path / "pids"
    act = (
        "one = subprocess.Popen(['sleep', '600'])\n"
        "two = subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
        f"pathlib.Path({str(pids)!r}).write_text(f'{{one.pid}} {{two.pid}}')\ntime.sleep(600)"
    )
    installed(act)
    monkeypatch.setattr(office, "SECONDS", 3.0)
    with pytest.raises(InputError, match="within 3 seconds"):
        extract("a.rtf", RTF)
    until = time.monotonic() + 5
    alive = [int(pid) for pid in pids.read_text().split()]
    while alive and time.monotonic() < until:
        alive = [pid for pid in alive if _runs(pid)]
    assert not alive


def _runs(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.skipif(os.name == "nt", reason="the program is a script")
def test_a_program_that_makes_nothing_is_named(installed):
    installed("sys.exit(1)")
    with pytest.raises(InputError, match="LibreOffice could not convert a.rtf"):
        extract("a.rtf", RTF)


def test_sheets_slides_and_bombs_are_not_given_to_a_program(installed, monkeypatch):
    monkeypatch.setattr(office, "_run", lambda *_: pytest.fail("it was started"))
    installed()
    with pytest.raises(InputError, match="DOC/XLS/PPT"):
        extract("a.xls", OLE)
    with pytest.raises(InputError, match="OpenDocument"):
        extract("a.ods", zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as held:
        held.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        held.writestr("content.xml", b" " * 30_000_000)
    with pytest.raises(InputError, match="unpacks to far more"):
        extract("a.odt", out.getvalue())


def test_nothing_is_looked_for_before_such_a_file_comes(monkeypatch):
    monkeypatch.setattr(office.shutil, "which", lambda *_: pytest.fail("looked for a program"))
    assert extract("a.txt", b"words").text == "words"
    assert Path(office.__file__).name == "office.py"
