"""Processes of ours: what they are started with, and whether one is alive."""

import os
from pathlib import Path

import filelock
import psutil


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


def runs(pid: int) -> bool:
    """Whether there is such a process that has not ended."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
