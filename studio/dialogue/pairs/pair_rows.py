"""How a pair is laid out as a row: the two lines, the narration around them, earlier exchanges, and
where the persona stands.
"""

from typing import Any

from studio.dialogue.pairs.input_line import Choice, choose_input
from studio.dialogue.pairs.scene import scene_line
from studio.dialogue.pairs.turned_text import TurnedText
from studio.dialogue.pairs.turns import Turn, gap
from studio.dialogue.spec import PairRules
from studio.text.scripts import has_chinese


class RowMaker:
    """Makes the rows of one target."""

    def __init__(self, said: TurnedText, target: str, system: str, rules: PairRules) -> None:
        self.said, self.target, self.system, self.rules = said, target, system, rules
        self.turns, self.text = said.turns, said.text

    def pair(self, index: int, choice: Choice) -> dict[str, Any]:
        """One row; with a reason, the target's line answers the opening."""
        turn = self.turns[index]
        row: dict[str, Any] = {
            "persona": self.system,
            "system": "",
            "instruction": "",
            "input": "",
            "output": turn.text,
        }
        place = self._place(turn)
        if choice.reason:
            return row | {"instruction": self.rules.opening} | place
        before = self.turns[choice.before]
        row["input"] = spoken(before, named=self.rules.name_speaker)
        if self.rules.with_scene and self.text is not None:
            place["scene_spans"] = self._scenery(row, index, choice.before)
        earlier = {"history": self._history(choice.before)} if self.rules.history else {}
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
            "chapter": self.said.chapter(turn.start, turn.scene),
        }

    def _scenery(self, row: dict[str, Any], index: int, chosen: int) -> list[list[int]]:
        """Put the narration before the input and between the lines into the row; answers its
        spans.
        """
        before, turn, text = self.turns[chosen], self.turns[index], self.text or ""
        earlier = (
            self.turns[chosen - 1]
            if chosen > 0 and self.turns[chosen - 1].scene == turn.scene
            else None
        )
        last = self.turns[index - 1].end  # lines of others between the two are no narration
        between, near = scene_line(text, last, turn.start, self.rules.scene_chars)
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
            row["system"] = f"{head}{narration}" if narration else ""
        else:
            left, right = ("（", "）") if chinese else ("(", ")")
            parts = [
                f"{left}{ahead}{right}" if ahead else "",
                row["input"],
                f"{left}{between}{right}" if between else "",
            ]
            row["input"] = "\n".join(part for part in parts if part)
        return far + near

    def _history(self, chosen: int) -> list[list[str]]:
        """Exchanges right before the input between the same two, oldest first."""
        turns, rules = self.turns, self.rules
        other, scene, at = turns[chosen].speaker, turns[chosen].scene, chosen - 1
        found: list[list[str]] = []
        while other and len(found) < rules.history and at >= 1:
            answer = turns[at]
            linked = (
                gap(answer.end, turns[at + 1].start, self.text) <= rules.max_gap_chars
                and answer.scene == scene
            )
            sure = answer.confidence >= rules.min_confidence
            if not (linked and sure and answer.speaker == self.target):
                break
            choice = choose_input(turns, at, self.target, rules, self.text)
            line = turns[choice.before]
            if choice.reason or line.speaker != other:
                break
            found.append([spoken(line, named=rules.name_speaker), answer.text])
            at = choice.before - 1
        return found[::-1]


def spoken(turn: Turn, *, named: bool) -> str:
    """A turn's text, with its speaker's name before it when wanted and known."""
    if not named or not turn.speaker:
        return turn.text
    return turn.speaker + ("：" if has_chinese(turn.speaker + turn.text) else ": ") + turn.text


def place_persona(row: dict[str, Any], rules: PairRules) -> dict[str, Any]:
    """The row with its persona where the rules want it: as the system prompt, before the first
    message of the user, for models without a system prompt, or nowhere."""
    persona = row["persona"]
    row = {key: value for key, value in row.items() if key != "persona"}
    if rules.persona == "system":
        return row | {"system": "\n".join(part for part in (persona, row["system"]) if part)}
    if rules.persona == "none" or not persona:
        return row
    if row.get("history"):
        (line, answer), *rest = row["history"]
        return row | {"history": [[f"{persona}\n{line}", answer], *rest]}
    first = "instruction" if row["instruction"] else "input"
    return row | {first: f"{persona}\n{row[first]}"}
