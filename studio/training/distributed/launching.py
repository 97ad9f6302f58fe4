"""A run in several processes, from the job's worker: it starts accelerate's launcher, hands their
progress on, hands the wish to stop down, and says how they ended. Light.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, cast

import psutil

from studio.files import disk_error, write_text
from studio.jobs.context import Job
from studio.processes import worker_environment
from studio.training.distributed import devices, endings
from studio.training.distributed.command_lines import Place, config_file, flags
from studio.training.spec import Figures, TrainJob

WORKER = "INKWELL_WORKER"  # id and start of the process without which the others end themselves
PROGRESS = "progress.json"
STOP = "stop"
LOOK_EVERY_S = 0.2


def launched(spec: TrainJob, job: Job) -> Figures:
    """Train in processes of their own; how it went. Raises Stopped, and StudioError as `train`
    does."""
    endings.clear(job.folder)
    (job.folder / PROGRESS).unlink(missing_ok=True)
    spec_file = job.write("processes.yaml", spec.as_yaml())
    place = Place(str(spec_file), str(job.workspace.path), str(job.folder))
    rank = str(spec.machine_rank)
    command = ["--config_file", str(config_file(spec)), *flags(spec, rank), *place.arguments]
    job.log(f"accelerate launch {' '.join(command)}")
    log = job.folder / "processes.log"
    begun = log.stat().st_size if log.exists() else 0
    try:
        with log.open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "accelerate.commands.launch", *command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=job.folder,
                env=worker_environment() | _given(spec),
            )
    except OSError as error:
        raise disk_error(error, job.folder) from error
    try:
        _follow(process, job, log, begun)
    finally:
        end(process.pid)
        process.wait()
    written = _since(log, begun)
    log.unlink()  # all of it stands in the job's log
    endings.judge(job.folder, process.returncode, written)
    made = json.loads((job.folder / "summary.json").read_text(encoding="utf-8"))
    return cast(Figures, made["result"])


def _follow(process: "subprocess.Popen[bytes]", job: Job, log: Path, begun: int) -> None:
    """Until the launcher has ended."""
    shown, at = begun, ""
    running = True
    while running:
        running = process.poll() is None
        shown = _pass_on(log, shown)
        at = _progress(job, at)
        if job.stopping() and not (job.folder / STOP).exists():
            write_text(job.folder / STOP, str(time.time()))
        if running:
            time.sleep(LOOK_EVERY_S)


def _progress(job: Job, before: str) -> str:
    """Hand on how far the first process is; what was read."""
    try:
        text = (job.folder / PROGRESS).read_text(encoding="utf-8")
        told = json.loads(text) if text != before else None
    except (OSError, ValueError):
        return before
    if told is not None:
        if not before:
            job.progress(told["began"], told["total"], "steps", begins=True)
        job.progress(told["done"], told["total"], "steps", **told["figures"])
    return text


def _pass_on(log: Path, shown: int) -> int:
    """What the processes have written since, into the job's log; the place up to which it is."""
    with log.open("rb") as file:
        file.seek(shown)
        fresh = file.read()
    sys.stderr.write(fresh.decode("utf-8", "replace"))
    return shown + len(fresh)


def _since(log: Path, begun: int) -> str:
    return log.read_bytes()[begun:].decode("utf-8", "replace")


def end(pid: int) -> None:
    """Kill a launcher and all that it has started; nothing where it has ended by itself."""
    try:
        launcher = psutil.Process(pid)
        family = [*launcher.children(recursive=True), launcher]
    except psutil.NoSuchProcess:
        return
    for process in family:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue


def _given(spec: TrainJob) -> dict[str, str]:
    """What the processes are told: their devices, and who started them."""
    devices.limit(spec)  # this process computes nothing
    seen = {devices.VISIBLE: os.environ[devices.VISIBLE]} if devices.VISIBLE in os.environ else {}
    return seen | {WORKER: f"{os.getpid()} {psutil.Process().create_time()}"}


def worker_lives(told: str) -> bool:
    """Whether the worker that is named by its id and start still runs."""
    pid, started = told.split()
    try:
        found: Any = psutil.Process(int(pid))
        return bool(found.create_time() == float(started)) and (
            found.status() != psutil.STATUS_ZOMBIE
        )
    except psutil.NoSuchProcess:
        return False
