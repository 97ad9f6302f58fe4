"""The curves of a run as the window shows them: read on from where it stopped, kept in few points
however long the run is.

Each curve keeps at most `limit` points: of every stretch of steps its lowest and its highest, so
that no spike is lost. When a curve has filled up, neighbouring stretches become one. A new step
costs the same in a run of ten and of a million steps.
"""

import math
import threading
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeGuard

from studio.training import curves

MAIN, SMALL = 600, 160  # points of a large and of a small curve: about one a pixel
KEPT = 8  # runs whose curves are kept
Point = tuple[float, float]


class Curve:
    """One measure over steps, in at most `limit` points."""

    def __init__(self, limit: int = MAIN) -> None:
        self._most = max(2, limit // 2)  # stretches, of two points each
        self._span = 1  # steps that make one stretch
        self._count = 0  # points in the last stretch
        self._stretches: list[tuple[Point, Point]] = []
        self.first: Point | None = None
        self.last: Point | None = None

    def add(self, step: float, value: float) -> None:
        """One more point; its step is later than those before."""
        point = (step, value)
        self.first = self.first or point
        self.last = point
        if self._count == 0 or self._count >= self._span:
            if len(self._stretches) >= self._most:
                self._halve()
        if 0 < self._count < self._span:
            low, high = self._stretches[-1]
            self._stretches[-1] = (
                point if value < low[1] else low,
                point if value >= high[1] else high,
            )
            self._count += 1
        else:
            self._stretches.append((point, point))
            self._count = 1

    def series(self) -> dict[str, list[float]]:
        """{"x": steps, "y": values}, rounded to six digits."""
        points: list[Point] = [self.first] if self.first else []
        for low, high in self._stretches:
            points += [
                point
                for point in ([low] if low == high else sorted((low, high)))
                if point != self.first
            ]
        if self.last is not None and points[-1] != self.last:
            points.append(self.last)
        return {
            "x": [step for step, _ in points],
            "y": [float(f"{value:.6g}") for _, value in points],
        }

    def _halve(self) -> None:
        """Two neighbouring stretches become one."""
        joined = []
        for first in range(0, len(self._stretches), 2):
            pair = self._stretches[first : first + 2]
            joined.append(
                (
                    min((low for low, _ in pair), key=lambda p: p[1]),
                    max((high for _, high in pair), key=lambda p: p[1]),
                )
            )
        odd = len(self._stretches) % 2
        self._stretches, self._count, self._span = (
            joined,
            self._span if odd else 2 * self._span,
            2 * self._span,
        )


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
            try:
                found = self._path.stat()
            except OSError:
                self._start_over()
                return {key: {"x": [], "y": []} for key in self._keys}
            if found.st_ino != self._file or found.st_size < self._at:
                self._start_over()
                self._file = found.st_ino
            if found.st_size > self._at:
                lines, self._at = curves.read_from(self._path, self._at)
                self._take(lines)
            return {key: curve.series() for key, curve in self.curves.items()}

    def _take(self, lines: Iterable[dict[str, Any]]) -> None:
        for line in lines:
            step = line.get("step")
            if not _number(step):
                continue
            for key, curve in self.curves.items():
                # A step may stand in two lines, one with the loss and one with the held-out loss.
                value = line.get(key)
                if _number(value) and (curve.last is None or step > curve.last[0]):
                    curve.add(step, float(value))


class Runs:
    """The curves of the runs that were looked at last."""

    def __init__(self, keys: dict[str, int]) -> None:
        self._keys, self._lock = keys, threading.Lock()
        self._runs: OrderedDict[Path, Run] = OrderedDict()

    def look(self, path: Path) -> dict[str, dict[str, list[float]]]:
        """Each measure's series of the metrics file at `path`."""
        with self._lock:
            run = self._runs.setdefault(path, Run(path, self._keys))
            self._runs.move_to_end(path)
            while len(self._runs) > KEPT:
                self._runs.popitem(last=False)
        return run.look()


def _number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
