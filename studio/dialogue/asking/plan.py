"""The plan of a run: the doubtful lines as the rules left them, written once, before the first
request.

Decisions are made from it and not from what the store holds later, so that they come out the same
however often a job is killed, resumed and decided again.
"""

from dataclasses import dataclass
from typing import Any

from studio.dialogue.review.queries import DOUBTFUL
from studio.store import Store, dumps, loads

Weighed = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Line:
    """A doubtful line: its ordinal in the set, its place, and what the rules think of it.

    others: the next best speakers with their probabilities. evidence: what spoke for `speaker`, in
    nats.
    """

    id: int
    document: str
    start: int
    end: int
    speaker: str | None
    confidence: float
    others: Weighed
    evidence: Weighed


def doubtful(store: Store, set_id: str, under: float) -> list[Line]:
    """The lines of a set that no person has decided and that lack a speaker or are less certain
    than `under`.
    """
    rows = store.all(
        'SELECT ordinal, document, "start", "end", speaker, confidence, others, evidence'
        " FROM utterances u"
        f" WHERE set_id = ? AND {DOUBTFUL} ORDER BY ordinal",
        (set_id, under),
    )
    return [_line(row["ordinal"], row["document"], row["start"], row["end"], row) for row in rows]


def kept(store: Store, set_id: str, key: str, under: float) -> list[Line]:
    """The plan under `key` of `units`: as an earlier run wrote it, else made now from what is
    doubtful and kept.
    """
    if (note := _note(store, set_id, key)) is None:
        plan = [
            [line.id, line.speaker, line.confidence, line.others, line.evidence]
            for line in doubtful(store, set_id, under)
        ]
        with store.write() as db:
            db.execute(
                "INSERT OR IGNORE INTO units (set_id, key, note) VALUES (?,?,?)",
                (set_id, key, dumps(plan)),
            )
        note = _note(store, set_id, key)
    places = {
        row["ordinal"]: row
        for row in store.all(
            'SELECT ordinal, document, "start", "end" FROM utterances WHERE set_id = ?', (set_id,)
        )
    }
    names = ("speaker", "confidence", "others", "evidence")
    return [
        _line(
            number,
            place["document"],
            place["start"],
            place["end"],
            dict(zip(names, rest, strict=True)),
        )
        for number, *rest in loads(note) or []
        if (place := places.get(number))
    ]


def _note(store: Store, set_id: str, key: str) -> str | None:
    return store.value("SELECT note FROM units WHERE set_id = ? AND key = ?", (set_id, key))


def _line(number: int, document: str, start: int, end: int, told: dict[str, Any]) -> Line:
    return Line(
        number,
        document,
        start,
        end,
        told["speaker"],
        float(told["confidence"]),
        _weighed(told["others"]),
        _weighed(told["evidence"]),
    )


def _weighed(given: Any) -> Weighed:
    pairs = loads(given) if isinstance(given, str) else given
    return tuple((str(name), float(number)) for name, number in pairs or ())
