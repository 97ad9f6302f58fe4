"""Which line is the input of a pair: what was said to the target before it answers.

It stands in the same scene, is somebody else's, comes after the target's own turn before, and not
too much narration lies between. Among such lines one that is said to the target goes before one
that is said to somebody else.
"""

from dataclasses import dataclass

from studio.dialogue.pairs.turns import Turn, gap, persons
from studio.dialogue.spec import PairRules

UNPAIRED = ("no_line_before", "other_scene", "own_line_before", "rest_of_run", "too_far")
LOOK_BACK = 4  # turns before the answer among which one that is said to the target is looked for


@dataclass(frozen=True)
class Choice:
    """The index of the turn that is the input, or the reason why there is none, else empty."""

    before: int
    reason: str = ""


def choose_input(
    turns: list[Turn], index: int, target: str, rules: PairRules, text: str | None
) -> Choice:
    """The turn that the one at `index` answers; with a reason, `before` is the turn right before
    it."""
    near = index - 1
    if reason := _unpaired(turns, index, target, rules, text):
        return Choice(near, reason)
    chosen = near
    if rules.input_from != "last" and _to_another(turns[near], target):
        found = _said_to(turns, index, target, rules, text)
        if found is None and rules.input_from == "only_addressed":
            return Choice(near, "not_addressed")
        chosen = near if found is None else found
    return Choice(chosen, _unfit(turns[chosen], rules))


def _unpaired(
    turns: list[Turn], index: int, target: str, rules: PairRules, text: str | None
) -> str:
    """Why the turn right before can begin no pair: there is none, it is of another scene, the
    target's own or partly, or too far."""
    if index == 0:
        return "no_line_before"
    before, turn = turns[index - 1], turns[index]
    if before.scene != turn.scene:
        return "other_scene"
    if _own(before, target):
        return "rest_of_run" if turn.rest else "own_line_before"
    return "too_far" if gap(before.end, turn.start, text) > rules.max_gap_chars else ""


def _said_to(
    turns: list[Turn], index: int, target: str, rules: PairRules, text: str | None
) -> int | None:
    """The last turn said to the target since its own turn before, of the same scene, with no more
    narration between than is allowed."""
    narration = 0
    for at in range(index - 1, max(-1, index - 1 - LOOK_BACK), -1):
        turn = turns[at]
        narration += gap(turn.end, turns[at + 1].start, text)
        if (
            turn.scene != turns[index].scene
            or _own(turn, target)
            or narration > rules.max_gap_chars
        ):
            return None
        if target in turn.listeners:
            return at
    return None


def _own(turn: Turn, target: str) -> bool:
    return turn.speaker == target or target in persons(turn.speaker)


def _to_another(turn: Turn, target: str) -> bool:
    return target not in turn.listeners


def _unfit(before: Turn, rules: PairRules) -> str:
    if rules.known_input and not before.speaker:
        return "unknown_before"
    if len(before.text) < rules.min_input_chars:
        return "input_too_short"
    if len(before.text) > rules.max_input_chars:
        return "input_too_long"
    return unwanted_form(before, rules)


def unwanted_form(turn: Turn, rules: PairRules) -> str:
    """The form of a turn that the rules leave out, else an empty text."""
    unwanted = {
        "poem": rules.drop_poems,
        "letter": rules.drop_letters,
        "list": rules.drop_lists,
    }
    return turn.form if unwanted.get(turn.form) else ""
