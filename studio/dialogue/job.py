"""The dialogue job: one document is one unit; its utterances, pairs and done mark are one transaction."""

import sqlite3
from typing import Any

from studio import documents
from studio.dialogue.find import find_utterances
from studio.dialogue.lines import is_chinese
from studio.dialogue.pairs import PairRules, pairs_with_report
from studio.dialogue.records import Utterance
from studio.dialogue.spec import DialogueJob
from studio.dialogue.tables import write_pairs, write_tables
from studio.dialogue.talks import build_conversations
from studio.errors import InputError
from studio.jobs.context import Job
from studio.spec import digest
from studio.store import dumps, loads

VOICE = {True: "用{name}的口吻回答问题", False: "Answer in the voice of {name}."}
# Of a pair, kept beside its texts: where both lines stand, and what is known of them.
PLACE = (
    "input_start", "input_end", "spans", "input_spans", "scene_spans", "role", "other", "confidence", "scene", "chapter", "split",
)
OPENING = {True: "说点什么。", False: "Say something."}


def run(spec: DialogueJob, job: Job) -> dict[str, Any]:
    """Find utterances in each document and, with a target, build its pairs. Raises InputError.

    Result: utterance_set, set (rows, None without a target), name, utterances, pairs, speakers {name: lines}
    of the 50 busiest, target, dropped {reason: count}.
    """
    chosen = _documents(spec, job)
    target = _target(spec)
    utterance_set, row_set = f"utterances-{job.id}", f"rows-{job.id}" if target else None
    name = spec.name.strip() or chosen[0].name
    _make_sets(job, utterance_set, row_set, name, target)
    for done, document in enumerate(chosen):
        job.check_stop()
        job.progress(done, len(chosen), "documents")
        if not _is_done(job, utterance_set, document.id):
            _one(spec, job, document, utterance_set, row_set, target)
    job.check_stop()
    write_tables(job.store, utterance_set, job.folder)
    if row_set:
        _write_pairs(spec, job, chosen, utterance_set, row_set, target)
    job.progress(len(chosen), len(chosen), "documents")
    return _result(job, utterance_set, row_set, name, target)


def _documents(spec: DialogueJob, job: Job) -> list[Any]:
    """The chosen documents, each once."""
    if not spec.documents:
        raise InputError("No document is chosen.", "Choose a script or a novel.")
    found = [documents.get(job.workspace, ref) for ref in spec.documents]
    return list({document.id: document for document in found}.values())


def _target(spec: DialogueJob) -> str:
    """The target's canonical name: an alias of the table stands for its person."""
    wanted = spec.target.strip()
    for person in spec.people():
        if wanted in person.names:
            return person.name
    return wanted


def _make_sets(job: Job, utterance_set: str, row_set: str | None, name: str, target: str) -> None:
    with job.store.write() as db:
        db.execute(
            "INSERT OR IGNORE INTO sets (id, kind, name, job, meta) VALUES (?, 'utterances', ?, ?, ?)",
            (utterance_set, name, job.id, dumps({"target": target})),
        )
        if row_set:
            db.execute(
                "INSERT OR IGNORE INTO sets (id, kind, name, job, meta) VALUES (?, 'rows', ?, ?, ?)",
                (row_set, name, job.id, dumps({"format": "sft", "target": target})),
            )


def _is_done(job: Job, utterance_set: str, key: str) -> bool:
    return job.store.value("SELECT 1 FROM units WHERE set_id = ? AND key = ?", (utterance_set, key)) is not None


def _one(spec: DialogueJob, job: Job, document: Any, utterance_set: str, row_set: str | None, target: str) -> None:
    """One document: read, find, pair, and keep all of it with its done mark."""
    text = documents.text(job.workspace, document)
    found = find_utterances(text, spec.people(), layout=spec.layout)
    chinese = is_chinese(text)
    pairs: list[dict[str, Any]] = []
    report: dict[str, Any] = {"dropped": {}}
    if row_set:
        system = spec.system.strip() or VOICE[chinese]
        pairs, report = pairs_with_report(found, target, system, _rules(spec, chinese=chinese), text, document.name)
    with job.store.write() as db:
        first = db.execute("SELECT ifnull(max(ordinal) + 1, 0) FROM utterances WHERE set_id = ?", (utterance_set,)).fetchone()[0]
        db.executemany(
            'INSERT INTO utterances (set_id, document, ordinal, "start", "end", text, speaker, addressee, confidence, method, scene,'
            " paragraph, kind, speech, evidence, others) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            [
                (utterance_set, document.id, first + i, u.start, u.end, u.text, u.speaker, u.addressee, u.confidence, u.method, u.scene,
                 u.paragraph, u.kind, u.speech, dumps(u.evidence), dumps(u.others))
                for i, u in enumerate(found)
            ],
        )
        repeated = _insert_pairs(db, row_set, document.id, pairs) if row_set else 0
        dropped = report["dropped"] | ({"repeated": report["dropped"].get("repeated", 0) + repeated} if repeated else {})
        db.execute("INSERT INTO units (set_id, key, note) VALUES (?,?,?)", (utterance_set, document.id, dumps(dropped)))
    job.log(f"{document.name}: {len(found)} utterances, {len(pairs)} pairs")


