"""Pairs to train on: the line before, and what the target answers.

A line is paired only with the turn right before it, in the same scene, by somebody else, and not
too far away in the text. Whatever is left out is counted under its reason.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from studio.dialogue.pairs.hold_out import HELD_OUT, hold_out
from studio.dialogue.pairs.scene import scene_line
from studio.dialogue.pairs.turns import HEARD, Turn, gap, join_turns, persons
from studio.dialogue.records import Utterance
from studio.dialogue.spec import PairRules
from studio.text.chapters import Chapters
from studio.text.scripts import has_chinese

UNPAIRED = ("no_line_before", "other_scene", "own_line_before", "too_far")
REASONS = (
    *UNPAIRED,
    "low_confidence",
    "too_short",
    "too_long",
    "unknown_before",
    "input_too_short",
    "input_too_long",
    "repeated",
    "too_few_lines",
    "over_limit",
)


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
    return pairs_with_report(utterances, target, "", rules or PairRules(), text)[1]


def pairs_with_report(
    utterances: Iterable[Utterance],
    target: str,
    system: str,
    rules: PairRules,
    text: str | None = None,
    source: str = "",
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The pairs and the report in one walk."""
    turns = all_turns(utterances, rules, text)
    maker = _Maker(turns, target, filled(system, target, source), rules, text)
    pairs: list[dict[str, Any]] = []
    dropped: Counter[str] = Counter()
    seen: set[tuple[str, ...]] = set()
    for index, reason in judged(turns, target, rules, text):
        pair = None if reason and not _opens(reason, rules) else maker.pair(index, reason)
        if pair is None:
            dropped[reason] += 1
        elif (same := (pair["instruction"], pair["input"], pair["output"])) in seen:
            dropped["repeated"] += (
                1  # only after pairing: the same answer to another line is another pair
            )
        else:
            seen.add(same)
            pairs.append(pair)
    lines = sum(turn.speaker == target for turn in turns)
    kept = limited(pairs, lines, rules, dropped)
    kept = hold_out(kept, rules.held_out, rules.seed)
    report: dict[str, Any] = {
        "lines": lines,
        "pairs": len(kept),
        "dropped": {r: dropped[r] for r in REASONS if dropped[r]},
    }
    if rules.held_out:
        report["held_out"] = sum(pair["split"] == HELD_OUT for pair in kept)
    return kept, report


def all_turns(utterances: Iterable[Utterance], rules: PairRules, text: str | None) -> list[Turn]:
    """The turns that the rules let count."""
    kinds = (*HEARD, "thought") if rules.with_thoughts else HEARD
    return join_turns(utterances, source=text, max_gap_chars=rules.max_gap_chars, kinds=kinds)


def filled(system: str, target: str, source: str) -> str:
    """The system prompt with its names."""
    return system.replace("{name}", target).replace("{source}", source)


