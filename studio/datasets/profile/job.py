"""The check of a dataset and its repair as jobs, and the same for a set that is small enough to be
waited for.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from studio.datasets import naming, registry
from studio.datasets.assembly.gather import gather
from studio.datasets.opened import open_dataset
from studio.datasets.profile import fixes, kept, token_lengths
from studio.datasets.profile.spec import RepairJob, RepairResult
from studio.datasets.profile.survey import Progress, Rows, of_dataset, of_list, survey
from studio.datasets.row_changes import edits
from studio.datasets.row_forms.formats import Row
from studio.datasets.spec import DatasetJob
from studio.datasets.stats import row_stats
from studio.datasets.token_view import options
from studio.errors import InputError, Stopped
from studio.jobs.context import Job
from studio.store import dumps
from studio.workspace import Workspace


def check(
    workspace: Workspace,
    sources: list[str],
    against: str = "",
    *,
    near: bool = True,
    model: str = "",
    cutoff_len: int = 2048,
    stopping: Callable[[], bool] = lambda: False,
    progress: Progress = lambda done, total: None,
) -> dict[str, Any]:
    """Look at every row of registered datasets and row sets.

    One registered dataset is read row by row, and its report is kept; more of them are gathered
    first. against: see `partner_of`. model: whose tokens are counted.
    The report as `Report.plain` has it, with "stats" as `stats.row_stats` counts them and
    "skipped", "problems" of rows that cannot be used. Raises StudioError, and Stopped.
    """
    alone = sources[0] if len(sources) == 1 and sources[0] in registry.names(workspace) else ""
    problems: list[dict[str, Any]] = []
    if alone:
        dataset = open_dataset(alone, workspace)
        rows, skipped = of_dataset(dataset), dataset.skipped
        problems = dataset.problems
    else:
        found = gather(workspace, sources)
        rows = of_list(", ".join(sources), found.rows, found.problems, found.skipped)
        skipped, problems = found.skipped, found.problems
    stats: dict[str, Any] = {}

    def observe(read: Iterator[Row]) -> None:
        stats.update(row_stats(read))

    partner = partner_of(workspace, alone, against)
    report = survey(
        rows,
        partner=_partner(workspace, partner),
        near=near,
        observe=observe,
        stopping=stopping,
        progress=progress,
    )
    made = kept.save(workspace, alone, report) if alone else report.plain()
    if model:
        from studio.datasets.token_view.token_check import token_figures

        def check_stop() -> None:
            if stopping():
                raise Stopped

        kind = report.figures["kind"]
        told = token_figures(rows.each(), kind, model, cutoff_len, workspace, check_stop)
        stats["tokens"] = told
        own = {one.name: told[one.name] for one in dataclasses.fields(options.Figures)}
        cut = token_lengths.told(options.from_plain(own), cutoff_len)
        made = made | {"findings": [cut.plain(), *made["findings"]]}
    return made | {"stats": stats, "skipped": skipped, "problems": problems}


def partner_of(workspace: Workspace, name: str, against: str = "") -> str:
    """The set that is compared with for leaks: the one named, else the held-out set that belongs to
    a dataset, or the set that a held-out one belongs to; "" for none. Raises InputError for one
    that is not there.
    """
    if against:
        return registry.find(workspace, against).name
    if not name:
        return ""
    other = (
        name.removesuffix(naming.HELD_OUT)
        if name.endswith(naming.HELD_OUT)
        else name + naming.HELD_OUT
    )
    return other if other in registry.names(workspace) else ""


def _partner(workspace: Workspace, name: str) -> Rows | None:
    return of_dataset(open_dataset(name, workspace)) if name else None


def mend(
    workspace: Workspace,
    name: str,
    finding: str,
    values: Mapping[str, str],
    why: str = "",
    against: str = "",
    stopping: Callable[[], bool] = lambda: False,
) -> RepairResult:
    """Do what the finding's fix does to all of its rows, as one change that can be undone.

    The rows are those of the kept report; without one the set is checked first. Raises InputError
    where there is nothing to mend.
    """
    seen = edits.age(workspace, name)
    report = kept.read(workspace, name)
    needed = "near" in finding
    if report is None or finding not in report["flagged"]:
        check(workspace, [name], against, near=needed, stopping=stopping)
        report = kept.read(workspace, name)
    told = _told(report, finding)
    numbers = kept.flagged(workspace, name, finding)
    if told is None or not told["fix"] or not numbers:
        raise InputError(
            "Nothing of this kind was found in the dataset {name}.", "Check it again.", name=name
        )
    fix, given = fixes.FIXES[told["fix"]], {**told["values"], **values}
    changes, unchanged = _changes(workspace, name, numbers, fix, given)
    edit = ""
    if changes:
        edit = edits.change(workspace, name, changes, why or f"{finding}: {told['fix']}", seen=seen)
    deleted = sum(change.data is None for change in changes)
    return {
        "dataset": name,
        "finding": finding,
        "rows": len(changes),
        "changed": len(changes) - deleted,
        "deleted": deleted,
        "unchanged": unchanged,
        "edit": edit,
    }


def _told(report: dict[str, Any] | None, finding: str) -> dict[str, Any] | None:
    return next((one for one in (report or {}).get("findings", ()) if one["name"] == finding), None)


def _changes(
    workspace: Workspace, name: str, numbers: list[int], fix: fixes.Fix, values: Mapping[str, Any]
) -> tuple[list[edits.Change], int]:
    """The changes of the rows of these numbers, and how many rows stay as they are."""
    wanted = set(numbers)
    changes, unchanged = [], 0
    rows = open_dataset(name, workspace).iterate(numbers[0], numbers[-1] - numbers[0] + 1)
    for number, row in enumerate(rows, start=numbers[0]):
        if number in wanted:
            made = fix(row, values)
            if made == row:
                unchanged += 1
            else:
                changes.append(edits.Change(number, made))
    return changes, unchanged


def run(spec: RepairJob, job: Job) -> RepairResult:
    """The repair as a job."""
    job.progress(0, 1, "steps", force=True)
    made = mend(
        job.workspace,
        spec.dataset,
        spec.finding,
        spec.values,
        spec.why,
        spec.against,
        job.stopping,
    )
    job.event("dataset", name=made["dataset"], rows=made["rows"])
    job.progress(1, 1, "steps", force=True)
    return made


def report_of(spec: DatasetJob, job: Job) -> dict[str, Any]:
    """`check` with the progress of a job; the report stands in its folder too."""
    made = check(
        job.workspace,
        spec.sources,
        spec.against,
        near=spec.find_near_duplicates,
        model=spec.model_name_or_path,
        cutoff_len=spec.cutoff_len,
        stopping=job.stopping,
        progress=lambda done, total: job.progress(done, total, "rows"),
    )
    job.write("report.json", dumps(made))
    for finding in made["findings"]:
        if finding["count"]:
            job.log(f"{finding['severity']}: {finding['name']}: {finding['count']} rows")
    return made
