"""Running a grid: each combination is a training of its own, with a worker of its own, one after
another. A grid that was killed or stopped finds each run as it was left.
"""

import json
import time
from dataclasses import replace
from pathlib import Path

from studio import jobs
from studio.errors import JobError, Stopped, StudioError
from studio.files import write_json
from studio.jobs.context import Job
from studio.jobs.records import JobRecord
from studio.training.grid.spec import GridJob, GridResult
from studio.training.grid.trials import Point, best, points, tried
from studio.training.plan import plan

POLL_S = 0.4
KEEP_EVERY_S = 5.0


class Budget:
    """What all runs together may take, and what they took. Seconds count while a run is watched,
    and are kept in the grid's folder every 5 s.
    """

    def __init__(self, spec: GridJob, folder: Path) -> None:
        self.seconds = spec.max_hours * 3600
        self.steps = spec.max_total_steps
        self.path = folder / "spent.json"
        try:
            self.spent = float(json.loads(self.path.read_text(encoding="utf-8"))["seconds"])
        except (OSError, ValueError, KeyError, TypeError):
            self.spent = 0.0
        self._kept = self.spent

    def count(self, seconds: float, *, end: bool = False) -> None:
        """Add so much time of a run."""
        self.spent += seconds
        if end or self.spent - self._kept >= KEEP_EVERY_S:
            self._kept = self.spent
            write_json(self.path, {"seconds": round(self.spent, 1)})

    def too_small(self, made: int, coming: int) -> str:
        """Why a run of `coming` steps does not fit into what is left after `made` steps; "" where
        it does, as far as can be told.
        """
        if self.steps and made + coming > self.steps:
            return f"{coming:,} steps are needed, {max(0, self.steps - made):,} are left"
        if not self.seconds:
            return ""
        left = self.seconds - self.spent
        needed = self.spent / made * coming if made else 0.0
        if left <= 0 or needed > left:
            return f"about {needed / 60:,.0f} min are needed, {max(0.0, left) / 60:,.0f} are left"
        return ""


def run(spec: GridJob, job: Job) -> GridResult:
    """Run what has not come to an end yet; each run that does is kept."""
    made = points(spec)
    budget, refused = Budget(spec, job.folder), dict[int, str]()
    first_fault: StudioError | None = None
    for number, point in enumerate(made):
        job.check_stop()
        try:
            child = _start(point, made, budget, job)
        except StudioError as error:  # what it is trained on or with is gone meanwhile
            refused[number], first_fault = error.what, first_fault or error
            job.log(f"run {number + 1} of {len(made)} refused: {error.sentence}")
            continue
        if child is None:
            continue
        job.log(f"run {number + 1} of {len(made)}: {child.title} ({child.id}, {child.state})")
        child = _watch(child, number, len(made), budget, job)
        first_fault = first_fault or child.error
    job.progress(len(made), len(made), "runs", force=True)
    return _result(made, refused, budget, first_fault, job)


def _result(
    made: list[Point],
    refused: dict[int, str],
    budget: Budget,
    fault: StudioError | None,
    job: Job,
) -> GridResult:
    found = tried(job.workspace, replace(jobs.get(job.workspace, job.id), state="done"), made)
    found = [
        replace(one, state="failed", error=refused[number]) if number in refused else one
        for number, one in enumerate(found)
    ]
    ended = sum(one.state == "done" for one in found)
    skipped = sum(one.state == "skipped" for one in found)
    if not ended:
        raise fault or JobError(
            "No run of the grid came to an end.", "Look into their logs, or raise the budget."
        )
    return {
        "points": [one.plain() for one in found],
        "best": best(found),
        "runs": ended,
        "failed": len(found) - ended - skipped,
        "skipped": skipped,
        "steps": sum(one.steps for one in found),
        "seconds": round(budget.spent, 1),
    }


def _start(point: Point, made: list[Point], budget: Budget, job: Job) -> JobRecord | None:
    """The run of a combination: as it was left if there is one, else a new one; None where it has
    ended, or does not fit into the budget.
    """
    jobs.recover(job.workspace)
    before = jobs.children(job.workspace, job.id).get(point.step)
    if before and before.active:
        return before
    if before and not jobs.resumable(before):
        return None
    so_far = tried(job.workspace, jobs.get(job.workspace, job.id), made)
    planned = plan(point.spec, job.workspace)
    coming = (planned.steps if planned else 0) - (_done(before) if before else 0)
    if why := budget.too_small(sum(one.steps for one in so_far), max(0, coming)):
        job.log(f"not begun for the budget: {point.spec.name} ({why})")
        return None
    if before:
        return jobs.resume(job.workspace, before.id)
    return jobs.start(job.workspace, point.spec, parent=job.id, step=point.step)


def _watch(child: JobRecord, number: int, total: int, budget: Budget, job: Job) -> JobRecord:
    """Follow a run to its end, handing its progress on. Raises Stopped once it has stopped where
    the grid is to stop; a run that is stopped alone lets the next one begin.
    """
    seen = time.monotonic()
    while child.active:
        if job.stopping():
            jobs.stop(job.workspace, child.id)
        inner = child.progress
        share = inner["done"] / inner["total"] if inner.get("total") else 0
        job.progress(
            number + min(share, 0.99),
            total,
            "runs",
            step=child.title,
            inner=inner,
            spent_s=round(budget.spent, 1),
        )
        time.sleep(POLL_S)
        now = time.monotonic()
        if child.state == "running":
            budget.count(now - seen)
        seen = now
        jobs.recover(job.workspace)
        child = jobs.get(job.workspace, child.id)
    budget.count(0.0, end=True)
    if job.stopping():
        raise Stopped
    return child


def _done(child: JobRecord) -> int:
    return int(child.progress.get("done") or 0)
