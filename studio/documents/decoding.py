"""Bytes → text: byte-order marks, UTF-8, UTF-16, GB18030, Big5 and what charset-normalizer finds."""

import codecs
import re

from studio.errors import InputError

MAX_BYTES = 200 * 1024 * 1024
MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
         (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
BINARY = (b"%PDF", b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"\x7fELF", b"\xd0\xcf\x11\xe0", b"MZ\x90", b"Rar!", b"7z\xbc\xaf", b"GGUF")
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
# A character of everyday Chinese; decoding with the wrong table yields rare ones instead.
COMMON = re.compile(r"[的一是不了在人有我他這这中大來来上個个國国說说們们為为子道你和那要就出也到时時，。：“”、？！]")


def decode(data: bytes, name: str = "file") -> tuple[str, str]:
    """(text, encoding) of a text file; the mark at its beginning is left off, line ends are kept. Raises InputError."""
    if len(data) > MAX_BYTES:
        raise InputError("{name} is larger than 200 MB.", "Split it into parts and add those.", name=name)
    if not data.strip():
        raise InputError("The file {name} is empty.", "Choose a file with text.", name=name)
    if data.startswith(BINARY):
        raise _not_text(name)
    text, encoding = _by_mark(data) or _by_trial(data, name)
    if len(CONTROL.findall(text[:200_000])) > max(4, len(text[:200_000]) // 500):
        raise _not_text(name)
    if not text.strip("\ufeff \t\r\n\u3000"):
        raise InputError("The file {name} is empty.", "Choose a file with text.", name=name)
    return text, encoding


def _not_text(name: str) -> InputError:
    return InputError("{name} is not a text file.", "Add a .txt or .md file; save other formats as text first.", name=name)


def _by_mark(data: bytes) -> tuple[str, str] | None:
    for mark, encoding in MARKS:
        if data.startswith(mark):
            try:
                return data[len(mark):].decode(encoding), encoding
            except UnicodeDecodeError:
                return None
    return None


def _by_trial(data: bytes, name: str) -> tuple[str, str]:
    """UTF-8 if it is that; UTF-16 by its zero bytes; else the Chinese table with more everyday characters."""
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    if data[:4000].count(0) > len(data[:4000]) // 5:
        encoding = "utf-16-le" if data[1:4000:2].count(0) > data[:4000:2].count(0) else "utf-16-be"
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError as error:
            raise _not_text(name) from error
    found = [(len(COMMON.findall(text)) / len(text), text, encoding) for encoding in ("gb18030", "big5") if (text := _try(data, encoding))]
    if found and max(found)[0] > 0.05:
        return max(found)[1:]
    return _by_statistics(data, name)


def _by_statistics(data: bytes, name: str) -> tuple[str, str]:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:2_000_000]).best()
    text = _try(data, best.encoding) if best is not None else None
    if text is None:
        raise InputError("The encoding of {name} could not be found out.", "Save it as UTF-8, then add it again.", name=name)
    return text, best.encoding


def _try(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None
