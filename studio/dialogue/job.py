"""The dialogue job: one document is one unit; its utterances and its done mark are one transaction,
its pairs another.
"""

from typing import Any

from studio import documents, set_tables
from studio.dialogue.find import find_utterances
from studio.dialogue.layouts.detect import detect
from studio.dialogue.pairs import job as pairing
from studio.dialogue.progress_job import Bar
from studio.dialogue.spec import DialogueJob
from studio.errors import InputError
from studio.jobs.context import Job
from studio.progress import Watch
from studio.store import Store, dumps, loads

UTTERANCE = (
    "start",
    "end",
    "text",
    "speaker",
    "addressee",
    "confidence",
    "method",
    "scene",
    "paragraph",
    "kind",
    "speech",
)


def run(spec: DialogueJob, job: Job) -> dict[str, Any]:
    """Find utterances in each document and, with a target, build its pairs. Raises InputError.

    Result: utterance_set, set (rows, None without a target), name, utterances, pairs, speakers
    {name: lines} of the 50 busiest, target, roles {name: {lines, pairs}}, dropped {reason: count},
    read: how each document was read, [{document, layout, lines}].
    """
    chosen = _documents(spec, job)
    targets = pairing.targets_of(spec.target, spec.people())
    utterance_set, row_set = f"utterances-{job.id}", f"rows-{job.id}" if targets else None
    name = spec.name.strip() or chosen[0].name
    with job.store.write() as db:
        db.execute(
            (
                "INSERT OR IGNORE INTO sets (id, kind, name, job, meta)"
                " VALUES (?, 'utterances', ?, ?, ?)"
            ),
            (
                utterance_set,
                name,
                job.id,
                dumps(
                    {
                        "target": ", ".join(targets),
                        "characters": spec.characters,
                        "spec": spec.plain(),
                    }
                ),
            ),
        )
    bar = Bar(job, [document.chars for document in chosen])
    for number, document in enumerate(chosen):
        job.check_stop()
        if not job.store.value(
            "SELECT 1 FROM units WHERE set_id = ? AND key = ?", (utterance_set, document.id)
        ):
            _one(spec, job, document, utterance_set, bar.of(number))
    job.check_stop()
    set_tables.write(job.workspace, utterance_set, job.folder)
    if row_set:
        pairing.pair_up(spec, job, utterance_set, row_set, name, targets)
    bar.full()
    return _result(job, utterance_set, row_set, name, targets)


def _documents(spec: DialogueJob, job: Job) -> list[Any]:
    """The chosen documents, each once."""
    if not spec.documents:
        raise InputError("No document is chosen.", "Choose a script or a novel.")
    found = [documents.get(job.workspace, ref) for ref in spec.documents]
    return list({document.id: document for document in found}.values())


def _one(spec: DialogueJob, job: Job, document: Any, utterance_set: str, watch: Watch) -> None:
    """One document: read, find, and keep what was found with its done mark."""
    text = documents.text(job.workspace, document)
    layout = detect(text, watch.within(0, 0.1)).kind if spec.layout == "auto" else spec.layout
    found = find_utterances(text, spec.people(), layout=layout, watch=watch.within(0.1, 1))
    columns = ", ".join(f'"{name}"' for name in (*UTTERANCE, "evidence", "others"))
    with job.store.write() as db:
        first = db.execute(
            "SELECT ifnull(max(ordinal) + 1, 0) FROM utterances WHERE set_id = ?", (utterance_set,)
        ).fetchone()[0]
        db.executemany(
            (
                f"INSERT INTO utterances (set_id, document, ordinal, {columns})"
                f" VALUES ({','.join('?' * (len(UTTERANCE) + 5))})"
            ),
            [
                (
                    utterance_set,
                    document.id,
                    first + i,
                    *(getattr(u, name) for name in UTTERANCE),
                    dumps(u.evidence),
                    dumps(u.others),
                )
                for i, u in enumerate(found)
            ],
        )
        note = dumps({"document": document.name, "layout": layout, "lines": len(found)})
        db.execute(
            "INSERT INTO units (set_id, key, note) VALUES (?,?,?)",
            (utterance_set, document.id, note),
        )
    job.log(f"{document.name}: read as {layout}, {len(found)} utterances")


def _read(store: Store, utterance_set: str) -> list[dict[str, Any]]:
    """How each document was read; other jobs keep marks of their own beside those of the
    documents.
    """
    notes = store.all(
        (
            "SELECT u.note FROM units u JOIN documents d ON d.id = u.key WHERE u.set_id = ?"
            " ORDER BY u.rowid"
        ),
        (utterance_set,),
    )
    return [note for row in notes if "layout" in (note := loads(row["note"]) or {})]


def _result(
    job: Job, utterance_set: str, row_set: str | None, name: str, targets: list[str]
) -> dict[str, Any]:
    store = job.store
    speakers = store.all(
        "SELECT speaker, count(*) AS n FROM utterances WHERE set_id = ? AND speaker IS NOT NULL"
        " GROUP BY speaker ORDER BY n DESC, speaker LIMIT 50",
        (utterance_set,),
    )
    paired = (
        pairing.told(store, row_set, targets)
        if row_set
        else {"pairs": 0, "roles": {}, "dropped": {}}
    )
    return {
        "utterance_set": utterance_set,
        "set": row_set,
        "name": name,
        "target": ", ".join(targets),
        "utterances": store.value(
            "SELECT count(*) FROM utterances WHERE set_id = ?", (utterance_set,)
        ),
        "speakers": {row["speaker"]: row["n"] for row in speakers},
        "read": _read(store, utterance_set),
    } | paired
