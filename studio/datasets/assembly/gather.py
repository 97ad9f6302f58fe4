"""The rows that a dataset is built from: row sets in the store, or datasets that are registered
already.
"""

import json
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any

from studio.datasets import registry
from studio.datasets.assembly import strata
from studio.datasets.opened import REPORTED, Dataset, open_dataset
from studio.datasets.row_forms import formats
from studio.datasets.row_forms.column_map import Layout, written
from studio.datasets.row_forms.formats import Row, RowProblem
from studio.datasets.source_files.convert import example
from studio.errors import InputError
from studio.store import rows, sets
from studio.store.rows import UsableRow
from studio.workspace import Workspace

PAIRS = Layout(
    ranking=True,
    response=None,
    system="system",
    history="history",
    chosen="chosen",
    rejected="rejected",
)
SINGLES = Layout(system="system", history="history", kto_tag="kto_tag")


@dataclass
class Gathered:
    """Rows with where each came from, and what had to be left out. dropped: what of them is not
    carried over, {what: {"rows": in how many, "example"}}.
    """

    rows: list[Row] = field(default_factory=list)
    origins: list[dict[str, Any]] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)
    skipped: int = 0
    labels: list[str] = field(default_factory=list)  # of each row, where rows are stratified
    places: list[int] = field(default_factory=list)  # of each row, the number of its source
    again: list[int] = field(default_factory=list)  # of a mix, which row each one is
    dropped: dict[str, dict[str, Any]] = field(default_factory=dict)

    def carry(self, found: "Gathered", number: int, row: Row) -> None:
        """Take a row over from others as `row`, with all that is known of where it came from."""
        self.rows.append(row)
        self.origins.append(found.origins[number])
        self.labels += found.labels[number : number + 1]
        self.places += found.places[number : number + 1]
        self.again += found.again[number : number + 1]

    def drop(self, what: str, rows: int, shown: str) -> None:
        """Count what of some rows is not carried over; the first example stays."""
        known = self.dropped.setdefault(what, {"rows": 0, "example": shown})
        known["rows"] += rows

    def not_carried(self) -> list[dict[str, Any]]:
        """`dropped` as a list of {what, rows, example}."""
        return [{"what": what} | held for what, held in self.dropped.items()]

    def skip(self, source: str, row: int, reason: str) -> None:
        """Count a row that cannot be used; the first 20 are kept word for word."""
        self.skipped += 1
        if len(self.problems) < REPORTED:
            self.problems.append({"source": source, "row": row, "reason": reason})

    def once(self, number: int) -> list[Hashable]:
        """What keeps the repetitions of a row together."""
        return [("again", self.again[number])] if self.again else []

    def label(self, label: str, by: str) -> None:
        """What the last row has of `by`. A column that a dataset's own form has no place for stays
        with the row's origin, so that the parts can be stratified by it again.
        """
        self.labels.append(label)
        made = self.origins[-1].get("source", {})
        if label and by not in strata.BUILT_IN and isinstance(made, dict):
            self.origins[-1] = self.origins[-1] | {"source": made | {by: label}}

    def add(self, rows: list[Row], origins: list[dict[str, Any]]) -> None:
        """Rows behind the others, made here."""
        self.places += [len(set(self.places))] * len(rows)
        self.rows += rows
        self.origins += origins

    def take(self, numbers: list[int]) -> None:
        """Keep these rows in this order; one that is named again stands there again."""
        self.again = numbers
        self.rows = [dict(self.rows[n]) for n in numbers]
        self.origins = [self.origins[n] for n in numbers]
        self.labels = [self.labels[n] for n in numbers] if self.labels else []
        self.places = [self.places[n] for n in numbers]

    def held_out(self) -> list[int]:
        """Numbers of the rows of row sets that were held out when they were made, a chapter at a
        time.

        A dataset has its held-out rows in a dataset of their own, so that its rows are parted no
        more.
        """
        made = [origin.get("source") for origin in self.origins]
        return [
            n
            for n, source in enumerate(made)
            if isinstance(source, dict) and source.get("split") == "heldout"
        ]


def gather(workspace: Workspace, sources: list[str], stratify_by: str = "") -> Gathered:
    """All usable rows of the sources in order; stratify_by: what is kept of each as its label (see
    `strata.label`).

    Raises InputError for an unknown source or when none is left.
    """
    found = Gathered()
    for number, source in enumerate(sources):
        kept = sets.get(workspace.store, source)
        if kept is not None:
            _row_set(workspace, source, found, stratify_by)
        else:
            _dataset(workspace, source, found, stratify_by)
        found.places += [number] * (len(found.rows) - len(found.places))
    if not found.rows:
        first = found.problems[0] if found.problems else None
        raise InputError(
            "There is no row to use in {sources} ({reason}).",
            "Choose other sources, or accept some rows first.",
            sources=", ".join(sources),
            reason=f"row {first['row']}: {first['reason']}" if first else "they are empty",
        )
    return found


