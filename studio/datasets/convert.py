"""Any dataset file → one that every tool reads alike: jsonl or txt in UTF-8, a row a line, with an
account of what was lost.

A row that cannot be read leaves an empty line in its place, so that the numbers of the rows stay
those of the file, and is kept in the account with its number, the reason and how it begins. Files
are read piece by piece.
"""

import contextlib
import io
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, TextIO, cast

from studio.errors import InputError
from studio.files import write_bytes
from studio.text import delimited, jsons
from studio.text.encoding import Decoded, open_text

MOST_ROW = 16 * 1024**2  # characters
MOST_ROWS = 10_000_000
MOST_WRAPPED = 256 * 1024**2  # of a table that holds the list of rows
MOST_COLUMNS = 1000
REPORTED = 20
EXAMPLE = 120
HEAD_CHARS = 1 << 18
# Lists that stand in one row, never a file's rows.
OF_A_ROW = {
    "messages",
    "conversation",
    "conversations",
    "dialogue",
    "dialog",
    "chat",
    "completions",
    "tools",
}


@dataclass
class Report:
    """What became of a file. left_out: rows that could not be read; problems: the first 20 of them,
    {"row": number from 1, "reason", "example": how it begins}; odd: rows in which NaN, Infinity or
    an endless number became null.
    """

    file: str
    encoding: str = "utf-8"
    rows: int = 0
    left_out: int = 0
    odd: int = 0
    problems: list[dict[str, Any]] = field(default_factory=list)
    stamp: str = ""  # of the file that was written: see `stamp_of`

    def lose(self, row: int, reason: str, text: Any) -> None:
        """Count a row that cannot be read."""
        self.left_out += 1
        if len(self.problems) < REPORTED:
            self.problems.append({"row": row, "reason": reason, "example": example(text)})

    def keep(self, path: Path, written: Path) -> None:
        """Write the account to `path`, bound to the file it is about."""
        self.stamp = stamp_of(written)
        write_bytes(path, json.dumps(asdict(self), ensure_ascii=True).encode())


def read_report(path: Path, written: Path) -> Report | None:
    """The account kept at `path`, if it is about the file `written` as it is now."""
    try:
        report = Report(**json.loads(path.read_bytes()))
        return report if report.stamp == stamp_of(written) else None
    except (OSError, ValueError, TypeError):
        return None


def stamp_of(path: Path) -> str:
    """What tells a file from another that was put in its place: its size, and a hash of its first
    and last 64 KB.
    """
    import hashlib

    size = path.stat().st_size
    with path.open("rb") as source:
        head = source.read(1 << 16)
        source.seek(max(0, size - (1 << 16)))
        return f"{size}-{hashlib.sha256(head + source.read()).hexdigest()[:24]}"


def example(value: Any) -> str:
    """How a row begins, in a line."""
    text = value[: 4 * EXAMPLE] if isinstance(value, str) else repr(value)[: 4 * EXAMPLE]
    text = " ".join(text.encode("utf-8", "replace").decode("utf-8").split())
    return text if len(text) <= EXAMPLE else text[: EXAMPLE - 1] + "…"


def converted(path: Path, name: str, kind: str, target: Path) -> Report:
    """Write the rows of a json, jsonl, csv or txt file to `target` (jsonl; of txt, lines of text).

    Raises InputError.
    """
    source, how = open_text(path, name)
    report = Report(name, how.told)
    # Not in one step: whoever calls moves the finished file to its place.
    with source, target.open("wb") as out:
        WRITERS[kind](source, out, name, report, how)
    return report


class _Enough(Exception):
    """As many lines were written as are wanted."""


class _First(io.RawIOBase):
    """Takes the first lines of what is written to a file, in place of one."""

    def __init__(self, most: int) -> None:
        self.lines: list[bytes] = []
        self.most = most

    def write(self, line: Any) -> int:
        """One line with its end. Raises _Enough once there are as many as are wanted."""
        self.lines.append(bytes(line))
        if len(self.lines) >= self.most:
            raise _Enough
        return len(line)


def beginning(path: Path, name: str, kind: str, most: int) -> list[str]:
    """The first rows of a json, jsonl, csv or txt file as `converted` writes them, a line each, at
    most `most`; the rest of the file is not looked at.

    Raises InputError.
    """
    source, how = open_text(path, name)
    taken = _First(most)
    with source, contextlib.suppress(_Enough):
        WRITERS[kind](source, cast(BinaryIO, taken), name, Report(name), how)
    return [line.decode("utf-8").rstrip("\n") for line in taken.lines]


def _count(report: Report) -> int:
    """The number of the row that comes. Raises InputError beyond ten million."""
    report.rows += 1
    if report.rows > MOST_ROWS:
        raise InputError(
            "{name} holds more than {most} rows.",
            "Split it first.",
            name=report.file,
            most=f"{MOST_ROWS:,}",
        )
    return report.rows


def _lines(source: TextIO, out: BinaryIO, name: str, report: Report, _how: Decoded) -> None:
    """jsonl: a line that is JSON stays as it is."""
    reader = jsons.Reader()
    for line in delimited.lines(source, MOST_ROW):
        number = _count(report)
        text = "" if line is None else line.strip("\r\n").lstrip("\ufeff")
        kept = b""
        try:
            if line is None:
                report.lose(number, f"longer than {MOST_ROW >> 20} MB", "")
            elif text.strip():
                value = reader.whole(text.strip())
                report.odd += reader.odd
                kept = jsons.dumped(value) if reader.odd else text.encode("utf-8")
        except RecursionError:
            report.lose(number, "nested too deeply", text)
        except ValueError:  # not JSON, or half a surrogate pair that stands there unescaped
            report.lose(number, "not valid JSON", text)
        out.write(kept + b"\n")


