"""The plan of a run: the doubtful lines as the rules left them, written once, before the first
request.

Decisions are made from it and not from what the store holds later, so that they come out the same
however often a job is killed, resumed and decided again.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from studio.store import Store, units, utterance_summary, utterances
from studio.store.utterances import StoredUtterance, Weights

UNKNOWN = "?"
DISPUTED = 0.5  # the confidence of a line whose answers contradict each other, or sure rules


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
    others: Weights
    evidence: Weights


def doubtful(store: Store, set_id: str, under: float) -> list[Line]:
    """The lines of a set that no person has decided and that lack a speaker or are less certain
    than `under`, without those on which a model's answers agreed: it would say the same again.
    """
    return [
        Line(
            line.ordinal,
            line.document,
            line.start,
            line.end,
            line.speaker,
            line.confidence,
            line.others,
            line.evidence,
        )
        for line in utterances.doubtful(store, set_id, under)
        if not _answered(line)
    ]


def _answered(line: StoredUtterance) -> bool:
    """Whether a model has decided the line, all its answers for the same name."""
    agreed = line.decided == "model" and line.confidence > DISPUTED
    return agreed and set(line.votes) - {UNKNOWN} == {line.speaker}


def kept(store: Store, set_id: str, key: str, under: float) -> list[Line]:
    """The plan under `key` of `units`: as an earlier run wrote it, else made now from what is
    doubtful and kept.
    """
    if (made := units.get(store, set_id, key)) is None:
        plan = [
            [line.id, line.speaker, line.confidence, line.others, line.evidence]
            for line in doubtful(store, set_id, under)
        ]
        with store.write() as db:
            units.add_once(db, set_id, key, plan)
        made = units.get(store, set_id, key)
    places = utterance_summary.places(store, set_id)
    return [
        Line(number, *place, speaker, float(confidence), _weights(others), _weights(evidence))
        for number, speaker, confidence, others, evidence in (made and made.data) or []
        if (place := places.get(number))
    ]


def _weights(given: Iterable[tuple[str, float]] | None) -> Weights:
    return tuple((str(name), float(number)) for name, number in given or ())
