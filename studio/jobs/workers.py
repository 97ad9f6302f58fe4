"""A job's worker: started in a process of its own, known while it has no lock yet, ended when it
overstays a stop. And what is asked of a spec before any of it.
"""

import os
import signal
import sys
import time
from pathlib import Path

import psutil

from studio.errors import StudioError
from studio.files import disk_error
from studio.jobs import records
from studio.processes import runs, start_detached
from studio.spec import Spec
from studio.workspace import Workspace

START_GRACE_S = 25.0
STOP_GRACE_S = 45.0


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


def spawn(workspace: Workspace, job_id: str) -> None:
    """Start the worker of a queued job. Where it cannot be started the job fails.

    Raises WorkspaceError then.
    """
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


def starting(folder: Path, begun: float) -> bool:
    """Whether a worker was started so recently that it may not have taken its lock yet. begun: when
    the job was made, resumed or let go by the queue, in Unix seconds.
    """
    try:
        pid, at = (folder / "starting").read_text().split()
    except (FileNotFoundError, ValueError):
        return time.time() - begun < START_GRACE_S
    if float(at) < begun:  # of the run before: the job was resumed a moment ago
        return time.time() - begun < START_GRACE_S
    return time.time() - float(at) < START_GRACE_S and runs(int(pid))


def send_stop(folder: Path) -> None:
    """SIGTERM to the worker; called only while it holds its lock, so the recorded pid is truly its
    own.
    """
    try:
        os.kill(int((folder / "pid").read_text()), signal.SIGTERM)
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return


def end_overdue(folder: Path) -> None:
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
