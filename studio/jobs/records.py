"""What the store knows of jobs: reading and writing their rows and events."""

import secrets
import time
from dataclasses import dataclass
from typing import Any

from studio.errors import JobError, StudioError
from studio.spec import Spec, digest
from studio.store import dumps, loads
from studio.workspace import Workspace

ACTIVE = ("queued", "running")
# queued → running → done | failed | stopped; "interrupted" is a worker that died without a word.
HOLDING = ("chunks", "utterances", "rows")  # tables in which a set's content lies
STATES = (*ACTIVE, "done", "failed", "stopped", "interrupted")


@dataclass(frozen=True)
class JobRecord:
    """One job as the store has it.

    Times are Unix seconds; progress has done, total, unit, rate, eta_s.
    """

    id: str
    kind: str
    state: str
    spec: dict[str, Any]
    title: str
    parent: str | None
    step: str | None
    progress: dict[str, Any]
    result: dict[str, Any]
    error: StudioError | None
    created: float
    started: float | None
    ended: float | None

    @property
    def active(self) -> bool:
        """Queued or running."""
        return self.state in ACTIVE


def create(
    workspace: Workspace, spec: Spec, *, parent: str | None, step: str | None
) -> tuple[JobRecord, bool]:
    """A queued row for `spec`, or the row of the same work already active; True if it is new."""
    fingerprint = spec.fingerprint()
    job_id = f"{spec.KIND}-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"
    title = str(getattr(spec, "name", "") or getattr(spec, "dataset", "") or "")
    with workspace.store.write() as db:
        row = db.execute(
            (
                "SELECT id FROM jobs WHERE fingerprint = ? AND ifnull(parent, '') = ?"
                " AND state IN ('queued', 'running')"
            ),
            (fingerprint, parent or ""),
        ).fetchone()
        if row is None:
            db.execute(
                (
                    "INSERT INTO jobs (id, kind, state, spec, fingerprint, parent, step, title)"
                    " VALUES (?,?,?,?,?,?,?,?)"
                ),
                (
                    job_id,
                    spec.KIND,
                    "queued",
                    dumps(spec.plain()),
                    fingerprint,
                    parent,
                    step,
                    title,
                ),
            )
    return get(workspace, row["id"] if row else job_id), row is None


def work_key(
    workspace: Workspace, spec: dict[str, Any], parent: str | None, step: str | None
) -> str:
    """What identifies a piece of work, the same when it is done again: the spec, or of a pipeline's
    step the pipeline's spec and the step, since what earlier steps hand on is new each time.
    Whether something may be overwritten is no part of it.
    """
    if parent:
        return step_key(
            str(workspace.store.value("SELECT fingerprint FROM jobs WHERE id = ?", (parent,))),
            str(step),
        )
    return digest({key: value for key, value in spec.items() if key != "overwrite"})


def step_key(fingerprint: str, step: str) -> str:
    """`work_key` of a step of the pipeline with that fingerprint."""
    return digest([fingerprint, step])


def work_of(workspace: Workspace, job_id: str) -> str:
    """The `work_key` of a job. Raises JobError for an unknown id."""
    record = get(workspace, job_id)
    return work_key(workspace, record.spec, record.parent, record.step)


def same_active(workspace: Workspace, spec: Spec, parent: str | None) -> bool:
    """Whether the same work is queued or running already."""
    return (
        workspace.store.value(
            (
                "SELECT 1 FROM jobs WHERE fingerprint = ? AND ifnull(parent, '') = ?"
                " AND state IN ('queued', 'running')"
            ),
            (spec.fingerprint(), parent or ""),
        )
        is not None
    )


def resumable(record: JobRecord) -> bool:
    """Whether going on with a job may help: it was stopped or interrupted, or failed for a cause
    that time or the user mends (network, disk, memory, a key), and not for a spec or input that
    stays as it is."""
    if record.state == "failed":
        return record.error is None or record.error.may_pass
    return record.state in ("stopped", "interrupted")


def at_rest(workspace: Workspace, set_id: str, kind: str) -> bool:
    """Whether there is such a set.

    Raises JobError while its job is making it, so that nobody changes it meanwhile.
    """
    row = workspace.store.one(
        "SELECT j.state FROM sets s LEFT JOIN jobs j ON j.id = s.job WHERE s.id = ? AND s.kind = ?",
        (str(set_id), kind),
    )
    if row is not None and row["state"] in ACTIVE:
        raise JobError(
            "This set is still being made.", "Wait until its job is done, or stop it first."
        )
    return row is not None


