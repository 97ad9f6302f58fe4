"""The worker's main: ``python -m studio.jobs.worker WORKSPACE JOB``.

Takes the job's lock, runs it, and writes how it ended. The one place of the engine that catches
everything: whatever goes wrong becomes a state, one sentence for the user and a traceback in the
log.
"""

import os
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import filelock

from studio.errors import JobError, Stopped, StudioError, WorkspaceError
from studio.files import write_text
from studio.jobs import queue, records
from studio.jobs.context import Job
from studio.jobs.kinds import read_spec, run_function
from studio.jobs.records import Outcome
from studio.secrets import redact
from studio.store.queue import waits
from studio.workspace import Workspace


def main(arguments: list[str]) -> int:
    """Run one job to its end; 0 only for done."""
    workspace = Workspace.open(arguments[0])
    folder = workspace.run_folder(arguments[1])
    lock = filelock.FileLock(folder / "lock", timeout=5)
    try:
        with lock:
            write_text(folder / "pid", str(os.getpid()))
            status = _run(workspace, arguments[1], folder)
    except filelock.Timeout:
        return 0  # another worker has this job already
    _next(workspace)
    return status


def _next(workspace: Workspace) -> None:
    """Let the next job of the queue go."""
    try:
        queue.advance(workspace)
    except StudioError as error:
        sys.stderr.write(f"{error.sentence}\n")


def _run(workspace: Workspace, job_id: str, folder: Path) -> int:
    record = records.get(workspace, job_id)
    # Of two workers of one job, the later may come when the first has begun, ended or was killed.
    if record.state != "queued" or waits(workspace.store, job_id):
        return 0
    job = Job(id=job_id, workspace=workspace, folder=folder)
    signal.signal(signal.SIGTERM, lambda *_: job.wanted_stop.append(True))
    signal.signal(signal.SIGINT, lambda *_: job.wanted_stop.append(True))
    records.set_state(workspace, job_id, "running", started=time.time())
    state, columns = _outcome(record.kind, record.spec, job)
    try:
        columns["ended"] = time.time()
        records.set_state(workspace, job_id, state, **columns)
    except WorkspaceError as error:
        sys.stderr.write(f"{error.sentence}\n")
        return 1
    return 0 if state == "done" else 1


def _outcome(kind: str, spec: dict[str, Any], job: Job) -> tuple[str, Outcome]:
    """Run the kind's function; its state and the columns that go with it."""
    try:
        result = run_function(kind)(read_spec(spec), job)
        return "done", {"result": result, "error": None}
    except Stopped:
        return "stopped", {}
    except StudioError as error:
        job.log(redact(traceback.format_exc()))
        return "failed", {"error": error}
    except MemoryError:
        return "failed", {
            "error": JobError("The memory is full.", "Use a smaller model, batch or cutoff length.")
        }
    except Exception as error:
        job.log(redact(traceback.format_exc()))
        return "failed", {"error": unexpected(error)}


def unexpected(error: Exception) -> StudioError:
    """One sentence for a failure that nobody foresaw, with the commonest ones named."""
    text = redact(" ".join(str(error).split()))[:200] or type(error).__name__
    if "out of memory" in text.lower():
        return JobError(
            "The GPU's memory is full.",
            "Use a smaller batch size or cutoff length, or load the model in 4 bits.",
        )
    if isinstance(error, OSError) and error.errno == 28:
        return JobError(
            "The disk is full.", "Free some space, then resume; nothing finished is lost."
        )
    return JobError(
        "Unexpected failure: {text}.",
        "The log has the details; resume after mending the cause.",
        text=text.rstrip("."),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
