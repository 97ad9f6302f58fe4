"""The register job: a file of rows, or a hub's files, become a registered dataset, read in the
sandbox while the job tells how far it is; or an entry that stands is written anew.
"""

import shutil
from pathlib import Path
from typing import Any

from studio.datasets import registry, window
from studio.datasets.entry_origin import TRAIN
from studio.datasets.registry import Entry
from studio.datasets.row_forms.column_map import from_entry, plain
from studio.datasets.source_files.file_folder import files_in
from studio.datasets.spec import RegisterJob, RegisterResult
from studio.datasets.taking_in.hub_files import Fetched, Hub, fetch, named
from studio.datasets.taking_in.hub_layout import Wanted
from studio.documents import incoming
from studio.errors import InputError
from studio.files import size_of
from studio.jobs.context import Job
from studio.spec import digest

MB = 1 << 20
ADDRESS = {"huggingface": "hf_hub_url", "modelscope": "ms_hub_url"}


def run(spec: RegisterJob, job: Job) -> RegisterResult:
    """Take the file in under the job's name. Raises StudioError where no row of it can be used.

    A run that was killed is done again: the file as it was handed in, and what a hub has given,
    stay until the dataset is there.
    """
    job.check_stop()
    if not spec.file:
        entry = registry.require_listed(job.workspace, spec.name)
        if entry.path is None and entry.origin.fetched_from:
            return _by_entry(spec, entry, entry.origin.fetched_from, job)
        return _written_anew(spec, entry, job)
    if hub := named(spec.file):
        wanted = Wanted(spec.subset, spec.split or TRAIN, files=spec.files)
        return _from_hub(spec, *hub, wanted, job, given=spec.given, guess=spec.guess)
    path, filename = spec.place(job.workspace)
    paths = files_in(path) if path.is_dir() else [path]
    made = _take_in(
        spec, paths, filename, job, given=spec.given, num_samples=spec.num_samples, guess=spec.guess
    )
    incoming.discard(job.workspace, spec.file)
    return _result(made)


def _by_entry(spec: RegisterJob, entry: Entry, hub: Hub, job: Job) -> RegisterResult:
    """Fetch what an entry of dataset_info.json means on a hub; its columns and tags hold."""
    origin = entry.origin
    wanted = Wanted(origin.subset, origin.split, origin.folder, spec.files)
    given = plain(entry.layout) | spec.given
    return _from_hub(spec, hub, origin.place, wanted, job, given=given, entry=True)


def _from_hub(
    spec: RegisterJob, hub: Hub, dataset: str, wanted: Wanted, job: Job, **asked: Any
) -> RegisterResult:
    folder = job.workspace.path / "cache" / "hub" / digest([hub, dataset])[:24]

    def told(done: int, total: int) -> None:
        job.progress(done / MB, max(total, 1) / MB, "megabytes")
        job.check_stop()

    found = fetch(hub, dataset, wanted, folder, told)
    job.log(f"{len(found.names)} files of {dataset}: {', '.join(found.names[:20])}")
    source = _source(hub, dataset, wanted, found)
    asked |= {"source": source}
    if not asked.get("entry"):
        asked |= {"num_samples": spec.num_samples}
    made = _take_in(spec, list(found.files), dataset.rsplit("/", 1)[-1], job, **asked)
    shutil.rmtree(folder, ignore_errors=True)
    return _result(made) | {"files": list(found.names), "passed_over": list(found.passed_over)}


def _source(hub: Hub, dataset: str, wanted: Wanted, found: Fetched) -> dict[str, Any]:
    """Where the rows came from, by the keys that dataset_info.json has for it, with the files and
    the commit of the repository.
    """
    told = {
        ADDRESS[hub]: dataset,
        "subset": wanted.subset,
        "split": wanted.split,
        "folder": wanted.folder,
        "files": list(found.names),
        "commit": found.commit,
    }
    return {key: value for key, value in told.items() if value}


def _take_in(
    spec: RegisterJob, paths: list[Path], filename: str, job: Job, **asked: Any
) -> dict[str, Any]:
    """Have the files read, and tell how far that is."""
    total = max(1, sum(path.stat().st_size for path in paths))
    # The rows are written here as they are read, about as many bytes as the files have.
    growing = [
        job.workspace.data / f".incoming-{spec.name}.{ending}"
        for ending in ("jsonl", "txt", "parquet")
    ]

    def stopping() -> bool:
        written = max(map(size_of, growing))
        job.progress(min(written, 0.99 * total) / MB, total / MB, "megabytes")
        return job.stopping()

    job.progress(0, total / MB, "megabytes", force=True)
    made = window.take_in(
        job.workspace, paths, spec.name, filename=filename, stopping=stopping, **asked
    )
    job.progress(total / MB, total / MB, "megabytes", force=True)
    job.event("dataset", name=made["name"], rows=made["rows"])
    return made


def _written_anew(spec: RegisterJob, entry: Entry, job: Job) -> RegisterResult:
    """Another layout for a registered dataset, once at least one row can be used with it."""
    samples = {"num_samples": spec.num_samples} if spec.num_samples else {}
    if not spec.given and not samples:
        raise InputError(
            "There is nothing to change in the entry {name}.",
            "Give columns, tags, formatting, ranking or num_samples, or a file.",
            name=entry.name,
        )
    given = plain(entry.layout) | spec.given
    if spec.columns and spec.formatting == "auto":
        given.pop("formatting")  # found out from the columns that are stated now
    looked = window.look(job.workspace, dataset=entry.name, given=given)
    if looked["failing"] == looked["looked"]:
        first = (looked["problems"] or [{"row": 1, "reason": "the file has no rows"}])[0]
        raise InputError(
            "No row of {name} can be used (row {row}: {reason}).",
            "Correct the file, then try again.",
            name=entry.name,
            row=first["row"],
            reason=first["reason"],
        )
    registry.rewrite(job.workspace, entry.name, from_entry(looked["layout"], entry.name), **samples)
    window.scan(job.workspace, entry.name, job.stopping)
    counted = window.page(job.workspace, entry.name, "tokens", 0, 1)
    return _result(counted | {"rows": counted["count"], "form": "", "guessed": {}})


def _result(made: dict[str, Any]) -> RegisterResult:
    return {
        "dataset": made["name"],
        "rows": made["rows"],
        "skipped": made["skipped"],
        "problems": made["problems"],
        "encoding": made["encoding"],
        "odd": made["odd"],
        "form": made["form"],
        "notes": made["notes"],
        "guessed": made["guessed"],
        "files": [],
        "passed_over": [],
    }
