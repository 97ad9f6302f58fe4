"""An opened dataset: its good rows by page, in the normal form, and an exact report of the bad
ones.
"""

import bisect
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.datasets import registry
from studio.datasets.row_forms import formats
from studio.datasets.row_forms.column_map import Layout
from studio.datasets.row_forms.formats import Messages, Row, RowProblem
from studio.datasets.sampling import sampled
from studio.datasets.source_files.convert import Report, example, read_report
from studio.datasets.source_files.sources import Source, open_source, stamp
from studio.errors import InputError
from studio.files import write_text
from studio.spec import digest
from studio.workspace import Workspace

if TYPE_CHECKING:
    from studio.datasets.paging.row_pages import Page

REPORTED = 20
KEEP_INDEX_FROM = 2000  # rows; a smaller file is checked faster than an index is read


@dataclass(frozen=True)
class Index:
    """Which rows of a file cannot be used. bad: their numbers from 0 in rising order, blank lines
    included.
    """

    total: int
    bad: tuple[int, ...]
    skipped: int  # bad rows that are not just blank lines
    problems: tuple[
        dict[str, Any], ...
    ]  # the first 20: {"row": number from 1, "reason": text, "example": how it begins}
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Dataset:
    """A registered dataset whose file can be read.

    Rows are counted and paged without the bad ones.
    """

    name: str
    path: Path
    layout: Layout
    source: Source
    index: Index
    report: Report | None = None  # what was lost when the file was taken in, or converted
    workspace: Workspace | None = None  # where its index of rows is kept
    num_samples: int | None = None  # of its entry: how many rows a training takes, None for all

    @property
    def count(self) -> int:
        """Number of good rows."""
        return self.index.total - len(self.index.bad)

    @property
    def ranking(self) -> bool:
        """Whether rows are pairs of chosen and rejected."""
        return self.layout.ranking

    @property
    def formatting(self) -> str:
        """alpaca, sharegpt or openai."""
        return self.layout.formatting

    @property
    def columns(self) -> dict[str, str]:
        """What holds what: {"prompt": "instruction", …}."""
        return self.layout.columns

    @property
    def kind(self) -> str:
        """sft, ranking, kto, text or messages; of a mixed file, the first that it has of ranking,
        kto, messages, sft, text.
        """
        return main_kind(self.index.kinds)

    @property
    def problems(self) -> list[dict[str, Any]]:
        """The first 20 bad rows: {"row": number in the file from 1, "reason": text, "example": how
        it begins}.
        """
        return all_problems(self.report, self.index.problems)

    @property
    def skipped(self) -> int:
        """Number of bad rows."""
        return self.index.skipped + (self.report.left_out if self.report else 0)

    @cached_property
    def _good_before(self) -> list[int]:
        """For each bad row, how many good ones stand before it."""
        return [number - before for before, number in enumerate(self.index.bad)]

    def place(self, number: int) -> int:
        """A good row's number, from 0, among all rows of the file."""
        return number + bisect.bisect_right(self._good_before, number)

    def rows(self, offset: int = 0, limit: int | None = None) -> list[Row]:
        """Good rows from `offset` (from 0), at most `limit`, in the normal form (see `formats`)."""
        return list(self.iterate(offset, limit))

    def iterate(self, offset: int = 0, limit: int | None = None) -> Iterator[Row]:
        """Like `rows`, one at a time."""
        left = self.count - offset if limit is None else min(limit, self.count - offset)
        start = self.place(offset)
        for raw in self.source.read(start) if left > 0 else ():
            try:
                row = normal(raw, self.layout)
            except RowProblem:
                continue
            yield row
            left -= 1
            if left == 0:
                return

    def page(
        self,
        search: str = "",
        where: Sequence[dict[str, Any]] = (),
        order: dict[str, Any] | None = None,
        offset: int = 0,
        limit: int = 10,
    ) -> "Page":
        """The rows from `offset` (from 0) on of those that are looked for, at most `limit`.

        search: text in any field, whatever its case; where: conditions such as {"field": "output",
        "test": "contains", "value": "…"} that all hold; order: {"by": "reply", "down": True} (see
        `row_query`). The index that answers is made at the first call and kept in the workspace's
        cache: about a minute for a gigabyte. Raises StudioError.
        """
        from studio.datasets.paging.row_pages import open_rows
        from studio.datasets.paging.row_query import read_query

        query = read_query(search, where, order)
        assert self.workspace is not None
        return open_rows(self.workspace, self.name, scanned=True).page(query, offset, limit)

    def unusable(self) -> Iterator[tuple[int, RowProblem, Any]]:
        """Each bad row that is more than a blank line: its number in the file from 1, why it cannot
        be used, and what stands there.
        """
        for number in self.index.bad:
            for raw in self.source.read(number, 1):
                try:
                    normal(raw, self.layout)
                except RowProblem as problem:
                    if raw is not None:
                        yield number + 1, problem, raw

    @property
    def drawn(self) -> int:
        """How many rows a training takes of it."""
        return self.num_samples or self.count

    def training_rows(self, seed: int, limit: int | None = None) -> list[tuple[int, Row]]:
        """The good rows as a training takes them, each with its number among them from 0, at most
        `limit`: in the file's order, or where the entry says `num_samples`, so many drawn by
        `seed`, some twice where there are fewer (see `sampling`).
        """
        if self.num_samples is None:
            return list(enumerate(self.iterate(limit=limit)))
        drawn = sampled(self.count, self.num_samples, seed)[:limit]
        wanted = set(drawn)
        found = {number: row for number, row in enumerate(self.iterate()) if number in wanted}
        return [(number, found[number]) for number in drawn]

    def messages(self, row: Row) -> Messages:
        """A row as chat messages, its reply (of a ranking row, the chosen one) last."""
        return formats.messages(row)


