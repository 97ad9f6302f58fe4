"""The queue: one training at a time on a workspace's device, in an order that a person changes.

A start while the device is held waits here, and a start is a queue of one where nothing holds it.
Who lets the next one go: the worker that ends, the window and the command line whenever they look
after jobs (`control.recover`), and a small process that watches while anything waits
(`queue_watch`), so that the queue goes on with the window closed and after a worker was killed.
All of them go through `advance`, whose transaction is the one lock.
"""

import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from studio.errors import InputError, StudioError
from studio.files import write_text
from studio.jobs import records, workers
from studio.jobs.kinds import read_spec
from studio.jobs.records import JobRecord
from studio.processes import alive, runs, start_detached
from studio.store import Writes, jobs
from studio.store import queue as kept
from studio.store.queue import Hold
from studio.workspace import Workspace

WATCH_GRACE_S = 15.0  # in which a watching process that was started gets its lock


@dataclass(frozen=True)
class Queue:
    """waiting: the jobs that wait, the next one first. holders: the jobs that hold the device.
    hold: whether any may begin.
    """

    waiting: tuple[JobRecord, ...]
    holders: tuple[JobRecord, ...]
    hold: Hold


def look(workspace: Workspace) -> Queue:
    """The queue as it stands."""
    store = workspace.store
    active = {record.id: record for record in records.running(workspace)}
    waiting = [active[e.job] for e in kept.every(store) if e.taken is None and e.job in active]
    holders = [active[one] for one in kept.holding(store, records.HOLDING) if one in active]
    return Queue(tuple(waiting), tuple(holders), kept.hold(store))


def place(workspace: Workspace, job_id: str) -> int:
    """A job's place among those that wait, from 1 on; 0 for one that does not wait."""
    waiting = [entry.job for entry in kept.every(workspace.store) if entry.taken is None]
    return waiting.index(job_id) + 1 if job_id in waiting else 0


def advance(workspace: Workspace, *, chosen: str = "") -> JobRecord | None:
    """Let the next job go where nothing holds the device and the queue is not held; that job.

    chosen: a job that waits and is to begin now, whatever else runs. A job whose spec has become
    impossible since it was queued fails with that error, and the one behind it is tried. Raises
    InputError where the chosen one does not wait.
    """
    while True:
        with workspace.store.write() as db:
            if chosen:
                found = chosen if kept.take(db, chosen) else None
            else:
                found = _next(db)
        if found is None:
            if chosen:
                raise _not_waiting(chosen)
            return None
        if (begun := _begin(workspace, found)) or chosen:
            return begun


def _next(db: Writes) -> str | None:
    """The first job that may begin, marked as taken."""
    waiting = [entry for entry in kept.every(db) if entry.taken is None]
    if not waiting or kept.hold(db).held:
        return None
    for entry in waiting:
        if not kept.holding(db, records.HOLDING, records.ancestors(db, entry.job)):
            kept.take(db, entry.job)
            return entry.job
    return None


def _begin(workspace: Workspace, job_id: str) -> JobRecord | None:
    """Check a job's spec once more and start its worker; None where it failed instead."""
    record = records.get(workspace, job_id)
    folder = workspace.run_folder(job_id)
    try:
        spec = read_spec(record.spec)
        workers.check(workspace, spec, records.work_of(workspace, job_id))
        write_text(folder / "spec.yaml", spec.as_yaml())
        workers.spawn(workspace, job_id)
    except StudioError as error:
        records.set_state(workspace, job_id, "failed", error=error, ended=time.time())
        return None
    return record


def move(workspace: Workspace, job_id: str, by: int) -> None:
    """Move a job that waits up (by < 0) or down in the order. Raises InputError where it does not
    wait.
    """
    with workspace.store.write() as db:
        waiting = [entry for entry in kept.every(db) if entry.taken is None]
        here = next((n for n, entry in enumerate(waiting) if entry.job == job_id), None)
        if here is None:
            raise _not_waiting(job_id)
        step = -1 if by < 0 else 1
        for _ in range(abs(by)):
            if not 0 <= here + step < len(waiting):
                break
            kept.swap(db, waiting[here], waiting[here + step])
            waiting = kept.every(db)
            waiting = [entry for entry in waiting if entry.taken is None]
            here += step


def start_now(workspace: Workspace, job_id: str) -> JobRecord | None:
    """Begin a job that waits at once, beside what runs; None where it failed. Raises InputError
    where it does not wait.
    """
    return advance(workspace, chosen=job_id)


def take_out(workspace: Workspace, job_ids: Iterable[str]) -> int:
    """Take jobs out that wait; they count as stopped. How many did wait."""
    count = 0
    for job_id in job_ids:
        with workspace.store.write() as db:
            if waited := kept.remove(db, job_id):
                jobs.set_state(db, job_id, "stopped", ended=time.time())
        count += waited
    return count


def hold(workspace: Workspace, *, held: bool) -> None:
    """Hold the queue: what runs goes on, nothing more begins. Or let it go on."""
    with workspace.store.write() as db:
        kept.set_held(db, held)
    if not held:
        advance(workspace)
        watch(workspace)


def stop_all(workspace: Workspace) -> None:
    """Stop the trainings that run, which keep what they learnt, and hold the queue."""
    from studio.jobs import control  # which uses this module

    hold(workspace, held=True)
    for record in look(workspace).holders:
        if record.kind in records.QUEUED:
            control.stop(workspace, record.id)


def require_waiting(workspace: Workspace, job_id: str) -> None:
    """Raise InputError where a job does not wait."""
    if not place(workspace, job_id):
        raise _not_waiting(job_id)


def hold_on_failure(workspace: Workspace, *, wanted: bool) -> None:
    """Whether a run that fails holds the queue, so that a mistake common to all is not made over
    night as often as there are runs.
    """
    with workspace.store.write() as db:
        kept.set_on_failure(db, wanted)


def watch(workspace: Workspace) -> None:
    """See to it that a process watches the queue while anything waits in it."""
    if not kept.waiting(workspace.store) or kept.hold(workspace.store).held:
        return
    folder = watch_folder(workspace)
    folder.mkdir(parents=True, exist_ok=True)
    if alive(folder) or _watch_starts(folder):
        return
    command = [sys.executable, "-m", "studio.jobs.queue_watch", str(workspace.path)]
    start_detached(command, folder, new_log=True)


def watch_folder(workspace: Workspace) -> Path:
    """Where the watching process has its lock and its log."""
    return workspace.path / "cache" / "queue"


def _watch_starts(folder: Path) -> bool:
    try:
        pid, at = (folder / "starting").read_text().split()
        return time.time() - float(at) < WATCH_GRACE_S and runs(int(pid))
    except (FileNotFoundError, ValueError):
        return False


def _not_waiting(job_id: str) -> InputError:
    return InputError(
        "The run {id} does not wait in the queue any more.", "Look at the list again.", id=job_id
    )
