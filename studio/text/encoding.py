"""Bytes → text, one way for documents, datasets and lists of characters.

In this order: a byte-order mark, valid UTF-8, what the file says of itself, UTF-16 without a mark,
UTF-8 with a few broken bytes, and the encodings from before Unicode (`legacy`). The text is exactly
what the bytes say, less a byte-order mark: line ends and spaces stay as they are.
"""

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from studio.errors import InputError
from studio.text import legacy

# The longest first: UTF-32's mark begins with UTF-16's.
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What a page says of itself, by the name that browsers give it (WHATWG, "Encoding", labels).
SUPERSETS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
}
CHUNK_BYTES = 1 << 20
WIDE_BYTES = 1 << 18
# A valid character of several bytes; a broken one leaves bytes beyond ASCII that belong to none.
UTF8_CHARACTER = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)


@dataclass(frozen=True)
class Decoded:
    """A text and the encoding it was in.

    damaged: how many bytes no longer meant anything (each is U+FFFD); guessed: the encoding was
    judged by too few characters, or another one was nearly as likely.
    """

    text: str
    encoding: str
    damaged: int = 0
    guessed: bool = False

    @property
    def told(self) -> str:
        """The encoding, how many bytes of it were damaged, and whether it is a guess."""
        more = [f"{self.damaged} damaged"] if self.damaged else []
        return ", ".join([self.encoding, *more, *(["a guess"] if self.guessed else [])])


def decode(data: bytes, name: str, declared: str = "") -> Decoded:
    """The text of a file; `declared` is the encoding that it claims for itself, believed if it
    fits.

    A byte-order mark and valid UTF-8 go before the claim: many a page in UTF-8 still says gb2312.
    Raises InputError for what is not text, naming the kinds of file that work.
    """
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _checked(_strict(data[len(mark) :], encoding), encoding, name)
    zeros = b"\0" in data
    if not zeros and (text := _strict(data, "utf-8")) is not None:
        if "\x1b$" in text and (escaped := _strict(data, "iso2022_jp")) is not None:
            return _checked(escaped, "iso2022_jp", name)
        return _checked(text, "utf-8", name)
    if (claim := _known(declared)) and not zeros and (text := _strict(data, claim)) is not None:
        return _checked(text, claim, name)
    if wide := _wide(data, zeros):
        return _checked(_strict(data, wide), wide, name)
    if zeros:
        raise _not_text(name)
    return _legacy(data, name, _known(declared))


def encoding_of(path: Path) -> str | None:
    """ "utf-8" for a file that is valid UTF-8 throughout, with or without a mark and without zero
    bytes; else None.

    Read a megabyte at a time, so that files of any size can be judged.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        for chunk in _chunks(path):
            if b"\0" in chunk:
                return None
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return None
    return "utf-8"


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        while chunk := source.read(CHUNK_BYTES):
            yield chunk


def _known(declared: str) -> str | None:
    """Python's name of a declared text encoding; None for none, an unknown one and the UTF-16 that
    was tried before.
    """
    try:
        found = codecs.lookup(SUPERSETS.get(declared.strip().lower(), declared.strip() or "-")).name
        b"".decode(found)  # refuses the codecs that are no text's, such as zlib
    except (LookupError, ValueError):
        return None
    return None if found.startswith(("utf-16", "utf-32", "utf-7")) else found


def _legacy(data: bytes, name: str, claim: str | None = None) -> Decoded:
    """UTF-8 that is a little broken, or an encoding from before Unicode."""
    found = None if _nearly_utf8(data) else legacy.guess(data)
    if found and (text := _strict(data, found.encoding)) is not None:
        checked = _checked(text, found.encoding, name)
        return Decoded(checked.text, found.encoding, 0, not found.sure)
    # A book that has been copied for twenty years may hold a few broken bytes: show each as U+FFFD.
    tried = [
        *([claim] if claim else []),
        *([found.encoding] if found else []),
        "utf-8",
        "gb18030",
        "big5hkscs",
    ]
    for encoding in dict.fromkeys(tried):
        text = data.decode(encoding, "replace")
        damaged = text.count("\ufffd")
        if damaged * 1000 <= max(len(text), 1000):
            checked = _checked(text, encoding, name)
            return Decoded(checked.text, encoding, damaged, found is not None and not found.sure)
    raise InputError(
        "The characters of {name} could not be recognised.",
        "Save it as UTF-8 text and add it again.",
        name=name,
    )


def _nearly_utf8(data: bytes) -> bool:
    """Whether nearly all bytes beyond ASCII, wherever they stand, form characters of UTF-8."""
    sample = legacy.sample_of(data)
    high = len(sample) - len(sample.translate(None, legacy.BEYOND))
    good = sum(len(found) for found in UTF8_CHARACTER.findall(sample))
    return high > 40 and good >= 0.95 * high


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _wide(data: bytes, zeros: bool) -> str | None:
    """UTF-16 without a mark: half of the zero bytes' places are empty, or the text reads as
    Chinese.
    """
    if len(data) % 2 or not data:
        return None
    piece = data[:WIDE_BYTES]
    for encoding, high in (("utf-16-le", 1), ("utf-16-be", 0)):
        text = piece.decode(encoding, "ignore")
        if not text or "\0" in text or len(text) < 0.98 * len(piece) / 2:
            continue
        ascii_share = piece[high::2].count(0) / max(1, len(text))
        if ascii_share > 0.7 and piece[1 - high :: 2].count(0) == 0:
            return encoding
        # Without a single ASCII character it takes a page, not a word, to tell it from two bytes of
        # something older.
        if common_share(text) > (0.25 if zeros else 0.4) and (zeros or len(text) > 30):
            return encoding
    return None


def common_share(text: str) -> float:
    """The share of common ones among the characters that are neither ASCII nor Chinese marks."""
    letters = [c for c in text if ord(c) >= 0x80 and c.isalpha()]
    return sum(c in legacy.COMMON for c in letters) / len(letters) if letters else 0.0


def _checked(text: str | None, encoding: str, name: str) -> Decoded:
    """Raises InputError for text that is empty, broken, or full of control characters."""
    if text is None:
        raise InputError(
            "{name} is damaged: it is not valid {encoding}.",
            "Save it as UTF-8 text and add it again.",
            name=name,
            encoding=encoding,
        )
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise InputError("The file {name} is empty.", "Choose a file with text.", name=name)
    head = text[:100_000]
    controls = sum(1 for c in head if c < " " and c not in "\t\n\r\x0b\x0c\x1a\x1b\x1c\x1d\x1e\x1f")
    if "\0" in text or controls * 100 > len(head):
        raise _not_text(name)
    return Decoded(text, encoding)


def _not_text(name: str) -> InputError:
    return InputError(
        "{name} is not text, nor any kind of file that can be read here.",
        "Save it as txt, md, html, docx, pdf, epub, srt, csv or jsonl and add that.",
        name=name,
    )


def open_text(path: Path, name: str) -> tuple[TextIO, Decoded]:
    """A file's text to read piece by piece, line ends as they are, and how it was decoded (its
    `text` left empty).

    UTF-8 is read as it is asked for, anything else at once. Raises InputError for what is not text.
    """
    if encoding_of(path) == "utf-8":
        source = path.open(encoding="utf-8-sig", newline="")
        head = source.read(1 << 17)
        source.seek(0)
        if head.strip():
            _checked(head, "utf-8", name)
        return source, Decoded("", "utf-8")
    decoded = decode(path.read_bytes(), name)
    return io.StringIO(decoded.text, newline=""), replace(decoded, text="")
