"""The edit job: changes of a dataset's rows from a file, undone, made again."""

from pathlib import Path
from typing import Any

from studio.datasets.opened import Dataset, open_dataset
from studio.datasets.row_changes import edits
from studio.datasets.row_changes.edit_spec import EditJob, EditResult
from studio.datasets.row_changes.edits import Change
from studio.datasets.source_files.row_problem import RowProblem
from studio.datasets.source_files.sources import lines_of
from studio.errors import InputError, StudioError
from studio.jobs.context import Job

MOST = 100_000  # changes at once


def run(spec: EditJob, job: Job) -> EditResult:
    """Make all changes or none. A run that was killed does not make them twice: what the file was
    before stands in the run folder. Raises StudioError.
    """
    job.progress(0, 1, "steps", force=True)
    begun = job.folder / "before.txt"
    if not begun.exists():
        job.write(begun.name, edits.age(job.workspace, spec.dataset))
    if begun.read_text(encoding="utf-8") != edits.age(job.workspace, spec.dataset):
        job.log("the file is another one already: nothing is done twice")
    else:
        try:
            _carry_out(spec, job)
        except StudioError:
            begun.unlink()  # nothing was changed: the next try begins anew
            raise
    known = edits.history(job.workspace, spec.dataset)
    done = [one for one in known if not one.undone]
    undone = [one for one in known if one.undone]
    last = next(iter(undone if spec.op == "undo" else reversed(done)), None)
    if last is None:
        raise edits.meanwhile(spec.dataset)
    job.progress(1, 1, "steps", force=True)
    return {
        "dataset": spec.dataset,
        "rows": open_dataset(spec.dataset, job.workspace).count,
        "changed": last.changed,
        "deleted": last.deleted,
        "added": last.added,
        "why": last.why,
    }


def _carry_out(spec: EditJob, job: Job) -> None:
    if spec.op == "change":
        path = Path(spec.file).expanduser()
        changes = read_changes(open_dataset(spec.dataset, job.workspace), path)
        job.check_stop()
        edits.change(job.workspace, spec.dataset, changes, spec.why.strip() or path.name)
    elif spec.op == "undo":
        edits.undo(job.workspace, spec.dataset)
    else:
        edits.redo(job.workspace, spec.dataset)


def read_changes(dataset: Dataset, path: Path) -> list[Change]:
    """The changes of a file (see `EditJob`), each field that is not named as the row has it.

    Raises InputError for a line that is no change, or more than 100,000.
    """
    if path.suffix.lower() != ".jsonl":
        raise InputError(
            "The changes in {name} cannot be read.",
            "Use a jsonl file, a change a line.",
            name=path.name,
        )
    source = lines_of(path)
    if source.total > MOST:
        raise InputError(
            "{name} holds more than {most} rows.",
            "Split it first.",
            name=path.name,
            most=f"{MOST:,}",
        )
    return [
        _change(dataset, raw, number)
        for number, raw in enumerate(source.read(), 1)
        if raw is not None
    ]


def _change(dataset: Dataset, raw: Any, number: int) -> Change:
    known = isinstance(raw, dict) and not isinstance(raw, RowProblem)
    row, data = (raw.get("row"), raw.get("data")) if known else (None, None)
    whole = isinstance(row, int) and not isinstance(row, bool)
    if not known or not isinstance(data, dict | None) or not (whole or (row is None and data)):
        raise InputError(
            "Line {line} of the changes is no change.",
            "Write {example}, or null as data to delete the row.",
            line=number,
            example='{"row": 12, "data": {"output": "…"}}',
        )
    if row is None:
        return Change(dataset.count, data)
    if data is None:
        return Change(row - 1, None)
    before = dataset.rows(row - 1, 1) if 0 < row <= dataset.count else [{}]
    return Change(row - 1, before[0] | data)
