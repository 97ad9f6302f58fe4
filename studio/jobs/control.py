"""Starting, stopping, resuming and recovering jobs, from the window or the command line.

A worker is a process in a session of its own; its output goes to `runs/<id>/log.txt`, never to a
pipe. It is alive if it holds the lock `runs/<id>/lock`; a process id alone proves nothing.
"""

import time

from studio.errors import JobError
from studio.files import write_text
from studio.jobs import queue, records, workers
from studio.jobs.records import JobRecord
from studio.jobs.workers import check
from studio.processes import alive
from studio.spec import Spec
from studio.store import jobs
from studio.store import queue as queue_rows
from studio.workspace import Workspace


def start(
    workspace: Workspace,
    spec: Spec,
    *,
    parent: str | None = None,
    step: str | None = None,
    waits: bool = False,
) -> JobRecord:
    """Start `spec` in a worker of its own; the same work already active is returned instead of
    doubled. A training waits in the queue while another job holds the device.

    waits: it takes its turn even where it could begin at once, behind what waits already. Raises
    the StudioError of `Spec.check`, before there is a job, for what cannot come to anything.
    """
    recover(workspace)
    if not records.same_active(workspace, spec, parent):
        check(workspace, spec, records.work_key(workspace, spec.plain(), parent, step))
    record, new = records.create(workspace, spec, parent=parent, step=step, waits=waits)
    if new:
        folder = workspace.run_folder(record.id)
        write_text(folder / "spec.yaml", spec.as_yaml())
        _let_go(workspace, record.id)
    return records.get(workspace, record.id)


def _let_go(workspace: Workspace, job_id: str) -> None:
    """Start a job's worker, or leave it to the queue if it waits there."""
    if not queue_rows.waits(workspace.store, job_id):
        workers.spawn(workspace, job_id)
        return
    queue.advance(workspace)
    queue.watch(workspace)


def resume(workspace: Workspace, job_id: str) -> JobRecord:
    """Go on with a stopped, failed or interrupted job under its own id; a training waits in the
    queue while another job holds the device. Raises JobError.
    """
    recover(workspace)
    record = records.get(workspace, job_id)
    if record.active:
        return record
    if record.state == "done":
        raise JobError("The job {id} is done already.", "Start a new one.", id=job_id)
    with workspace.store.write() as db:
        waits = records.must_wait(db, record.kind, record.parent)
        changed = jobs.requeue(db, job_id, record.state)
        if changed and waits:
            queue_rows.add(db, job_id)
    if changed:
        _let_go(workspace, job_id)
    return records.get(workspace, job_id)


def stop(workspace: Workspace, job_id: str) -> JobRecord:
    """Ask a job to stop; it keeps what is finished and ends on its own, at the latest after 45
    s.
    """
    record = records.get(workspace, job_id)
    if not record.active or queue.take_out(workspace, [job_id]):
        return records.get(workspace, job_id)
    folder = workspace.run_folder(job_id)
    if not (folder / "stop").exists():
        write_text(folder / "stop", str(time.time()))
    for child in records.children(workspace, job_id).values():
        stop(workspace, child.id)
    if alive(folder):
        workers.send_stop(folder)
    return records.get(workspace, job_id)


def recover(workspace: Workspace) -> list[JobRecord]:
    """Mark active jobs whose worker has died as interrupted, end those that overstay a stop; the
    changed ones. Then the queue goes on, if it can.
    """
    changed = []
    entries = {entry.job: entry for entry in queue_rows.every(workspace.store)}
    for row in jobs.active(workspace.store):
        entry = entries.get(row.id)
        if entry and entry.taken is None:
            continue
        folder = workspace.run_folder(row.id)
        if alive(folder):
            workers.end_overdue(folder)
            continue
        if workers.starting(folder, (entry and entry.taken) or row.created):
            continue
        if not alive(folder) and (record := _ended(workspace, row.id)):
            changed.append(record)
    if entries:
        begun = queue.advance(workspace)
        queue.watch(workspace)
        changed += [begun] if begun else []
    return changed


def _ended(workspace: Workspace, job_id: str) -> JobRecord | None:
    """An active job without a worker as it is now known; None where it is not active any more."""
    record = records.get(workspace, job_id)
    if not record.active:
        return None
    stopped = (workspace.run_folder(job_id) / "stop").exists()
    if record.state == "queued" and not stopped:
        with workspace.store.write() as db:
            if queue_rows.put_back(db, job_id):  # it was let go by a process that died then
                return None
    state = "stopped" if stopped else "interrupted"
    records.set_state(workspace, job_id, state, ended=time.time())
    return records.get(workspace, job_id)


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
