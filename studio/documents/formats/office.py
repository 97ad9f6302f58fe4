"""doc, rtf, odt and mobi → docx or epub by a program that is installed: LibreOffice, Calibre.

Nothing is looked for before such a file is read. The program gets a copy of the file under a name
of ours, in a folder of its own, no settings of the user's, and seconds; then all that it started is
ended.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psutil

from studio.documents.formats.records import LARGEST_BYTES, Extracted, too_large
from studio.errors import InputError

SECONDS = 35.0  # less than the sandbox allows for a small file
KINDS = {"RTF": "rtf", "MOBI": "mobi"}  # what `studio.text.signature` calls them
WORD_STREAM = "WordDocument".encode("utf-16-le")  # in an OLE file: a text, no sheet and no slides
OLE = "DOC/XLS/PPT"
FORMS = ("doc", "rtf", "odt", "mobi")
LIBREOFFICE = (
    "soffice",
    "libreoffice",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    r"C:\Program Files\LibreOffice\program\soffice.exe",
)
CALIBRE = (
    "ebook-convert",
    "/Applications/calibre.app/Contents/MacOS/ebook-convert",
    r"C:\Program Files\Calibre2\ebook-convert.exe",
)


@dataclass(frozen=True)
class Converter:
    """A program and where it is looked for. into: the form that it makes."""

    name: str
    places: tuple[str, ...]
    into: str

    def found(self) -> str | None:
        """The program's path; None where it is not installed."""
        return next((path for place in self.places if (path := shutil.which(place))), None)


OFFICE = Converter("LibreOffice", LIBREOFFICE, "docx")
BOOKS = Converter("Calibre", CALIBRE, "epub")


def converter(form: str) -> Converter:
    """Who reads a form."""
    return BOOKS if form == "mobi" else OFFICE


def refuse_unreadable(name: str, form: str) -> None:
    """Raises InputError where the program that reads a form is not installed."""
    if converter(form).found():
        return
    do = (
        "Install Calibre, or convert it to epub, and add it again."
        if form == "mobi"
        else "Install LibreOffice, or save it as docx or txt, and add it again."
    )
    raise InputError(
        "{name} is a {form} file, which is read by {program}, and that is not installed.",
        do,
        name=name,
        form=form.upper(),
        program=converter(form).name,
    )


def read(name: str, data: bytes, form: str) -> Extracted:
    """The text as the program converts it. Raises InputError."""
    refuse_unreadable(name, form)
    made = _converted(name, data, form, converter(form))
    if form == "mobi":
        from studio.documents.formats import book

        return _as(form, book.read(name, made))
    from studio.documents.formats import word

    return _as(form, word.read(name, made))


def _as(form: str, made: Extracted) -> Extracted:
    made.form, made.encoding = form, form
    return made


def _converted(name: str, data: bytes, form: str, program: Converter) -> bytes:
    with tempfile.TemporaryDirectory(prefix="inkwell-", ignore_cleanup_errors=True) as held:
        folder = Path(held)
        source, target = folder / f"source.{form}", folder / f"source.{program.into}"
        source.write_bytes(data)
        ended = _run(_command(program, source, target), folder)
        if not ended:
            raise InputError(
                "{program} did not convert {name} within {seconds} seconds.",
                "Save it as docx, epub or txt in the program that made it and add that.",
                name=name,
                program=program.name,
                seconds=f"{SECONDS:.0f}",
            )
        if not target.is_file() or target.is_symlink():
            raise InputError(
                "{program} could not convert {name}.",
                "Save it as docx, epub or txt in the program that made it and add that.",
                name=name,
                program=program.name,
            )
        if target.stat().st_size > LARGEST_BYTES:
            raise too_large(name)
        return target.read_bytes()


def _command(program: Converter, source: Path, target: Path) -> list[str]:
    path = program.found() or program.places[0]
    if program is BOOKS:
        return [path, str(source), str(target)]
    profile = (source.parent / "profile").as_uri()
    return [
        path,
        f"-env:UserInstallation={profile}",
        "--headless",
        "--norestore",
        "--nodefault",
        "--nolockcheck",
        "--convert-to",
        program.into,
        "--outdir",
        str(target.parent),
        str(source),
    ]


def _run(command: list[str], folder: Path) -> bool:
    """Whether a program ended within its seconds. All that it started is ended with it."""
    kept = {key: os.environ[key] for key in ("PATH", "LANG", "SYSTEMROOT") if key in os.environ}
    home = {"HOME": str(folder), "TMPDIR": str(folder), "TEMP": str(folder), "TMP": str(folder)}
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=kept | home,
            start_new_session=os.name != "nt",
        )
    except OSError:
        return True  # what it should have made is not there
    try:
        process.wait(SECONDS)
        return True
    except subprocess.TimeoutExpired:
        return False
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kill the program's whole group, and what has left it."""
    started: list[psutil.Process] = []
    with contextlib.suppress(psutil.Error):
        started = psutil.Process(process.pid).children(recursive=True)
    if os.name != "nt":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    for one in started:
        with contextlib.suppress(psutil.Error):
            one.kill()
    with contextlib.suppress(OSError):
        process.kill()
    process.wait()
