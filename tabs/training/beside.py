"""Runs beside each other: the open one and those that were ticked in the list, their losses on one
chart and the settings in which they differ.
"""

from collections.abc import Sequence
from typing import Any

from studio.jobs.records import JobRecord
from studio.training import curves, live, overlay
from studio.training.overlay import AXES, Axis
from tabs.kit.language import field_label
from tabs.kit.session import Session

MOST = 6  # runs on one chart: more colours cannot be told apart
FIRST: Axis = "step"
CLOCKS = {name: live.SMALL for name, _ in overlay.CLOCKS.values()}
CURVES = live.Runs({"loss": live.MAIN, "eval_loss": live.MAIN, **CLOCKS})


def chosen(page: dict[str, Any], opened: JobRecord | None, found: Sequence[JobRecord]) -> list[Any]:
    """The runs on the chart: the open one first, then those ticked, as far as they are there."""
    wanted = [str(one) for one in page.get("beside") or []]
    ticked = [r for r in found if r.id in wanted and opened is not None and r.id != opened.id]
    return [opened, *ticked][:MOST] if opened is not None else []


def ticked(page: dict[str, Any], job_id: str) -> list[str]:
    """The list of ticked runs after a press on one's box: on, or off again; the oldest tick goes
    where there are too many.
    """
    now = [str(one) for one in page.get("beside") or []]
    if job_id in now:
        return [one for one in now if one != job_id]
    return [*now, job_id][-(MOST - 1) :]


def axis_of(page: dict[str, Any]) -> Axis:
    """What the losses are drawn over."""
    wanted = page.get("axis")
    return next((axis for axis in AXES if axis == wanted), FIRST)


def shown(session: Session, runs: Sequence[JobRecord], axis: Axis) -> dict[str, Any]:
    """The chart and the table as the page's script takes them."""
    specs = [record.spec for record in runs]
    return {
        "axis": axis,
        "axes": [[name, session.word(f"beside.axes.{name}")] for name in AXES],
        "runs": [_curves(session, record, axis) for record in runs],
        "rows": [
            [field_label(session.language, "train", name), *map(_plain, values)]
            for name, values in overlay.differences(specs)
        ],
        "words": session.words("beside.view"),
    }


def _curves(session: Session, record: JobRecord, axis: Axis) -> dict[str, Any]:
    found = CURVES.look(session.workspace.run_folder(record.id) / "metrics.jsonl")
    loss, held_out = found["loss"], found["eval_loss"]
    loss, held_out = (overlay.over(series, axis, found) for series in (loss, held_out))
    return {
        "id": record.id,
        "name": record.title or record.id.removeprefix("train-"),
        "loss": {"x": loss["x"], "y": curves.smooth(loss["y"])},
        "eval": held_out,
        "last": f"{held_out['y'][-1]:.3f}" if held_out["y"] else "",
    }


def _plain(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, float):
        return f"{value:g}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
