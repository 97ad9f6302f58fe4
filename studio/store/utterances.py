"""The table `utterances`: the lines of a set, each with who speaks it and how that is known.

`ordinal` is a line's number in its set, in the order of the text; offsets are in characters of the
document. Weights are pairs of a name and a number: (what spoke for the speaker, nats) in
`evidence`, (next best speaker, probability) in `others`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeAlias, TypeVar

from studio.store.columns import Record, dumps, loads, record
from studio.store.database import Reads, Writes, row, rows, value

Weights: TypeAlias = tuple[tuple[str, float], ...]
T = TypeVar("T", bound=Record)
BATCH = 20_000  # lines that `batches` and `as_records` read at a time
WEIGHTS = ("evidence", "others")
ATTRIBUTION = ("speaker", "addressee", "confidence", "method", "decided", "kind", *WEIGHTS)
FROM = "FROM utterances u JOIN documents d ON d.id = u.document"
SPOKEN = "u.kind IN ('speech', 'thought')"  # words that are quoted or read are nobody's turn
# In doubt under the confidence given as a value: nobody has decided it, and it is somebody's line.
DOUBTFUL = f"({SPOKEN} AND u.decided <> 'person' AND (u.speaker IS NULL OR u.confidence < ?))"
SET_ATTRIBUTION = "UPDATE utterances SET " + ", ".join(f"{name} = ?" for name in ATTRIBUTION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Who speaks a line and how that is known: the columns that a decision changes."""

    speaker: str | None
    addressee: str | None
    confidence: float
    method: str
    decided: str
    kind: str
    evidence: Weights
    others: Weights


