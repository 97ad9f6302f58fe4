"""What the store knows of jobs: reading and writing their rows and events."""

import secrets
import time
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack, cast

from studio.errors import JobError, StudioError
from studio.jobs.kinds import KINDS, spec_class
from studio.spec import Spec, digest
from studio.store import Reads, Writes, events, jobs, queue, sets
from studio.store.jobs import ACTIVE, JobRow
from studio.workspace import Workspace

# queued → running → done | failed | stopped; "interrupted" is a worker that died without a word.
STATES = (*ACTIVE, "done", "failed", "stopped", "interrupted")

NAMED_ONCE = ("train", "grid")  # kinds whose results are called by the job's title
# Kinds that load weights in a process of their own, and those of them that wait for one another.
HOLDING = ("train", "grid", "evaluate")
QUEUED = ("train", "grid")


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


class Outcome(TypedDict, total=False):
    """What may change together with a job's state; what is left out stays as it is."""

    progress: dict[str, Any]
    result: dict[str, Any]
    error: StudioError | None
    started: float | None
    ended: float | None


def create(
    workspace: Workspace, spec: Spec, *, parent: str | None, step: str | None, waits: bool = False
) -> tuple[JobRecord, bool]:
    """A queued row for `spec`, or the row of the same work already active; True if it is new. A
    training has a place in the queue with it where the device is held, or where it `waits`.
    """
    fingerprint = spec.fingerprint()
    job_id = f"{spec.KIND}-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"
    title = str(getattr(spec, "name", "") or getattr(spec, "dataset", "") or "")
    with workspace.store.write() as db:
        known = jobs.active_of(db, fingerprint, parent)
        if known is None:
            waits = waits or must_wait(db, spec.KIND, parent)
            if spec.KIND in NAMED_ONCE:
                title = _free(title, jobs.titles(db, spec.KIND))
            jobs.add(
                db,
                JobRow(
                    id=job_id,
                    kind=spec.KIND,
                    state="queued",
                    spec=spec.plain(),
                    fingerprint=fingerprint,
                    parent=parent,
                    step=step,
                    title=title,
                ),
            )
            if waits:
                queue.add(db, job_id)
    return get(workspace, known.id if known else job_id), known is None


def must_wait(source: Reads, kind: str, parent: str | None) -> bool:
    """Whether a job of that kind has to wait for its turn: another job holds the device, save those
    that it is a part of, or others wait already and may begin.
    """
    if kind not in QUEUED:
        return False
    over = {parent, *ancestors(source, parent)} if parent else set()
    if queue.holding(source, HOLDING, over):
        return True
    return not parent and queue.waiting(source) > 0 and not queue.hold(source).held


def ancestors(source: Reads, job_id: str) -> set[str]:
    """The jobs that a job is a part of: its pipeline or grid, and what that is a part of."""
    found: set[str] = set()
    row = jobs.get(source, job_id)
    while row is not None and row.parent and row.parent not in found:
        found.add(row.parent)
        row = jobs.get(source, row.parent)
    return found


def _free(title: str, taken: set[str]) -> str:
    """`title`, or the first of "title 2", "title 3" … that no other job has."""
    wanted, number = title, 1
    while wanted and wanted in taken:
        number += 1
        wanted = f"{title} {number}"
    return wanted


def work_key(
    workspace: Workspace, spec: dict[str, Any], parent: str | None, step: str | None
) -> str:
    """What identifies a piece of work, the same when it is done again: the spec, or of a pipeline's
    step the pipeline's spec and the step, since what earlier steps hand on is new each time.
    Whether something may be overwritten is no part of it.
    """
    if parent:
        pipeline = jobs.get(workspace.store, parent)
        return step_key(str(pipeline.fingerprint if pipeline else None), str(step))
    kind = str(spec.get("kind", ""))
    begun = spec_class(kind).first_names(spec) if kind in KINDS else spec
    return digest({key: value for key, value in begun.items() if key != "overwrite"})


