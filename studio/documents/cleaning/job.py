"""The cleaning job: one document is one unit; its cleaned copy is a document of its own.

The copy's id stands for its name and text, so a unit that a kill interrupts gives the same document
when it runs again.
"""

import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from studio import documents
from studio.documents import Document
from studio.documents.cleaning.clean import Cleaned, clean_text
from studio.documents.cleaning.spec import STEPS, CleanJob, CleanResult
from studio.documents.handed_text import HandedText, hand
from studio.errors import SpecError
from studio.files import write_json, write_text
from studio.jobs.context import Job
from studio.jobs.parallel import in_order, is_parallel
from studio.jobs.parallel_fields import ParallelFields
from studio.spec import digest
from studio.store import dumps, sets, units
from studio.workspace import Workspace

ENDING = ".clean.txt"
WORTHWHILE = 5_000_000  # characters that one process cleans in two to three seconds


def run(spec: CleanJob, job: Job) -> CleanResult:
    """Clean each document. Raises SpecError, InputError, WorkspaceError."""
    if not spec.documents:
        raise SpecError("No document is chosen.", "Add a document or choose one from the list.")
    if not spec.steps():
        raise SpecError("No cleaning step is ticked.", "Tick at least one step.")
    found = [documents.get(job.workspace, reference) for reference in spec.documents]
    chosen = list({document.id: document for document in found}.values())
    set_id = f"clean-{job.id}"
    with job.store.write() as db:
        sets.add(db, set_id, "cleaning", chosen[0].name, job=job.id)
    waiting = [d for d in chosen if not units.is_done(job.store, set_id, d.id)]
    total = sum(document.chars for document in chosen)
    done = total - sum(document.chars for document in waiting)
    for document, cleaned in _cleaned(spec, job, waiting, done, total):
        note = _kept(spec, job, document, cleaned)
        with job.store.write() as db:
            units.add_once(db, set_id, document.id, note)
        done += document.chars
        job.progress(done, total, "characters")
    job.check_stop()
    job.progress(total, total, "characters", force=True)
    return _result(job, set_id, [document.id for document in chosen])


def _cleaned(
    spec: CleanJob, job: Job, waiting: list[Document], done: int, total: int
) -> Iterator[tuple[Document, Cleaned]]:
    """Each document with its cleaned text, side by side where that pays."""
    if is_parallel(spec, [document.chars for document in waiting], WORTHWHILE):
        whole = spec.executor == "ray"
        tasks = [
            functools.partial(_task, spec, job.workspace, document, whole) for document in waiting
        ]
        for number, cleaned in in_order(spec, job, clean_task, tasks):
            yield waiting[number], cleaned
        return
    for document in waiting:
        job.check_stop()

        def told(share: float, before: float = done, chars: int = document.chars) -> None:
            job.check_stop()
            job.progress(before + share * chars, total, "characters")

        yield document, clean_text(documents.text(job.workspace, document), spec, told)
        done += document.chars


def _task(
    spec: CleanJob, workspace: Workspace, document: Document, whole: bool
) -> tuple[HandedText, CleanJob]:
    return hand(workspace, document, whole=whole), spec


def clean_task(task: tuple[HandedText, CleanJob]) -> Cleaned:
    """Clean one document; in a process of the pool's or of Ray's."""
    given, spec = task
    return clean_text(given.read(), spec)


def _kept(spec: CleanJob, job: Job, document: Document, cleaned: Cleaned) -> dict[str, Any]:
    """Keep the cleaned copy of a document; what the unit's done mark tells of it."""
    samples = {
        step: [sample._asdict() for sample in some]
        for step, some in cleaned.samples.items()
        if some
    }
    note = {"id": document.id, "name": document.name, "counts": cleaned.counts, "samples": samples}
    if not len(cleaned.offsets):
        job.log(f"{document.name}: nothing to change")
        return note | {"document": document.id, "state": "unchanged"}
    if not cleaned.text.strip():
        job.log(f"{document.name}: nothing would be left, kept as it is")
        return note | {"document": document.id, "state": "emptied"}
    copy = _keep(spec, job, document, cleaned)
    job.log(f"{document.name}: {sum(cleaned.counts.values())} changes, kept as {copy.name}")
    return note | {"document": copy.id, "state": "cleaned"}


def _keep(spec: CleanJob, job: Job, document: Document, cleaned: Cleaned) -> Document:
    """The cleaned copy as a document, its offsets (and places) written first."""
    changed = {
        key: value
        for key, value in spec.model_dump(mode="json", exclude_defaults=True).items()
        if key != "documents" and key not in ParallelFields.model_fields
    }
    # One file a copy: the same text from the same document has the same id, whatever the settings.
    stem = f"documents/{document.id}-{digest(cleaned.text)[:12]}"
    cleaned.offsets.save(job.workspace.path / f"{stem}.offsets")
    meta = {
        "form": document.meta.get("form", "txt"),
        "cleaning": changed,
        "counts": cleaned.counts,
        "offsets": f"{stem}.offsets",
    }
    if places := document.meta.get("places"):
        _move_places(
            job.workspace.inside(places), job.workspace.path / f"{stem}.places.json", cleaned
        )
        meta["places"] = f"{stem}.places.json"
    return documents.add_text(
        job.workspace, cleaned_name(document.name), cleaned.text, parent=document.id, meta=meta
    )


def cleaned_name(name: str) -> str:
    """ "book.txt" → "book.clean.txt"; cleaned once more it keeps that name."""
    stem = Path(name).stem.removesuffix(".clean")
    return (stem or "document") + ENDING


def _move_places(source: Path, target: Path, cleaned: Cleaned) -> None:
    """The original's pages or times, at their places in the cleaned text; those of which nothing is
    left are gone.
    """
    if not source.is_file():
        return
    moved = [
        [*cleaned.offsets.to_cleaned(start, end), label]
        for start, end, label in json.loads(source.read_text(encoding="utf-8"))
    ]
    write_text(target, dumps([place for place in moved if place[0] < place[1]]))


def _result(job: Job, set_id: str, order: list[str]) -> CleanResult:
    """The sums over all units, from their done marks."""
    notes = {unit.key: unit.data for unit in units.of_set(job.store, set_id)}
    told = [notes[key] for key in order]
    counts = {
        step: sum(note["counts"].get(step, 0) for note in told)
        for step in STEPS
        if any(step in note["counts"] for note in told)
    }
    file = job.folder / "samples.json"
    write_json(
        file,
        {
            note["id"]: {key: note[key] for key in ("name", "document", "counts", "samples")}
            for note in told
        },
    )
    return {
        "documents": [note["document"] for note in told],
        "unchanged": [note["id"] for note in told if note["state"] == "unchanged"],
        "emptied": [note["id"] for note in told if note["state"] == "emptied"],
        "counts": counts,
        "samples": file.relative_to(job.workspace.path).as_posix(),
    }
