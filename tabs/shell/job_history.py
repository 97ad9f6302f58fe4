"""The status line at the foot of the window, and the history of jobs that opens upwards from it:
each job with its day, duration, state and what it made, its notes, its fault and its log.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gradio as gr

from studio import jobs
from studio.errors import InputError, JobError
from studio.files import size_of
from studio.jobs.records import JobRecord
from tabs.kit import job_notes, job_results, job_status
from tabs.kit.lazy import Lazy, drawn
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.tab import Tab, Window
from tabs.kit.wiring import connect
from tabs.views import payload, view

PAGE = 60  # jobs that are listed at first, and more with each press
MOST = 2000
CLOSED: dict[str, Any] = {"open": False, "chosen": None, "most": PAGE}


def places(tabs: tuple[Tab[Any], ...]) -> Mapping[str, str]:
    """Kind of job → the name of the tab that it belongs to: the one whose result it makes, else the
    first that starts it.
    """
    started = {kind: tab.name for tab in reversed(tabs) for kind in tab.kinds}
    return started | {kind: tab.name for tab in reversed(tabs) for kind in tab.makes}


def build(*, visible: bool) -> dict[str, Any]:
    """The line and the history, to be rendered where they stand; a guest's window has neither."""
    return {
        "status": view("status", elem_id="job-status", visible=visible, render=False),
        "history": view("history", elem_id="job-history", visible=visible, render=False),
        "history_page": gr.State(dict(CLOSED)),
    }


def views(shared: Shared, session: Session, values: Values) -> dict[Any, Lazy]:
    """What the line and the history show now, whichever tab is open."""
    if shared.chat_only:
        return {}
    page = CLOSED | (values.get(shared.history_page) or {})
    return {shared.status: job_status.lazy(shared, session)} | _history(shared, session, page)


def _history(shared: Shared, session: Session, page: dict[str, Any]) -> dict[Any, Lazy]:
    if not page["open"]:
        return {shared.history: Lazy("closed", lambda: payload({"open": False}))}
    found = jobs.recent(session.workspace, limit=page["most"] + 1)
    listed = found[: page["most"]]
    chosen = next((r for r in listed if r.id == page["chosen"]), listed[0] if listed else None)
    mark = (
        session.language,
        session.workspace.path,
        page["most"],
        [(r.id, r.state, repr(r.progress)) for r in listed if r.active],
        [(r.id, r.state, r.ended) for r in listed if not r.active],
        chosen
        and (chosen.id, size_of(_log(session, chosen)), job_status.stopping(session, chosen)),
    )
    more = len(found) > len(listed)
    return {
        shared.history: Lazy(mark, lambda: _drawn(shared, session, listed, chosen, more=more)),
    }


def _drawn(
    shared: Shared,
    session: Session,
    listed: list[JobRecord],
    chosen: JobRecord | None,
    *,
    more: bool,
) -> str:
    return payload(
        {
            "key": session.workspace.path.name,
            "open": True,
            "rows": [_row(shared, session, record) for record in listed],
            "more": more,
            "chosen": chosen and _detail(shared, session, chosen),
            "words": session.words("job.status"),
        }
    )


def _row(shared: Shared, session: Session, record: JobRecord) -> dict[str, Any]:
    """A job's line in the list."""
    shown = job_status.entry(shared, session, record)
    seconds = record.ended - record.started if record.ended and record.started else None
    return {
        name: shown[name] for name in ("id", "kind", "state", "label", "tab", "name", "what")
    } | {
        "when": _moment(record.created),
        "took": job_status.human(session, seconds) if seconds is not None else "",
        "share": shown["done"] / shown["total"] if record.active and shown["total"] else None,
    }


def _moment(at: float) -> str:
    """The day and the hour at which a job was begun or resumed."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))


def _detail(shared: Shared, session: Session, record: JobRecord) -> dict[str, Any]:
    """The open job: all its notes, its fault, its log, what can be done with it."""
    way = job_results.opened_as(record)
    return job_status.entry(shared, session, record) | {
        "notes": job_notes.notes(session, record),
        "log": job_status.log_tail(_log(session, record)),
        "openable": way is not None
        and (record.state == "done" or record.kind in jobs.records.NAMED_ONCE),
    }


def _log(session: Session, record: JobRecord) -> Path:
    return session.workspace.run_folder(record.id) / "log.txt"


def place(window: Window) -> None:
    """Put the line and the history under the tabs that stand, and wire what is pressed in them."""
    shared = window.shared
    for part in (shared.history, shared.status):
        part.render()  # type: ignore[no-untyped-call]
    if shared.chat_only:
        return
    things = {thing for tab in window.tabs for thing in tab.accepts}
    ways = {thing: window.taking(thing) for thing in sorted(things)}
    elsewhere = dict.fromkeys(part for parts, _ in ways.values() for part in parts)

    def act(session: Session, values: Values, data: dict[str, Any]) -> Values:
        name, job_id = str(data.get("act")), str(data.get("id", ""))
        page = CLOSED | (values.get(shared.history_page) or {})
        changed: Values = {}
        if name == "stop":
            jobs.stop(session.workspace, job_id)
        elif name == "resume":
            changed = _resumed(shared, session, ways, job_id)
        elif name == "result":
            changed = _opened(session, ways, job_id)
            page = page | {"open": False}
        elif name == "history":
            page = page | {"open": True} | ({"chosen": job_id} if job_id else {})
        elif name == "older":
            page = page | {"most": min(MOST, page["most"] + PAGE)}
        elif name == "close":
            page = dict(CLOSED)
        shown = drawn(views(shared, session, values | {shared.history_page: page}))
        return changed | shown | {shared.history_page: page}

    for part in (shared.status, shared.history):
        connect(
            shared,
            part.act,
            act,
            inputs=[shared.history_page],
            outputs=[shared.status, shared.history, shared.history_page, *elsewhere],
            event=True,
            trigger_mode="multiple",
        )


def _resumed(shared: Shared, session: Session, ways: dict[str, Any], job_id: str) -> Values:
    """A job goes on; what it goes on making is chosen in its tab, which is not opened by that."""
    record = jobs.resume(session.workspace, job_id)
    thing, ident = job_results.opened_as(record) or ("", None)
    if thing not in ways or thing not in job_results.CHOSEN_AT_ONCE:
        return {}
    _, hand = ways[thing]
    filled = dict(hand(session, ident))
    for part in (shared.tabs, shared.active):
        filled.pop(part, None)
    return filled


def _opened(session: Session, ways: dict[str, Any], job_id: str) -> Values:
    """The result of a job in the tab where it is worked with. Raises InputError where it was
    deleted since, JobError for an unknown job.
    """
    record = jobs.get(session.workspace, job_id)
    thing, ident = job_results.opened_as(record) or ("", None)
    if thing not in ways:
        raise JobError("Nothing is shown of this job.", "Its log has what it did.")
    if not job_results.stands(session, thing, ident):
        raise InputError("What this job made is no longer there.", "It was deleted; run it again.")
    _, hand = ways[thing]
    filled: Values = hand(session, ident)
    return filled
