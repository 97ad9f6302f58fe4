"""Several runs on one chart: their losses over steps, epochs, tokens or time, and where their
settings differ. Light: the window calls it.
"""

import bisect
from collections.abc import Mapping, Sequence
from typing import Any, Literal

Axis = Literal["step", "epoch", "tokens", "time"]
AXES: tuple[Axis, ...] = ("step", "epoch", "tokens", "time")
# What tells where a step lies on each axis, and how many of its units make one of the axis's: time
# is that of the steps alone, in minutes.
CLOCKS: dict[Axis, tuple[str, float]] = {
    "epoch": ("epoch", 1),
    "tokens": ("tokens", 1),
    "time": ("seconds", 60),
}
Series = dict[str, list[float]]


def over(series: Series, axis: Axis, found: Mapping[str, Series]) -> Series:
    """A series over steps put over an axis; `found` has the measures of CLOCKS over steps."""
    if axis == "step":
        return series
    name, unit = CLOCKS[axis]
    made = along(series, found[name])
    return {"x": [value / unit for value in made["x"]], "y": made["y"]}


def along(series: Series, clock: Series) -> Series:
    """A series over steps put over another measure of the same run, epochs or tokens, which rises
    with the steps. clock: that measure over steps; between its points it is taken as straight.

    Points before the clock's first are left out; {"x": [], "y": []} where it has none.
    """
    steps, values = clock["x"], clock["y"]
    found: Series = {"x": [], "y": []}
    for step, value in zip(series["x"], series["y"], strict=True):
        at = _read(steps, values, step)
        if at is not None:
            found["x"].append(at)
            found["y"].append(value)
    return found


def _read(steps: Sequence[float], values: Sequence[float], step: float) -> float | None:
    """The clock at a step: between two of its points in proportion; beyond the last, the last."""
    place = bisect.bisect_left(steps, step)
    if place < len(steps) and steps[place] == step:
        return values[place]
    if place == 0:
        return None
    if place == len(steps):
        return values[-1]
    share = (step - steps[place - 1]) / (steps[place] - steps[place - 1])
    return values[place - 1] + share * (values[place] - values[place - 1])


def differences(
    specs: Sequence[Mapping[str, Any]], without: Sequence[str] = ("kind", "name")
) -> list[tuple[str, list[Any]]]:
    """(field, its value in each spec) for every field that is not the same in all, in the order of
    the first; None where a spec lacks it.
    """
    names = dict.fromkeys(name for spec in specs for name in spec)
    rows = [(name, [spec.get(name) for spec in specs]) for name in names if name not in without]
    return [(name, values) for name, values in rows if any(v != values[0] for v in values)]