def _json(source: TextIO, out: BinaryIO, name: str, report: Report, _how: Decoded) -> None:
    """A list of rows; a single table that holds one such list, as some exports wrap them; or tables
    one after the other.
    """
    values = jsons.Values(source, MOST_ROW)
    values.most = MOST_ROW if values.listed else MOST_WRAPPED
    found: list[Any] = []
    try:
        for value in _unwrapped(values, found):
            number = _count(report)
            report.odd += values.reader.odd
            try:
                out.write(jsons.dumped(value) + b"\n")
            except RecursionError:
                report.lose(number, "nested too deeply", "")
                out.write(b"\n")
    except jsons.BadJson as error:
        if error.reason == "not valid JSON":
            raise InputError(
                "{name} is not valid JSON (line {line}).",
                "Correct it there and try again.",
                name=name,
                line=error.line,
            ) from error
        raise InputError(
            "{name} is not valid JSON (line {line}: {reason}).",
            "Correct it there and try again.",
            name=name,
            line=error.line,
            reason=error.reason,
        ) from error
    if not values.listed and not any(isinstance(value, dict) for value in found):
        raise InputError(
            "{name} does not hold a list of rows.",
            "Write the rows as a JSON list or as jsonl.",
            name=name,
        )


def _unwrapped(values: jsons.Values, found: list[Any]) -> Iterator[Any]:
    """The values; of a single table, the rows of the one list in it.

    `found`: the first values of a text that is no list.
    """
    if values.listed:
        yield from values
        return
    each = iter(values)
    found += [value for _, value in zip(range(2), each, strict=False)]
    if len(found) == 1 and (rows := wrapped_rows(found[0])):
        yield from rows
        return
    yield from found
    yield from each


def wrapped_rows(value: Any) -> list[Any]:
    """The rows in a table that holds one list of tables beside other things; [] where it is a row
    itself, as one with messages is.
    """
    lists = (
        [item for name, item in value.items() if isinstance(item, list) and name not in OF_A_ROW]
        if isinstance(value, dict)
        else []
    )
    rows = lists[0] if len(lists) == 1 else []
    return (
        rows
        if rows and isinstance(rows[0], dict) and "role" not in rows[0] and "from" not in rows[0]
        else []
    )


def _texts(source: TextIO, out: BinaryIO, name: str, report: Report, _how: Decoded) -> None:
    """txt: a line is a row."""
    for line in delimited.lines(source, MOST_ROW):
        number = _count(report)
        if line is None:
            report.lose(number, f"longer than {MOST_ROW >> 20} MB", "")
        out.write((line or "").strip("\r\n").encode("utf-8", "replace") + b"\n")


def _table(source: TextIO, out: BinaryIO, name: str, report: Report, _how: Decoded) -> None:
    """csv and tsv: the first record names the columns; every cell is text."""
    import csv

    head = source.read(HEAD_CHARS)
    source.seek(0)
    mark = delimited.delimiter(head)
    if head[:4].lower() == "sep=":  # a line that Excel writes for itself
        mark = source.readline(100).strip("\r\n")[4:5] or mark
    try:
        first = next(delimited.records(delimited.lines(source, MOST_ROW), mark, MOST_ROW), None)
        if first is None or first.problem:
            raise csv.Error(first.problem if first else "no record")
        names = _names(first.cells, name)
        # Where the header is one name, a row is one text, whatever marks it holds.
        rest = delimited.records(
            delimited.lines(source, MOST_ROW), mark if len(names) > 1 else delimited.NONE, MOST_ROW
        )
        for record in rest:
            _row(record, names, _count(report), out, report)
    except csv.Error as error:
        raise InputError(
            "{name} cannot be read as {kind}.",
            "Check that the file is whole.",
            name=name,
            kind="csv",
        ) from error


def _row(
    record: delimited.Record, names: list[str], number: int, out: BinaryIO, report: Report
) -> None:
    cells = record.cells
    while len(cells) > len(names) and not cells[-1].strip():
        cells.pop()
    problem = record.problem
    if len(cells) > len(names):
        problem = f"{len(cells)} cells where the header has {len(names)}"
    if problem:
        report.lose(number, problem, record.text)
        out.write(b"\n")
        return
    out.write(
        jsons.dumped(dict(zip(names, cells + [""] * (len(names) - len(cells)), strict=True)))
        + b"\n"
    )


def _names(cells: list[str], name: str) -> list[str]:
    """The columns' names, each once. Raises InputError for more than a thousand."""
    while cells and not cells[-1].strip():
        cells.pop()
    if len(cells) > MOST_COLUMNS:
        raise InputError(
            "{name} has {count} columns, more than any dataset.",
            "Keep the columns with the texts and try again.",
            name=name,
            count=f"{len(cells):,}",
        )
    names: list[str] = []
    for number, cell in enumerate(cells, 1):
        plain = cell.strip() or f"column {number}"
        names.append(plain if plain not in names else f"{plain}.{number}")
    return names


WRITERS = {"json": _json, "jsonl": _lines, "csv": _table, "txt": _texts}