def main_kind(kinds: Iterable[str]) -> str:
    """The kind by which a file of several is treated; sft where there is none."""
    found = set(kinds)
    return next((k for k in ("ranking", "kto", "messages", "sft", "text") if k in found), "sft")


def open_dataset(name: str, workspace: Workspace) -> Dataset:
    """The registered dataset `name`.

    Raises InputError or WorkspaceError; also when no row of it can be used.
    """
    entry = registry.find(workspace, name)
    assert entry.path is not None
    source = open_source(entry.path, workspace.path / "cache" / "rows")
    index = _index(entry.path, entry.layout, source, _indexes(workspace))
    report = source.report or kept_report(workspace, entry)
    samples = entry.origin.num_samples
    dataset = Dataset(
        entry.name, entry.path, entry.layout, source, index, report, workspace, samples
    )
    if not dataset.count:
        raise none_usable(name, dataset.problems)
    return dataset


def none_usable(name: str, problems: Sequence[dict[str, Any]]) -> InputError:
    """The sentence for a dataset of which no row can be used."""
    first = problems[0] if problems else {"row": 0, "reason": "the file is empty"}
    return InputError(
        "No row of the dataset {name} can be used (row {row}: {reason}).",
        "Correct the file, then try again.",
        name=name,
        row=first["row"],
        reason=first["reason"],
    )


def all_problems(report: Report | None, found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first 20 of the rows that were lost when a file was taken in and of those found since."""
    lost = report.problems if report else []
    return sorted([*lost, *found], key=lambda problem: problem["row"])[:REPORTED]


def kept_report(workspace: Workspace, entry: registry.Entry) -> Report | None:
    """The account of what was lost when the entry's file was taken in, if it has one."""
    path = entry.path
    kept = path is not None and path.is_file()
    return read_report(report_place(workspace, entry.name), path) if path and kept else None


def report_place(workspace: Workspace, name: str) -> Path:
    """The account of what was lost when a dataset was taken in."""
    return workspace.data / ".imports" / f"{name}.json"


class Findings:
    """What is found of a file's rows while they are looked at in order."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.total = self.skipped = 0
        self.bad: list[int] = []
        self.problems: list[dict[str, Any]] = []
        self.kinds: dict[str, None] = {}

    def look(self, raw: Any) -> Row | RowProblem:
        """The next row in the normal form, or why it cannot be used."""
        self.total += 1
        try:
            row = normal(raw, self.layout)
            self.kinds.setdefault(formats.kind(row))
            return row
        except RowProblem as problem:
            self.bad.append(self.total - 1)
            if raw is not None:
                self.skipped += 1
                if len(self.problems) < REPORTED:
                    shown = problem.example if problem.example is not None else raw
                    self.problems.append(
                        {"row": self.total, "reason": str(problem)}
                        | ({} if isinstance(shown, RowProblem) else {"example": example(shown)})
                    )
            return problem

    def index(self) -> Index:
        """Of the rows so far."""
        return Index(
            self.total, tuple(self.bad), self.skipped, tuple(self.problems), tuple(self.kinds)
        )


def check_rows(source: Source, layout: Layout) -> Index:
    """Look at every row of a file once."""
    found = Findings(layout)
    for raw in source.read():
        found.look(raw)
    return found.index()


def normal(raw: Any, layout: Layout) -> Row:
    """A raw row of a source in the normal form. Raises RowProblem."""
    if isinstance(raw, RowProblem):
        raise raw
    if raw is None:
        raise RowProblem("blank")
    return formats.normalise(raw, layout)


def keep_index(entry: registry.Entry, workspace: Workspace, index: Index) -> None:
    """Keep what was found of a dataset's rows for whoever opens it next."""
    assert entry.path is not None
    if index.total >= KEEP_INDEX_FROM:
        kept = _kept(entry.path, *stamp(entry.path), entry.layout, _indexes(workspace))
        write_text(kept, json.dumps(index.__dict__, ensure_ascii=False))


def _indexes(workspace: Workspace) -> Path:
    return workspace.path / "cache" / "index"


def _index(path: Path, layout: Layout, source: Source, cache: Path) -> Index:
    return _indexed(path, *stamp(path), layout, source, cache)


def foresee(dataset: Dataset, coming: Path, index: Index, workspace: Workspace) -> None:
    """Keep the index of the file that is about to take the place of a dataset's, so that nobody has
    to look at all of its rows again.
    """
    if index.total >= KEEP_INDEX_FROM:
        kept = _kept(dataset.path, *stamp(coming), dataset.layout, _indexes(workspace))
        write_text(kept, json.dumps(index.__dict__, ensure_ascii=False))


def _kept(path: Path, mtime: int, size: int, layout: Layout, cache: Path) -> Path:
    """Where an index is kept."""
    return cache / f"{digest([str(path), mtime, size, repr(layout), 3])[:32]}.json"


@lru_cache(maxsize=16)
def _indexed(
    path: Path, mtime: int, size: int, layout: Layout, source: Source, cache: Path
) -> Index:
    """The index from memory, from the workspace's cache, or made anew."""
    kept = _kept(path, mtime, size, layout, cache)
    try:
        data = json.loads(kept.read_text(encoding="utf-8"))
        return Index(
            data["total"],
            tuple(data["bad"]),
            data["skipped"],
            tuple(data["problems"]),
            tuple(data["kinds"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        index = check_rows(source, layout)
    if index.total >= KEEP_INDEX_FROM:
        write_text(kept, json.dumps(index.__dict__, ensure_ascii=False))
    return index
