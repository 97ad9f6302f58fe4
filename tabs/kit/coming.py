"""A result that is being made: shown in its place from the press of the button on, so that a job's
card and the result belong together.
"""

from typing import Any

from studio import jobs
from studio.jobs.records import JobRecord
from studio.store import documents, sets
from tabs.kit.session import Session
from tabs.views import payload


def job(session: Session, *kinds: str) -> JobRecord | None:
    """The newest job of these kinds that is under way."""
    found = [
        record
        for kind in kinds
        if (record := jobs.latest(session.workspace, kind)) is not None and record.active
    ]
    return max(found, key=lambda record: record.created, default=None)


def name(session: Session, record: JobRecord) -> str:
    """What a job is about: the name its result was given, else the text or the set that it is made
    from; "" where neither is known.
    """
    if record.title:
        return record.title
    store, spec = session.workspace.store, record.spec
    if isinstance(spec.get("chunks"), str):
        made = sets.get(store, spec["chunks"])
        return made.name if made else ""
    texts = [ref for ref in spec.get("documents") or [] if isinstance(ref, str)]
    known = [
        document.name if (document := documents.get(store, ref)) else ref.removeprefix("sample:")
        for ref in texts[:1]
    ]
    return "".join(known) + (f" + {len(texts) - 1:,}" if len(texts) > 1 else "")


def label(session: Session, record: JobRecord) -> str:
    """Its line in a list of results, with three dots."""
    return f"{name(session, record) or session.word(f'job.kind.{record.kind}')} · …"


def waiting(session: Session, record: JobRecord) -> str:
    """The value of a view that waits for the first of the result."""
    about = label(session, record).removesuffix(" · …")
    return payload(
        {
            "total": 0,
            "empty": {
                "title": session.word("coming.title", name=about),
                "text": session.word("coming.text"),
            },
        }
    )


def mark(session: Session, record: JobRecord) -> tuple[Any, ...]:
    """The version of what `waiting` draws."""
    return ("coming", session.language, session.workspace.path, record.id)
