"""The dataset job's work.

Running it again gives the same files, so a kill at any instant needs no repair.
"""

from studio.datasets import formats, naming, recast, registry
from studio.datasets.build import part, parts, store_part, write_export
from studio.datasets.exports import EXPORTS
from studio.datasets.gather import Gathered, gather
from studio.datasets.spec import DatasetJob, DatasetResult
from studio.datasets.stats import row_stats
from studio.files import require_space
from studio.jobs import records
from studio.jobs.context import Job
from studio.store import dumps


def run(spec: DatasetJob, job: Job) -> DatasetResult:
    """Build, convert, split or check."""
    name = naming.require_name(spec.name) if spec.op != "check" else ""
    registry.read_info(job.workspace)  # a broken registry is told before any work
    job.progress(0, 3, "steps", force=True)
    found = gather(job.workspace, spec.sources)
    job.log(f"{len(found.rows)} rows from {', '.join(spec.sources)}, {found.skipped} skipped")
    job.check_stop()
    job.progress(1, 3, "steps", force=True)
    if spec.op == "check":
        report = row_stats(found.rows) | {"problems": found.problems, "skipped": found.skipped}
        if spec.model_name_or_path:
            from studio.datasets.token_check import token_figures

            report["tokens"] = token_figures(
                found.rows,
                spec.model_name_or_path,
                spec.cutoff_len,
                job.workspace,
                job.check_stop,
            )
        job.write("report.json", dumps(report))
        job.progress(3, 3, "steps", force=True)
        return {
            "dataset": "",
            "rows": len(found.rows),
            "heldout": "",
            "heldout_rows": 0,
            "file": "",
            "replaced": [],
            "problems": found.problems,
            "skipped": found.skipped,
            "stats": report,
        }
    found = recast.recast(found, spec.rows_as)
    _set_system(found, spec.system)
    if spec.leave_out:
        found = recast.leave_out(found, spec.formatting)
    recast.count_partly_lost(found, spec.formatting)
    for what, held in found.dropped.items():
        job.log(f"not carried over: {what} ({held['rows']} rows, {held['example']})")
    return (_write if spec.registered else _export)(spec, name, found, job)


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
        "dropped": found.not_carried(),
    }


def _export(spec: DatasetJob, name: str, found: Gathered, job: Job) -> DatasetResult:
    """Write the rows for other programs under data/exports/; an export of that name is replaced."""
    train, held = parts(found, spec.val_size, spec.seed, shuffle=spec.shuffle)
    require_space(job.workspace.data, 3 * sum(len(dumps(row)) for row in found.rows))
    files = []
    for called, numbers in ((name, train), (name + naming.HELD_OUT, held)):
        if not numbers and called != name:
            continue
        made = part(called, found, numbers, spec.formatting, spec.file_type)
        path = job.workspace.data / EXPORTS / f"{called}-{spec.formatting}.{spec.file_type}"
        write_export(made.rows, path, found, formula_guard=spec.formula_guard)
        files.append(path)
    job.progress(3, 3, "steps", force=True)
    return {
        "dataset": "",
        "rows": len(train),
        "heldout": "",
        "heldout_rows": len(held),
        "file": files[0].relative_to(job.workspace.path).as_posix(),
        "replaced": [],
        "problems": found.problems,
        "skipped": found.skipped,
        "dropped": found.not_carried(),
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
