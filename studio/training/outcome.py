"""What a run leaves behind beside its weights and pictures: its figures, and a summary."""

import json
from collections.abc import Collection
from importlib.metadata import version
from pathlib import Path
from typing import Any

from studio.files import write_json
from studio.training import checkpoints, curves
from studio.training.metrics import Metrics
from studio.training.spec import Figures, TrainJob

LIBRARIES = ("torch", "transformers", "trl", "peft", "accelerate", "bitsandbytes")


def figures(folder: Path) -> Figures:
    """steps (all that were made) and total_steps, loss_first and loss_last (means over the first
    and last tenth of the logged steps, at least 3), eval_loss, eval_loss_first, seconds,
    tokens_per_s and memory_mb, from metrics.jsonl and the newest checkpoint's number.
    """
    lines = Metrics(folder).lines()
    loss, held = curves.series(lines, "loss", 10**9), curves.series(lines, "eval_loss", 10**9)
    count = min(len(loss["y"]), max(3, len(loss["y"]) // 10))
    last: dict[str, Any] = next((line for line in reversed(lines) if "seconds" in line), {})
    seconds = float(last.get("seconds", 0.0))
    return {
        "steps": int(
            max([*loss["x"], *(step for step, _ in checkpoints.numbered(folder)[:1])], default=0)
        ),
        "total_steps": int(last.get("total_steps", 0)),
        "loss_first": mean(loss["y"][:count]),
        "loss_last": mean(loss["y"][-count:] if count else []),
        "eval_loss": held["y"][-1] if held["y"] else None,
        "eval_loss_first": held["y"][0] if len(held["y"]) > 1 else None,
        "seconds": round(seconds, 1),
        "tokens_per_s": round(last.get("tokens", 0) / seconds, 1) if seconds else 0.0,
        "memory_mb": float(last.get("memory_mb", 0.0)),
    }


class HeldOut:
    """The held-out losses of a run so far, kept beside its file: to read that anew at every
    checkpoint would take longer the longer the run is.
    """

    def __init__(self, lines: list[curves.Line]) -> None:
        held = curves.series(lines, "eval_loss", 10**9)
        self._measured = dict(zip(map(int, held["x"]), held["y"], strict=True))

    def take(self, line: curves.Line) -> None:
        """One more line of measures."""
        held = curves.series([line], "eval_loss")
        self._measured |= dict(zip(map(int, held["x"]), held["y"], strict=True))

    def best(self, among: Collection[int] | None = None) -> tuple[int | None, int]:
        """(the step after which the held-out loss was lowest, the first of several; how often it
        was measured since). None and 0 where it was not measured after a step. among: the steps
        that count, None for all.
        """
        measured = [
            (loss, step)
            for step, loss in self._measured.items()
            if step > 0 and (among is None or step in among)
        ]
        if not measured:
            return None, 0
        best = min(measured)[1]
        return best, sum(step > best for _, step in measured)


def mean(values: list[float]) -> float | None:
    """The arithmetic mean, rounded to 6 places; None of nothing."""
    return round(sum(values) / len(values), 6) if values else None


def summary(folder: Path, spec: TrainJob, result: Figures) -> None:
    """summary.json: the result, the rows, the spec and the versions it ran with."""
    rows = json.loads((folder / "rows.json").read_text(encoding="utf-8"))
    made = {
        "result": result,
        "rows": rows,
        "spec": spec.plain(),
        "versions": {name: version(name) for name in LIBRARIES},
    }
    write_json(folder / "summary.json", made)
