"""How training tells what it does, so that it runs the same with a job and its store, or bare on a
cluster.
"""

import logging
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Reporter:
    """progress(step, total, **figures), stopping() and log(text)."""

    progress: Callable[..., None]
    stopping: Callable[[], bool]
    log: Callable[[str], None]


def plain() -> Reporter:
    """A reporter without a job: progress and log go to stderr, nothing asks to stop."""

    def log(text: str) -> None:
        sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")

    def progress(step: float, total: float, **figures: Any) -> None:
        log(
            f"step {step:.0f}/{total:.0f} "
            + " ".join(f"{k} {v:.4g}" for k, v in figures.items() if isinstance(v, float))
        )

    return Reporter(progress, lambda: False, log)


def calm_libraries() -> None:
    """Before torch is loaded: threads that rest, and no advice of bitsandbytes, which PEFT loads
    for every training, to install kernels that a run without 4 bits has no use for.
    """
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    _calm_threads()


def _calm_threads() -> None:
    """Let threads of a matrix product sleep, not spin, while they wait for each other; call it
    before torch is loaded.

    On a core that something else needs too, spinning took 7 times the time of one thread alone (2
    cores, load 7).
    """
    for name, value in (
        ("OMP_WAIT_POLICY", "PASSIVE"),
        ("GOMP_SPINCOUNT", "0"),
        ("KMP_BLOCKTIME", "0"),
    ):
        os.environ.setdefault(name, value)
