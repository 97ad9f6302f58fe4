"""A result that is being made: shown in its place from the press of the button on, so that a job's card and the result belong together."""

from typing import Any

from studio import jobs
from studio.jobs.records import JobRecord
from tabs.shared import Session
from tabs.views import payload


def job(session: Session, kind: str) -> JobRecord | None:
    """The newest job of a kind while it is under way."""
    record = jobs.latest(session.workspace, kind)
    return record if record is not None and record.active else None


def label(session: Session, record: JobRecord) -> str:
    """Its line in a list of results: the name it will have, or the text it is made from, and three dots."""
    store = session.workspace.store
    first = next(iter(record.spec.get("documents") or []), "")
    text = first and (store.value("SELECT name FROM documents WHERE id = ?", (first,)) or first.removeprefix("sample:"))
    return f"{record.title or text or session.word(f'job.kind.{record.kind}')} · …"


def waiting(session: Session, record: JobRecord) -> str:
    """The value of a view that waits for the first of the result."""
    name = label(session, record).removesuffix(" · …")
    return payload({"total": 0, "empty": {"title": session.word("coming.title", name=name), "text": session.word("coming.text")}})


def mark(session: Session, record: JobRecord) -> tuple[Any, ...]:
    """The version of what `waiting` draws."""
    return ("coming", session.language, session.workspace.path, record.id)
