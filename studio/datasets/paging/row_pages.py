"""Pages of a dataset: rows by number, or those that a query finds, from its index; while a large
one is still being scanned, from the beginning of its file.

Runs in the reader's process (see `row_server`), in jobs and in scripts, never in the window.
"""

import codecs
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from studio.datasets import opened, registry
from studio.datasets.paging import row_scan
from studio.datasets.paging.row_index import Place, RowIndex
from studio.datasets.paging.row_query import RATING, TAG, Query
from studio.datasets.paging.row_scan import Files
from studio.datasets.registry import Entry
from studio.datasets.row_changes.row_marks import by_marks, marks
from studio.datasets.row_forms.formats import Row
from studio.datasets.source_files.convert import Report
from studio.datasets.source_files.file_kind import kind_of
from studio.datasets.source_files.row_problem import RowProblem
from studio.datasets.source_files.sources import Lines, Source, is_lined, lines_of, open_source
from studio.text import jsons
from studio.workspace import Workspace

SMALL = 4 << 20  # bytes of a file that is scanned while its first page is waited for
BEGINNING_BYTES = 1 << 18
BEGINNING = 2000  # lines of a large one that are read on before the scan is through


@dataclass(frozen=True)
class Page:
    """Rows of a dataset. rows: in the normal form; numbers: theirs in the dataset from 0; bad: rows
    that cannot be used, where they were asked for, instead; offset: of the first among the matches.

    count: good rows of the dataset, matches: rows that were found, of both None while it is being
    scanned; facts: see `row_scan.Findings.facts`.
    """

    rows: list[Row]
    numbers: list[int]
    bad: list[Place] = field(default_factory=list)
    offset: int = 0
    count: int | None = None
    matches: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Rows:
    """A dataset whose rows can be paged through. index: None while a large one is not scanned."""

    workspace: Workspace
    entry: Entry
    files: Files
    index: RowIndex | None
    source: Source | None  # None where the file must be converted before any row can be read
    report: Report | None

    def page(self, query: Query, offset: int, limit: int, number: int | None = None) -> Page:
        """The rows from `offset` on of those that a query finds. number: of a good row from 0,
        whose page is wanted instead.

        Raises WorkspaceError where the index cannot be read.
        """
        if self.index is None:
            return self._beginning(offset, limit) if query.plain else Page([], [])
        if any(one.field in (RATING, TAG) for one in query.where):
            query = by_marks(query, marks(self.workspace, self.entry.name))
        matches = self.index.count(query)
        if number is not None:
            offset = self.index.offset_of(query, number) // limit * limit
        offset = max(0, min(offset, (matches - 1) // limit * limit))
        places = self.index.page(query, offset, limit)
        good = [place for place in places if place.number is not None]
        return Page(
            list(self._read(good)),
            [place.number for place in good if place.number is not None],
            [place for place in places if place.number is None],
            offset,
            int(self.index.facts["good"]),
            matches,
            self.index.facts,
        )

    def _read(self, places: Sequence[Place]) -> Iterator[Row]:
        if self.files.copy.exists():
            # A row in the normal form already, as the scan has written it.
            with self.files.copy.open("rb") as copy:
                for place in places:
                    copy.seek(place.place)
                    yield dict(json.loads(copy.readline()))
            return
        source = self.source or lines_of(self.entry.path or Path())
        if isinstance(source, Lines):
            raws: Iterator[Any] = source.at(place.place for place in places)
        else:  # a small one
            raws = (next(iter(source.read(place.line - 1, 1))) for place in places)
        for raw in raws:
            yield opened.normal(raw, self.entry.layout)

    def _beginning(self, offset: int, limit: int) -> Page:
        """The page where it lies within the first lines; else an empty one."""
        rows: list[Row] = []
        for raw in self.source.read(0, BEGINNING) if self.source else ():
            try:
                rows.append(opened.normal(raw, self.entry.layout))
            except RowProblem:
                continue
            if len(rows) == offset + limit:
                break
        shown = rows[offset:]
        return Page(shown, list(range(offset, offset + len(shown))), offset=offset)


def open_rows(workspace: Workspace, name: str, *, scanned: bool = False) -> Rows:
    """The rows of a registered dataset. scanned: make the index first where a large dataset has
    none, which takes about a minute for a gigabyte.

    Raises StudioError.
    """
    entry = registry.find(workspace, name)
    assert entry.path is not None
    files = row_scan.files_of(workspace, entry)
    small = entry.bytes <= SMALL
    if scanned and not small and not files.index.exists():
        row_scan.build(str(workspace.path), name)
    if small:
        source = open_source(entry.path, workspace.path / "cache" / "rows")
        report = _report(workspace, entry, source)
        index = _small(source, entry, json.dumps(report.problems if report else []), entry.stamp)
        return Rows(workspace, entry, files, index, source, report)
    if files.index.exists():
        # Of a parquet file whose rows were copied nothing is read here.
        copied = entry.path.is_file() and files.copy.exists()
        whole = None if copied else open_source(entry.path, workspace.path / "cache" / "rows")
        index = _large(files.index, files.index.stat().st_mtime_ns)
        return Rows(workspace, entry, files, index, whole, _report(workspace, entry, whole))
    source_now = _at_once(entry, workspace)
    return Rows(workspace, entry, files, None, source_now, _report(workspace, entry, source_now))


def _report(workspace: Workspace, entry: Entry, source: Source | None) -> Report | None:
    own = source.report if source is not None else None
    return own or opened.kept_report(workspace, entry)


def _at_once(entry: Entry, workspace: Workspace) -> Source | None:
    """The source of a large file whose beginning can be read without the rest."""
    assert entry.path is not None
    if entry.path.is_dir():
        return None
    if _begins_with_rows(entry.path):
        return lines_of(entry.path)
    kind = kind_of(entry.path, entry.path.name)
    if kind == "parquet":
        from studio.datasets.source_files.parquet import Parquet

        return Parquet(entry.path, surveyed=BEGINNING)
    if is_lined(entry.path, kind):
        return open_source(entry.path, workspace.path / "cache" / "rows")
    return None


def _begins_with_rows(path: Path) -> bool:
    """Whether a file called jsonl begins with a row in UTF-8. To be sure of all of it, a gigabyte
    would have to be decoded before the first page; the scan does that, and its index is what counts
    then.
    """
    if path.suffix.lower() != ".jsonl":
        return False
    with path.open("rb") as file:
        head = file.read(BEGINNING_BYTES)
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(head)
        first, ended, _ = text.partition("\n")
        return bool(ended) and isinstance(jsons.Reader().whole(first.strip()), dict)
    except (ValueError, RecursionError):  # UnicodeDecodeError among them
        return False


@lru_cache(maxsize=2)
def _large(path: Path, _mtime: int) -> RowIndex:
    return RowIndex.open(path)


@lru_cache(maxsize=4)
def _small(source: Source, entry: Entry, lost: str, _stamp: tuple[int, int]) -> RowIndex:
    return row_scan.small_index(source, entry, json.loads(lost))
