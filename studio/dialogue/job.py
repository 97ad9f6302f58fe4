"""The dialogue job: one document is one unit; its utterances and its done mark are one transaction,
its pairs another.
"""

import functools
from typing import Any, NamedTuple

from studio import documents, set_tables
from studio.dialogue.find import find_utterances
from studio.dialogue.layouts.detect import detect
from studio.dialogue.pairs import job as pairing
from studio.dialogue.pairs.roles import targets_of
from studio.dialogue.progress_job import Bar
from studio.dialogue.quotes.mended import mended_marks
from studio.dialogue.records import Utterance
from studio.dialogue.spec import DialogueJob, DialogueResult, Outcome
from studio.documents import Document
from studio.documents.handed_text import HandedText, hand
from studio.errors import InputError
from studio.jobs.context import Job
from studio.jobs.parallel import in_order, is_parallel
from studio.progress import UNWATCHED, Watch
from studio.store import Store, sets, units, utterance_summary, utterances
from studio.workspace import Workspace

SHOWN_SPEAKERS = 50  # in the result, the busiest


class Found(NamedTuple):
    """What is found in one document. mended: see `quotes.mended`, of a novel."""

    layout: str
    lines: list[Utterance]
    mended: dict[str, dict[str, int | str]] | None


def run(spec: DialogueJob, job: Job) -> DialogueResult:
    """Find utterances in each document and, with a target, build its pairs. Raises InputError."""
    chosen = _documents(spec, job)
    targets = targets_of(spec.target, spec.people())
    utterance_set, row_set = f"utterances-{job.id}", f"rows-{job.id}" if targets else None
    name = spec.name.strip() or chosen[0].name
    with job.store.write() as db:
        sets.add(
            db,
            utterance_set,
            "utterances",
            name,
            job=job.id,
            meta={
                "target": ", ".join(targets),
                "characters": spec.characters,
                "spec": spec.plain(),
            },
        )
    bar = Bar(job, [document.chars for document in chosen])
    _find_all(spec, job, chosen, utterance_set, bar)
    job.check_stop()
    set_tables.write(job.workspace, utterance_set, job.folder)
    if row_set:
        pairing.pair_up(spec, job, utterance_set, row_set, name, targets)
    bar.full()
    return _result(job, utterance_set, row_set, name, targets)


def _documents(spec: DialogueJob, job: Job) -> list[Document]:
    """The chosen documents, each once."""
    if not spec.documents:
        raise InputError("No document is chosen.", "Choose a script or a novel.")
    found = [documents.get(job.workspace, ref) for ref in spec.documents]
    return list({document.id: document for document in found}.values())


def _find_all(
    spec: DialogueJob, job: Job, chosen: list[Document], utterance_set: str, bar: Bar
) -> None:
    """Find and keep the lines of the documents that are not done, side by side where that pays."""
    waiting = [
        number
        for number, document in enumerate(chosen)
        if not units.is_done(job.store, utterance_set, document.id)
    ]
    if not is_parallel(spec, [chosen[number].chars for number in waiting]):
        for number in waiting:
            job.check_stop()
            _one(spec, job, chosen[number], utterance_set, bar.of(number))
        return
    whole = spec.executor == "ray"
    tasks = [functools.partial(_task, spec, job.workspace, chosen[n], whole) for n in waiting]
    for place, found in in_order(spec, job, find_task, tasks):
        _keep(job, chosen[waiting[place]], utterance_set, found)
        bar.of(waiting[place]).at(1)


def _one(spec: DialogueJob, job: Job, document: Document, utterance_set: str, watch: Watch) -> None:
    """One document: read, find, and keep what was found with its done mark."""
    text = documents.text(job.workspace, document)
    _keep(job, document, utterance_set, _found(spec, text, watch))


def _task(
    spec: DialogueJob, workspace: Workspace, document: Document, whole: bool
) -> tuple[HandedText, DialogueJob]:
    return hand(workspace, document, whole=whole), spec


def find_task(task: tuple[HandedText, DialogueJob]) -> Found:
    """What is found in one document; in a process of the pool's or of Ray's."""
    given, spec = task
    return _found(spec, given.read(), UNWATCHED)


def _found(spec: DialogueJob, text: str, watch: Watch) -> Found:
    layout = detect(text, watch.within(0, 0.1)).kind if spec.layout == "auto" else spec.layout
    found = find_utterances(text, spec.people(), layout=layout, watch=watch.within(0.1, 1))
    names = [name for person in spec.people() for name in person.names]
    return Found(layout, found, mended_marks(text, names) if layout == "novel" else None)


def _keep(job: Job, document: Document, utterance_set: str, read: Found) -> None:
    """Keep what was found in a document with its done mark."""
    layout, found, mended = read
    note: dict[str, Any] = {"document": document.name, "layout": layout, "lines": len(found)}
    if mended is not None:
        note["mended"] = mended
    with job.store.write() as db:
        utterances.add(db, utterance_set, document.id, found)
        units.add(db, utterance_set, document.id, note)
    job.log(f"{document.name}: read as {layout}, {len(found)} utterances")


def _read(store: Store, utterance_set: str) -> list[dict[str, Any]]:
    """How each document was read; other jobs keep marks of their own beside those of the
    documents.
    """
    return [
        unit.data
        for unit in units.of_documents(store, utterance_set)
        if "layout" in (unit.data or {})
    ]


def _result(
    job: Job, utterance_set: str, row_set: str | None, name: str, targets: list[str]
) -> DialogueResult:
    store = job.store
    nothing: Outcome = {"pairs": 0, "roles": {}, "dropped": {}, "examples": {}}
    paired = pairing.outcome(store, row_set, targets) if row_set else nothing
    return {
        "utterance_set": utterance_set,
        "set": row_set,
        "name": name,
        "target": ", ".join(targets),
        "utterances": utterances.count(store, utterance_set),
        "speakers": dict(utterance_summary.busiest(store, utterance_set, SHOWN_SPEAKERS)),
        "read": _read(store, utterance_set),
        **paired,
    }
