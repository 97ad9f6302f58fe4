"""Rows with their review, shared by Role dialogue (pairs), Instructions and Preferences."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio.errors import InputError
from studio.generation import reading
from studio.store import reviews
from studio.store import rows as stored
from studio.store import sets as stored_sets
from studio.text.scripts import has_chinese
from studio.workspace import Workspace
from tabs.kit.forms import Choices
from tabs.kit.job_status import when
from tabs.kit.lazy import Lazy
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.wiring import connect, number
from tabs.views import payload, view

PAGE = 40
FIRST = {"offset": 0, "state": ""}
SPANS = {
    "scene": "scene_spans",
    "input": "input_spans",
    "output": "spans",
}  # of a pair, in its document


@dataclass(frozen=True)
class MadeRows:
    """A row set as it is handed on to a dataset: its id, what made it, a name where it has one."""

    set_id: str
    kind: str
    name: str = ""


@dataclass(frozen=True)
class RowsView:
    """The list and the open row of one row set."""

    name: str  # section of words with the empty state
    page: gr.State
    view: gr.HTML


def build(name: str, elem_id: str) -> RowsView:
    """Lay the view out."""
    return RowsView(
        name, gr.State(dict(FIRST)), view("rows", elem_id=elem_id, elem_classes=["card"])
    )


def wire(
    rows: RowsView,
    shared: Shared,
    notice: Any,
    chosen: Callable[[Session, Values], str | None],
    inputs: set[Any],
    sample: Callable[[Session, Values], Values] | None = None,
    outputs: list[Any] | None = None,
    place: Callable[[Session, Values, dict[str, Any]], Values] | None = None,
) -> None:
    """Pages, filters and reviews. `chosen(session, values)` gives the id of the set shown, or None.

    `place(session, values, data)`, where there is one, answers the button that opens a row's source
    in its text.
    """

    def act(session: Session, values: Values, data: dict[str, Any]) -> Values:
        page = dict(values.get(rows.page) or FIRST)
        name = data.get("act")
        if name == "sample" and sample is not None:
            return sample(session, values)
        if name == "place" and place is not None:
            return place(session, values, data)
        if name == "page":
            page["offset"] = max(0, number(data, "offset"))
        elif name == "filter":
            page = {"offset": 0, "state": str(data.get("state", ""))}
        else:
            review(session.workspace, str(name), data)
        return {
            rows.page: page,
            rows.view: lazy(rows, session, chosen(session, values), page).draw(rows.view),
        }

    connect(
        shared,
        rows.view.act,
        act,
        inputs=[rows.page, *inputs],
        outputs=[rows.page, rows.view, *(outputs or [])],
        notice=notice,
        event=True,
    )


def review(workspace: Workspace, act: str, data: dict[str, Any]) -> None:
    """Carry out one review: accept, reject, edit or flip."""
    row_id, fields = number(data, "id"), data.get("fields")
    if act in ("accept", "reject"):
        reading.set_state(workspace, row_id, {"accept": "accepted", "reject": "rejected"}[act])
    elif act == "edit" and isinstance(fields, dict):
        reading.edit(workspace, row_id, {str(k): str(v) for k, v in fields.items()})
    elif act == "flip":
        reading.flip(workspace, row_id)


def lazy(rows: RowsView, session: Session, set_id: str | None, page: dict[str, Any]) -> Lazy:
    """The view's content; drawn again when rows or reviews have come."""
    if set_id is None:
        return Lazy(
            (session.language, session.workspace.path),
            lambda: payload({"total": 0, "empty": session.words(f"{rows.name}.empty")}),
        )
    counts = reading.counts(session.workspace, set_id)
    last = reviews.newest(session.workspace.store)
    mark = (session.language, set_id, repr(page), repr(counts), last)
    return Lazy(mark, lambda: _payload(session, rows.name, set_id, page, counts))


def sets(session: Session, ranking: bool | None = None) -> Choices:
    """Row sets for a dropdown, newest first; one that is still empty cannot be chosen."""
    kind = None if ranking is None else "ranking" if ranking else "sft"
    return [
        (f"{s['name']} · {s['rows']:,}", s["id"])
        for s in reading.row_sets(session.workspace, kind)
        if s["rows"]
    ]


def made_by(session: Session, job_kind: str) -> Choices:
    """The sets of rows of one kind of job for a dropdown, the newest first, with their day."""
    return [
        (f"{s['name']} · {s['rows']:,} · {when(session, s['created'])}", s["id"])
        for s in reading.row_sets(session.workspace)
        if s["rows"] and str(s["job"] or "").startswith(f"{job_kind}-")
    ]


def of_job(session: Session, job_id: str) -> str | None:
    """The row set of one job, if there is one yet."""
    return next((s["id"] for s in reading.row_sets(session.workspace) if s["job"] == job_id), None)


def newest(session: Session, job_kind: str, wanted: Any = None) -> str | None:
    """The wanted row set if it is there, else the newest one that a kind of job made."""
    found = [
        s["id"]
        for s in reading.row_sets(session.workspace)
        if str(s["job"] or "").startswith(f"{job_kind}-")
    ]
    return wanted if wanted in found else (found[0] if found else None)


def made(set_id: str | None, kind: str, name: str = "") -> MadeRows:
    """A row set to hand on. Raises InputError where there is none."""
    if set_id is None:
        raise InputError("There are no rows yet.", "Make some in this tab first.")
    return MadeRows(set_id, kind, name)


def count_newest(session: Session, *job_kinds: str) -> int:
    """How many rows the newest set has that jobs of these kinds made."""

    def counted() -> int:
        made = stored_sets.newest(session.workspace.store, "rows", *job_kinds)
        return stored.count(session.workspace.store, made.id) if made else 0

    found: int = session.kept(("count rows", *job_kinds), ("sets", "rows"), counted)
    return found


def _payload(
    session: Session, name: str, set_id: str, page: dict[str, Any], counts: dict[str, int]
) -> str:
    state = page.get("state") or None
    found, total = reading.rows_page(session.workspace, set_id, page["offset"], PAGE, state=state)
    rows = [
        {"id": r["id"], "state": r["state"], "data": r["data"], "source": _source(r)} for r in found
    ]
    text = " ".join(str(v) for r in rows[:5] for v in r["data"].values() if isinstance(v, str))
    return payload(
        {
            "key": f"{set_id}-{page['offset']}-{state}",
            "total": total,
            "offset": page["offset"],
            "limit": PAGE,
            "filter": page.get("state", ""),
            "rows": rows,
            "counts": {"all": sum(counts.values()), **counts},
            "ranking": any("chosen" in r["data"] for r in rows),
            "lang": "zh" if has_chinese(text[:400]) else "en",
            "words": session.words("rows"),
            "empty": session.words(f"{name}.empty"),
        }
    )


def _source(row: dict[str, Any]) -> dict[str, Any] | None:
    """Where a row came from: its chunk, or the passage around its span; of a pair also where both
    lines stand in it.
    """
    if not row.get("source"):
        return None
    place = f" · {row['source_start']:,}" if row.get("source_start") is not None else ""
    known, begin = row["data"].get("source"), row.get("source_start") or 0
    spans = (
        [(part, known.get(name) or []) for part, name in SPANS.items()]
        if isinstance(known, dict)
        else []
    )
    marks = sorted(
        (start - begin, end - begin, part)
        for part, found in spans
        for start, end in found
        if start >= begin
    )
    return {"name": f"{row['document'] or ''}{place}", "text": row["source"], "marks": marks}
