"""Reading `metrics.jsonl` while it is being written, and making curves of it.

Light: the window's timer calls it.

Each line is {"step", "total_steps", "epoch", "time"} and what was measured at that step: loss,
learning_rate, grad_norm, tokens_per_s, eval_loss, rewards/accuracies …
"""

import json
import math
from pathlib import Path
from typing import Any, TypeGuard

POINTS = 2000
Line = dict[str, Any]


def read(path: Path) -> list[Line]:
    """All whole lines of a metrics file; [] when there is none yet."""
    return read_from(path, 0)[0]


def read_from(path: Path, offset: int, most: int = -1) -> tuple[list[Line], int]:
    """(lines from byte `offset` on, the offset to go on from).

    A last line without its newline is still being written and is left for the next call; a line
    that is no JSON object is passed over. A file shorter than `offset` was cut back on resume and
    is read anew. most: bytes to read, and more where one line is longer; -1 reads all.
    """
    try:
        with path.open("rb") as source:
            size = source.seek(0, 2)
            source.seek(offset if offset <= size else 0)
            at = source.tell()
            data = source.read(most)
            if most >= 0 and b"\n" not in data:
                data += source.readline()
    except OSError:
        return [], 0
    whole = data[: data.rfind(b"\n") + 1]
    return _lines(whole), at + len(whole)


def series(lines: list[Line], key: str, limit: int = POINTS) -> dict[str, list[float]]:
    """{"x": steps, "y": values} of one measure, at most `limit` points; 0.0 is a value, NaN is not.

    When a step stands twice, the later line counts.
    """
    points: dict[float, float] = {}
    for line in lines:
        step, value = line.get("step"), line.get(key)
        if _number(step) and _number(value):
            points[step] = float(value)
    xs, ys = downsample(list(points), list(points.values()), limit)
    return {"x": xs, "y": ys}


def smooth(values: list[float], weight: float | None = None) -> list[float]:
    """Exponential moving average with the correction for its start, as TensorBoard draws it.

    s_t = w·s_(t−1) + (1−w)·x_t, shown as s_t / (1 − w^t). weight 0 to 1; None chooses it by the
    number of points.
    """
    weight = min(max(usual_weight(len(values)) if weight is None else weight, 0.0), 0.999)
    made, last = [], 0.0
    for count, value in enumerate(values, start=1):
        last = last * weight + (1 - weight) * value
        made.append(last / (1 - weight**count))
    return made


def usual_weight(count: int) -> float:
    """How much so many points are smoothed: 0 for few, 0.9 for many."""
    return 1.8 * (1 / (1 + math.exp(-0.05 * count)) - 0.5)


def downsample(
    xs: list[float], ys: list[float], limit: int = POINTS
) -> tuple[list[float], list[float]]:
    """At most `limit` points that keep the first, the last and each stretch's lowest and
    highest.
    """
    if len(xs) <= limit:
        return list(xs), list(ys)
    buckets = max(1, (limit - 2) // 2)
    inner = len(xs) - 2
    kept = [0]
    for bucket in range(buckets):
        start, end = 1 + bucket * inner // buckets, 1 + (bucket + 1) * inner // buckets
        if start < end:
            low = min(range(start, end), key=ys.__getitem__)
            high = max(range(start, end), key=ys.__getitem__)
            kept += sorted({low, high})
    kept.append(len(xs) - 1)
    return [xs[n] for n in kept], [ys[n] for n in kept]


def _lines(whole: bytes) -> list[Line]:
    """Whole lines as JSON objects: all as one list, which is a third quicker, else one by one."""
    parts = whole.splitlines()
    try:
        found = json.loads(b"[" + b",".join(parts) + b"]")
        if len(found) == len(parts) and all(type(line) is dict for line in found):
            return list(found)
    except (ValueError, RecursionError):
        pass
    return [line for text in parts if (line := _line(text)) is not None]


def _line(text: bytes) -> Line | None:
    try:
        line = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return line if isinstance(line, dict) else None


def _number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
