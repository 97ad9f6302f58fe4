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
from pathlib import Path, PurePath
from typing import Any, BinaryIO, TextIO, cast

from studio.datasets.source_files import arrow_files, workbooks
from studio.datasets.source_files.json_shapes import WRAPPED, rows_of, shape_of
from studio.datasets.source_files.record_rows import column_names, write_row
from studio.datasets.source_files.row_problem import RowProblem
from studio.errors import InputError
from studio.files import write_bytes
from studio.text import delimited, jsons
from studio.text.encoding import Decoded, open_text
from studio.text.table_dialect import dialect

MOST_ROW = 16 * 1024**2  # characters
MOST_ROWS = 10_000_000
MOST_WRAPPED = 256 * 1024**2  # of a table that holds the list of rows
REPORTED = 20
EXAMPLE = 120
HEAD_CHARS = 1 << 18
TEXT_ROWS = "rows that are JSON written as text were unpacked"


@dataclass
class Report:
    """What became of a file. left_out: rows that could not be read; problems: the first 20 of them,
    {"row": number from 1, "reason", "example": how it begins}; odd: rows in which NaN, Infinity or
    an endless number became null; notes: what else was found out of the file or chosen.
    """

    file: str
    encoding: str = "utf-8"
    rows: int = 0
    left_out: int = 0
    odd: int = 0
    problems: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
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
    """Write the rows of a json, jsonl, csv, txt, excel or arrow file to `target` (jsonl; of txt,
    lines of text).

    Raises InputError.
    """
    # Not in one step: whoever calls moves the finished file to its place.
    with target.open("wb") as out:
        return _written(path, name, kind, out)


def _written(path: Path, name: str, kind: str, out: BinaryIO) -> Report:
    if kind in ("excel", "arrow"):
        return _contained(path, name, kind, out)
    source, how = open_text(path, name)
    report = Report(name, how.told)
    with source:
        WRITERS[kind](source, out, name, report, how)
    return report


def _contained(path: Path, name: str, kind: str, out: BinaryIO) -> Report:
    """The rows of a workbook or an Arrow file."""
    report = Report(name, (PurePath(name).suffix.lstrip(".") or kind).lower())
    if kind == "excel":
        for _ in workbooks.write_rows(path, name, out, report):
            _count(report)
        return report
    for row in arrow_files.rows(path, name):
        number = _count(report)
        if isinstance(row, RowProblem):
            report.lose(number, str(row), "")
        out.write(b"\n" if isinstance(row, RowProblem) else jsons.dumped(row) + b"\n")
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
    """The first rows of a file as `converted` writes them, a line each, at most `most`; the rest of
    the file is not looked at.

    Raises InputError.
    """
    taken = _First(most)
    with contextlib.suppress(_Enough):
        _written(path, name, kind, cast(BinaryIO, taken))
    return [line.decode("utf-8").rstrip("\n") for line in taken.lines]


def json_of(text: str | None) -> Any:
    """The JSON value that a text, such as a line, is; None where it is none."""
    try:
        return jsons.Reader().whole((text or "").lstrip("\ufeff").strip())
    except (ValueError, RecursionError):
        return None


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
                if isinstance(value, str) and (inner := json_of(value)) is not None:
                    kept = jsons.dumped(inner)
                    if TEXT_ROWS not in report.notes:
                        report.notes.append(TEXT_ROWS)
        except RecursionError:
            report.lose(number, "nested too deeply", text)
        except ValueError:  # not JSON, or half a surrogate pair that stands there unescaped
            report.lose(number, "not valid JSON", text)
        out.write(kept + b"\n")


def _json(source: TextIO, out: BinaryIO, name: str, report: Report, _how: Decoded) -> None:
    """A list of rows; a single value that holds them all (see `json_shapes`); or tables one after
    the other.
    """
    values = jsons.Values(source, MOST_ROW)
    values.most = MOST_ROW if values.listed else MOST_WRAPPED
    found: list[Any] = []
    try:
        for value in _unwrapped(values, found, report):
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


def _unwrapped(values: jsons.Values, found: list[Any], report: Report) -> Iterator[Any]:
    """The values; of a single one that holds a file's rows, these.

    `found`: the first values of a text that is no list.
    """
    if values.listed:
        yield from values
        return
    each = iter(values)
    found += [value for _, value in zip(range(2), each, strict=False)]
    if len(found) == 1 and (shape := shape_of(found[0])):
        if shape != WRAPPED:
            report.notes.append(f"a table by {shape} was turned into rows")
        yield from rows_of(found[0], shape)
        return
    yield from found
    yield from each


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
    mark = ""
    if head[:4].lower() == "sep=":  # a line that Excel writes for itself
        mark = source.readline(100).strip("\r\n")[4:5]
        head = head.partition("\n")[2]
    how = dialect(head, mark)
    if how.told:
        report.notes.append(f"a table with {how.told}")
    try:
        lines = delimited.lines(source, MOST_ROW)
        first = next(delimited.records(lines, how.mark, MOST_ROW, **how.options), None)
        if first is None or first.problem:
            raise csv.Error(first.problem if first else "no record")
        names = column_names(first.cells, name)
        # Where the header is one name, a row is one text, whatever marks it holds.
        rest = delimited.records(
            delimited.lines(source, MOST_ROW),
            how.mark,
            MOST_ROW,
            **how.options | ({} if len(names) > 1 else {"delimiter": delimited.NONE}),
        )
        for record in rest:
            write_row(record, names, _count(report), out, report)
    except csv.Error as error:
        raise InputError(
            "{name} cannot be read as {kind}.",
            "Check that the file is whole.",
            name=name,
            kind="csv",
        ) from error


WRITERS = {"json": _json, "jsonl": _lines, "csv": _table, "txt": _texts}
