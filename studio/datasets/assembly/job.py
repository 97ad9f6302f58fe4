"""The dataset job's work.

Running it again gives the same files, so a kill at any instant needs no repair.
"""

from dataclasses import asdict
from typing import Any

from studio.datasets import naming, partners, registry
from studio.datasets.assembly import identity, mix
from studio.datasets.assembly.build import Parts, account, part, parts, store_part, write_export
from studio.datasets.assembly.exports import EXPORTS
from studio.datasets.assembly.gather import Gathered, gather
from studio.datasets.profile.job import report_of
from studio.datasets.row_forms import formats, recast
from studio.datasets.spec import DatasetJob, DatasetResult
from studio.files import require_space
from studio.jobs import records
from studio.jobs.context import Job
from studio.store import dumps

STEPS = 4


def run(spec: DatasetJob, job: Job) -> DatasetResult:
    """Build, convert, split, mix, make identity rows or check."""
    name = naming.require_name(spec.name) if spec.op != "check" else ""
    registry.read_info(job.workspace)  # a broken registry is told before any work
    if spec.op == "check":
        return _checked(spec, job)
    job.progress(0, STEPS, "steps", force=True)
    found = (
        gather(job.workspace, spec.given, spec.stratify_by)
        if spec.given or spec.op != "identity"
        else Gathered()
    )
    job.log(f"{len(found.rows)} rows from {', '.join(spec.given)}, {found.skipped} skipped")
    job.check_stop()
    job.progress(1, STEPS, "steps", force=True)
    found = recast.recast(found, spec.rows_as) if found.rows else found
    told = _mixed(spec, found, job) if spec.op == "mix" else {}
    told |= _identity(spec, found, job) if spec.op == "identity" else {}
    _set_system(found, spec.system)
    if spec.leave_out:
        found = recast.leave_out(found, spec.formatting)
    recast.count_partly_lost(found, spec.formatting)
    for what, held in found.dropped.items():
        job.log(f"not carried over: {what} ({held['rows']} rows, {held['example']})")
    made = parts(found, spec, spec.seed, job.workspace, shuffle=spec.shuffle, stopping=job.stopping)
    job.progress(2, STEPS, "steps", force=True)
    return (_write if spec.registered else _export)(spec, name, found, made, told, job)


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


def _mixed(spec: DatasetJob, found: Gathered, job: Job) -> dict[str, Any]:
    """Choose and order the rows as the mix asks; what became of each source."""
    called = mix.called(job.workspace, spec.sources)
    probs = mix.weights(spec.sources, spec.interleave_probs, called)
    numbers: list[list[int]] = [[] for _ in spec.sources]
    for number, place in enumerate(found.places):
        numbers[place].append(number)
    mix.require_rows(numbers, called)
    mix.require_one_kind(found.rows, numbers, called)
    sizes = [len(one) for one in numbers]
    made = mix.picks(sizes, spec.mix_strategy, probs, spec.total_rows, spec.seed)
    found.take([numbers[source][row] for source, row in made])
    taken = mix.account(called, sizes, made)
    job.log("; ".join(f"{one.source}: {one.taken} of {one.rows}" for one in taken))
    return {"mix": [asdict(one) for one in taken]}


def _identity(spec: DatasetJob, found: Gathered, job: Job) -> dict[str, Any]:
    """Add the identity rows, and fill the name and the maker into the rows that are there."""
    filled = 0
    for number, row in enumerate(found.rows):
        found.rows[number], times = identity.fill(row, spec.identity_name, spec.identity_author)
        filled += times
    before = len(found.rows)
    made = identity.rows(
        spec.identity_name,
        spec.identity_author,
        spec.identity_languages,
        spec.identity_rows,
        spec.seed,
        job.workspace,
    )
    found.add(made, [{"identity": spec.identity_name, "row": n} for n in range(1, len(made) + 1)])
    found.labels += ["identity"] * (len(made) if spec.stratify_by else 0)
    if not before:
        return {"filled": filled}
    taken = [
        mix.Taken(spec.identity_into, before, before, 0, 0),
        mix.Taken(spec.identity_name, len(made), len(made), 0, 0),
    ]
    return {"mix": [asdict(one) for one in taken], "filled": filled}


