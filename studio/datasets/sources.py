"""Dataset files as numbered raw rows: jsonl, json, parquet, csv and plain text.

Only json and csv are read whole; of the others a page costs a page. A row that cannot be read is given
back as a RowProblem in its place, so that numbers stay true to the file; None is a blank line.
"""

import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from studio.datasets.formats import RowProblem
from studio.errors import InputError, StudioError

FILE_TYPES = ("json", "jsonl", "parquet", "csv", "txt")
STRIDE = 256  # every 256th line's place is remembered
Raw = Any


class Source(Protocol):
    """A file's raw rows: how many, and a slice of them from row `start` (from 0)."""

    total: int

    def read(self, start: int = 0, limit: int | None = None) -> Iterator[Raw]:
        """Raw rows, a RowProblem for one that cannot be read, None for a blank line."""
        ...


def open_source(path: Path) -> Source:
    """The reader that fits a file's name. Raises InputError."""
    kind = path.suffix.lower().lstrip(".")
    if kind not in FILE_TYPES or not path.is_file():
        reason = "is not a json, jsonl, parquet, csv or txt file" if kind not in FILE_TYPES else "is not there"
        raise InputError("The dataset file {name} {reason}.", "Import it again.", name=path.name, reason=reason)
    try:
        stat = path.stat()
        return _opened(path, stat.st_mtime_ns, stat.st_size, kind)
    except OSError as error:
        raise InputError("{name} cannot be read.", "Check the file's permissions.", name=path.name) from error


@lru_cache(maxsize=4)
def _opened(path: Path, _mtime: int, _size: int, kind: str) -> Source:
    if kind == "parquet":
        return Parquet(path)
    if kind == "jsonl":
        return Lines(path, parse_line)
    if kind == "txt":
        return Lines(path, lambda text: {"text": text} if text.strip() else None)
    return Listed(read_csv(path) if kind == "csv" else read_json(path.read_bytes(), path.name))


class Listed:
    """Rows that are all in memory."""

    def __init__(self, rows: list[Raw]) -> None:
        self.rows, self.total = rows, len(rows)

    def read(self, start: int = 0, limit: int | None = None) -> Iterator[Raw]:
        """See Source."""
        return iter(self.rows[start:None if limit is None else start + limit])


class Lines:
    """A file of lines, with the place of every 256th remembered."""

    def __init__(self, path: Path, parse: Callable[[str], Raw]) -> None:
        self.path, self.parse = path, parse
        self.places, self.total = _places(path)

    def read(self, start: int = 0, limit: int | None = None) -> Iterator[Raw]:
        """See Source."""
        if start >= self.total:
            return
        with self.path.open("rb") as source:
            source.seek(self.places[start // STRIDE])
            stop = None if limit is None else start % STRIDE + limit
            for line in islice(source, start % STRIDE, stop):
                yield self._parsed(line)

    def _parsed(self, line: bytes) -> Raw:
        try:
            return self.parse(line.decode("utf-8").lstrip("\ufeff").rstrip("\r\n"))
        except UnicodeDecodeError:
            return RowProblem("not UTF-8 text")
        except RowProblem as problem:
            return problem


class Parquet:
    """A parquet file, read by row groups."""

    def __init__(self, path: Path) -> None:
        import pyarrow
        import pyarrow.parquet

        try:
            self.file = pyarrow.parquet.ParquetFile(path)
        except (pyarrow.ArrowException, OSError) as error:
            raise unreadable(path.name, "parquet") from error
        self.path, self.total = path, self.file.metadata.num_rows

    def read(self, start: int = 0, limit: int | None = None) -> Iterator[Raw]:
        """See Source."""
        import pyarrow

        left = self.total if limit is None else limit
        try:
            for group in range(self.file.num_row_groups):
                size = self.file.metadata.row_group(group).num_rows
                if start >= size:
                    start -= size
                    continue
                if left <= 0:
                    return
                table = self.file.read_row_group(group).slice(start, left)
                start, left = 0, left - table.num_rows
                yield from table.to_pylist()
        except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
            raise unreadable(self.path.name, "parquet") from error


def parse_line(text: str) -> Raw:
    """One line of jsonl; None when blank. Raises RowProblem."""
    if not text.strip():
        return None
    try:
        return json.loads(text, parse_constant=_no_constant)
    except RowProblem:
        raise
    except RecursionError as error:
        raise RowProblem("nested too deeply") from error
    except ValueError as error:
        raise RowProblem("not valid JSON") from error


def read_json(data: bytes, name: str) -> list[Raw]:
    """The list in a JSON file. Raises InputError with the line of a mistake."""
    try:
        rows = json.loads(data.decode("utf-8-sig"), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise unreadable(name, "UTF-8 text") from error
    except json.JSONDecodeError as error:
        raise InputError(
            "{name} is not valid JSON (line {line}).", "Correct it there and try again.", name=name, line=error.lineno
        ) from error
    except (RecursionError, ValueError) as error:
        raise unreadable(name, "JSON") from error
    if not isinstance(rows, list):
        raise InputError("{name} does not hold a list of rows.", "Write the rows as a JSON list or as jsonl.", name=name)
    return rows


def read_csv(path: Path) -> list[Raw]:
    """The rows of a csv file; the separator is found out, every cell is text. Raises InputError."""
    import csv

    import pandas

    try:
        table = pandas.read_csv(
            path, sep=None, engine="python", dtype=str, keep_default_na=False, encoding="utf-8-sig", on_bad_lines="error"
        )
    except (ValueError, OSError, StopIteration, csv.Error) as error:  # pandas' parser errors are ValueErrors
        raise unreadable(path.name, "csv") from error
    return table.to_dict("records")


def unreadable(name: str, kind: str) -> StudioError:
    """The sentence for a file that is not what its name says."""
    return InputError("{name} cannot be read as {kind}.", "Check that the file is whole.", name=name, kind=kind)


def _no_constant(text: str) -> Any:
    raise RowProblem(f"holds {text}, which JSON does not know")


def _places(path: Path) -> tuple[list[int], int]:
    """(place of every 256th line, number of lines), found without keeping the text."""
    places, number, at = [0], 0, 0
    with path.open("rb") as source:
        for line in source:
            number += 1
            at += len(line)
            if number % STRIDE == 0:
                places.append(at)
    return places, number
