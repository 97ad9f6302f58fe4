"""``accelerate launch … -m studio.training.launch SPEC.yaml --workspace DIR --folder RUN``: a run
without a job or a store.

The same spec, over several processes or machines; torchrun works alike. Running it again goes on
from the newest whole checkpoint in the folder. A file `stop` in the folder, or SIGTERM, asks it to
stop: it saves first.
"""

import argparse
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import TracebackType

import filelock

from studio.errors import InputError, JobError, Stopped, StudioError
from studio.presets import read_yaml
from studio.training.distributed import devices, endings
from studio.training.distributed.command_lines import config_file, flags
from studio.training.distributed.launching import STOP, WORKER, worker_lives
from studio.training.distributed.telling import one_of_several
from studio.training.report import calm_libraries
from studio.training.spec import TrainJob
from studio.workspace import Workspace

LOCK_WAIT_S = 20.0  # for processes of a worker that was killed, until they have noticed


def main(arguments: list[str]) -> int:
    """Train; 0 when it is done or was stopped, 2 for what a user can mend."""
    parser = argparse.ArgumentParser(
        prog="studio.training.launch", description="Train a spec without the window."
    )
    parser.add_argument("spec", help="a train spec as YAML")
    parser.add_argument("--workspace", required=True, help="folder with data/ in it")
    parser.add_argument("--folder", required=True, help="where the run is written")
    options = parser.parse_args(arguments)
    folder = Path(options.folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    rank = int(os.environ.get("RANK", 0))
    asked: list[bool] = []
    _listen(folder, rank, asked)
    try:
        spec = TrainJob.read(read_yaml(Path(options.spec)))
        _ready(spec)
        calm_libraries()
        lock = _only_here(folder) if rank == 0 else None
        from studio.training.train import train

        result = train(spec, folder, _workspace(options.workspace), one_of_several(folder, asked))
    except Stopped:
        endings.tell(folder, rank, endings.STOPPED)
        return 0
    except StudioError as error:
        endings.tell(folder, rank, endings.FAILED, error)
        sys.stderr.write(f"{error.sentence}\n")
        return 2
    endings.tell(folder, rank, endings.DONE)
    if lock is not None:
        sys.stdout.write(json.dumps(result) + "\n")
    return 0


def _workspace(path: str) -> Workspace:
    return Workspace(Path(path).resolve())


def _only_here(folder: Path) -> filelock.BaseFileLock:
    """A lock on the folder, held as long as it is kept. Raises JobError where another training
    writes into the folder.
    """
    lock = filelock.FileLock(folder / "writing", timeout=LOCK_WAIT_S)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise JobError(
            "Another training writes into {folder}.",
            "Wait until it has ended, or give another folder.",
            folder=folder.name,
        ) from error
    return lock


def _ready(spec: TrainJob) -> None:
    """The devices, and what accelerate's launcher would have told. Raises InputError."""
    devices.limit(spec)
    if not spec.through_launcher:
        return
    if "LOCAL_RANK" not in os.environ:
        raise InputError(
            "The spec asks for {distributed}, but no launcher has started this process.",
            "Start it with accelerate launch or torchrun; `run SPEC.yaml --commands` shows how.",
            distributed=spec.distributed,
        )
    devices.require(spec)
    if "ACCELERATE_MIXED_PRECISION" not in os.environ:  # torchrun has started it
        from studio.libraries.accelerate_inside import told

        os.environ |= told(config_file(spec), flags(spec, str(spec.machine_rank)))


def _listen(folder: Path, rank: int, asked: list[bool]) -> None:
    """Tell of what nobody foresaw; end with the worker, where there is one; else stop when asked by
    a signal.
    """
    endings.file_of(folder, rank).unlink(missing_ok=True)

    def unforeseen(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        endings.tell(folder, rank, endings.FAILED, error)
        sys.__excepthook__(kind, error, trace)

    sys.excepthook = unforeseen
    worker = os.environ.get(WORKER)
    if worker is None:
        if rank == 0:
            (folder / STOP).unlink(missing_ok=True)
        signal.signal(signal.SIGTERM, lambda *_: asked.append(True))
        return

    def watch() -> None:
        while worker_lives(worker):
            time.sleep(0.3)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="worker").start()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
