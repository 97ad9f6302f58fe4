"""Speakers and addressees for groups of quotes: learned scores, a chain over each scene, calibrated
confidence.
"""

from typing import TypeAlias

from studio.dialogue.speakers.addressee import listeners
from studio.dialogue.speakers.feature_rows import ELSE
from studio.dialogue.speakers.features import Features
from studio.dialogue.speakers.scorer import Verdict, Weights, decide
from studio.progress import UNWATCHED, Watch

# The strongest evidence, by its family, in the short words that tables show.
METHODS = (
    ("tag-", None),
    ("narrator", "first-person"),
    ("means", "pronoun"),
    ("pronoun", "pronoun"),
    ("fitting", "pronoun"),
    ("kin", "kin"),
    ("beat", "subject"),
    ("turn", "turn"),
    ("called", "called"),
    ("addressed", "called"),
    ("spoken", "called"),
)
OTHERS = 8
Share: TypeAlias = tuple[str, float]  # a name, or what spoke for a speaker, with its number


def attribute(features: Features, weights: Weights, watch: Watch = UNWATCHED) -> None:
    """Fills speaker, confidence, method, evidence, others and addressee of each group."""
    once: dict[Share, Share] = {}
    for index, verdict in enumerate(decide(features.rows(watch), weights)):
        _fill(features, index, verdict, once)
    speakers = [group.speaker for group in features.groups]
    heard: list[str | None] = []
    for index, group in enumerate(watch.over(features.groups, 0.9, 1)):
        names, parts = listeners(features, index, speakers, heard)
        group.addressee = max(
            zip(names, map(weights.listening, parts), strict=True), key=lambda pair: pair[1]
        )[0]
        heard.append(group.addressee)


def _fill(features: Features, index: int, verdict: Verdict, once: dict[Share, Share]) -> None:
    """once: the names with their rounded numbers that were met; a novel has them many times."""
    group = features.groups[index]
    name, sure = verdict.ranked[0]
    phrase = next((c.name for c in group.clues if c.name), None)
    plural = group.clue is not None and group.clue.pronoun in ("p", "y")
    group.evidence = tuple([once.setdefault(part, part) for part in verdict.evidence])
    others = [(n, round(p, 3)) for n, p in verdict.ranked[1:] if n is not ELSE and p >= 0.005]
    group.others = tuple([once.setdefault(part, part) for part in others[:OTHERS]])
    if name is ELSE or plural:
        group.speaker, group.method = (
            (phrase, "kin") if phrase and not plural else (None, "plural" if plural else "unknown")
        )
        group.confidence = round(sure, 3) if group.speaker else 0.0
        return
    group.speaker, group.confidence = name, round(sure, 3)
    group.method = method(
        verdict.evidence,
        tagged=features.tagged[index] == name,
        tag=group.clue.method if group.clue else "",
    )


def method(evidence: tuple[tuple[str, float], ...], *, tagged: bool, tag: str) -> str:
    """The short name of the rule that an utterance shows: its tag where that names the speaker,
    else the family of the strongest evidence."""
    if tagged:
        return tag
    for name, _ in evidence:
        for start, short in METHODS:
            if name.startswith(start):
                return short or name.removeprefix(start)
    return "context"
