"""Which sets of chunks the tab can show: those made, and the one in the making."""

from typing import Any

from studio.chunking.sets import queries
from studio.jobs.records import JobRecord
from studio.store import chunks, sets
from tabs.kit import coming
from tabs.kit.forms import Choices
from tabs.kit.session import Session


def of_job(job_id: str) -> str:
    """The set that a job of chunking makes."""
    return f"chunks-{job_id}"


def made(session: Session) -> Choices:
    """The sets that stand, the newest first, for a dropdown."""
    return [
        (f"{s['name']} · {s['count']:,}", s["id"]) for s in queries.chunk_sets(session.workspace)
    ]


def shown(session: Session) -> Choices:
    """The sets that can be shown: first the one that is being made."""
    record = coming.job(session, "chunk")
    waits = record is not None and awaited(session, of_job(record.id)) is not None
    return (
        [(coming.label(session, record), of_job(record.id))] if record is not None and waits else []
    ) + made(session)


def awaited(session: Session, wanted: Any) -> JobRecord | None:
    """The job that is making the set wanted, while the set has no chunks yet."""
    record = coming.job(session, "chunk")
    if record is None or wanted != of_job(record.id):
        return None
    return None if chunks.any_of_set(session.workspace.store, wanted) else record


def of_document(session: Session, document: str) -> tuple[str, int] | None:
    """The newest set that was cut from a document, with how many chunks it has; None where there is
    none.
    """
    store = session.workspace.store
    cut_from = session.kept("cut from", ("sets", "chunks"), lambda: sets.documents_by_set(store))
    found = (one for one in queries.chunk_sets(session.workspace) if one["count"])
    return next(
        ((one["id"], one["count"]) for one in found if document in cut_from.get(one["id"], ())),
        None,
    )


def standing(session: Session, wanted: Any) -> str | None:
    """The set wanted where it is there, else the newest; None where there is none."""
    known = [set_id for _, set_id in made(session)]
    return wanted if wanted in known else next(iter(known), None)


def count(session: Session) -> int:
    """How many chunks the newest set has."""

    def counted() -> int:
        newest = sets.newest(session.workspace.store, "chunks")
        return chunks.count(session.workspace.store, newest.id) if newest else 0

    found: int = session.kept("count chunks", ("sets", "chunks"), counted)
    return found
