"""What a finished job has to say beyond its figures: files an import could not use, lines that made
no pair, and why.
"""

from typing import Any

from studio.errors import StudioError
from studio.jobs.records import JobRecord
from tabs.kit import dataset_notes
from tabs.kit.language import choice_label, reason, sentences, table
from tabs.kit.session import Session

MOST = 50
TITLES = 5  # of a document with several books
FILES = 3  # of a hub that are named


def notes(session: Session, record: JobRecord) -> list[str]:
    """The notes of a job in the window's language, each a sentence of its own."""
    tell = {
        "import": _skipped,
        "chunk": _otherwise,
        "dialogue": _pairs,
        "pairs": _pairs,
        "propagate": _changed,
        "attribute": _asked,
        "instructions": _no_row,
        "preferences": _no_row,
        "dataset": _unused,
        "register": _taken,
        "repair": _not_mended,
        "publish": _where,
        "train": _not_learnt,
    }.get(record.kind)
    return tell(session, record.result or {})[:MOST] if tell else []


def _where(session: Session, result: dict[str, Any]) -> list[str]:
    """Where a dataset that was handed over stands now."""
    place = result.get("address") or result.get("file")
    return [session.word("dataset.publish.where", place=place)] if place else []


def _skipped(session: Session, result: dict[str, Any]) -> list[str]:
    """Files that an import could not use, and those whose characters are uncertain."""
    found = [
        StudioError.from_record(skipped["error"])
        for skipped in (result.get("skipped") or [])[:MOST]
    ]
    wide = [
        session.word(
            "documents.surplus",
            name=one["name"],
            n=f"{one['rows']:,}",
            row=f"{one['first']:,}",
            example=one["example"],
        )
        for one in result.get("surplus") or []
    ]
    return [
        *doubts(session, result.get("uncertain") or []),
        *wide,
        *_columns(session, result),
        *books(session, result.get("books") or []),
        *(" ".join(sentences(session.language, error)) for error in found),
    ]


def books(session: Session, several: list[dict[str, Any]]) -> list[str]:
    """Of documents that hold several books, name and titles: a sentence each."""
    return [
        session.word(
            "documents.were_apart" if one.get("apart") else "documents.several",
            name=one["name"],
            n=len(one["titles"]),
            titles=", ".join(title or "—" for title in one["titles"][:TITLES]),
        )
        for one in several
    ]


def _columns(session: Session, result: dict[str, Any]) -> list[str]:
    """Which columns of tables were read, and how many rows of chats hold nobody's words."""
    read = [
        session.word(
            "documents.columns_read" if one["speaker_column"] else "documents.column_read", **one
        )
        for one in result.get("columns") or []
    ]
    left = [
        session.word(
            "documents.left_out",
            name=one["name"],
            notices=f"{one.get('notices', 0):,}",
            wordless=f"{one.get('wordless', 0):,}",
        )
        for one in result.get("left_out") or []
    ]
    return [*read, *left]


def doubts(session: Session, read: list[dict[str, str]]) -> list[str]:
    """Of documents with the encoding each was read in ("gb18030, 2 damaged, a guess"): a sentence
    for guesses, one for damage.
    """
    notes = []
    for mark, key in (("a guess", "documents.guessed"), ("damaged", "documents.damaged")):
        names = [
            f"{one['name']} ({one['encoding'].split(',')[0]})"
            for one in read
            if mark in one["encoding"]
        ]
        notes += [session.word(key, names=", ".join(names))] if names else []
    return notes


def _otherwise(session: Session, result: dict[str, Any]) -> list[str]:
    """What a cut did otherwise than asked, and how often it had to part what belongs together."""
    known = table(session.language).get("errors") or {}
    parted = [
        session.word(f"job.notes.{key}", n=f"{result[key]:,}")
        for key in ("in_speech", "in_article")
        if result.get(key)
    ]
    return [str(known.get(note, note)) for note in result.get("notes") or []] + parted


