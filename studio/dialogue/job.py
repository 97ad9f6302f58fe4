"""The dialogue job: one document is one unit; its utterances and its done mark are one transaction,
its pairs another.
"""

from typing import Any

from studio import documents, set_tables
from studio.dialogue.find import find_utterances
from studio.dialogue.layouts.detect import detect
from studio.dialogue.pairs import job as pairing
from studio.dialogue.pairs.roles import targets_of
from studio.dialogue.progress_job import Bar
from studio.dialogue.spec import DialogueJob, DialogueResult, Outcome
from studio.documents import Document
from studio.errors import InputError
from studio.jobs.context import Job
from studio.progress import Watch
from studio.store import Store, sets, units, utterance_summary, utterances

SHOWN_SPEAKERS = 50  # in the result, the busiest


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
    for number, document in enumerate(chosen):
        job.check_stop()
        if not units.is_done(job.store, utterance_set, document.id):
            _one(spec, job, document, utterance_set, bar.of(number))
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


def _one(spec: DialogueJob, job: Job, document: Document, utterance_set: str, watch: Watch) -> None:
    """One document: read, find, and keep what was found with its done mark."""
    text = documents.text(job.workspace, document)
    layout = detect(text, watch.within(0, 0.1)).kind if spec.layout == "auto" else spec.layout
    found = find_utterances(text, spec.people(), layout=layout, watch=watch.within(0.1, 1))
    new = [utterances.NewUtterance(**vars(line)) for line in found]
    note = {"document": document.name, "layout": layout, "lines": len(found)}
    with job.store.write() as db:
        utterances.add(db, utterance_set, document.id, new)
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