def step_key(fingerprint: str, step: str) -> str:
    """`work_key` of a step of the pipeline with that fingerprint."""
    return digest([fingerprint, step])


def work_of(workspace: Workspace, job_id: str) -> str:
    """The `work_key` of a job. Raises JobError for an unknown id."""
    record = get(workspace, job_id)
    return work_key(workspace, record.spec, record.parent, record.step)


def same_active(workspace: Workspace, spec: Spec, parent: str | None) -> bool:
    """Whether the same work is queued or running already."""
    return jobs.active_of(workspace.store, spec.fingerprint(), parent) is not None


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
    found = sets.with_job(workspace.store, str(set_id), kind)
    if found is not None and found.job_state in ACTIVE:
        raise JobError(
            "This set is still being made.", "Wait until its job is done, or stop it first."
        )
    return found is not None


def get(workspace: Workspace, job_id: str) -> JobRecord:
    """One job. Raises JobError for an unknown id."""
    row = jobs.get(workspace.store, str(job_id))
    if row is None:
        raise JobError(
            "There is no job {id} in this workspace.", "Choose one from the list.", id=job_id
        )
    return _record(row)


def recent(workspace: Workspace, kind: str = "", limit: int = 50) -> list[JobRecord]:
    """The newest jobs first, of one kind or of all."""
    return [_record(row) for row in jobs.recent(workspace.store, kind, limit)]


def latest(workspace: Workspace, kind: str) -> JobRecord | None:
    """The newest job of a kind, or None."""
    found = recent(workspace, kind, 1)
    return found[0] if found else None


def running(workspace: Workspace) -> list[JobRecord]:
    """The queued and the running jobs, newest first."""
    return [_record(row) for row in jobs.active(workspace.store)]


def children(workspace: Workspace, parent: str) -> dict[str, JobRecord]:
    """Step id → newest job of that step, for the steps of a pipeline."""
    return {str(row.step): _record(row) for row in jobs.steps_of(workspace.store, parent)}


def unfinished(workspace: Workspace, fingerprint: str) -> JobRecord | None:
    """The newest top-level job of the same work, whatever its state, or None."""
    row = jobs.newest_of(workspace.store, fingerprint)
    return _record(row) if row else None


def set_state(workspace: Workspace, job_id: str, state: str, **columns: Unpack[Outcome]) -> None:
    """Move a job to `state`; columns may hold result, error (StudioError), started, ended,
    progress.

    The sets in which a job kept nothing go in the same breath in which it ends without a result;
    marks of finished work stay as long as it can go on.
    """
    with workspace.store.write() as db:
        jobs.set_state(db, job_id, state, **_stored(columns))
        events.add(db, job_id, "state", {"state": state})
        row = jobs.get(db, job_id)
        if row is not None and state not in (*ACTIVE, "done"):
            sets.delete_empty(db, job_id, keep_marked=resumable(_record(row)))
            if row.kind in HOLDING and not row.parent and state in ("failed", "interrupted"):
                _failed(db, job_id)


def _failed(db: Writes, job_id: str) -> None:
    """A failure holds the queue, where a person wants that and anything waits."""
    if queue.hold(db).on_failure and queue.waiting(db):
        queue.set_held(db, True, job_id)


def _stored(columns: Outcome) -> jobs.Outcome:
    """The columns as the store keeps them."""
    kept: dict[str, Any] = dict(columns)
    if isinstance(error := kept.get("error"), StudioError):
        kept["error"] = error.as_record()
    return cast(jobs.Outcome, kept)


def _record(row: JobRow) -> JobRecord:
    return JobRecord(
        id=row.id,
        kind=row.kind,
        state=row.state,
        spec=row.spec,
        title=row.title,
        parent=row.parent,
        step=row.step,
        progress=row.progress,
        result=row.result or {},
        error=StudioError.from_record(row.error) if row.error else None,
        created=row.created,
        started=row.started,
        ended=row.ended,
    )
