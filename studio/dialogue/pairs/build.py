"""Pairs to train on: what was said to the target, and what the target answers.

Which line a pair answers says `input_line`, how it is laid out `pair_rows`. Whatever is left out is
counted under its reason, with examples.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from studio.dialogue.pairs.hold_out import HELD_OUT, hold_out
from studio.dialogue.pairs.input_line import UNPAIRED, Choice, choose_input, unwanted_form
from studio.dialogue.pairs.pair_rows import RowMaker, place_persona
from studio.dialogue.pairs.turned_text import TurnedText, turned
from studio.dialogue.pairs.turns import Turn
from studio.dialogue.pairs.written_forms import FORMS
from studio.dialogue.records import Utterance
from studio.dialogue.spec import PairRules

REASONS = (
    *UNPAIRED,
    "not_addressed",
    "low_confidence",
    "too_short",
    "too_long",
    *FORMS,
    "unknown_before",
    "input_too_short",
    "input_too_long",
    "repeated",
    "too_few_lines",
    "over_limit",
)
EXAMPLES, EXAMPLE_CHARS = 2, 60  # a reason; of each of the two lines


class Dropped:
    """What made no pair: how many a reason, and the first of them as examples."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.examples: dict[str, list[str]] = {}

    def add(self, reason: str, line: str, before: str = "") -> None:
        """Count one: the target's line, and the line before it."""
        self.counts[reason] += 1
        some = self.examples.setdefault(reason, [])
        if len(some) < EXAMPLES:
            some.append(" → ".join(map(_clipped, (before, line))) if before else _clipped(line))

    def report(self) -> dict[str, Any]:
        """`dropped` and `examples`, in the order of REASONS."""
        return {
            "dropped": {r: self.counts[r] for r in REASONS if self.counts[r]},
            "examples": {r: self.examples[r] for r in REASONS if r in self.examples},
        }


def _clipped(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= EXAMPLE_CHARS else line[: EXAMPLE_CHARS - 1] + "…"


def build_pairs(
    utterances: Iterable[Utterance],
    target: str,
    system: str = "",
    *,
    text: str | None = None,
    source: str = "",
    **rules: Any,
) -> list[dict[str, Any]]:
    """Pairs of one document: system, instruction (empty), input (the line before), output (the
    target's line).

    Each has `start`, `end` of the output and `input_start`, `input_end` of the input in the source;
    `{name}` and `{source}` in `system` become the target and the document's name. `text` is the
    source text, so that gaps are counted without white space and narration can be shown. `rules`:
    fields of PairRules, taken as they are, since its ranges are those of a form. Raises TypeError
    for one that is none.
    """
    if unknown := rules.keys() - PairRules.model_fields.keys():
        raise TypeError(f"build_pairs() knows no rule {', '.join(sorted(unknown))}")
    made = PairRules.model_construct(**rules)
    return pairs_with_report(utterances, target, system, made, text, source)[0]


def pair_report(
    utterances: Iterable[Utterance],
    target: str,
    rules: PairRules | None = None,
    *,
    text: str | None = None,
) -> dict[str, Any]:
    """What became of the target's turns: `lines`, `pairs` and `dropped` {reason: count}; with
    held-out pairs, `held_out`.
    """
    report = pairs_with_report(utterances, target, "", rules or PairRules(), text)[1]
    return {key: value for key, value in report.items() if key != "examples"}


def pairs_with_report(
    utterances: Iterable[Utterance],
    target: str,
    system: str,
    rules: PairRules,
    text: str | None = None,
    source: str = "",
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The pairs of one document and the report in one walk: what `pair_report` gives, and
    `examples` {reason: some lines left out for it}.
    """
    return pairs_of(turned(utterances, rules, text, source), target, system, rules)


def pairs_of(
    said: TurnedText, target: str, system: str, rules: PairRules
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """As `pairs_with_report`, of a text whose turns are known."""
    turns, text = said.turns, said.text
    maker = RowMaker(said, target, filled(system, target, said.source), rules)
    pairs: list[dict[str, Any]] = []
    dropped = Dropped()
    seen: set[tuple[str, ...]] = set()
    for index, choice in judged(turns, target, rules, text):
        reason = choice.reason
        pair = None if reason and not _opens(reason, rules) else maker.pair(index, choice)
        if pair is None:
            before = turns[choice.before].text if choice.before >= 0 else ""
            dropped.add(reason, turns[index].text, before)
        elif (same := (pair["instruction"], pair["input"], pair["output"])) in seen:
            # Only after pairing: the same answer to another line is another pair.
            dropped.add("repeated", pair["output"], pair["input"])
        else:
            seen.add(same)
            pairs.append(pair)
    lines = sum(turn.speaker == target for turn in turns)
    kept = limited(pairs, lines, rules, dropped)
    kept = [place_persona(pair, rules) for pair in hold_out(kept, rules.held_out, rules.seed)]
    report: dict[str, Any] = {"lines": lines, "pairs": len(kept), **dropped.report()}
    if rules.held_out:
        report["held_out"] = sum(pair["split"] == HELD_OUT for pair in kept)
    return kept, report


def filled(system: str, target: str, source: str) -> str:
    """The system prompt with its names."""
    return system.replace("{name}", target).replace("{source}", source)


def limited(
    pairs: list[dict[str, Any]], lines: int, rules: PairRules, dropped: Dropped
) -> list[dict[str, Any]]:
    """The pairs within the limits of a role; what is over them is counted."""
    reason, chosen = "over_limit", range(len(pairs))
    most = rules.max_pairs or len(pairs)
    if lines < rules.min_lines:
        reason, chosen = "too_few_lines", range(0)
    kept = {i * len(pairs) // most for i in range(most)} if len(chosen) > most else set(chosen)
    for index, pair in enumerate(pairs):
        if index not in kept:
            dropped.add(reason, pair["output"], pair["input"])
    return [pairs[index] for index in sorted(kept)]


def judged(
    turns: list[Turn], target: str, rules: PairRules, text: str | None
) -> Iterator[tuple[int, Choice]]:
    """The index of each turn of the target, with what it answers or the reason to leave it out."""
    for index, turn in enumerate(turns):
        if turn.speaker == target:
            unfit = _unfit(turn, rules)
            yield (
                index,
                Choice(index - 1, unfit)
                if unfit
                else choose_input(turns, index, target, rules, text),
            )


def _unfit(turn: Turn, rules: PairRules) -> str:
    if turn.confidence < rules.min_confidence:
        return "low_confidence"
    if len(turn.text) < rules.min_output_chars:
        return "too_short"
    if len(turn.text) > rules.max_output_chars:
        return "too_long"
    return unwanted_form(turn, rules)


def _opens(reason: str, rules: PairRules) -> bool:
    return rules.with_opening and bool(rules.opening) and reason in UNPAIRED