def get(workspace: Workspace, job_id: str) -> JobRecord:
    """One job. Raises JobError for an unknown id."""
    row = workspace.store.one("SELECT * FROM jobs WHERE id = ?", (str(job_id),))
    if row is None:
        raise JobError(
            "There is no job {id} in this workspace.", "Choose one from the list.", id=job_id
        )
    return _record(row)


def recent(workspace: Workspace, kind: str = "", limit: int = 50) -> list[JobRecord]:
    """The newest jobs first, of one kind or of all."""
    where = "WHERE kind = ?" if kind else ""
    values = ([kind] if kind else []) + [limit]
    return [
        _record(row)
        for row in workspace.store.all(
            f"SELECT * FROM jobs {where} ORDER BY created DESC, rowid DESC LIMIT ?", values
        )
    ]


def latest(workspace: Workspace, kind: str) -> JobRecord | None:
    """The newest job of a kind, or None."""
    found = recent(workspace, kind, 1)
    return found[0] if found else None


def running(workspace: Workspace) -> list[JobRecord]:
    """The queued and the running jobs, newest first."""
    marks = ",".join("?" * len(ACTIVE))
    return [
        _record(row)
        for row in workspace.store.all(
            f"SELECT * FROM jobs WHERE state IN ({marks}) ORDER BY created DESC, rowid DESC", ACTIVE
        )
    ]


def children(workspace: Workspace, parent: str) -> dict[str, JobRecord]:
    """Step id → newest job of that step, for the steps of a pipeline."""
    rows = workspace.store.all(
        "SELECT * FROM jobs WHERE parent = ? ORDER BY created, rowid", (parent,)
    )
    return {row["step"]: _record(row) for row in rows}


def unfinished(workspace: Workspace, fingerprint: str) -> JobRecord | None:
    """The newest top-level job of the same work, whatever its state, or None."""
    row = workspace.store.one(
        (
            "SELECT * FROM jobs WHERE fingerprint = ? AND parent IS NULL"
            " ORDER BY created DESC, rowid DESC LIMIT 1"
        ),
        (fingerprint,),
    )
    return _record(row) if row else None


def set_state(workspace: Workspace, job_id: str, state: str, **columns: Any) -> None:
    """Move a job to `state`; columns may hold result, error (StudioError), started, ended,
    progress.
    """
    values = {key: _column(key, value) for key, value in columns.items()} | {"state": state}
    sets = ", ".join(f"{key} = :{key}" for key in values)
    with workspace.store.write() as db:
        db.execute(f"UPDATE jobs SET {sets} WHERE id = :id", values | {"id": job_id})
        db.execute(
            "INSERT INTO events (job, kind, data) VALUES (?, 'state', ?)",
            (job_id, dumps({"state": state})),
        )


def drop_empty(workspace: Workspace, record: JobRecord) -> None:
    """Take the sets away in which a job that has ended kept nothing; marks of finished work stay as
    long as it can go on.
    """
    if record.active or record.state == "done":
        return
    held = [*HOLDING, *(("units",) if resumable(record) else ())]
    with workspace.store.write() as db:
        db.execute(
            "DELETE FROM sets WHERE job = ? AND kind IN ('chunks', 'utterances', 'rows')"
            + "".join(
                f" AND NOT EXISTS (SELECT 1 FROM {table} t WHERE t.set_id = sets.id)"
                for table in held
            ),
            (record.id,),
        )


def _column(key: str, value: Any) -> Any:
    if isinstance(value, StudioError):
        return dumps(value.as_record())
    return dumps(value) if key in ("result", "progress") else value


def _record(row: dict[str, Any]) -> JobRecord:
    error = loads(row["error"])
    return JobRecord(
        id=row["id"],
        kind=row["kind"],
        state=row["state"],
        spec=loads(row["spec"]),
        title=row["title"],
        parent=row["parent"],
        step=row["step"],
        progress=loads(row["progress"]) or {},
        result=loads(row["result"]) or {},
        error=StudioError.from_record(error) if error else None,
        created=row["created"],
        started=row["started"],
        ended=row["ended"],
    )