class Line(Record, Protocol):
    """A line as it is found in a text: any record that has the fields FOUND."""

    @property
    def evidence(self) -> Weights:
        """What spoke for the speaker."""

    @property
    def others(self) -> Weights:
        """The next best speakers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredUtterance:
    """A line as it is kept; the first fields are those of the line that was found.

    document: its id. votes: what a model answered, {name or "?": times}. decided: by "rules",
    "model" or "person".
    """

    start: int
    end: int
    text: str
    speaker: str | None
    confidence: float
    method: str
    addressee: str | None
    scene: int
    paragraph: int
    evidence: Weights
    others: Weights
    kind: str
    speech: int
    id: int
    set_id: str
    ordinal: int
    document: str
    document_name: str
    decided: str
    votes: dict[str, int]

    @property
    def attribution(self) -> Attribution:
        """What a decision may change of it."""
        return Attribution(**{name: getattr(self, name) for name in ATTRIBUTION})


class TableLine(NamedTuple):
    """A line as tables on disk show it; a plain tuple, since they are written column by column.

    document: its name. utterance_id: the ordinal.
    """

    document: str
    utterance_id: int
    start: int
    end: int
    text: str
    speaker: str | None
    addressee: str | None
    confidence: float
    method: str
    scene: int
    kind: str
    decided: str


FOUND = (
    "start",
    "end",
    "text",
    "speaker",
    "confidence",
    "method",
    "addressee",
    "scene",
    "paragraph",
    "kind",
    "speech",
)  # with WEIGHTS all that is known of a line that was found
COLUMNS = (*FOUND, *WEIGHTS, "id", "set_id", "ordinal", "document", "decided", "votes")
SELECTED = (*COLUMNS, "document_name")
SELECT = (
    "SELECT " + ", ".join(f'u."{name}"' for name in COLUMNS) + f", d.name AS document_name {FROM}"
)


def add(db: Writes, set_id: str, document: str, found: Iterable[Line]) -> None:
    """Append lines to a set, numbered on from those it has."""
    first = int(
        value(db, "SELECT ifnull(max(ordinal) + 1, 0) FROM utterances WHERE set_id = ?", (set_id,))
    )
    columns = ", ".join(f'"{name}"' for name in (*FOUND, *WEIGHTS))
    db.executemany(
        f"INSERT INTO utterances (set_id, document, ordinal, {columns})"
        f" VALUES ({','.join('?' * (len(FOUND) + 5))})",
        (
            (
                set_id,
                document,
                ordinal,
                *(getattr(line, name) for name in FOUND),
                dumps(line.evidence),
                dumps(line.others),
            )
            for ordinal, line in enumerate(found, first)
        ),
    )


def attribute(db: Writes, changes: Mapping[int, Attribution]) -> None:
    """Set what is known of lines, by their row ids."""
    db.executemany(
        f"{SET_ATTRIBUTION} WHERE id = ?",
        [(*_attribution_values(new), row_id) for row_id, new in changes.items()],
    )


def restore(db: Writes, set_id: str, attributions: Mapping[int, Attribution]) -> None:
    """Put back what was known of lines, by their ordinals; what a model has answered since then,
    where rules had decided, stays.
    """
    db.executemany(
        f"{SET_ATTRIBUTION} WHERE set_id = ? AND ordinal = ?"
        " AND NOT (decided = 'model' AND ? = 'rules')",
        [
            (*_attribution_values(old), set_id, ordinal, old.decided)
            for ordinal, old in attributions.items()
        ],
    )


def set_votes(db: Writes, set_id: str, ordinal: int, votes: Mapping[str, int]) -> None:
    """What a model answered about a line, unless a person has decided it."""
    db.execute(
        "UPDATE utterances SET votes = ? WHERE set_id = ? AND ordinal = ? AND decided <> 'person'",
        (dumps(votes), set_id, ordinal),
    )


def decide_by_model(
    db: Writes,
    set_id: str,
    ordinal: int,
    *,
    speaker: str,
    confidence: float,
    votes: Mapping[str, int],
    others: Weights,
    evidence: Weights,
) -> None:
    """What a model answered about a line and what follows from it, unless a person has decided."""
    db.execute(
        "UPDATE utterances SET speaker = ?, confidence = ?, method = 'model', decided = 'model',"
        " votes = ?, others = ?, evidence = ?"
        " WHERE set_id = ? AND ordinal = ? AND decided <> 'person'",
        (speaker, confidence, dumps(votes), dumps(others), dumps(evidence), set_id, ordinal),
    )


def get(source: Reads, set_id: str, ordinal: int) -> StoredUtterance | None:
    """One line of a set, or None."""
    found = row(source, f"{SELECT} WHERE u.set_id = ? AND u.ordinal = ?", (set_id, ordinal))
    return _stored(found) if found is not None else None


def listed(source: Reads, set_id: str, ordinals: Iterable[int]) -> list[StoredUtterance]:
    """Chosen lines in the order of the text; what is not there is left out."""
    wanted = list(ordinals)
    marks = ",".join("?" * len(wanted))
    return _all(
        source, f"u.set_id = ? AND u.ordinal IN ({marks}) ORDER BY u.ordinal", (set_id, *wanted)
    )


def page(
    source: Reads,
    set_id: str,
    *,
    limit: int,
    offset: int = 0,
    speaker: str | None = None,
    under: float | None = None,
) -> list[StoredUtterance]:
    """Lines in the order of the text: all, or those of one speaker ("": spoken lines without one),
    or those in doubt under a confidence.
    """
    where, values = _where(set_id, speaker, under)
    return _all(source, f"{where} ORDER BY u.ordinal LIMIT ? OFFSET ?", (*values, limit, offset))


def count(
    source: Reads,
    set_id: str,
    *,
    speaker: str | None = None,
    under: float | None = None,
    before: int | None = None,
) -> int:
    """How many lines `page` chooses from, or how many of them stand before an ordinal."""
    where, values = _where(set_id, speaker, under)
    if before is not None:
        where, values = f"{where} AND u.ordinal < ?", (*values, before)
    return int(value(source, f"SELECT count(*) FROM utterances u WHERE {where}", values))


def exists(source: Reads, set_id: str, speaker: str | None = None) -> bool:
    """Whether a set has a line, or one of that speaker (as `page` understands it)."""
    where, values = _where(set_id, speaker, None)
    return value(source, f"SELECT 1 FROM utterances u WHERE {where} LIMIT 1", values) is not None


def of_document(source: Reads, set_id: str, document: str) -> list[StoredUtterance]:
    """A document's lines in the order of the text."""
    return _all(source, "u.set_id = ? AND u.document = ? ORDER BY u.ordinal", (set_id, document))


def as_records(source: Reads, set_id: str, document: str, kind: type[T]) -> Iterator[T]:
    """A document's lines in the order of the text as records of a class with the fields of a line
    that was found; without weights. BATCH of them are held at a time.
    """
    columns, last = ", ".join(f'"{name}"' for name in FOUND), -1
    while found := rows(
        source,
        f"SELECT ordinal, {columns} FROM utterances"
        " WHERE set_id = ? AND document = ? AND ordinal > ? ORDER BY ordinal LIMIT ?",
        (set_id, document, last, BATCH),
    ):
        last = found[-1]["ordinal"]
        for line in found:
            yield record(kind, line, evidence=(), others=())