def _row_set(workspace: Workspace, set_id: str, found: Gathered, stratify_by: str) -> None:
    """Rows of the store that were not rejected, page by page."""
    for number, kept in enumerate(_pages(workspace, set_id), start=1):
        if kept.fault:  # JSON that someone else broke
            found.skip(set_id, number, kept.fault)
            continue
        try:
            row = from_store(kept.data)
        except ValueError as problem:  # RowProblem among them
            found.skip(set_id, number, str(problem))
            continue
        origin = _origin(set_id, kept)
        found.rows.append(row)
        found.origins.append(origin)
        if stratify_by:
            found.label(strata.label(stratify_by, row, origin, kept.data), stratify_by)


def from_store(data: Any) -> Row:
    """A stored row in the normal form. Raises RowProblem."""
    if not isinstance(data, dict):
        raise RowProblem("not a table of fields")
    if "messages" in data:
        return formats.normalise(
            data, written("openai", "ranking" if "chosen" in data else "messages", tools=True)
        )
    return formats.normalise(data, PAIRS if "chosen" in data else SINGLES)


def _origin(set_id: str, kept: UsableRow) -> dict[str, Any]:
    """Where a row of a set came from: set, row_id, and document, start, end, chunk and source as
    far as they are known.
    """
    known = {
        "document": kept.document,
        "start": kept.start,
        "end": kept.end,
        "chunk": kept.chunk,
        "source": kept.data.get("source"),
    }
    return {"set": set_id, "row_id": kept.id} | {
        name: found for name, found in known.items() if found is not None
    }


def _pages(workspace: Workspace, set_id: str, size: int = 2000) -> Iterator[UsableRow]:
    last = 0
    while True:
        page = rows.usable_behind(workspace.store, set_id, last, size)
        yield from page
        if len(page) < size:
            return
        last = page[-1].id


def _dataset(workspace: Workspace, name: str, found: Gathered, stratify_by: str = "") -> None:
    """Rows of a registered dataset; where each came from is read from its sidecar, if it has
    one.
    """
    dataset = open_dataset(name, workspace)
    for column, held in unused_columns(dataset).items():
        found.drop(f"the column {column}", held["rows"], held["example"])
    known = origins(workspace, dataset)
    columns = strata.columns(dataset) if stratify_by else iter(())
    for number, row in enumerate(dataset.iterate()):
        found.rows.append(row)
        origin = _parted(known[number]) if known else {"dataset": dataset.name, "row": number + 1}
        found.origins.append(origin)
        if stratify_by:
            raw: Any = next(columns, {})
            found.label(strata.label(stratify_by, row, origin, raw), stratify_by)
    for problem in dataset.problems:
        found.skip(dataset.name, problem["row"], problem["reason"])
    found.skipped += dataset.skipped - len(dataset.problems)


def unused_columns(dataset: Dataset) -> dict[str, dict[str, Any]]:
    """Columns of a dataset's file that no part of a row is read from: {column: {"rows": in how many
    something stands there, "example"}}.
    """
    used = set(dataset.layout.columns.values()) | set(dataset.layout.media)
    found: dict[str, dict[str, Any]] = {}
    for raw in dataset.source.read():
        for column, value in raw.items() if isinstance(raw, dict) else ():
            if column not in used and value not in (None, "", [], {}):
                held = found.setdefault(str(column), {"rows": 0, "example": example(value)})
                held["rows"] += 1
    return found


def of_dataset(workspace: Workspace, name: str) -> Gathered:
    """The rows of one registered dataset. Raises InputError, WorkspaceError."""
    found = Gathered()
    _dataset(workspace, name, found)
    return found


def _parted(origin: dict[str, Any]) -> dict[str, Any]:
    """Where a dataset's row came from, without the mark by which it was held out or not."""
    source = origin.get("source")
    return (
        origin | {"source": {k: v for k, v in source.items() if k != "split"}}
        if isinstance(source, dict)
        else origin
    )


def origins(workspace: Workspace, dataset: Dataset) -> list[dict[str, Any]]:
    """For each row of a dataset built here: set, row_id, document, start, end, chunk as far as they
    are known.

    Empty for a dataset from elsewhere, and for a file that was changed by hand and no longer
    matches.
    """
    try:
        text = registry.sidecar(workspace, dataset.name).read_text(encoding="utf-8")
        found = [json.loads(line) for line in text.splitlines()]
    except (FileNotFoundError, ValueError):
        return []
    return found if len(found) == dataset.count else []