def _write(
    spec: DatasetJob, name: str, found: Gathered, made: Parts, told: dict[str, Any], job: Job
) -> DatasetResult:
    """Write the dataset and what is held out, and register them; nothing that stands is touched
    before all is ready.
    """
    workspace, work = job.workspace, records.work_of(job.workspace, job.id)
    held = {partners.VALIDATION: made.validation, partners.FOR_TEST: made.test}
    ready = [part(name, found, made.train, spec.formatting)]
    beside = [partners.handed_on(workspace, spec.given)]
    for key, numbers in held.items():
        if numbers:
            ready.append(part(name + partners.ENDINGS[key], found, numbers, spec.formatting))
            beside.append({partners.PART_OF: name})
            beside[0][key] = ready[-1].name
    require_space(workspace.data, 3 * sum(len(dumps(row)) for row in found.rows))
    with naming.writing(workspace):
        if not spec.overwrite:
            naming.require_free(workspace, name, work, spec.endings)
        own = partners.held_out(workspace, name, partners.FOR_TEST) == name + naming.TEST
        parts_then = (naming.HELD_OUT, naming.TEST) if own else spec.endings
        replaced = naming.remove(workspace, name, but=work, parts=parts_then)
        for key, numbers in held.items():  # what the same work held out the last time
            if not numbers and partners.ENDINGS[key] in parts_then:
                naming.remove(workspace, name + partners.ENDINGS[key], parts=())
        files = [
            store_part(workspace, one, spec.file_type, work, more)
            for one, more in zip(ready, beside, strict=True)
        ]
    if replaced:
        job.log(f"replaced: {', '.join(replaced)}")
    job.progress(STEPS, STEPS, "steps", force=True)
    job.event(
        "dataset",
        name=name,
        rows=len(made.train),
        heldout=len(made.validation),
        test=len(made.test),
    )
    result: DatasetResult = {
        "dataset": name,
        "rows": len(made.train),
        "heldout": name + naming.HELD_OUT if made.validation else "",
        "heldout_rows": len(made.validation),
        "test": name + naming.TEST if made.test else "",
        "test_rows": len(made.test),
        "file": f"data/{files[0].name}",
        "replaced": replaced,
        "problems": found.problems,
        "skipped": found.skipped,
        "dropped": found.not_carried(),
    }
    return _told(result, spec, found, made, told)


def _export(
    spec: DatasetJob, name: str, found: Gathered, made: Parts, told: dict[str, Any], job: Job
) -> DatasetResult:
    """Write the rows for other programs under data/exports/; an export of that name is replaced."""
    require_space(job.workspace.data, 3 * sum(len(dumps(row)) for row in found.rows))
    endings = (("", made.train), (naming.HELD_OUT, made.validation), (naming.TEST, made.test))
    files = []
    for ending, numbers in endings:
        if not numbers and ending:
            continue
        ready = part(name + ending, found, numbers, spec.formatting, spec.file_type)
        path = job.workspace.data / EXPORTS / f"{name}{ending}-{spec.formatting}.{spec.file_type}"
        write_export(ready.rows, path, found, formula_guard=spec.formula_guard)
        files.append(path)
    job.progress(STEPS, STEPS, "steps", force=True)
    result: DatasetResult = {
        "dataset": "",
        "rows": len(made.train),
        "heldout": "",
        "heldout_rows": len(made.validation),
        "test": "",
        "test_rows": len(made.test),
        "file": files[0].relative_to(job.workspace.path).as_posix(),
        "replaced": [],
        "problems": found.problems,
        "skipped": found.skipped,
        "dropped": found.not_carried(),
    }
    return _told(result, spec, found, made, told)


def _told(
    result: DatasetResult, spec: DatasetJob, found: Gathered, made: Parts, told: dict[str, Any]
) -> DatasetResult:
    """The result with how the rows were divided, mixed and filled in."""
    if divided := account(made, found, spec):
        result["split"] = divided
    if "mix" in told:
        result["mix"] = told["mix"]
    if "filled" in told:
        result["filled"] = told["filled"]
    return result


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
