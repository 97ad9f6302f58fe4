"""Rows with their review, shared by Role dialogue (pairs), Instructions and Preferences."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio.errors import InputError
from studio.generation import reading, shared_passages
from studio.jobs.records import JobRecord
from studio.store import reviews
from studio.store import rows as stored
from studio.store import sets as stored_sets
from studio.text.scripts import has_chinese
from studio.workspace import Workspace
from tabs.kit import coming
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
    making: Callable[[Session, Values], JobRecord | None] | None = None,
) -> None:
    """Pages, filters and reviews. `chosen(session, values)` gives the id of the set shown, or None.
    `making(session, values)` gives the job that is making rows of it.

    `place(session, values, data)`, where there is one, answers the button that opens a row's source
    in its text.
    """

    def act(session: Session, values: Values, data: dict[str, Any]) -> Values:
        page = dict(values.get(rows.page) or FIRST)
        name, set_id, opened = data.get("act"), chosen(session, values), 0
        if name == "sample" and sample is not None:
            return sample(session, values)
        if name == "place" and place is not None:
            return place(session, values, data)
        if name == "page":
            page["offset"] = max(0, number(data, "offset"))
        elif name == "filter":
            page = {"offset": 0, "state": str(data.get("state", ""))}
        elif name == "undo" and set_id is not None:
            opened = reading.undo(session.workspace, set_id)
        else:
            review(session.workspace, str(name), data)
        record = making(session, values) if making else None
        drawn = lazy(rows, session, set_id, page, making=record, opened=opened)
        return {rows.page: page, rows.view: drawn.draw(rows.view)}

    connect(
        shared,
        rows.view.act,
        act,
        inputs=[rows.page, *inputs],
        outputs=[rows.page, rows.view, *(outputs or [])],
        notice=notice,
        event=True,
        trigger_mode="multiple",  # a decision made while the last one is on its way counts too
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


def lazy(
    rows: RowsView,
    session: Session,
    set_id: str | None,
    page: dict[str, Any],
    *,
    making: JobRecord | None = None,
    opened: int = 0,
) -> Lazy:
    """The view's content; drawn again when rows or reviews have come.

    making: the job that is making rows of the set, told above the list. opened: the row to open.
    """
    about = _making(session, making)
    if set_id is None:
        return Lazy(
            (session.language, session.workspace.path, repr(about)),
            lambda: payload(_empty(session, rows.name, making, about)),
        )
    counts = reading.counts(session.workspace, set_id)
    last = reviews.newest(session.workspace.store)
    mark = (session.language, set_id, repr(page), repr(counts), last, repr(about))
    more = {"making": about} | ({"open": opened} if opened else {})
    return Lazy(mark, lambda: payload(_content(session, rows.name, set_id, page, counts) | more))


def _empty(
    session: Session, name: str, making: JobRecord | None, about: dict[str, str] | None
) -> dict[str, Any]:
    """What stands where there is no row: what the tab gives, or that the first is being made."""
    if making is None:
        return {"total": 0, "empty": session.words(f"{name}.empty")}
    title = coming.label(session, making).removesuffix(" · …")
    return {
        "total": 0,
        "making": about,
        "words": session.words("rows"),
        "empty": {
            "title": session.word("coming.title", name=title),
            "text": session.word("coming.text"),
        },
    }


def _making(session: Session, record: JobRecord | None) -> dict[str, str] | None:
    """What is said of the row that a job is making: how far it is, and what the row is about."""
    if record is None:
        return None
    progress = record.progress
    done, total = int(progress.get("done") or 0), int(progress.get("total") or 0)
    known = {"n": f"{min(done + 1, total):,}", "total": f"{total:,}"}
    label = session.word("rows.making", **known) if total else session.word("job.starting")
    return {"label": label, "now": str(progress.get("now") or "")}


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


def _content(
    session: Session, name: str, set_id: str, page: dict[str, Any], counts: dict[str, int]
) -> dict[str, Any]:
    state = page.get("state") or None
    found, total = reading.rows_page(session.workspace, set_id, page["offset"], PAGE, state=state)
    rows = [
        {"id": r["id"], "state": r["state"], "data": r["data"], "source": _source(r)} for r in found
    ]
    text = " ".join(str(v) for r in rows[:5] for v in r["data"].values() if isinstance(v, str))
    return {
        "key": f"{set_id}-{page['offset']}-{state}",
        "total": total,
        "offset": page["offset"],
        "limit": PAGE,
        "filter": page.get("state", ""),
        "rows": rows,
        "counts": {"all": sum(counts.values()), **counts},
        "ranking": any("chosen" in r["data"] for r in rows),
        "undo": reviews.last_standing(session.workspace.store, set_id) is not None,
        "lang": "zh" if has_chinese(text[:400]) else "en",
        "words": session.words("rows"),
        "empty": session.words(f"{name}.empty"),
    }


def _source(row: dict[str, Any]) -> dict[str, Any] | None:
    """Where a row came from: its chunk with the passages that the answer takes over, or the passage
    around its span; of a pair of lines where both stand in it.
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
    answer = row["data"].get("output") or row["data"].get("chosen") or ""
    compared = not marks and isinstance(answer, str)
    if compared:
        marks = [(start, end, "taken") for start, end in _taken(row["source"], answer)]
    name = f"{row['document'] or ''}{place}"
    return {"name": name, "text": row["source"], "marks": marks, "compared": compared}


@functools.lru_cache(maxsize=400)
def _taken(source: str, answer: str) -> list[tuple[int, int]]:
    """The passages that an answer takes over, found once."""
    return shared_passages.passages(source, answer)
