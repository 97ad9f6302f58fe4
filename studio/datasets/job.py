"""The dataset job's work.

Running it again gives the same files, so a kill at any instant needs no repair.
"""

from studio.datasets import formats, naming, registry
from studio.datasets.build import part, parts, store_part
from studio.datasets.gather import Gathered, gather
from studio.datasets.profile.job import report_of
from studio.datasets.spec import DatasetJob, DatasetResult
from studio.files import require_space
from studio.jobs import records
from studio.jobs.context import Job
from studio.store import dumps


def run(spec: DatasetJob, job: Job) -> DatasetResult:
    """Build, convert, split or check."""
    name = naming.require_name(spec.name) if spec.op != "check" else ""
    registry.read_info(job.workspace)  # a broken registry is told before any work
    if spec.op == "check":
        return _checked(spec, job)
    job.progress(0, 3, "steps", force=True)
    found = gather(job.workspace, spec.sources)
    job.log(f"{len(found.rows)} rows from {', '.join(spec.sources)}, {found.skipped} skipped")
    job.check_stop()
    job.progress(1, 3, "steps", force=True)
    _set_system(found, spec.system)
    return _write(spec, name, found, job)


def _checked(spec: DatasetJob, job: Job) -> DatasetResult:
    """Look at every row and change none."""
    report = report_of(spec, job)
    told = report["stats"] | {name: report[name] for name in ("problems", "skipped")}
    return {
        "dataset": "",
        "rows": told["rows"],
        "heldout": "",
        "heldout_rows": 0,
        "file": "",
        "replaced": [],
        "problems": told["problems"],
        "skipped": told["skipped"],
        "stats": told,
        "findings": report["findings"],
    }


def _write(spec: DatasetJob, name: str, found: Gathered, job: Job) -> DatasetResult:
    """Write the dataset and what is held out, and register both; nothing that stands is touched
    before all is ready.
    """
    train, held = parts(found, spec.val_size, spec.seed, shuffle=spec.shuffle)
    made = [part(name, found, train, spec.formatting)]
    made += [part(name + naming.HELD_OUT, found, held, spec.formatting)] if held else []
    require_space(job.workspace.data, 3 * sum(len(dumps(row)) for row in found.rows))
    work = records.work_of(job.workspace, job.id)
    with naming.writing(job.workspace):
        if not spec.overwrite:
            naming.require_free(job.workspace, name, work)
        replaced = naming.remove(job.workspace, name, but=work)
        if not held:  # what the same work held out the last time
            naming.remove(job.workspace, name + naming.HELD_OUT)
        files = [store_part(job.workspace, one, spec.file_type, work) for one in made]
    if replaced:
        job.log(f"replaced: {', '.join(replaced)}")
    job.progress(3, 3, "steps", force=True)
    job.event("dataset", name=name, rows=len(train), heldout=len(held))
    return {
        "dataset": name,
        "rows": len(train),
        "heldout": made[1].name if held else "",
        "heldout_rows": len(held),
        "file": f"data/{files[0].name}",
        "replaced": replaced,
        "problems": found.problems,
        "skipped": found.skipped,
    }


def _set_system(found: Gathered, system: str) -> None:
    """Give every row the same system prompt; an empty one leaves each row its own."""
    if not system.strip():
        return
    for row in found.rows:
        if "messages" in row:
            kept = [turn for turn in row["messages"] if turn["role"] != "system"]
            row["messages"] = [{"role": "system", "content": system}, *kept]
        elif formats.kind(row) != "text":
            row["system"] = system
