"""Code run in a process of its own: a fresh interpreter, the headless command, a job's run that is
killed.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from studio import jobs
from studio.jobs import records
from studio.processes import alive
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[1]
# A worker without the job machinery: runs the spec that the store has for this job.
WORKER = """
import importlib, sys
from studio.jobs import records, read_spec
from studio.jobs.context import Job
from studio.workspace import Workspace
workspace = Workspace.open(sys.argv[1])
job = Job(id=sys.argv[2], workspace=workspace, folder=workspace.run_folder(sys.argv[2]))
importlib.import_module(sys.argv[3]).run(read_spec(records.get(workspace, job.id).spec), job)
"""


def printed(code, **environment):
    """What Python code prints in a fresh interpreter, without the space around it."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def loaded_by(code, *names):
    """Those of the named modules that a fresh interpreter has loaded after the code."""
    shown = f"import sys; print(*[m for m in {names!r} if m in sys.modules])"
    return printed(f"{code}\n{shown}").split()


def run_command(file, workspace, *settings):
    """The command that runs a spec's file in a workspace (its path); settings: "name=value"."""
    return [
        sys.executable,
        str(ROOT / "launch.py"),
        "run",
        "--here",
        "--no-starter",
        str(file),
        "--workspace",
        str(workspace),
        *(part for setting in settings for part in ("--set", setting)),
    ]


def run_until_killed(room, job, fake, calls):
    """Let a process do `room.run` for a job and kill it as soon as the server has had so many
    requests.
    """
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(job.workspace.path), job.id, room.__name__],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + 60
    while fake.calls < calls and time.monotonic() < end:
        time.sleep(0.005)
    worker.send_signal(signal.SIGKILL)
    assert worker.wait(10) == -signal.SIGKILL


def kill(workspace, job_id):
    """SIGKILL to a job's worker."""
    os.kill(int((workspace.run_folder(job_id) / "pid").read_text()), signal.SIGKILL)


def kill_and_resume(workspace, job_id, kept, moments):
    """Kill a job's worker each time that `kept()` has reached a moment, and let the job go on,
    which loses nothing of what is kept.
    """
    for moment in moments:
        until(lambda moment=moment: kept() >= moment)
        kill(workspace, job_id)
        until(lambda: not alive(workspace.run_folder(job_id)))
        until(
            lambda: jobs.recover(workspace) or records.get(workspace, job_id).state == "interrupted"
        )
        before = kept()
        assert jobs.resume(workspace, job_id).active
        assert kept() >= before


def kill_all(workspace, running):
    """SIGKILL to a running command and to every worker, as a power cut would."""
    for record in jobs.recent(workspace):
        if record.active and alive(workspace.run_folder(record.id)):
            kill(workspace, record.id)
    running.kill()
    running.wait()
