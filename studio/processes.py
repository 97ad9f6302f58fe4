"""Processes of ours: what they are started with, and whether one is alive."""

import os
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import filelock
import psutil

from studio.files import write_text


def alive(folder: Path) -> bool:
    """Whether a worker holds the lock of this run folder."""
    if not (folder / "lock").exists():
        return False
    probe = filelock.FileLock(folder / "lock", timeout=0)
    try:
        with probe:
            return False
    except filelock.Timeout:
        return True


def worker_environment() -> dict[str, str]:
    """The environment of every process of ours: UTF-8, no telemetry, the project importable from
    anywhere.
    """
    root = str(Path(__file__).resolve().parents[1])
    path = os.pathsep.join(p for p in (root, os.environ.get("PYTHONPATH", "")) if p)
    # Spinning OpenMP threads starve each other as soon as something else keeps a core busy. Nothing
    # of ours is compiled by torch, whose compiler bitsandbytes makes ready at import: 1.5 s.
    return (
        {
            "OMP_WAIT_POLICY": "PASSIVE",
            "GOMP_SPINCOUNT": "0",
            "KMP_BLOCKTIME": "0",
            "TORCHDYNAMO_DISABLE": "1",
        }
        | dict(os.environ)
        | {
            "PYTHONPATH": path,
            "PYTHONUTF8": "1",
            "PYTHONUNBUFFERED": "1",
            "TOKENIZERS_PARALLELISM": "false",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "DO_NOT_TRACK": "1",
            "GRADIO_ANALYTICS_ENABLED": "False",
        }
    )


def start_detached(command: Sequence[str], folder: Path, *, new_log: bool) -> None:
    """Start a process of ours that outlives this one, in a session of its own and in `folder`.

    Its output goes to log.txt there, never to a pipe; with `new_log` that of the process before is
    thrown away. The file `starting` holds its id and the time, by which it is known until it holds
    its lock. Raises OSError where it cannot be started, WorkspaceError where that is not written.
    """
    windows = os.name == "nt"
    with (folder / "log.txt").open("wb" if new_log else "ab") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            close_fds=True,
            env=worker_environment(),
            creationflags=0x00000008 | 0x00000200 if windows else 0,
            start_new_session=not windows,
        )
    # Collects its exit, so that no zombie is left in a long-lived window.
    threading.Thread(target=process.wait, daemon=True, name=f"reap-{process.pid}").start()
    write_text(folder / "starting", f"{process.pid} {time.time()}")


def runs(pid: int) -> bool:
    """Whether there is such a process that has not ended."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
