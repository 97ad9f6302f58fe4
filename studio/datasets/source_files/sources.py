"""Dataset files as numbered raw rows: jsonl and text by line, parquet by batches; json, csv and
arrow through a copy as jsonl.

A page costs a page, and no file is taken whole. A row that cannot be read is given back as a
RowProblem in its place, so that numbers stay true to the file; None is a blank line.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from studio.datasets.source_files.arrow_files import is_arrow
from studio.datasets.source_files.convert import MOST_ROW, Report, converted, read_report
from studio.datasets.source_files.file_folder import Folder, files_in, require_one_kind
from studio.datasets.source_files.file_kind import PARQUET, kind_of
from studio.datasets.source_files.row_problem import RowProblem
from studio.errors import InputError
from studio.files import require_space
from studio.spec import digest
from studio.text.jsons import Reader
from studio.text.signature import HEAD_BYTES, refuse_no_text

FILE_TYPES = ("json", "jsonl", "parquet", "csv", "txt", "tsv", "arrow")
COPY = 4  # how copies are made; another number makes them anew
STRIDE = 256  # every 256th line's place is remembered
COPIES_KEPT = 20
READER = Reader()
Raw = Any


class Source(Protocol):
    """A file's raw rows: how many, and a slice of them from row `start` (from 0)."""

    report: Report | None  # what was lost when the file was converted

    @property
    def total(self) -> int: ...

    def read(self, start: int = 0, limit: int | None = None) -> Iterator[Raw]:
        """Raw rows, a RowProblem for one that cannot be read, None for a blank line."""
        ...

    def __hash__(self) -> int: ...  # `opened` remembers the index of each


def open_source(path: Path, copies: Path) -> Source:
    """The reader that fits a file's content, whatever it is called, or a folder of files of one
    kind. copies: the folder for copies of files that have no rows to turn to (json, csv, arrow).

    Raises InputError.
    """
    try:
        if path.is_dir():
            return _folder(path, stamp(path), copies)
        if not path.is_file():
            raise InputError(
                "The dataset file {name} {reason}.",
                "Import it again.",
                name=path.name,
                reason="is not there",
            )
        return _opened(path, *stamp(path), copies)
    except OSError as error:
        raise InputError(
            "{name} cannot be read.", "Check the file's permissions.", name=path.name
        ) from error


def stamp(path: Path) -> tuple[int, int]:
    """(when a dataset's file was written last, in ns; its bytes), of a folder's files together.

    Raises OSError.
    """
    if not path.is_dir():
        found = path.stat()
        return found.st_mtime_ns, found.st_size
    parts = [one.stat() for one in path.iterdir() if not one.name.startswith(".")]
    newest = max([path.stat().st_mtime_ns, *(one.st_mtime_ns for one in parts)])
    return newest, sum(one.st_size for one in parts)


@lru_cache(maxsize=2)
def _folder(path: Path, _stamp: tuple[int, int], copies: Path) -> Source:
    files = files_in(path)
    require_one_kind({one.name: kind_of(one, one.name) for one in files})
    return Folder(path.name, [_read(one, *stamp(one), copies) for one in files])


@lru_cache(maxsize=4)
def _opened(path: Path, mtime: int, size: int, copies: Path) -> Source:
    return _read(path, mtime, size, copies)


def _read(path: Path, mtime: int, size: int, copies: Path) -> Source:
    kind = "jsonl" if _surely_lines(path) else kind_of(path, path.name)
    if kind == "parquet":
        from studio.datasets.source_files.parquet import Parquet

        return Parquet(path)
    if is_lined(path, kind):
        return lines_of(path)
    ending = "txt" if kind == "txt" else "jsonl"
    copy = copies / f"{digest([str(path), mtime, size, COPY])[:32]}.{ending}"
    account = copy.with_suffix(".report.json")
    report = read_report(account, copy) if copy.exists() else None
    if report is None:
        copies.mkdir(parents=True, exist_ok=True)
        require_space(copies, 2 * size)
        work = copy.with_name(f".{os.getpid()}-{copy.name}")
        try:
            report = converted(path, path.name, kind, work)
            report.keep(account, work)
            work.replace(copy)
        finally:
            work.unlink(missing_ok=True)
        _trim(copies)
    return lines_of(copy, report)


def _surely_lines(path: Path) -> bool:
    """Whether a file called jsonl begins with a line that is a table, as such files do; it need not
    be looked at further.

    Raises InputError for what is no text.
    """
    if path.suffix.lower() != ".jsonl":
        return False
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head[:4] == PARQUET or is_arrow(head):
        return False
    refuse_no_text(path.name, head)
    first, ended, _ = head.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")
    if not ended or first[:1] != b"{":
        return first[:1] == b"{"
    try:
        return isinstance(READER.whole(first.decode("utf-8").strip()), dict)
    except (ValueError, RecursionError):
        return False


