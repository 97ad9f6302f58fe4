"""The curves of a run as pictures beside its weights, named as LLaMA-Factory names them:
`training_loss.png`, `training_eval_loss.png`, `training_rewards_accuracies.png` …
"""

import io
from pathlib import Path
from typing import Any

from studio.files import write_bytes
from studio.training import curves
from studio.training.metrics import Metrics

INK, SEAL, INDIGO = "#7A828C", "#B5402E", "#2F4B7C"
# What LLaMA-Factory draws at one stage or another (its `plot_loss`), where it was measured.
DRAWN = (
    "loss",
    "eval_loss",
    "eval_accuracy",
    "rewards/accuracies",
    "rewards/chosen",
    "reward",
)


def draw(folder: Path, title: str) -> None:
    """A picture of each measure that there is: each value thin, smoothed bold; beside the loss the
    held-out loss as dots. A single point is shown as one.
    """
    lines = Metrics(folder).lines()
    found = {name: curves.series(lines, name) for name in DRAWN}
    for name, series in found.items():
        if series["y"] or name == "loss":
            held = found["eval_loss"] if name == "loss" else None
            _picture(folder / file_name(name), name, title or folder.name, series, held)


def file_name(measure: str) -> str:
    """A measure's picture in the run folder."""
    return f"training_{measure.replace('/', '_')}.png"


def _picture(
    path: Path,
    measure: str,
    title: str,
    series: dict[str, list[float]],
    held: dict[str, list[float]] | None,
) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot()
    xs, ys = series["x"], series["y"]
    mark = "o" if len(ys) == 1 else None  # a line of one point is nothing to see
    axes.plot(xs, ys, color=INK, linewidth=0.8, alpha=0.6, label="original")
    axes.plot(xs, curves.smooth(ys), color=SEAL, linewidth=2, marker=mark, label="smoothed")
    if held is not None and held["y"]:
        look: dict[str, Any] = {"marker": "o", "linestyle": "--", "linewidth": 1}
        axes.plot(held["x"], held["y"], color=INDIGO, label="held out", **look)
    name = f" of {title}" if title.isascii() else ""  # the font has no other letters
    axes.set(xlabel="step", ylabel=measure, title=f"training {measure}{name}")
    axes.grid(alpha=0.25)
    axes.legend(frameon=False)
    out = io.BytesIO()
    canvas: Any = FigureCanvasAgg(figure)  # matplotlib's backends are not typed
    canvas.print_png(out)
    write_bytes(path, out.getvalue())
