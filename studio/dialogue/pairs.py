"""Pairs to train on: the line before, and what the target answers.

A line is paired only with the turn right before it, in the same scene, by somebody else, and not
too far away in the text. Whatever is left out is counted under its reason.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from studio.dialogue.lines import CJK
from studio.dialogue.records import Utterance
from studio.dialogue.turns import Turn, gap, join_turns

MAX_GAP, MIN_OUTPUT, MAX_OUTPUT, MIN_CONFIDENCE = 300, 1, 2000, 0.6
REASONS = ("no_line_before", "other_scene", "own_line_before", "too_far", "low_confidence", "too_short", "too_long", "repeated")


@dataclass(frozen=True)
class PairRules:
    """What makes a pair.

    max_gap_chars: most narration between the two lines, in characters. min_output_chars and
    max_output_chars: length of the target's line. min_confidence: least trust in the target being its
    speaker, 0 to 1. name_speaker: the input begins with its speaker's name. history: earlier exchanges
    of the same two kept with a pair. with_opening: lines with none before them answer `opening`.
    """

    max_gap_chars: int = MAX_GAP
    min_output_chars: int = MIN_OUTPUT
    max_output_chars: int = MAX_OUTPUT
    min_confidence: float = MIN_CONFIDENCE
    name_speaker: bool = False
    history: int = 0
    with_opening: bool = False
    opening: str = ""


def build_pairs(
    utterances: Iterable[Utterance], target: str, system: str = "", *, text: str | None = None,
    max_gap_chars: int = MAX_GAP, min_output_chars: int = MIN_OUTPUT, max_output_chars: int = MAX_OUTPUT,
    min_confidence: float = MIN_CONFIDENCE, name_speaker: bool = False, history: int = 0, with_opening: bool = False, opening: str = "",
) -> list[dict[str, Any]]:
    """Pairs of one document: system, instruction (empty), input (the line before), output (the target's line).

    Each has `start`, `end` of the output and `input_start`, `input_end` of the input in the source; `{name}`
    in `system` becomes the target. `text` is the source, so that gaps are counted without white space.
    With `history`, `history` holds up to that many [input, output] exchanges right before. With
    `with_opening`, `opening` becomes the instruction of a line that has no line before it in its scene.
    """
    rules = PairRules(
        max_gap_chars, min_output_chars, max_output_chars, min_confidence, name_speaker, history, with_opening, opening,
    )
    return pairs_with_report(utterances, target, system, rules, text)[0]


def pair_report(
    utterances: Iterable[Utterance], target: str, rules: PairRules | None = None, *, text: str | None = None
) -> dict[str, Any]:
    """What became of the target's turns: `lines`, `pairs` and `dropped` {reason: count}."""
    return pairs_with_report(utterances, target, "", rules or PairRules(), text)[1]


def pairs_with_report(
    utterances: Iterable[Utterance], target: str, system: str, rules: PairRules, text: str | None = None
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The pairs and the report in one walk."""
    turns = join_turns(utterances, source=text, max_gap_chars=rules.max_gap_chars)
    system = system.replace("{name}", target)
    pairs: list[dict[str, Any]] = []
    dropped: Counter[str] = Counter()
    seen: set[tuple[str, ...]] = set()
    for index, reason in judged(turns, target, rules, text):
        pair = None if reason and not _opens(reason, rules) else _pair(turns, index, reason, target, system, rules, text)
        if pair is None:
            dropped[reason] += 1
        elif (same := (pair["instruction"], pair["input"], pair["output"])) in seen:
            dropped["repeated"] += 1
        else:
            seen.add(same)
            pairs.append(pair)
    lines = sum(turn.speaker == target for turn in turns)
    return pairs, {"lines": lines, "pairs": len(pairs), "dropped": {r: dropped[r] for r in REASONS if dropped[r]}}


def judged(turns: list[Turn], target: str, rules: PairRules, text: str | None) -> Iterator[tuple[int, str]]:
    """The index of each turn of the target, with the reason to leave it out or an empty text."""
    for index, turn in enumerate(turns):
        if turn.speaker == target:
            yield index, _unfit(turn, rules) or _unpaired(turns, index, target, rules, text)


def _unfit(turn: Turn, rules: PairRules) -> str:
    if turn.confidence < rules.min_confidence:
        return "low_confidence"
    if len(turn.text) < rules.min_output_chars:
        return "too_short"
    return "too_long" if len(turn.text) > rules.max_output_chars else ""


def _unpaired(turns: list[Turn], index: int, target: str, rules: PairRules, text: str | None) -> str:
    """Why the turn before cannot be the input: there is none, another scene, the target's own, or too far."""
    if index == 0:
        return "no_line_before"
    before, turn = turns[index - 1], turns[index]
    if before.scene != turn.scene:
        return "other_scene"
    if before.speaker == target:
        return "own_line_before"
    return "too_far" if gap(before.end, turn.start, text) > rules.max_gap_chars else ""


def _opens(reason: str, rules: PairRules) -> bool:
    return rules.with_opening and bool(rules.opening) and reason in ("no_line_before", "other_scene", "too_far", "own_line_before")


def _pair(
    turns: list[Turn], index: int, reason: str, target: str, system: str, rules: PairRules, text: str | None
) -> dict[str, Any]:
    turn = turns[index]
    head = {"system": system, "instruction": "", "input": "", "output": turn.text}
    place = {"input_start": None, "input_end": None, "start": turn.start, "end": turn.end}
    if reason:
        return head | {"instruction": rules.opening} | place
    before = turns[index - 1]
    head["input"] = _spoken(before, named=rules.name_speaker)
    earlier = {"history": _history(turns, index, target, rules, text)} if rules.history else {}
    return head | earlier | place | {"input_start": before.start, "input_end": before.end}


def _spoken(turn: Turn, *, named: bool) -> str:
    if not named or not turn.speaker:
        return turn.text
    return turn.speaker + ("：" if CJK.search(turn.speaker + turn.text) else ": ") + turn.text


def _history(turns: list[Turn], index: int, target: str, rules: PairRules, text: str | None) -> list[list[str]]:
    """Exchanges right before this one between the same two, oldest first."""
    other, found, at = turns[index - 1].speaker, [], index - 2
    while other and len(found) < rules.history and at >= 1:
        answer, line = turns[at], turns[at - 1]
        linked = gap(answer.end, turns[at + 1].start, text) <= rules.max_gap_chars and answer.scene == turns[index].scene
        sure = answer.confidence >= rules.min_confidence
        if not (linked and sure and answer.speaker == target and line.speaker == other) or _unpaired(turns, at, target, rules, text):
            break
        found.append([_spoken(line, named=rules.name_speaker), answer.text])
        at -= 2
    return found[::-1]
