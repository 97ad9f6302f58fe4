"""The table `events`: what happened to a job, in order."""

from typing import Any, NamedTuple

from studio.store.columns import dumps, loads
from studio.store.database import Reads, Writes, rows


class Event(NamedTuple):
    """One event of a job. at: Unix seconds."""

    kind: str
    data: dict[str, Any]
    at: float


def add(db: Writes, job: str, kind: str, data: dict[str, Any]) -> None:
    """An event that happens now. Raises sqlite3.IntegrityError for an unknown job."""
    db.execute("INSERT INTO events (job, kind, data) VALUES (?, ?, ?)", (job, kind, dumps(data)))


def of_job(source: Reads, job: str) -> list[Event]:
    """A job's events, the oldest first."""
    return [
        Event(found["kind"], loads(found["data"]), found["at"])
        for found in rows(
            source, "SELECT kind, data, at FROM events WHERE job = ? ORDER BY id", (job,)
        )
    ]