def within(
    source: Reads, set_id: str, document: str, start: int, end: int, *, spoken: bool = False
) -> list[StoredUtterance]:
    """A document's lines that reach into its text from `start` to `end`; with `spoken` without what
    is quoted or read.
    """
    return _all(
        source,
        'u.set_id = ? AND u.document = ? AND u."end" > ? AND u."start" < ?'
        f" {f'AND {SPOKEN}' if spoken else ''} ORDER BY u.ordinal",
        (set_id, document, start, end),
    )


def same_speech(source: Reads, line: StoredUtterance) -> list[StoredUtterance]:
    """The pieces of the line's speech, itself among them, that stand with the same speaker and that
    no person has decided.
    """
    return _all(
        source,
        "u.set_id = ? AND u.document = ? AND u.speech = ? AND u.speaker IS ?"
        " AND (u.id = ? OR u.decided <> 'person') ORDER BY u.ordinal",
        (line.set_id, line.document, line.speech, line.speaker, line.id),
    )


def doubtful(source: Reads, set_id: str, under: float) -> list[StoredUtterance]:
    """Every line in doubt under a confidence, in the order of the text."""
    return _all(source, f"u.set_id = ? AND {DOUBTFUL} ORDER BY u.ordinal", (set_id, under))


def next_doubtful(
    source: Reads, set_id: str, under: float, after: int | None = None, *, back: bool = False
) -> int | None:
    """The ordinal of the first line in doubt, or of the last with `back`: of all, or of those on
    that side of `after`.
    """
    side, order = ("<", "DESC") if back else (">", "ASC")
    bound, values = ("", ()) if after is None else (f"AND ordinal {side} ?", (after,))
    found = value(
        source,
        f"SELECT ordinal FROM utterances u WHERE set_id = ? AND {DOUBTFUL} {bound}"
        f" ORDER BY ordinal {order} LIMIT 1",
        (set_id, under, *values),
    )
    return None if found is None else int(found)


def batches(source: Reads, set_id: str) -> Iterator[list[TableLine]]:
    """A set's lines in the order of the text, BATCH at a time."""
    columns = ", ".join(f'u."{name}"' for name in TableLine._fields[2:])
    last = -1
    while found := rows(
        source,
        f"SELECT d.name, u.ordinal, {columns} {FROM}"
        " WHERE u.set_id = ? AND u.ordinal > ? ORDER BY u.ordinal LIMIT ?",
        (set_id, last, BATCH),
    ):
        batch = list(map(TableLine._make, found))
        last = batch[-1].utterance_id
        yield batch


def weights_of(text: str | None) -> Weights:
    """Weights from their JSON."""
    if not text or text == "[]":  # most lines have none, and thousands are read at a time
        return ()
    return tuple([(str(name), float(number)) for name, number in loads(text)])


def _attribution_values(new: Attribution) -> tuple[Any, ...]:
    plain = (getattr(new, name) for name in ATTRIBUTION if name not in WEIGHTS)
    return (*plain, dumps(new.evidence), dumps(new.others))


def _where(
    set_id: str, speaker: str | None, under: float | None
) -> tuple[str, tuple[str | float, ...]]:
    parts, values = ["u.set_id = ?"], [set_id]
    if speaker == "":
        parts.append(f"u.speaker IS NULL AND {SPOKEN}")
    elif speaker is not None:
        parts.append("u.speaker = ?")
        values.append(speaker)
    if under is not None:
        return " AND ".join([*parts, DOUBTFUL]), (*values, under)
    return " AND ".join(parts), tuple(values)


def _all(source: Reads, rest: str, values: Iterable[Any]) -> list[StoredUtterance]:
    return [_stored(found) for found in rows(source, f"{SELECT} WHERE {rest}", values)]


def _stored(found: Sequence[Any]) -> StoredUtterance:
    kept = dict(zip(SELECTED, found, strict=True))
    kept["evidence"], kept["others"] = weights_of(kept["evidence"]), weights_of(kept["others"])
    kept["votes"] = loads(kept["votes"]) if kept["votes"] != "{}" else {}
    return StoredUtterance(**kept)
