"""What a run leaves behind beside its weights: the loss as a picture, and a summary."""

import io
import json
from collections.abc import Collection
from importlib.metadata import version
from pathlib import Path
from typing import Any

from studio.files import write_bytes, write_json
from studio.training import checkpoints, curves
from studio.training.metrics import Metrics
from studio.training.spec import Figures, TrainJob

LIBRARIES = ("torch", "transformers", "trl", "peft", "accelerate", "bitsandbytes")
INK, SEAL, INDIGO = "#7A828C", "#B5402E", "#2F4B7C"


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


def best_so_far(lines: list[curves.Line]) -> tuple[int | None, int]:
    """(the step after which the held-out loss was lowest, the first of several; how often it was
    measured since). None and 0 where it was not measured after a step.
    """
    held = curves.series(lines, "eval_loss", 10**9)
    measured = [(y, int(x)) for x, y in zip(held["x"], held["y"], strict=True) if x > 0]
    if not measured:
        return None, 0
    best = min(measured)[1]
    return best, sum(step > best for _, step in measured)


def best_saved(lines: list[curves.Line], saved: Collection[int]) -> int | None:
    """Of the steps that have a checkpoint the one after which the held-out loss was lowest; None
    where it was measured at none of them.
    """
    return best_so_far([line for line in lines if line.get("step") in saved])[0]


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


def draw(folder: Path, title: str) -> None:
    """training_loss.png: the loss of each step thin, smoothed bold, the held-out loss as dots; a
    single point as one.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    lines = Metrics(folder).lines()
    loss, held = curves.series(lines, "loss"), curves.series(lines, "eval_loss")
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot()
    mark = "o" if len(loss["y"]) == 1 else None  # a line of one point is nothing to see
    axes.plot(loss["x"], loss["y"], color=INK, linewidth=0.8, alpha=0.6, label="loss")
    axes.plot(
        loss["x"], curves.smooth(loss["y"]), color=SEAL, linewidth=2, marker=mark, label="smoothed"
    )
    if held["y"]:
        axes.plot(
            held["x"],
            held["y"],
            color=INDIGO,
            marker="o",
            linestyle="--",
            linewidth=1,
            label="held out",
        )
    axes.set(xlabel="step", ylabel="loss", title=title if title.isascii() else "")
    axes.grid(alpha=0.25)
    axes.legend(frameon=False)
    out = io.BytesIO()
    canvas: Any = FigureCanvasAgg(figure)  # matplotlib's backends are not typed
    canvas.print_png(out)
    write_bytes(folder / "training_loss.png", out.getvalue())
