"""The table `jobs`: pieces of work, their specs, how far they are and how they ended."""

import sqlite3
import time
from dataclasses import dataclass, field
from typing import Any, TypedDict, Unpack

from studio.store.columns import dumps, loads, record
from studio.store.database import Reads, Writes, row, rows, value

ACTIVE = ("queued", "running")
IS_ACTIVE = "state IN ('queued', 'running')"
NEWEST = "ORDER BY created DESC, rowid DESC"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """One job. Times are Unix seconds; parent and step: of a step the pipeline's job and the step's
    id; beat: when the progress was written last; error: the fields of a StudioError.
    """

    id: str
    kind: str
    state: str
    spec: dict[str, Any]
    fingerprint: str
    parent: str | None = None
    step: str | None = None
    title: str = ""
    progress: dict[str, Any] = field(default_factory=dict)
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    created: float = field(default_factory=time.time)
    started: float | None = None
    ended: float | None = None
    beat: float | None = None


class Outcome(TypedDict, total=False):
    """What may change together with a job's state; what is left out stays as it is."""

    progress: dict[str, Any]
    result: dict[str, Any]
    error: dict[str, Any] | None
    started: float | None
    ended: float | None


def add(db: Writes, job: JobRow) -> None:
    """A new job.

    Raises sqlite3.IntegrityError for a known id, or where the same work is active already.
    """
    db.execute(
        "INSERT INTO jobs (id, kind, state, spec, fingerprint, parent, step, title, progress,"
        " result, error, created, started, ended, beat) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            job.id,
            job.kind,
            job.state,
            dumps(job.spec),
            job.fingerprint,
            job.parent,
            job.step,
            job.title,
            dumps(job.progress),
            _text(job.result),
            _text(job.error),
            job.created,
            job.started,
            job.ended,
            job.beat,
        ),
    )


def get(source: Reads, job_id: str) -> JobRow | None:
    """The job of that id, or None."""
    found = row(source, "SELECT * FROM jobs WHERE id = ?", (job_id,))
    return _job(found) if found is not None else None


def recent(source: Reads, kind: str = "", limit: int = -1) -> list[JobRow]:
    """The newest jobs first, of one kind or of all; all of them without a limit."""
    where = "WHERE kind = ?" if kind else ""
    values = [*([kind] if kind else []), limit]
    return [
        _job(found)
        for found in rows(source, f"SELECT * FROM jobs {where} {NEWEST} LIMIT ?", values)
    ]


def rename(db: Writes, job_id: str, title: str) -> bool:
    """Give a job another title; whether there is one."""
    return db.execute("UPDATE jobs SET title = ? WHERE id = ?", (title, job_id)).rowcount > 0


def titles(source: Reads, kind: str) -> set[str]:
    """The titles of all jobs of a kind."""
    return {
        found["title"] for found in rows(source, "SELECT title FROM jobs WHERE kind = ?", (kind,))
    }


def delete(db: Writes, job_id: str) -> None:
    """Forget a job and what happened to it."""
    db.execute("DELETE FROM jobs WHERE id = ?", (job_id,))


def count(source: Reads, kind: str) -> int:
    """How many jobs of a kind there are."""
    return int(value(source, "SELECT count(*) FROM jobs WHERE kind = ?", (kind,)))


def beat(source: Reads, job_id: str) -> float | None:
    """When the worker of a job last gave a sign of life, in Unix seconds; None before the first."""
    found: float | None = value(source, "SELECT beat FROM jobs WHERE id = ?", (job_id,))
    return found


def active(source: Reads) -> list[JobRow]:
    """The queued and the running jobs, the newest first."""
    return [_job(found) for found in rows(source, f"SELECT * FROM jobs WHERE {IS_ACTIVE} {NEWEST}")]


def active_of(source: Reads, fingerprint: str, parent: str | None) -> JobRow | None:
    """The queued or running job of the same work under the same pipeline (or under none)."""
    found = row(
        source,
        f"SELECT * FROM jobs WHERE fingerprint = ? AND ifnull(parent, '') = ? AND {IS_ACTIVE}",
        (fingerprint, parent or ""),
    )
    return _job(found) if found is not None else None


def newest_of(source: Reads, fingerprint: str) -> JobRow | None:
    """The newest job of the same work that is no step of a pipeline, whatever its state."""
    found = row(
        source,
        f"SELECT * FROM jobs WHERE fingerprint = ? AND parent IS NULL {NEWEST} LIMIT 1",
        (fingerprint,),
    )
    return _job(found) if found is not None else None


def steps_of(source: Reads, parent: str) -> list[JobRow]:
    """The jobs of a pipeline's steps, the oldest first."""
    return [
        _job(found)
        for found in rows(
            source, "SELECT * FROM jobs WHERE parent = ? ORDER BY created, rowid", (parent,)
        )
    ]


def is_at_work_on(source: Reads, document: str) -> bool:
    """Whether an active job's spec names a document."""
    found = row(
        source,
        f"SELECT 1 FROM jobs WHERE {IS_ACTIVE} AND instr(spec, ?) LIMIT 1",
        (dumps(document),),
    )
    return found is not None


def on_lines(source: Reads, set_id: str) -> list[str]:
    """The ids of the jobs that asked a model about a set of lines or built pairs of it."""
    return [
        found["id"]
        for found in rows(
            source,
            "SELECT id FROM jobs WHERE kind IN ('attribute', 'pairs') AND result IS NOT NULL"
            " AND ? IN (json_extract(result, '$.set'), json_extract(result, '$.utterance_set'))",
            (set_id,),
        )
    ]


def set_state(db: Writes, job_id: str, state: str, **outcome: Unpack[Outcome]) -> None:
    """Move a job to a state."""
    values: dict[str, Any] = {"id": job_id, "state": state} | outcome
    for name in ("progress", "result", "error"):
        if name in values:
            values[name] = _text(values[name])
    changed = ", ".join(
        f"{name} = :{name}" for name in ("state", *Outcome.__annotations__) if name in values
    )
    db.execute(f"UPDATE jobs SET {changed} WHERE id = :id", values)


def set_progress(db: Writes, job_id: str, progress: dict[str, Any]) -> None:
    """How far a job is; the moment is kept as its beat."""
    db.execute(
        "UPDATE jobs SET progress = ?, beat = ((julianday('now') - 2440587.5) * 86400.0)"
        " WHERE id = ?",
        (dumps(progress), job_id),
    )


def requeue(db: Writes, job_id: str, state: str) -> bool:
    """Queue a job that is in that state anew, as the newest; whether it still was in it."""
    changed = db.execute(
        "UPDATE jobs SET state = 'queued', error = NULL, ended = NULL,"
        " created = ((julianday('now') - 2440587.5) * 86400.0) WHERE id = ? AND state = ?",
        (job_id, state),
    ).rowcount
    return changed > 0


def _text(data: dict[str, Any] | None) -> str | None:
    return dumps(data) if data is not None else None


def _job(found: sqlite3.Row) -> JobRow:
    return record(
        JobRow,
        found,
        spec=loads(found["spec"]),
        progress=loads(found["progress"]) or {},
        result=loads(found["result"]),
        error=loads(found["error"]),
    )
