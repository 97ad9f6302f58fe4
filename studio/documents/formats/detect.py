"""Which kind of file this is: by its first bytes, what a zip holds, its first lines, and last its
ending.
"""

import io
import re
import zipfile

from studio.documents.formats import office
from studio.documents.formats.archive_limits import checked_zip
from studio.documents.formats.records import damaged
from studio.documents.names import split_ending
from studio.errors import InputError
from studio.text.signature import HEAD_BYTES, kind_of_bytes, other_kind

BY_ENDING = {
    "md": "md",
    "markdown": "md",
    "html": "html",
    "htm": "html",
    "xhtml": "html",
    "mht": "mht",
    "mhtml": "mht",
    "srt": "srt",
    "ass": "ass",
    "ssa": "ass",
    "vtt": "vtt",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "json": "json",
    "csv": "csv",
    "tsv": "tsv",
    "tab": "tsv",
}
ZIPS = (b"PK\x03\x04", b"PK\x05\x06")
MEMBERS = {"xl/workbook.xml": "XLSX", "ppt/presentation.xml": "PPTX", "xl/workbook.bin": "XLSB"}
OPEN_DOCUMENT = b"application/vnd.oasis.opendocument."
OPEN_TEXT = (OPEN_DOCUMENT + b"text", OPEN_DOCUMENT + b"text-template")
# Possessive, so that a file of nothing but comments is not tried in every division of them.
HTML = re.compile(
    rb"(?:(?><\?xml[^>]*>)|(?><!--.*?-->)|\s)*+<(?:!doctype\s+html|html)\b",
    re.IGNORECASE | re.DOTALL,
)
CUE = re.compile(rb"\s*(\d+\s*\r?\n)?\s*\d{1,3}:\d\d:\d\d[,.]\d{1,3}\s*-->\s*\d")


def form_of(name: str, data: bytes) -> str:
    """txt, md, html, docx, pdf, epub, srt, ass, vtt, jsonl, json, csv or tsv; doc, rtf, odt or mobi
    where the program that reads it is installed.

    Raises InputError for what is none of these, saying what it is and what to do instead.
    """
    if data[:5] == b"%PDF-" or b"%PDF-" in data[:1024] and split_ending(name)[1].lower() == ".pdf":
        return "pdf"
    if data.startswith(ZIPS):
        return _zipped(name, data)
    if kind := kind_of_bytes(data[:HEAD_BYTES]):
        form = (
            "doc" if kind == office.OLE and office.WORD_STREAM in data else office.KINDS.get(kind)
        )
        if form is None:
            raise other_kind(name, kind)
        office.refuse_unreadable(name, form)
        return form
    ending = split_ending(name)[1].lower().removeprefix(".")
    if ending in ("pdf", "docx", "epub") and data.strip() and not _says(data, HTML):
        raise damaged(name, ending.upper())
    return _by_head(data) or BY_ENDING.get(ending, "txt")


def refuse_at_once(name: str, head: bytes) -> None:
    """Raises InputError for what the first 4096 bytes show to be no document that is read here."""
    kind = kind_of_bytes(head)
    form = office.KINDS.get(kind, "")
    if kind == office.OLE and split_ending(name)[1].lower() in (".doc", ".dot"):
        form = "doc"
    if form:
        office.refuse_unreadable(name, form)
    elif kind:
        raise other_kind(name, kind)


def is_zip(data: bytes) -> bool:
    """Whether the first bytes are those of a zip."""
    return data.startswith(ZIPS)


def zip_form(archive: zipfile.ZipFile) -> str:
    """docx, epub, odt, "zip" for an archive of files, or the name of an office format that is not
    read.
    """
    names = set(archive.namelist())
    if "word/document.xml" in names:
        return "docx"
    kind = b""
    if "mimetype" in names:
        with archive.open("mimetype") as member:
            kind = member.read(200).strip()
    if kind == b"application/epub+zip" or "META-INF/container.xml" in names:
        return "epub"
    if kind in OPEN_TEXT:
        return "odt"
    if kind.startswith(OPEN_DOCUMENT):
        return "OpenDocument"
    return next((form for member, form in MEMBERS.items() if member in names), "zip")


def _zipped(name: str, data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            form = zip_form(archive)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        OSError,
        RuntimeError,
        ValueError,
        EOFError,
    ) as error:
        raise damaged(name, split_ending(name)[1].removeprefix(".").upper() or "ZIP") from error
    if form == "zip":
        raise InputError(
            "{name} is a zip file, and no text can be read from it as it is.",
            "Add a zip by itself, not inside another one; or unpack it and add the folder.",
            name=name,
        )
    if form == "odt":
        checked_zip(name, data, "ODT")
        office.refuse_unreadable(name, form)
    elif form not in ("docx", "epub"):
        raise other_kind(name, form)
    return form


def _by_head(data: bytes) -> str | None:
    """html, vtt, ass or srt where the first lines say so, in any encoding; else None."""
    if _says(data, HTML):
        return "html"
    head = _ascii(data).lstrip()
    if head.startswith(b"WEBVTT"):
        return "vtt"
    if head[:13].lower() == b"[script info]":
        return "ass"
    return "srt" if CUE.match(head) else None


def _says(data: bytes, pattern: re.Pattern[bytes]) -> bool:
    return pattern.match(_ascii(data)) is not None


def _ascii(data: bytes) -> bytes:
    """The first bytes without a byte-order mark; of UTF-16 every other byte."""
    head = data[:HEAD_BYTES]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[2:].replace(b"\0", b"")
    return head.removeprefix(b"\xef\xbb\xbf")
