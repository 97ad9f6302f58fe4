"""What was decided about some lines carried over to those around them: the rules run again, leaning
on it.

Only lines that the rules have named are named anew; what a person or a model has decided stays. One
document is one unit; the whole of it can be undone like a decision by hand.
"""

from typing import Any

from studio import documents, set_tables
from studio.dialogue.find import find_utterances
from studio.dialogue.progress_job import Bar
from studio.dialogue.refusals import require_decided
from studio.dialogue.review.decisions import KEPT, remember
from studio.dialogue.review.queries import utterance_set
from studio.dialogue.spec import DialogueJob, PropagateJob
from studio.jobs.context import Job
from studio.progress import Watch
from studio.store import dumps, loads

SPOKEN = ("speech", "thought")  # words that are quoted or read are nobody's turn
RULES = ("speaker", "addressee", "confidence", "method", "evidence", "others")


def run(spec: PropagateJob, job: Job) -> dict[str, Any]:
    """Decide the other lines again.

    Result: utterance_set, name, decided, changed (lines with another speaker). Raises InputError.
    """
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
    chosen = [
        row["document"]
        for row in job.store.all(
            (
                "SELECT document FROM utterances WHERE set_id = ?"
                " GROUP BY document HAVING sum(decided <> 'rules') ORDER BY min(ordinal)"
            ),
            (set_id,),
        )
    ]
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
    kept = job.store.value("SELECT note FROM units WHERE set_id = ? AND key = ?", (set_id, key))
    if kept is not None:
        return int(loads(kept)["changed"])
    rows = job.store.all(
        "SELECT * FROM utterances WHERE set_id = ? AND document = ? ORDER BY ordinal",
        (set_id, document),
    )
    decided = {
        row["start"]: row["speaker"] if row["kind"] in SPOKEN else None
        for row in rows
        if row["decided"] != "rules"
    }
    text = documents.text(job.workspace, documents.get(job.workspace, document))
    anew = {
        (u.start, u.end): u
        for u in find_utterances(
            text, made_by.people(), layout=made_by.layout, decided=decided, watch=watch
        )
    }
    changes = []
    for row in rows:
        new = anew.get((row["start"], row["end"]))
        if row["decided"] == "rules" and new is not None and new.kind == row["kind"]:
            values = {name: getattr(new, name) for name in RULES} | {
                "evidence": dumps(new.evidence),
                "others": dumps(new.others),
            }
            if any(row[name] != values[name] for name in RULES):
                changes.append((row, values))
    with set_tables.edited(job.workspace, set_id) as db:
        still = {
            row["id"]
            for row in db.execute(
                "SELECT id FROM utterances WHERE set_id = ? AND document = ? AND decided = 'rules'",
                (set_id, document),
            )
        }
        changes = [
            (row, values) for row, values in changes if row["id"] in still
        ]  # a person may have decided meanwhile
        spoken = sum(row["speaker"] != values["speaker"] for row, values in changes)
        if changes:
            remember(
                db,
                set_id,
                changes[0][0]["ordinal"],
                [{name: row[name] for name in KEPT} for row, _ in changes],
            )
        db.executemany(
            f"UPDATE utterances SET {', '.join(f'{name} = ?' for name in RULES)} WHERE id = ?",
            [(*(values[name] for name in RULES), row["id"]) for row, values in changes],
        )
        db.execute(
            "INSERT INTO units (set_id, key, note) VALUES (?,?,?)",
            (set_id, key, dumps({"changed": spoken})),
        )
    return spoken
