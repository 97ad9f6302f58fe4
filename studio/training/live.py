"""The curves of a run as the window shows them: read on from where it stopped, kept in few points
however long the run is.

Each curve keeps at most `limit` points: of every stretch of steps its lowest and its highest, so
that no spike is lost, and its mean, from which the smoothed line is made. When a curve has filled
up, neighbouring stretches become one. A new step costs the same in a run of ten and of a million
steps, and a file is read in parts, so that the memory is that of the curves.
"""

import bisect
import math
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from studio.training import curves

MAIN, SMALL = 1200, 160  # points of a large and of a small curve: about one a pixel
PART = 2**20  # bytes of a file that are read at a time
KEPT = 8  # runs whose curves are kept
Point = tuple[float, float]


@dataclass(slots=True)
class Stretch:
    """Neighbouring steps: the point with the lowest value, the one with the highest (the later of
    equal ones), and the sums of steps and values over their count.
    """

    low: Point
    high: Point
    steps: float
    values: float
    count: int

    @classmethod
    def begun(cls, step: float, value: float) -> "Stretch":
        """With its first point."""
        return cls((step, value), (step, value), step, value, 1)

    def take(self, steps: list[float], values: list[float]) -> None:
        """More points, later than those before."""
        if not values:
            return
        low, high = min(values), max(values)
        if low < self.low[1]:
            self.low = (steps[values.index(low)], float(low))
        if high >= self.high[1]:
            last = len(values) - 1 - values[::-1].index(high)
            self.high = (steps[last], float(high))
        self.steps += sum(steps)
        self.values += sum(values)
        self.count += len(values)

    def join(self, other: "Stretch") -> None:
        """Take in the stretch that follows."""
        self.low = min(self.low, other.low, key=lambda point: point[1])
        self.high = max(other.high, self.high, key=lambda point: point[1])
        self.steps += other.steps
        self.values += other.values
        self.count += other.count


class Curve:
    """One measure over steps, in at most `limit` points."""

    def __init__(self, limit: int = MAIN) -> None:
        self._most = max(2, limit // 2)  # stretches, of two points each
        self._span = 1  # points that make one stretch
        self._stretches: list[Stretch] = []
        self.first: Point | None = None
        self.last: Point | None = None

    def extend(self, steps: list[float], values: list[float]) -> None:
        """More points, their steps rising; those that are not later than the last are passed
        over.
        """
        at = bisect.bisect_right(steps, self.last[0]) if self.last is not None else 0
        if at == len(steps):
            return
        if self.first is None:
            self.first = (steps[at], float(values[at]))
        self.last = (steps[-1], float(values[-1]))
        while at < len(steps):
            if not self._stretches or self._stretches[-1].count >= self._span:
                if len(self._stretches) >= self._most:
                    self._halve()
                    continue  # of an odd number the last one has room again
                self._stretches.append(Stretch.begun(steps[at], float(values[at])))
                at += 1
            end = at + self._span - self._stretches[-1].count
            self._stretches[-1].take(steps[at:end], values[at:end])
            at = min(end, len(steps))

    def series(self) -> dict[str, list[float]]:
        """{"x": steps, "y": values}, rounded to six digits."""
        points: list[Point] = [self.first] if self.first else []
        for one in self._stretches:
            both = [one.low] if one.low == one.high else sorted((one.low, one.high))
            points += [point for point in both if point != self.first]
        if self.last is not None and points[-1] != self.last:
            points.append(self.last)
        return _series(points)

    def means(self) -> dict[str, list[float]]:
        """{"x": the middle of each stretch, "y": the mean of its values}; the points themselves as
        long as none was left out.
        """
        return _series([(one.steps / one.count, one.values / one.count) for one in self._stretches])

    def _halve(self) -> None:
        """Two neighbouring stretches become one."""
        for first, second in zip(self._stretches[::2], self._stretches[1::2], strict=False):
            first.join(second)
        self._stretches = self._stretches[::2]
        self._span *= 2


class Run:
    """The curves of one metrics file, read on at every look."""

    def __init__(self, path: Path, keys: dict[str, int]) -> None:
        self._path, self._keys, self._lock = path, keys, threading.Lock()
        self._start_over()

    def _start_over(self) -> None:
        self._at, self._file, self._step = 0, 0, float("-inf")
        self.curves = {key: Curve(limit) for key, limit in self._keys.items()}

    def look(self) -> dict[str, dict[str, list[float]]]:
        """Each measure's series as the file is now.

        A file that was cut back or begun anew is read from the start.
        """
        with self._lock:
            self._read_on()
            return {key: curve.series() for key, curve in self.curves.items()}

    def means(self, key: str) -> dict[str, list[float]]:
        """What a measure is smoothed from (see `Curve.means`), as of the last look."""
        with self._lock:
            return self.curves[key].means()

    def _read_on(self) -> None:
        try:
            found = self._path.stat()
        except OSError:
            self._start_over()
            return
        if found.st_ino != self._file or found.st_size < self._at:
            self._start_over()
            self._file = found.st_ino
        while found.st_size > self._at:
            lines, at = curves.read_from(self._path, self._at, PART)
            self._take(lines)
            if at == self._at:
                return  # the rest of the last line is still to be written
            self._at = at

    def _take(self, lines: Iterable[dict[str, Any]]) -> None:
        every = self.curves
        points: dict[str, tuple[list[float], list[float]]] = {key: ([], []) for key in every}
        for line in lines:
            step = line.get("step")
            if not _number(step):
                continue
            for key, value in line.items():
                if key in points and _number(value):
                    xs, ys = points[key]
                    # A step may stand in two lines, one with the loss and one with the held-out
                    # loss.
                    if not xs or step > xs[-1]:
                        xs.append(step)
                        ys.append(value)
        for key, (xs, ys) in points.items():
            every[key].extend(xs, ys)


class Runs:
    """The curves of the runs that were looked at last."""

    def __init__(self, keys: dict[str, int]) -> None:
        self._keys, self._lock = keys, threading.Lock()
        self._runs: OrderedDict[Path, Run] = OrderedDict()

    def look(self, path: Path) -> dict[str, dict[str, list[float]]]:
        """Each measure's series of the metrics file at `path`."""
        return self.run(path).look()

    def run(self, path: Path) -> Run:
        """The curves of the metrics file at `path`, as of the last look."""
        with self._lock:
            run = self._runs.setdefault(path, Run(path, self._keys))
            self._runs.move_to_end(path)
            while len(self._runs) > KEPT:
                self._runs.popitem(last=False)
        return run


def _series(points: list[Point]) -> dict[str, list[float]]:
    return {
        "x": [step for step, _ in points],
        "y": [float(f"{value:.6g}") for _, value in points],
    }


def _number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
