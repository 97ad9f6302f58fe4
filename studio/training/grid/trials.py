"""The runs of a grid: which there are, and how each went. Light: the window calls it."""

import itertools
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from studio.errors import SpecError
from studio.jobs import records
from studio.jobs.records import JobRecord
from studio.training.spec import TrainJob
from studio.workspace import Workspace

if TYPE_CHECKING:
    from studio.training.grid.spec import GridJob


@dataclass(frozen=True)
class Point:
    """One combination. step: by which its run is found again among the grid's."""

    step: str
    values: dict[str, Any]
    spec: TrainJob


@dataclass(frozen=True)
class Tried:
    """How one combination went. run: its job, "" while there is none. state: of that job, else
    "waits", "skipped" (the budget was spent) or "failed". Losses are None where not measured;
    seconds are those of the steps.
    """

    values: dict[str, Any]
    run: str
    state: str
    eval_loss: float | None
    loss: float | None
    steps: int
    seconds: float
    error: str = ""

    def plain(self) -> dict[str, Any]:
        """As the result keeps it."""
        return asdict(self)


def points(grid: "GridJob") -> list[Point]:
    """Every combination once, the last field's values changing fastest. Raises SpecError."""
    made: list[Point] = []
    base = {key: value for key, value in grid.base.items() if key not in ("kind", "name")}
    about = grid.name or str(base.get("dataset", ""))
    for values in itertools.product(*grid.over.values()):
        given = dict(zip(grid.over, values, strict=True))
        spec = TrainJob.read(base | given)
        held = {name: getattr(spec, name) for name in grid.over}
        if any(point.values == held for point in made):
            continue
        told = ", ".join(f"{name} {_short(value)}" for name, value in held.items())
        spec.name = f"{about}: {told}" if about else told
        made.append(Point(str(len(made) + 1), held, spec))
    return made


def tried(workspace: Workspace, record: JobRecord, made: Sequence[Point]) -> list[Tried]:
    """How each combination of a grid's job went so far, in the order of `points`."""
    runs = records.children(workspace, record.id)
    kept = {
        number: one for number, one in enumerate(record.result.get("points") or []) if one["error"]
    }
    unbegun = "waits" if record.active else "skipped"
    return [
        _tried(point, runs.get(point.step), unbegun, kept.get(number))
        for number, point in enumerate(made)
    ]


def _tried(
    point: Point, run: JobRecord | None, unbegun: str, refused: dict[str, Any] | None
) -> Tried:
    if run is None and refused is not None:
        return Tried(point.values, "", "failed", None, None, 0, 0.0, refused["error"])
    if run is None:
        return Tried(point.values, "", unbegun, None, None, 0, 0.0)
    result, progress = run.result, run.progress
    return Tried(
        point.values,
        run.id,
        run.state,
        result.get("eval_loss"),
        result.get("loss_last", progress.get("loss")),
        int(result.get("steps") or (progress.get("done") or 0)),
        float(result.get("seconds") or 0.0),
        run.error.what if run.error else "",
    )


def best(found: Sequence[Tried]) -> int:
    """The place of the run with the lowest held-out loss among those that came to an end, the first
    of several; -1 where none was measured.
    """
    measured = [
        (one.eval_loss, n)
        for n, one in enumerate(found)
        if one.state == "done" and one.eval_loss is not None
    ]
    return min(measured)[1] if measured else -1


def values_of(name: str, text: str) -> list[Any]:
    """The values that a person typed for a field, with commas or blanks between them. Raises
    SpecError.
    """
    row = TrainJob.row(name)
    found: list[Any] = []
    for part in text.replace("，", ",").replace("、", ",").replace(",", " ").split():
        try:
            value: Any = {
                "int": lambda part: int(float(part)) if float(part).is_integer() else float(part),
                "float": float,
                "bool": lambda part: {"true": True, "false": False}[part.lower()],
            }.get(row.type, str)(part)
        except (ValueError, KeyError, OverflowError) as error:
            raise SpecError(
                "{value} is no value of {field}.",
                "Write the values with commas between them, for example 1e-4, 3e-4.",
                value=part[:40],
                field=name,
            ) from error
        if value not in found:
            found.append(value)
    return found


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
