"""Pairs from the utterances that are kept: the last step of a dialogue job, and a job of its own
after a review.

A document's pairs with their done mark are one transaction, so that a job put down goes on where it
stopped.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from studio import documents, set_tables
from studio.dialogue.characters.text_form import parse_characters
from studio.dialogue.pairs.build import EXAMPLES
from studio.dialogue.pairs.conversations import conversations_of, pairs_of_each
from studio.dialogue.pairs.hold_out import held_with
from studio.dialogue.pairs.pair_files import (
    conversation_data,
    flat,
    is_held,
    kept_pairs,
    sharegpt,
    write_info,
    write_pairs,
)
from studio.dialogue.pairs.roles import targets_of
from studio.dialogue.pairs.turned_text import TurnedText, turned_in_order
from studio.dialogue.pairs.wording import worded
from studio.dialogue.records import Utterance
from studio.dialogue.refusals import require_heard
from studio.dialogue.review.queries import utterance_set
from studio.dialogue.spec import Outcome, PairFields, PairsJob, PairsResult
from studio.errors import InputError
from studio.jobs.context import Job
from studio.spec import digest
from studio.store import (
    Store,
    Writes,
    rows,
    sets,
    units,
    utterance_summary,
    utterances,
)

TEXTS = ("system", "instruction", "input", "output", "history")
# Of a pair, kept beside its texts: where both lines stand, and what is known of them.
PLACE = (
    "input_start",
    "input_end",
    "spans",
    "input_spans",
    "scene_spans",
    "role",
    "other",
    "confidence",
    "scene",
    "chapter",
    "split",
)


def run(spec: PairsJob, job: Job) -> PairsResult:
    """Build the pairs of a set of utterances. Raises InputError.

    The run folder gets the tables of the utterances as they are now, too.
    """
    found = utterance_set(job.workspace, spec.utterances)
    targets = targets_of(
        spec.target or found.meta.get("target") or "", parse_characters(found.characters)
    )
    if not targets:
        raise InputError("No role is named.", "Say whose lines are to be learned.")
    name = spec.name.strip() or found.name
    pair_up(spec, job, found.id, f"rows-{job.id}", name, targets)
    set_tables.write(job.workspace, found.id, job.folder)
    return {
        "utterance_set": found.id,
        "set": f"rows-{job.id}",
        "name": name,
        "target": ", ".join(targets),
        **outcome(job.store, f"rows-{job.id}", targets),
    }


def pair_up(
    spec: PairFields, job: Job, utterance_set: str, row_set: str, name: str, targets: list[str]
) -> None:
    """Build and keep the pairs of every document of the set, and write them as files into the run
    folder.

    Raises InputError for a role without a line.
    """
    require_heard(job.store, utterance_set, targets)
    with job.store.write() as db:
        sets.add(
            db,
            row_set,
            "rows",
            name,
            job=job.id,
            meta={"format": "sft", "target": ", ".join(targets), "utterances": utterance_set},
        )
    given = {_key(data) for data in rows.data_of_set(job.store, row_set)}
    chosen = utterance_summary.documents_of(job.store, utterance_set)
    with conversation_data(job.folder) as talks:
        for number, document in enumerate(chosen):
            job.check_stop()
            passed = units.is_done(job.store, row_set, document)
            job.progress(number, len(chosen), "documents", begins=passed)
            about = documents.get(job.workspace, document)
            text = documents.text(job.workspace, about)
            system, rules = worded(spec, text)
            lines = stored(job.store, utterance_set, document)
            said = turned_in_order(lines, rules, text, about.name)
            if not passed:
                made = _pair_document(job, row_set, document, said, targets, system, rules, given)
                job.log(f"{about.name}: {made} pairs")
            kept = [_place(row) for row in rows.each_of_set(job.store, row_set, document=document)]
            for target in targets:
                job.check_stop()
                for talk in held_with(conversations_of(said, target, system, rules), kept):
                    talks.add(sharegpt(talk | {"document": about.name}), held=is_held(talk))
        entries = write_pairs(kept_pairs(job.store, row_set), job.folder)
    write_info(job.folder, entries | talks.entries)
    job.progress(len(chosen), len(chosen), "documents")


def outcome(store: Store, row_set: str, targets: list[str]) -> Outcome:
    """What came of it."""
    lines: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    examples: dict[str, list[str]] = {}
    for unit in units.of_set(store, row_set):
        note = unit.data or {}
        lines.update(note.get("lines") or {})
        pairs.update(note.get("pairs") or {})
        dropped.update(note.get("dropped") or {})
        _gather(examples, note.get("examples") or {})
    return {
        "pairs": rows.count(store, row_set),
        "dropped": dict(dropped),
        "examples": examples,
        "roles": {target: {"lines": lines[target], "pairs": pairs[target]} for target in targets},
    }


def _gather(examples: dict[str, list[str]], more: Mapping[str, list[str]]) -> None:
    """Add examples, as many of a reason as a report has."""
    for reason, lines in more.items():
        examples[reason] = [*examples.get(reason, []), *lines][:EXAMPLES]


def stored(store: Store, utterance_set: str, document: str) -> Iterator[Utterance]:
    """A document's utterances as they are kept, in the order of the text, without what spoke for
    their speakers.
    """
    return utterances.as_records(store, utterance_set, document, Utterance)


def _pair_document(
    job: Job,
    row_set: str,
    document: str,
    said: TurnedText,
    targets: list[str],
    system: str,
    rules: PairFields,
    given: set[str],
) -> int:
    """Make and keep a document's pairs, save those `given` by earlier documents, and its done mark
    in one transaction. How many were made.
    """
    pairs, reports = pairs_of_each(said, targets, system, rules)
    fresh = [pair for pair in pairs if _key(pair) not in given]
    with job.store.write() as db:
        _add(db, row_set, document, fresh)
        dropped: Counter[str] = Counter()
        examples: dict[str, list[str]] = {}
        for report in reports.values():
            dropped.update(report["dropped"])
            _gather(examples, report["examples"])
        if len(fresh) < len(pairs):
            dropped["repeated"] += len(pairs) - len(fresh)
        note = {
            "dropped": dict(dropped),
            "examples": examples,
            "lines": {name: report["lines"] for name, report in reports.items()},
            "pairs": dict(Counter(pair["role"] for pair in fresh)),
        }
        units.add(db, row_set, document, note)
    given.update(map(_key, fresh))
    return len(pairs)


def _add(db: Writes, row_set: str, document: str, pairs: list[dict[str, Any]]) -> None:
    for part, pair in enumerate(pairs):
        data: dict[str, Any] = {name: pair[name] for name in TEXTS if name in pair}
        data["source"] = {name: pair[name] for name in PLACE if name in pair}
        rows.add(
            db,
            row_set,
            rows.NewRow(
                unit=document,
                part=part,
                data=data,
                document=document,
                start=pair["start"],
                end=pair["end"],
            ),
        )


def _key(data: dict[str, Any]) -> str:
    return digest([data["system"], data["instruction"], data["input"], data["output"]])


def _place(row: rows.Row) -> dict[str, Any]:
    """Where a kept pair belongs, by which conversations are held out with it."""
    pair = flat(row.data)
    return {name: pair[name] for name in ("scene", "chapter", "split") if name in pair}
