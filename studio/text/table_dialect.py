"""How a table of text is written: which mark divides its cells, what quotes them, and whether a
quote within a cell is written with a backslash.

The usual way (RFC 4180: double quotes, doubled within a cell) is taken unless the first records do
not come out even by it, or quotes are left standing in their cells, and another way mends that.
"""

import csv
import io
import re
from dataclasses import dataclass
from itertools import islice
from typing import Any

from studio.text.delimited import SAMPLE_CHARS, SAMPLE_RECORDS, delimiter

DOUBLED = re.compile(r'[^\s,;|"\\]""|""[^\s,;|"]|\\"""')
WIDE_COMMA = "，"  # of Chinese input, where a person wrote the table by hand


@dataclass(frozen=True)
class Dialect:
    """mark: what divides the cells; quote: what stands around a cell; escape: what stands before a
    quote within one, "" where it is doubled; blanks: whether blanks stand before quotes.
    """

    mark: str
    quote: str = '"'
    escape: str = ""
    blanks: bool = False

    @property
    def options(self) -> dict[str, Any]:
        """What csv.reader takes."""
        return {
            "delimiter": self.mark,
            "quotechar": self.quote,
            "escapechar": self.escape or None,
            "doublequote": not self.escape,
            "skipinitialspace": self.blanks,
        }

    @property
    def told(self) -> str:
        """What is unusual about it, in a few words; "" for nothing."""
        found = ["a backslash before quotes"] if self.escape else []
        found += ["single quotes around cells"] if self.quote == "'" else []
        found += ["blanks before quotes"] if self.blanks else []
        found += ["Chinese commas between cells"] if self.mark == WIDE_COMMA else []
        return ", ".join(found)


@dataclass(frozen=True, order=True)
class Reading:
    """How well a way of reading fits the first records: how many are not as wide as the first, and
    in how many cells quotes are left standing.
    """

    uneven: int
    standing: int
    width: int = 0


def dialect(head: str, mark: str = "") -> Dialect:
    """The way in which a text's first records are written. mark: what divides its cells, where that
    is known.
    """
    usual = Dialect(mark or delimiter(head))
    plain = _read(head, usual)
    if plain.width < 2 and not mark:
        wide = Dialect(WIDE_COMMA)
        found = _read(head, wide)
        return wide if found.width > 1 and not found.uneven else usual
    if not (plain.uneven or plain.standing):
        return usual
    quotes = ('"', "'") if _single_quoted(head) else ('"',)
    escapes = ("", "\\") if _backslashed(head) else ("",)
    tried = [
        Dialect(usual.mark, quote, escape, blanks)
        for quote in quotes
        for escape in escapes
        for blanks in (False, True)
    ]
    for one in tried:
        found = _read(head, one, strict=one != usual)
        if found.width == plain.width and not (found.uneven or found.standing):
            return one
    return usual


def _single_quoted(head: str) -> bool:
    """Whether most of the first lines begin with a single quote."""
    lines = [line for line in head[:SAMPLE_CHARS].splitlines()[:SAMPLE_RECORDS] if line.strip()]
    return 2 * sum(line.startswith("'") for line in lines) > len(lines)


def _backslashed(head: str) -> bool:
    """Whether quotes within cells are written with a backslash: not where they are doubled, as
    around the backslashes of JSON.
    """
    return ('\\"' in head or "\\'" in head) and not DOUBLED.search(head)


def _read(head: str, how: Dialect, *, strict: bool = False) -> Reading:
    """strict: a quote that stands where it cannot makes the reading worth nothing."""
    csv.field_size_limit(1 << 30)
    # The last line may be cut where the sample ends.
    text = head[:SAMPLE_CHARS].replace("\0", "")
    if len(head) >= SAMPLE_CHARS:
        text = text[: text.rfind("\n") + 1] or text
    try:
        rows = _first(text, how.options)
        # csv minds a quote out of place only where quotes may be doubled; and where they are, it
        # is not the way with backslashes.
        if strict and _first(text, how.options | {"strict": True, "doublequote": True}) != rows:
            return Reading(SAMPLE_RECORDS, 0)
    except csv.Error:
        return Reading(SAMPLE_RECORDS, 0)
    width = len(rows[0]) if rows else 0
    uneven = sum(len(cells) != width for cells in rows)
    doubled = bool(how.escape) or not _backslashed(text)
    standing = sum(_stands(cell, doubled) for cells in rows for cell in cells)
    # A cell may well be a word in single quotes; all of a row's cells are not.
    rounds = sum(all(_in_single(cell) for cell in cells) for cells in rows)
    return Reading(uneven, standing + (len(rows) if rows and rounds == len(rows) else 0), width)


def _first(text: str, options: dict[str, Any]) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), **options)
    return list(islice((cells for cells in reader if any(cells)), SAMPLE_RECORDS))


def _stands(cell: str, doubled: bool) -> bool:
    """Whether a cell still has the quotes that were meant to be around it, or the backslashes
    before those within it.
    """
    bare = cell.strip()
    around = len(bare) > 1 and cell[:1].isspace() and bare[0] == bare[-1] == '"'
    return around or (not doubled and '\\"' in cell)


def _in_single(cell: str) -> bool:
    bare = cell.strip()
    return len(bare) > 1 and bare[0] == bare[-1] == "'"
