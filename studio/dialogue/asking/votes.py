"""From a model's answers about a line, and what the rules think of it, to a speaker and a
confidence.

Bayes' rule with two witnesses. The rules give a probability to each name. The model is taken to be
right with probability r (`reliability`) and else to name one of the K − 1 other persons that the
line is about to be given to, so that one answer raises its name against each other by λ = r (K − 1)
/ (1 − r). Answers of one model about one line are no independent witnesses: n of them count as n /
(1 + (n − 1) ρ), the design effect of Kish (Survey Sampling, 1965, 8.2), with ρ = 0.5. So P(name) ∝
P_rules(name) · λ^(its share of the answers, times that).
"?" says nothing about any name.

Where the answers name different persons, or another one than rules that are at least as sure as the
model is reliable, no arithmetic makes the line certain: its confidence stays at 0.5 at most, and
below the user's limit, so that a person looks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log

from studio.dialogue.asking.plan import DISPUTED, UNKNOWN, Line
from studio.store.utterances import Weights

ALIKE = 0.5  # ρ: how far answers of one model about one line go together
FEWEST = 4  # persons that a line is about to be given to, where fewer are known
UNLISTED = 0.05  # of the rules' probability at least, for those they did not think of
SHARED_BY = 3  # and how many of those there are
KEPT_OTHERS, LEAST_OTHER, KEPT_EVIDENCE = 8, 0.005, 4


@dataclass(frozen=True)
class Decision:
    """What a line is given to. agreed: the answers name one person, and no rule as sure as the
    model another.
    """

    speaker: str
    confidence: float
    others: Weights
    evidence: Weights
    agreed: bool


def decide(
    line: Line, votes: Mapping[str, int], reliability: float, under: float
) -> Decision | None:
    """The decision from `votes` {name or "?": times}; None where no vote names anybody.

    under: the confidence below which lines are doubtful to the user. The same input gives the same
    decision.
    """
    named = {name: count for name, count in sorted(votes.items()) if name != UNKNOWN and count > 0}
    if not named:
        return None
    prior, nobody = _prior(line, named)
    total, most = sum(named.values()), max(named.values())
    one = log(reliability * (max(FEWEST, len(prior)) - 1) / (1 - reliability))
    weight = one / (1 + (total - 1) * ALIKE)  # of one answer, in nats
    raised = {
        name: share * exp(weight * (named.get(name, 0) - most)) for name, share in prior.items()
    }
    ranked = sorted(raised, key=lambda name: (-raised[name], name != line.speaker, name))
    best, whole = ranked[0], sum(raised.values()) + nobody * exp(-weight * most)
    against = (
        line.confidence >= reliability and line.speaker is not None and set(named) != {line.speaker}
    )
    agreed = set(named) == {best} and not against
    confidence = raised[best] / whole
    if not agreed:
        confidence = min(confidence, DISPUTED, max(0.0, under - 0.01))
    scale = (1 - confidence) / max(1e-12, whole - raised[best])
    others = tuple(
        (name, round(raised[name] * scale, 3))
        for name in ranked[1:]
        if raised[name] * scale >= LEAST_OTHER
    )
    rival = max((named.get(name, 0) for name in ranked[1:]), default=0)
    return Decision(
        best,
        round(confidence, 3),
        others[:KEPT_OTHERS],
        _evidence(line, best, weight * (named.get(best, 0) - rival)),
        agreed,
    )


def _prior(line: Line, named: Mapping[str, int]) -> tuple[dict[str, float], float]:
    """The rules' probability of each name that they or the model think of, each above zero; and
    what is left to others.
    """
    found = {name: max(share, 1e-4) for name, share in line.others}
    if line.speaker:
        found[line.speaker] = max(line.confidence, 1e-4)
    left = max(UNLISTED, 1.0 - sum(found.values()))
    new = [name for name in named if name not in found]
    part = left / max(SHARED_BY, len(new))
    return found | dict.fromkeys(new, part), left - part * len(new)


def _evidence(line: Line, best: str, nats: float) -> Weights:
    """What spoke for the speaker: the model's answers, and the rules' own reasons where they chose
    the same.
    """
    own = line.evidence if best == line.speaker else ()
    kept = [
        *(pair for pair in own if pair[0] != "model"),
        *([("model", round(nats, 2))] if nats >= 0.05 else []),
    ]
    return tuple(sorted(kept, key=lambda pair: -pair[1])[:KEPT_EVIDENCE])
