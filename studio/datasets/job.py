"""The dataset job's work. Running it again gives the same files, so a kill at any instant needs no repair."""

from typing import Any

from studio.datasets import formats, registry
from studio.datasets.build import HELD_OUT, parts, store_part
from studio.datasets.gather import Gathered, gather
from studio.datasets.spec import DatasetJob
from studio.datasets.stats import row_stats
from studio.files import require_space
from studio.jobs.context import Job
from studio.store import dumps
from studio.workspace import safe_name


def run(spec: DatasetJob, job: Job) -> dict[str, Any]:
    """Build, convert, split or check. Result: dataset, rows, heldout, heldout_rows, file, skipped, problems (first 20)."""
    name = safe_name(spec.name) if spec.op != "check" else ""
    registry.read_info(job.workspace)  # a broken registry is told before any work
    job.progress(0, 3, "steps", force=True)
    found = gather(job.workspace, spec.sources)
    job.log(f"{len(found.rows)} rows from {', '.join(spec.sources)}, {found.skipped} skipped")
    job.check_stop()
    job.progress(1, 3, "steps", force=True)
    result = {"problems": found.problems, "skipped": found.skipped}
    if spec.op == "check":
        report = row_stats(found.rows) | result
        job.write("report.json", dumps(report))
        job.progress(3, 3, "steps", force=True)
        return {"dataset": "", "rows": len(found.rows), "heldout": "", "heldout_rows": 0, "file": ""} | result | {"stats": report}
    _set_system(found, spec.system)
    return _write(spec, name, found, job) | result


def _write(spec: DatasetJob, name: str, found: Gathered, job: Job) -> dict[str, Any]:
    """Write the dataset and what is held out, and register both."""
    train, held = parts(found, spec.val_size, spec.seed, shuffle=spec.shuffle)
    require_space(job.workspace.data, 3 * sum(len(dumps(row)) for row in found.rows))
    path = store_part(job.workspace, name, found, train, spec.formatting, spec.file_type)
    job.progress(2, 3, "steps", force=True)
    heldout = f"{name}{HELD_OUT}" if held else ""
    if held:
        store_part(job.workspace, safe_name(heldout), found, held, spec.formatting, spec.file_type)
    job.progress(3, 3, "steps", force=True)
    job.event("dataset", name=name, rows=len(train), heldout=len(held))
    return {
        "dataset": name, "rows": len(train), "heldout": heldout, "heldout_rows": len(held), "file": f"data/{path.name}",
    }


def _set_system(found: Gathered, system: str) -> None:
    """Give every row the same system prompt; an empty one leaves each row its own."""
    if not system.strip():
        return
    for row in found.rows:
        if formats.kind(row) == "tools":
            kept = [turn for turn in row["messages"] if turn["role"] != "system"]
            row["messages"] = [{"role": "system", "content": system}, *kept]
        elif formats.kind(row) != "text":
            row["system"] = system