def _write_pairs(spec: DialogueJob, job: Job, chosen: list[Any], utterance_set: str, row_set: str, target: str) -> None:
    """pairs.json and its like, sharegpt.json, dataset_info.json: the run folder is a data folder that other tools open."""
    rows: list[dict[str, Any]] = []
    talks: list[dict[str, Any]] = []
    for document in chosen:
        for row in job.store.all('SELECT data, "start", "end" FROM rows WHERE set_id = ? AND document = ? ORDER BY id', (row_set, document.id)):
            data = loads(row["data"])
            rows.append(data | data.pop("source", {}) | {"start": row["start"], "end": row["end"], "document": document.name})
        text = documents.text(job.workspace, document)
        chinese = is_chinese(text)
        found = [_utterance(row) for row in job.store.all(
            "SELECT * FROM utterances WHERE set_id = ? AND document = ? ORDER BY ordinal", (utterance_set, document.id))]
        system = spec.system.strip() or VOICE[chinese]
        talks += build_conversations(found, target, system, rules=_rules(spec, chinese=chinese), text=text, source=document.name)
    write_pairs(rows, talks, job.folder)


def _utterance(row: dict[str, Any]) -> Utterance:
    """An utterance as it was kept."""
    kept = {name: row[name] for name in Utterance.__dataclass_fields__ if name not in ("evidence", "others")}
    return Utterance(**kept, evidence=_pairs(row["evidence"]), others=_pairs(row["others"]))


def _pairs(text: str) -> tuple[tuple[str, float], ...]:
    return tuple((str(name), float(number)) for name, number in loads(text))


def _rules(spec: DialogueJob, *, chinese: bool) -> PairRules:
    """What makes a pair, as the spec says."""
    same = {name: getattr(spec, name) for name in PairRules.__dataclass_fields__ if name != "opening"}
    return PairRules(**same, opening=spec.opening.strip() or OPENING[chinese])


def _insert_pairs(db: sqlite3.Connection, row_set: str, document: str, pairs: list[dict[str, Any]]) -> int:
    """Insert pairs that no earlier document has given; returns how many were repeats."""
    kept = {_key(loads(row["data"])) for row in db.execute("SELECT data FROM rows WHERE set_id = ?", (row_set,))}
    fresh = [pair for pair in pairs if _key(pair) not in kept]
    rows = []
    for part, pair in enumerate(fresh):
        data = {name: pair[name] for name in ("system", "instruction", "input", "output", "history") if name in pair}
        data["source"] = {name: pair[name] for name in PLACE if name in pair}
        rows.append((row_set, document, part, dumps(data), document, pair["start"], pair["end"]))
    db.executemany('INSERT INTO rows (set_id, unit, part, data, document, "start", "end") VALUES (?,?,?,?,?,?,?)', rows)
    return len(pairs) - len(fresh)


def _key(data: dict[str, Any]) -> str:
    return digest([data["instruction"], data["input"], data["output"]])


def _result(job: Job, utterance_set: str, row_set: str | None, name: str, target: str) -> dict[str, Any]:
    store = job.store
    speakers = store.all(
        "SELECT speaker, count(*) AS n FROM utterances WHERE set_id = ? AND speaker IS NOT NULL"
        " GROUP BY speaker ORDER BY n DESC, speaker LIMIT 50", (utterance_set,),
    )
    dropped: dict[str, int] = {}
    for row in store.all("SELECT note FROM units WHERE set_id = ?", (utterance_set,)):
        for reason, count in (loads(row["note"]) or {}).items():
            dropped[reason] = dropped.get(reason, 0) + count
    lines = store.value("SELECT count(*) FROM utterances WHERE set_id = ? AND speaker = ?", (utterance_set, target))
    if target and not lines:
        raise InputError(
            "{name} says nothing in these documents.", "Check the name, or give {name}'s other names under characters.", name=target,
        )
    return {
        "utterance_set": utterance_set, "set": row_set, "name": name, "target": target,
        "utterances": store.value("SELECT count(*) FROM utterances WHERE set_id = ?", (utterance_set,)),
        "pairs": store.value("SELECT count(*) FROM rows WHERE set_id = ?", (row_set or "",)),
        "speakers": {row["speaker"]: row["n"] for row in speakers}, "dropped": dropped,
    }
