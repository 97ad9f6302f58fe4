"""From features to speakers: learned weights, the chain over a scene, and a calibrated
confidence.
"""

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import exp, log
from typing import Any

from studio.dialogue.speakers.crf import NEVER, Runs, sums
from studio.dialogue.speakers.feature_rows import ELSE, OPEN, Row

KEPT = 6  # candidates of a group that enter the chain
RUN, LAP = 64, 8  # groups in a run, and those at its edges that only lend context
BATCH = 128
PORTION = 2048  # groups whose rows are held at a time: some 20 MB


@dataclass(frozen=True)
class Verdict:
    """The speakers of one group, best first, with calibrated probabilities, and what spoke for the
    first.
    """

    ranked: tuple[tuple[str | None, float], ...]
    evidence: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Weights:
    """What `learn.py` writes for one language: weights by feature, and a table from raw to true
    confidence.
    """

    speaker: dict[str, float]
    addressee: dict[str, float]
    raw: tuple[float, ...]
    true: tuple[float, ...]

    def dot(self, parts: dict[str, float]) -> float:
        """The score of a table of features; those never seen in training weigh nothing."""
        get = self.speaker.get
        return sum(get(name, 0.0) * value for name, value in parts.items())

    def listening(self, parts: dict[str, float]) -> float:
        """The score of a candidate for the addressee."""
        get = self.addressee.get
        return sum(get(name, 0.0) * value for name, value in parts.items())

    def calibrated(self, p: float) -> float:
        """The share of right answers among those of raw probability `p`, straight lines between the
        table's points.
        """
        at = bisect_right(self.raw, p)
        if at == 0 or at == len(self.raw):
            return self.true[min(at, len(self.raw) - 1)]
        low, high = self.raw[at - 1], self.raw[at]
        return self.true[at - 1] + (self.true[at] - self.true[at - 1]) * (p - low) / (high - low)


def from_table(table: dict[str, Any]) -> Weights:
    """Weights from their JSON form."""
    return Weights(table["speaker"], table["addressee"], tuple(table["raw"]), tuple(table["true"]))


@cache
def load(language: str) -> Weights:
    """The shipped weights of "zh" or "en"."""
    path = files("studio.dialogue") / "weights.json"
    return from_table(json.loads(path.read_text(encoding="utf-8"))[language])


def decide(rows: Iterable[Row], weights: Weights) -> Iterator[Verdict]:
    """Speakers of all groups of a text, in order; holds the rows of a few thousand groups at a
    time, whatever the length of the text."""
    held: list[Row] = []
    lead = 0  # rows at the begin of those held that are decided: the ones after them lean on them
    for row in rows:
        held.append(row)
        if len(held) < PORTION:
            continue
        until, keep = _portion(held, lead)
        yield from _decided(held, lead, until, weights)
        held, lead = held[keep:], until - keep
    if held[lead:]:
        yield from _decided(held, lead, len(held), weights)


def _portion(held: Sequence[Row], lead: int) -> tuple[int, int]:
    """Up to which row those held can be decided, and from which on they are to be kept: up to the
    last break between runs, or, in a run that is longer than all that is held, up to a piece."""
    for index in range(len(held) - 1, lead, -1):
        if not held[index].step:
            return index, index
    whole = (len(held) - LAP - lead) // (RUN - 2 * LAP)
    until = lead + whole * (RUN - 2 * LAP)
    return until, until - LAP


def _decided(held: Sequence[Row], lead: int, until: int, weights: Weights) -> Iterator[Verdict]:
    scores = [_scores(row, weights) for row in held]
    kept = [sorted(range(len(s)), key=lambda i: -s[i])[:KEPT] for s in scores]
    pieces = list(_pieces(held, lead, until))
    chances: list[list[float]] = [[] for _ in held]
    for low in range(0, len(pieces), BATCH):
        _solve(held, weights, scores, kept, pieces[low : low + BATCH], chances)
    for index in range(lead, until):
        yield _verdict(held[index], scores[index], kept[index], chances[index], weights)


def _scores(row: Row, weights: Weights) -> list[float]:
    """A score for each candidate; of a decided group only the one decided for can be."""
    if row.decided == OPEN:
        return [weights.dot(parts) for parts in row.parts]
    return [0.0 if name == row.decided else NEVER for name in row.names]


