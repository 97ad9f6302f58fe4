"""Starting, stopping, resuming and recovering jobs, from the window or the command line.

A worker is a process in a session of its own; its output goes to `runs/<id>/log.txt`, never to a
pipe. It is alive if it holds the lock `runs/<id>/lock`; a process id alone proves nothing.
"""

import os
import signal
import sys
import time
from pathlib import Path

import psutil

from studio.errors import JobError, StudioError
from studio.files import disk_error, write_text
from studio.jobs import records
from studio.jobs.records import JobRecord
from studio.processes import alive, runs, start_detached
from studio.spec import Spec
from studio.store import jobs
from studio.workspace import Workspace

START_GRACE_S = 25.0
STOP_GRACE_S = 45.0


def start(
    workspace: Workspace, spec: Spec, *, parent: str | None = None, step: str | None = None
) -> JobRecord:
    """Start `spec` in a worker of its own; the same work already active is returned instead of
    doubled.

    Raises the StudioError of `Spec.check`, before there is a job, for what cannot come to anything.
    """
    recover(workspace)
    if not records.same_active(workspace, spec, parent):
        check(workspace, spec, records.work_key(workspace, spec.plain(), parent, step))
    record, new = records.create(workspace, spec, parent=parent, step=step)
    if new:
        folder = workspace.run_folder(record.id)
        write_text(folder / "spec.yaml", spec.as_yaml())
        _spawn(workspace, record.id)
    return records.get(workspace, record.id)


def check(
    workspace: Workspace, spec: Spec, work: str = "", later: frozenset[str] = frozenset()
) -> None:
    """`Spec.check`, whose error then names the spec's kind, by which a form finds the fields
    concerned.
    """
    try:
        spec.check(workspace, later=later, work=work)
    except StudioError as error:
        error.about(spec.KIND)
        raise


def resume(workspace: Workspace, job_id: str) -> JobRecord:
    """Go on with a stopped, failed or interrupted job under its own id. Raises JobError."""
    recover(workspace)
    record = records.get(workspace, job_id)
    if record.active:
        return record
    if record.state == "done":
        raise JobError("The job {id} is done already.", "Start a new one.", id=job_id)
    with workspace.store.write() as db:
        changed = jobs.requeue(db, job_id, record.state)
    if changed:
        _spawn(workspace, job_id)
    return records.get(workspace, job_id)


def stop(workspace: Workspace, job_id: str) -> JobRecord:
    """Ask a job to stop; it keeps what is finished and ends on its own, at the latest after 45
    s.
    """
    record = records.get(workspace, job_id)
    if not record.active:
        return record
    folder = workspace.run_folder(job_id)
    if not (folder / "stop").exists():
        write_text(folder / "stop", str(time.time()))
    for child in records.children(workspace, job_id).values():
        stop(workspace, child.id)
    if alive(folder):
        _signal(folder, signal.SIGTERM)
    return records.get(workspace, job_id)


def recover(workspace: Workspace) -> list[JobRecord]:
    """Mark active jobs whose worker has died as interrupted, end those that overstay a stop; the
    changed ones.
    """
    changed = []
    for row in jobs.active(workspace.store):
        folder = workspace.run_folder(row.id)
        if alive(folder):
            _end_overdue(folder)
            continue
        if _starting(folder, row.created):
            continue
        record = records.get(workspace, row.id)
        if record.active and not alive(folder):
            state = "stopped" if (folder / "stop").exists() else "interrupted"
            records.set_state(workspace, row.id, state, ended=time.time())
            changed.append(records.get(workspace, row.id))
    return changed


def wait(
    workspace: Workspace, job_id: str, timeout_s: float = 3600, poll_s: float = 0.3
) -> JobRecord:
    """Block until a job is no longer active. Raises JobError when `timeout_s` is over."""
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        recover(workspace)
        record = records.get(workspace, job_id)
        if not record.active:
            return record
        time.sleep(poll_s)
    raise JobError("The job {id} is still running.", "Wait longer or stop it.", id=job_id)


def _spawn(workspace: Workspace, job_id: str) -> None:
    folder = workspace.run_folder(job_id)
    (folder / "stop").unlink(missing_ok=True)
    command = [sys.executable, "-m", "studio.jobs.worker", str(workspace.path), job_id]
    try:
        start_detached(command, folder, new_log=False)
    except OSError as error:
        records.set_state(
            workspace, job_id, "failed", error=disk_error(error, folder), ended=time.time()
        )
        raise disk_error(error, folder) from error


def _starting(folder: Path, created: float) -> bool:
    """Whether a worker was started so recently that it may not have taken its lock yet."""
    try:
        pid, at = (folder / "starting").read_text().split()
    except (FileNotFoundError, ValueError):
        return time.time() - created < START_GRACE_S
    if float(at) < created:  # of the run before: the job was resumed a moment ago
        return time.time() - created < START_GRACE_S
    return time.time() - float(at) < START_GRACE_S and runs(int(pid))


def _signal(folder: Path, number: int) -> None:
    """Signal the worker; called only while it holds its lock, so the recorded pid is truly its
    own.
    """
    try:
        os.kill(int((folder / "pid").read_text()), number)
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return


def _end_overdue(folder: Path) -> None:
    """Kill a worker and its children when a stop was asked for more than 45 s ago."""
    try:
        asked = float((folder / "stop").read_text())
        pid = int((folder / "pid").read_text())
    except (FileNotFoundError, ValueError):
        return
    if time.time() - asked < STOP_GRACE_S:
        return
    try:
        worker = psutil.Process(pid)
        for process in [*worker.children(recursive=True), worker]:
            process.kill()
    except psutil.NoSuchProcess:
        return
