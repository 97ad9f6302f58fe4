"""Tables of text (csv, tsv) read line by line: the separator found from the first records, no
pattern that tries twice.

`csv.Sniffer` is not used: its patterns take time that grows with the square of the first line.
"""

import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, TextIO

DELIMITERS = (",", "\t", ";", "|")
NONE = "\x1f"  # a separator that no table has: each record is one cell
SAMPLE_CHARS, SAMPLE_RECORDS = 1 << 18, 50
MOST_RESTARTS = 100


@dataclass(frozen=True)
class Record:
    """One record. cells: its cells; problem: why it has none, in a few words; text: how it begins
    in the file.
    """

    cells: list[str]
    problem: str = ""
    text: str = ""


def lines(source: TextIO, most: int) -> Iterator[str | None]:
    """The lines of a text with their ends; None for one of more than `most` characters, which is
    passed over unread.
    """
    while line := source.readline(most + 1):
        if len(line) <= most or line.endswith(("\n", "\r")):
            yield line
            continue
        while (line := source.readline(1 << 20)) and not line.endswith(("\n", "\r")):
            pass
        yield None


def delimiter(text: str) -> str:
    """The mark that divides the first records into the same number of columns, more than one; else
    the comma.
    """
    csv.field_size_limit(1 << 30)
    scored = []
    for mark in DELIMITERS:
        try:
            held = csv.reader(
                io.StringIO(text[:SAMPLE_CHARS].replace("\0", ""), newline=""), delimiter=mark
            )
            widths = [
                len(cells)
                for cells in islice((cells for cells in held if any(cells)), SAMPLE_RECORDS)
            ]
        except csv.Error:
            continue
        if widths and widths[0] > 1:
            scored.append(
                (widths.count(widths[0]) / len(widths), widths[0], -DELIMITERS.index(mark), mark)
            )
    return max(scored)[3] if scored else ","


def records(source: Iterable[str | None], mark: str, most: int, **options: Any) -> Iterator[Record]:
    """The records that are not empty. options: what else csv.reader takes (see `table_dialect`).

    A quote that is never closed costs its own line, not all that follow it.

    most: characters of one record. Raises csv.Error when more than a hundred records cannot be
    ended.
    """
    csv.field_size_limit(max(most, 1 << 17) * 2)
    feed = _Feed(source, most)
    options = {"delimiter": mark} | options
    reader = csv.reader(feed, **options)
    restarts = 0
    while True:
        feed.taken.clear()
        feed.size = 0
        problem, cells = "", []
        try:
            cells = next(reader)
            if feed.ended and feed.taken and feed.asked_behind:
                problem = "a quote is opened and never closed"
        except StopIteration:
            return
        except _TooLong as error:
            problem = str(error)
        except csv.Error as error:
            problem = str(error)
        if problem:
            begun = feed.taken[0] if feed.taken else ""
            if len(feed.taken) > 1:
                restarts += 1
                if restarts > MOST_RESTARTS:
                    raise csv.Error("too many records without an end")
                feed.waiting.extendleft(reversed(feed.taken[1:]))
            reader, feed.ended = csv.reader(feed, **options), False
            yield Record([], problem, begun)
        elif any(cells):
            yield Record(cells, "", feed.taken[0] if feed.taken else "")


class _TooLong(Exception):
    """A record holds more characters than any row should."""


class _Feed:
    """Lines for a csv.reader, those of the present record kept so that it can be begun again behind
    its first.
    """

    def __init__(self, source: Iterable[str | None], most: int) -> None:
        self.source, self.most = iter(source), most
        self.waiting: deque[str] = deque()
        self.taken: list[str] = []
        self.size = 0
        self.ended = False
        self.asked_behind = False  # the end was met while a record was open

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        if self.waiting:
            line: str | None = self.waiting.popleft()
        else:
            try:
                line = next(self.source)
            except StopIteration:
                self.ended, self.asked_behind = True, bool(self.taken)
                raise
        self.size += self.most + 1 if line is None else len(line)
        self.taken.append("" if line is None else line.replace("\0", ""))
        if self.size > self.most:
            raise _TooLong(f"longer than {self.most >> 20} MB")
        return self.taken[-1]
