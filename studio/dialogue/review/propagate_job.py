"""What was decided about some lines carried over to those around them: the rules run again, leaning
on it.

Only lines that the rules have named are named anew; what a person or a model has decided stays. One
document is one unit; the whole of it can be undone like a decision by hand.
"""

from dataclasses import replace

from studio import documents, set_tables
from studio.dialogue.find import find_utterances
from studio.dialogue.progress_job import Bar
from studio.dialogue.records import Utterance
from studio.dialogue.refusals import require_decided
from studio.dialogue.review.queries import utterance_set
from studio.dialogue.spec import DialogueJob, PropagateJob, PropagateResult
from studio.jobs.context import Job
from studio.progress import Watch
from studio.store import units, utterance_edits, utterance_summary, utterances
from studio.store.utterances import Attribution, StoredUtterance

SPOKEN = ("speech", "thought")  # words that are quoted or read are nobody's turn


def run(spec: PropagateJob, job: Job) -> PropagateResult:
    """Decide the other lines again. Raises InputError."""
    found = utterance_set(job.workspace, spec.utterances)
    set_id = found.id
    made_by = DialogueJob.read(
        {
            key: value
            for key, value in (found.meta.get("spec") or {}).items()
            if key in ("characters", "layout")
        }
    )
    decided = require_decided(job.workspace, found)
    chosen = utterance_summary.documents_of(job.store, set_id, decided=True)
    changed = 0
    bar = Bar(job, [documents.get(job.workspace, document).chars for document in chosen])
    with set_tables.together():
        for number, document in enumerate(chosen):
            job.check_stop()
            changed += _one(job, set_id, document, made_by, bar.of(number))
    bar.full()
    return {"utterance_set": set_id, "name": found.name, "decided": decided, "changed": changed}


def _one(job: Job, set_id: str, document: str, made_by: DialogueJob, watch: Watch) -> int:
    """One document; answers how many lines have another speaker than before."""
    key = f"{job.id}:{document}"
    done = units.get(job.store, set_id, key)
    if done is not None:
        return int(done.data["changed"])
    lines = utterances.of_document(job.store, set_id, document)
    decided = {
        line.start: line.speaker if line.kind in SPOKEN else None
        for line in lines
        if line.decided != "rules"
    }
    text = documents.text(job.workspace, documents.get(job.workspace, document))
    anew = {
        (u.start, u.end): u
        for u in find_utterances(
            text, made_by.people(), layout=made_by.layout, decided=decided, watch=watch
        )
    }
    changes: list[tuple[StoredUtterance, Attribution]] = []
    for line in lines:
        found = anew.get((line.start, line.end))
        if line.decided == "rules" and found is not None and found.kind == line.kind:
            new = _ruled(line.attribution, found)
            if new != line.attribution:
                changes.append((line, new))
    with set_tables.edited(job.workspace, set_id) as db:
        # A person may have decided meanwhile.
        still = utterance_summary.decided_by_rules(db, set_id, document)
        changes = [(line, new) for line, new in changes if line.id in still]
        spoken = sum(line.speaker != new.speaker for line, new in changes)
        if changes:
            before = {line.ordinal: line.attribution for line, _ in changes}
            utterance_edits.add(db, set_id, changes[0][0].ordinal, before)
        utterances.attribute(db, {line.id: new for line, new in changes})
        units.add(db, set_id, key, {"changed": spoken})
    return spoken


def _ruled(stood: Attribution, found: Utterance) -> Attribution:
    """What the rules say now of a line that they alone have decided."""
    return replace(
        stood,
        speaker=found.speaker,
        addressee=found.addressee,
        confidence=found.confidence,
        method=found.method,
        evidence=found.evidence,
        others=found.others,
    )
