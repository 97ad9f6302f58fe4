"""The rows that a dataset is built from: row sets in the store, or datasets that are registered
already.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from studio.datasets import formats, registry
from studio.datasets.column_map import Layout, written
from studio.datasets.convert import example
from studio.datasets.formats import Row, RowProblem
from studio.datasets.opened import REPORTED, Dataset, open_dataset
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
    dropped: dict[str, dict[str, Any]] = field(default_factory=dict)

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

    def keys(self, number: int) -> list[tuple[str, str]]:
        """What a row must not be parted from when rows are held out: its chunk or span, and its
        question.
        """
        origin, row = self.origins[number], self.rows[number]
        asked = "\n".join(
            formats.words(m) for m in formats.prompt_messages(row) if m["role"] != "system"
        ) or formats.reply(row)
        made = [("asked", " ".join(asked.split()))]
        if origin.get("chunk") is not None:
            made.append(("chunk", str(origin["chunk"])))
        elif origin.get("document") and origin.get("start") is not None:
            made.append(("span", f"{origin['document']}:{origin['start']}-{origin['end']}"))
        return made


def gather(workspace: Workspace, sources: list[str]) -> Gathered:
    """All usable rows of the sources in order.

    Raises InputError for an unknown source or when none is left.
    """
    found = Gathered()
    for source in sources:
        if sets.get(workspace.store, source) is not None:
            _row_set(workspace, source, found)
        else:
            _dataset(workspace, source, found)
    if not found.rows:
        first = found.problems[0] if found.problems else None
        raise InputError(
            "There is no row to use in {sources} ({reason}).",
            "Choose other sources, or accept some rows first.",
            sources=", ".join(sources),
            reason=f"row {first['row']}: {first['reason']}" if first else "they are empty",
        )
    return found


def _row_set(workspace: Workspace, set_id: str, found: Gathered) -> None:
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


def _dataset(workspace: Workspace, name: str, found: Gathered) -> None:
    """Rows of a registered dataset; where each came from is read from its sidecar, if it has
    one.
    """
    dataset = open_dataset(name, workspace)
    for column, held in unused_columns(dataset).items():
        found.drop(f"the column {column}", held["rows"], held["example"])
    known = origins(workspace, dataset)
    for number, row in enumerate(dataset.iterate()):
        found.rows.append(row)
        found.origins.append(
            _parted(known[number]) if known else {"dataset": dataset.name, "row": number + 1}
        )
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