def _pairs(session: Session, result: dict[str, Any]) -> list[str]:
    """Each role's turns and pairs, and how many turns were left out for which reason."""
    notes = []
    for one in result.get("read") or []:
        layout = choice_label(session.language, "dialogue", "layout", one["layout"])
        notes.append(
            session.word(
                "job.notes.read", document=one["document"], layout=layout, lines=f"{one['lines']:,}"
            )
        )
        notes += _mended(session, one.get("mended") or {})
    notes += [
        session.word("job.notes.role", name=name, lines=f"{n['lines']:,}", pairs=f"{n['pairs']:,}")
        for name, n in (result.get("roles") or {}).items()
    ]
    left = sorted((result.get("dropped") or {}).items(), key=lambda item: -item[1])
    if left:
        reasons = session.word("job.notes.and").join(
            session.word(f"job.left_out.{reason}", n=f"{n:,}") for reason, n in left
        )
        notes.append(session.word("job.notes.left_out", reasons=reasons))
    examples = result.get("examples") or {}
    return notes + [
        session.word(
            "job.notes.left_out_example",
            reason=session.word(f"job.left_out.{reason}", n=f"{n:,}"),
            text=text,
        )
        for reason, n in left
        for text in examples.get(reason) or []
    ]


def _mended(session: Session, kinds: dict[str, dict[str, Any]]) -> list[str]:
    """What was wrong with a novel's quotation marks, with an example of the commonest kind."""
    most = sorted(kinds.items(), key=lambda item: -item[1]["n"])
    if not most:
        return []
    parts = [session.word(f"job.mended.{kind}", n=f"{one['n']:,}") for kind, one in most]
    marks = session.word("job.notes.and").join(parts)
    return [
        session.word("job.notes.mended", marks=marks),
        session.word("job.notes.as_printed", text=most[0][1]["example"]),
    ]


def _no_row(session: Session, result: dict[str, Any]) -> list[str]:
    """How many answers made no row, for which reason, with an example of each."""
    left = sorted((result.get("reasons") or {}).items(), key=lambda item: -item[1])
    if not left:
        return []
    parts = [
        session.word(f"job.no_row.{reason.replace(' ', '_')}", n=f"{n:,}") for reason, n in left
    ]
    notes = [
        session.word(
            "job.notes.no_row",
            n=f"{sum(n for _, n in left):,}",
            reasons=session.word("job.notes.and").join(parts),
        )
    ]
    examples = result.get("examples") or {}
    return notes + [
        session.word("job.notes.example", text=examples[reason])
        for reason, _ in left
        if examples.get(reason)
    ]


def _unused(session: Session, result: dict[str, Any]) -> list[str]:
    """Which sets a dataset took the place of, how its rows were divided and mixed, and those that
    could not be used.
    """
    notes = dataset_notes.divided(session, result) + dataset_notes.mixed(session, result)
    notes += (
        [
            session.word(
                "job.notes.replaced", names=session.word("job.notes.and").join(result["replaced"])
            )
        ]
        if result.get("replaced")
        else []
    )
    if result.get("file") and not result.get("dataset"):
        notes.append(session.word("job.notes.export_file", file=result["file"]))
    return notes + not_carried(session, result)


def not_carried(session: Session, result: dict[str, Any]) -> list[str]:
    """Of rows that were written: those that could not be, and what of the others is not carried
    over, each with an example.
    """
    notes = []
    if result.get("skipped"):
        notes.append(session.word("job.notes.skipped", n=f"{result['skipped']:,}"))
        notes += [
            session.word(
                "job.notes.problem",
                row=p.get("row", ""),
                source=p.get("source", ""),
                reason=reason(session.language, str(p.get("reason", ""))),
            )
            for p in result.get("problems") or []
        ]
    return notes + [
        session.word(
            "job.notes.dropped",
            what=reason(session.language, one["what"]),
            n=f"{one['rows']:,}",
            example=one["example"],
        )
        for one in result.get("dropped") or []
    ]


def _not_mended(session: Session, result: dict[str, Any]) -> list[str]:
    """How many rows a repair left as they were."""
    left = result.get("unchanged")
    return [session.word("dataset.health.done.unchanged", n=f"{left:,}")] if left else []


def _taken(session: Session, result: dict[str, Any]) -> list[str]:
    """What was lost or uncertain when a file of rows was read."""
    return losses(session, result) if result else []


def losses(session: Session, made: dict[str, Any]) -> list[str]:
    """Of a file of rows: the maker's form that it had, a line for all that could not be used, one
    for each of the first, and what is uncertain.
    """
    left_out = session.word(
        "dataset.left_out", n=f"{made['skipped']:,}", all=f"{made['rows'] + made['skipped']:,}"
    )
    form = [session.word("dataset.form", name=made["form"])] if made.get("form") else []
    return [
        *form,
        *_of_hub(session, made),
        *([left_out] if made["skipped"] else []),
        *problems(session, made),
    ]


