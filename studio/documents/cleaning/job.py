"""The cleaning job: one document is one unit; its cleaned copy is a document of its own.

The copy's id stands for its name and text, so a unit that a kill interrupts gives the same document
when it runs again.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from studio import documents
from studio.documents import Document
from studio.documents.cleaning.clean import Cleaned, clean_text
from studio.documents.cleaning.spec import STEPS, CleanJob, CleanResult
from studio.errors import SpecError
from studio.files import write_json, write_text
from studio.jobs.context import Job
from studio.spec import digest
from studio.store import dumps, sets, units

ENDING = ".clean.txt"


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
    total, before = sum(document.chars for document in chosen), 0
    for document in chosen:
        job.check_stop()
        if not units.is_done(job.store, set_id, document.id):

            def told(share: float, before: float = before, chars: int = document.chars) -> None:
                job.check_stop()
                job.progress(before + share * chars, total, "characters")

            note = _clean(spec, job, document, told)
            with job.store.write() as db:
                units.add_once(db, set_id, document.id, note)
        before += document.chars
    job.progress(total, total, "characters", force=True)
    return _result(job, set_id, [document.id for document in chosen])


def _clean(
    spec: CleanJob, job: Job, document: Document, told: Callable[[float], None]
) -> dict[str, Any]:
    """Clean one document and keep the copy; what the unit's done mark tells of it."""
    cleaned = clean_text(documents.text(job.workspace, document), spec, told)
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
        if key != "documents"
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