def limited(
    pairs: list[dict[str, Any]], lines: int, rules: PairRules, dropped: Counter[str]
) -> list[dict[str, Any]]:
    """The pairs within the limits of a role; what is over them is counted."""
    if lines < rules.min_lines:
        dropped["too_few_lines"] += len(pairs)
        return []
    if not rules.max_pairs or len(pairs) <= rules.max_pairs:
        return pairs
    dropped["over_limit"] += len(pairs) - rules.max_pairs
    return [pairs[i * len(pairs) // rules.max_pairs] for i in range(rules.max_pairs)]


def judged(
    turns: list[Turn], target: str, rules: PairRules, text: str | None
) -> Iterator[tuple[int, str]]:
    """The index of each turn of the target, with the reason to leave it out or an empty text."""
    for index, turn in enumerate(turns):
        if turn.speaker == target:
            yield index, _unfit(turn, rules) or unpaired(turns, index, target, rules, text)


def _unfit(turn: Turn, rules: PairRules) -> str:
    if turn.confidence < rules.min_confidence:
        return "low_confidence"
    if len(turn.text) < rules.min_output_chars:
        return "too_short"
    return "too_long" if len(turn.text) > rules.max_output_chars else ""


def unpaired(turns: list[Turn], index: int, target: str, rules: PairRules, text: str | None) -> str:
    """Why the turn before cannot be the input: there is none, another scene, the target's own or
    partly, too far, or not as the rules want it."""
    if index == 0:
        return "no_line_before"
    before, turn = turns[index - 1], turns[index]
    if before.scene != turn.scene:
        return "other_scene"
    if before.speaker == target or target in persons(before.speaker):
        return "own_line_before"
    if gap(before.end, turn.start, text) > rules.max_gap_chars:
        return "too_far"
    if rules.known_input and not before.speaker:
        return "unknown_before"
    if len(before.text) < rules.min_input_chars:
        return "input_too_short"
    return "input_too_long" if len(before.text) > rules.max_input_chars else ""


def _opens(reason: str, rules: PairRules) -> bool:
    return rules.with_opening and bool(rules.opening) and reason in UNPAIRED


class _Maker:
    """Makes the rows of one target."""

    def __init__(
        self, turns: list[Turn], target: str, system: str, rules: PairRules, text: str | None
    ) -> None:
        self.turns, self.target, self.system, self.rules, self.text = (
            turns,
            target,
            system,
            rules,
            text,
        )
        self.chapters = Chapters(text) if text is not None else None

    def pair(self, index: int, reason: str) -> dict[str, Any]:
        """One row; with a reason, the target's line answers the opening."""
        turn = self.turns[index]
        row: dict[str, Any] = {
            "system": self.system,
            "instruction": "",
            "input": "",
            "output": turn.text,
        }
        place = self._place(turn)
        if reason:
            return row | {"instruction": self.rules.opening} | place
        before = self.turns[index - 1]
        row["input"] = spoken(before, named=self.rules.name_speaker)
        if self.rules.with_scene and self.text is not None:
            place["scene_spans"] = self._scenery(row, index)
        earlier = {"history": self._history(index)} if self.rules.history else {}
        return (
            row
            | earlier
            | place
            | {
                "input_start": before.start,
                "input_end": before.end,
                "input_spans": [list(p) for p in before.pieces],
                "other": before.speaker,
            }
        )

    def _place(self, turn: Turn) -> dict[str, Any]:
        return {
            "input_start": None,
            "input_end": None,
            "start": turn.start,
            "end": turn.end,
            "input_spans": [],
            "spans": [list(p) for p in turn.pieces],
            "role": self.target,
            "other": None,
            "confidence": turn.confidence,
            "scene": turn.scene,
            "chapter": self.chapters.at(turn.start) if self.chapters else turn.scene,
        }

    def _scenery(self, row: dict[str, Any], index: int) -> list[list[int]]:
        """Put the narration before the input and between the lines into the row; answers its
        spans.
        """
        before, turn, text = self.turns[index - 1], self.turns[index], self.text or ""
        earlier = (
            self.turns[index - 2]
            if index > 1 and self.turns[index - 2].scene == turn.scene
            else None
        )
        between, near = scene_line(text, before.end, turn.start, self.rules.scene_chars)
        ahead, far = scene_line(
            text,
            earlier.end if earlier else 0,
            before.start,
            self.rules.scene_chars - sum(b - a for a, b in near),
        )
        chinese = has_chinese(ahead + between)
        if self.rules.scene_place == "system":
            narration = ("" if chinese else " ").join(part for part in (ahead, between) if part)
            head = "场景：" if chinese else "Scene: "
            row["system"] += f"\n{head}{narration}" if narration else ""
        else:
            left, right = ("（", "）") if chinese else ("(", ")")
            parts = [
                f"{left}{ahead}{right}" if ahead else "",
                row["input"],
                f"{left}{between}{right}" if between else "",
            ]
            row["input"] = "\n".join(part for part in parts if part)
        return far + near

    def _history(self, index: int) -> list[list[str]]:
        """Exchanges right before this one between the same two, oldest first."""
        turns, rules = self.turns, self.rules
        other, at = turns[index - 1].speaker, index - 2
        found: list[list[str]] = []
        while other and len(found) < rules.history and at >= 1:
            answer, line = turns[at], turns[at - 1]
            linked = (
                gap(answer.end, turns[at + 1].start, self.text) <= rules.max_gap_chars
                and answer.scene == turns[index].scene
            )
            sure = answer.confidence >= rules.min_confidence
            same = answer.speaker == self.target and line.speaker == other
            if not (linked and sure and same) or unpaired(turns, at, self.target, rules, self.text):
                break
            found.append([spoken(line, named=rules.name_speaker), answer.text])
            at -= 2
        return found[::-1]


def spoken(turn: Turn, *, named: bool) -> str:
    """A turn's text, with its speaker's name before it when wanted and known."""
    if not named or not turn.speaker:
        return turn.text
    return turn.speaker + ("：" if has_chinese(turn.speaker + turn.text) else ": ") + turn.text