def _of_hub(session: Session, made: dict[str, Any]) -> list[str]:
    """Which files of a hub were taken, which passed over, and that columns are a guess."""
    files, others, guessed = (made.get(key) for key in ("files", "passed_over", "guessed"))
    notes = []
    if guessed:
        shown = ", ".join(f"{what}: {column}" for what, column in guessed.items())
        notes.append(session.word("dataset.guessed_columns", columns=shown))
    if files:
        shown = ", ".join(files[:FILES]) + (" …" if len(files) > FILES else "")
        notes.append(session.word("dataset.fetched", n=f"{len(files):,}", files=shown))
    if others:
        notes.append(session.word("dataset.passed_over", n=f"{len(others):,}", example=others[0]))
    return notes


def problems(session: Session, made: dict[str, Any]) -> list[str]:
    """What was lost or uncertain when a file was read: a line each, rows that could not be used by
    their numbers.
    """
    notes = [
        session.word("dataset.note", note=reason(session.language, note))
        for note in made.get("notes") or []
    ]
    notes += (
        [session.word("dataset.guessed", encoding=made["encoding"].split(",")[0])]
        if "a guess" in made["encoding"]
        else []
    )
    notes += (
        [session.word("dataset.damaged", encoding=made["encoding"])]
        if "damaged" in made["encoding"]
        else []
    )
    notes += [session.word("dataset.odd", n=f"{made['odd']:,}")] if made["odd"] else []
    for problem in made["problems"]:
        shown = f" — {problem['example']}" if problem.get("example") else ""
        notes.append(
            session.word(
                "dataset.problem",
                place=place(session, made, problem["row"]),
                reason=reason(session.language, problem["reason"]),
            )
            + shown
        )
    more = made["skipped"] - len(made["problems"])
    return notes + ([session.word("dataset.more_problems", n=f"{more:,}")] if more > 0 else [])


def place(session: Session, made: dict[str, Any], number: int) -> str:
    """Where a row stands in the file that its owner handed in: "Line 12 of rows.jsonl"; where the
    file is not known or its rows are no lines, "Row 12".
    """
    kind = "line" if made.get("lines") else "row"
    if not made.get("file"):
        return session.word("dataset.find.row", n=f"{number:,}")
    return session.word(f"dataset.find.{kind}_of", n=f"{number:,}", file=made["file"])


def _not_learnt(session: Session, result: dict[str, Any]) -> list[str]:
    """Rows that a training left out or cut, with an example of those that the model cannot be
    shown; what says that nothing was learnt; keys of another program's file.
    """
    rows = [
        session.word(f"job.notes.rows_{key}", n=f"{result[f'rows_{key}']:,}")
        for key in ("dropped", "cut")
        if result.get(f"rows_{key}")
    ]
    for problem in (result.get("problems") or [])[:1]:
        count = f"{result.get('rows_refused', 0):,}"
        why = reason(session.language, str(problem["reason"]))
        rows.append(session.word("job.notes.rows_refused", n=count, row=problem["row"], why=why))
    stop = session.word("punctuation.stop")
    rows += [reason(session.language, str(one)) + stop for one in result.get("doubts") or []]
    return rows + passed_over(session, result.get("passed_over") or [])


def passed_over(session: Session, keys: list[str]) -> list[str]:
    """Keys of another program's file, those with one reason in one sentence: "key: reason"."""
    found: dict[str, list[str]] = {}
    for one in keys:
        key, _, why = str(one).partition(": ")
        found.setdefault(why, []).append(key)
    return [
        session.word("presets.passed", keys=", ".join(names), why=reason(session.language, why))
        for why, names in found.items()
    ]


def _changed(session: Session, result: dict[str, Any]) -> list[str]:
    """How many lines have another speaker now."""
    return (
        [session.word("job.notes.changed", n=f"{result['changed']:,}")]
        if "changed" in result
        else []
    )


def _asked(session: Session, result: dict[str, Any]) -> list[str]:
    """What a model answered about doubtful lines, and what it cost."""
    if "asked" not in result:
        return []
    notes = [
        session.word(
            "job.notes.asked",
            **{
                key: f"{result.get(key) or 0:,}"
                for key in ("asked", "changed", "agreed", "disagreed", "left")
            },
        )
    ]
    spent = {
        key: f"{result.get(key) or 0:,}"
        for key in ("requests", "prompt_tokens", "completion_tokens")
    }
    notes.append(session.word("job.notes.spent", **spent))
    if result.get("cost"):
        notes.append(
            session.word("job.notes.cost", cost=f"{result['cost']:.4f}".rstrip("0").rstrip("."))
        )
    return notes