def _pieces(rows: Sequence[Row], lead: int, until: int) -> Iterator[tuple[int, int, int, int]]:
    """(start, end, first kept, last kept + 1) of runs without a break; long ones are cut with an
    overlap. The first run is decided up to `lead`; no piece begins from `until` on.
    """
    begin = 0
    for index in range(1, len(rows) + 1):
        if index < len(rows) and rows[index].step:
            continue
        for low in range(max(begin, lead), min(index, until), RUN - 2 * LAP):
            yield (
                max(begin, low - LAP),
                min(index, low + RUN - LAP),
                low,
                min(index, low + RUN - 2 * LAP),
            )
        begin = index


def _solve(
    rows: Sequence[Row],
    weights: Weights,
    scores: list[list[float]],
    kept: list[list[int]],
    pieces: list[tuple[int, int, int, int]],
    chances: list[list[float]],
) -> None:
    """Marginals of a batch of pieces into `chances`."""
    import numpy as np

    length = max(b - a for a, b, _, _ in pieces)
    shape = (len(pieces), length, KEPT)
    runs = Runs(np.full(shape, -1), np.full(shape, NEVER), np.zeros(shape[:2]), np.zeros(shape[:2]))
    runs.unary[:, :, 0] = 0.0
    for number, (a, b, _, _) in enumerate(pieces):
        ids: dict[str, int] = {}
        for t, index in enumerate(range(a, b)):
            for k, choice in enumerate(kept[index]):
                name = rows[index].names[choice]
                runs.ids[number, t, k] = -1 if name is ELSE else ids.setdefault(name, len(ids))
                runs.unary[number, t, k] = scores[index][choice]
            if t:
                runs.step[number, t] = weights.dot(rows[index].step)
            if t > 1:
                runs.swap[number, t] = weights.dot(rows[index].swap)
    single = sums(runs).single
    for number, (a, _, first, last) in enumerate(pieces):
        for index in range(first, last):
            chances[index] = single[number, index - a, : len(kept[index])].tolist()


def _verdict(
    row: Row, scores: list[float], kept: list[int], chances: list[float], weights: Weights
) -> Verdict:
    order = sorted(range(len(kept)), key=lambda k: -chances[k])
    best = order[0]
    if (
        row.names[kept[best]] is ELSE
        and len(order) > 1
        and chances[order[1]] >= 0.5 * chances[best]
    ):
        order[0], order[1] = order[1], order[0]  # a name to check says more than none
        best = order[0]
    sure = weights.calibrated(chances[best])
    rest = sum(chances[k] for k in order[1:])
    scale = (1.0 - sure) / rest if rest > 0 else 0.0
    ranked = [
        (row.names[kept[best]], sure),
        *((row.names[kept[k]], chances[k] * scale) for k in order[1:]),
    ]
    return Verdict(tuple(ranked), _evidence(row, scores, kept, chances, best, weights))


@cache
def _family(feature: str) -> str:
    """A feature without the kind of tag it stands with; one string for all that have it."""
    return feature.split("@")[0]


def _evidence(
    row: Row,
    scores: list[float],
    kept: list[int],
    chances: list[float],
    best: int,
    weights: Weights,
) -> tuple[tuple[str, float], ...]:
    """What lifts the best candidate over its rivals: features against the mean of the others, by
    family, and "turn" for what the neighbouring lines add."""
    rivals = [k for k in range(len(kept)) if k != best and row.names[kept[k]] is not ELSE]
    total: dict[str, float] = {}
    for k, share in [(best, 1.0), *((k, -1.0 / len(rivals)) for k in rivals)]:
        for name, value in row.parts[kept[k]].items():
            family = _family(name)
            total[family] = total.get(family, 0.0) + share * weights.speaker.get(name, 0.0) * value
    top = max(scores[c] for c in kept)
    alone = exp(scores[kept[best]] - top) / sum(exp(scores[c] - top) for c in kept)
    total["turn"] = log(max(chances[best], 1e-9)) - log(max(alone, 1e-9))
    strong = sorted(
        ((n, round(v, 2)) for n, v in total.items() if v >= 0.05), key=lambda item: -item[1]
    )
    return tuple(strong[:4])