def is_lined(path: Path, kind: str) -> bool:
    """Whether the rows of a file of that kind are read where they are, a line each."""
    return kind in ("jsonl", "txt") and kind == path.suffix.lower().lstrip(".")


def lines_of(path: Path, report: Report | None = None) -> Source:
    """The rows of a jsonl or txt file in UTF-8."""
    return Lines(path, parse_line if path.suffix.lower() == ".jsonl" else parse_text, report)


def _trim(copies: Path) -> None:
    """Keep the newest twenty copies."""
    kept = sorted(
        copies.glob("*.report.json"), key=lambda path: path.stat().st_mtime_ns, reverse=True
    )
    for account in kept[COPIES_KEPT:]:
        for ending in (".jsonl", ".txt", ".report.json"):
            account.with_name(account.name.removesuffix(".report.json") + ending).unlink(
                missing_ok=True
            )


class Lines:
    """A file of lines, with the place of every 256th remembered from when it is first asked for:
    the first lines are read before the others are counted.
    """

    def __init__(
        self, path: Path, parse: Callable[[str], Raw], report: Report | None = None
    ) -> None:
        self.path, self.parse, self.report = path, parse, report

    @cached_property
    def _counted(self) -> tuple[list[int], int]:
        return _places(self.path)

    @property
    def total(self) -> int:
        """Number of lines."""
        return self._counted[1]

    def read(self, start: int = 0, limit: int | None = None) -> Iterator[Raw]:
        """See Source."""
        if start >= STRIDE and start >= self.total:
            return
        with self.path.open("rb") as source:
            source.seek(self._counted[0][start // STRIDE] if start >= STRIDE else 0)
            stop = None if limit is None else start % STRIDE + limit
            for line, _ in islice(_limited(source), start % STRIDE, stop):
                yield self._parsed(line)

    @property
    def places(self) -> list[int]:
        """The byte at which every 256th line begins."""
        return self._counted[0]

    def placed(self) -> Iterator[tuple[int, Raw]]:
        """Every raw row with the byte at which its line begins."""
        at = 0
        with self.path.open("rb") as source:
            for line, size in _limited(source):
                yield at, self._parsed(line)
                at += size

    def at(self, places: Iterable[int]) -> Iterator[Raw]:
        """The raw rows whose lines begin at these bytes."""
        with self.path.open("rb") as source:
            for place in places:
                source.seek(place)
                line, _ = next(_limited(source), (b"", 0))
                yield self._parsed(line)

    def _parsed(self, line: bytes | None) -> Raw:
        if line is None:
            return RowProblem(f"longer than {MOST_ROW >> 20} MB")
        try:
            return self.parse(line.decode("utf-8").lstrip("\ufeff").rstrip("\r\n"))
        except UnicodeDecodeError:
            return RowProblem("not UTF-8 text", line.decode("utf-8", "replace"))
        except RowProblem as problem:
            return problem


def parse_line(text: str) -> Raw:
    """One line of jsonl, NaN and the like as null; None when blank. Raises RowProblem."""
    if not text.strip():
        return None
    try:
        return READER.whole(text.strip())
    except RecursionError as error:
        raise RowProblem("nested too deeply", text) from error
    except ValueError as error:
        raise RowProblem("not valid JSON", text) from error


def parse_text(text: str) -> Raw:
    """One line of text; None when blank."""
    return {"text": text} if text.strip() else None


def unreadable(name: str, kind: str) -> InputError:
    """The sentence for a file that is not what its name says."""
    return InputError(
        "{name} cannot be read as {kind}.", "Check that the file is whole.", name=name, kind=kind
    )


def _limited(source: BinaryIO) -> Iterator[tuple[bytes | None, int]]:
    """(line, its length in bytes); None for a line that is longer than any row may be, which is
    passed over.
    """
    most = 4 * MOST_ROW
    while line := source.readline(most):
        size = len(line)
        if size < most or line.endswith(b"\n"):
            yield line, size
            continue
        while (line := source.readline(1 << 20)) and not line.endswith(b"\n"):
            size += len(line)
        yield None, size + len(line)


def _places(path: Path) -> tuple[list[int], int]:
    """(place of every 256th line, number of lines), found without keeping the text."""
    places, number, at = [0], 0, 0
    with path.open("rb") as source:
        for _, size in _limited(source):
            number += 1
            at += size
            if number % STRIDE == 0:
                places.append(at)
    return places, number
