"""How training tells what it does, so that it runs the same with a job and its store, or bare on a cluster."""

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
        log(f"step {step:.0f}/{total:.0f} " + " ".join(f"{k} {v:.4g}" for k, v in figures.items() if isinstance(v, float)))

    return Reporter(progress, lambda: False, log)
