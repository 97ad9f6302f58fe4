"""Conversations of several turns: another person and the target in turn, in sharegpt form; and
pairs for several roles.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from studio.dialogue.pairs.build import filled, judged, pairs_of
from studio.dialogue.pairs.hold_out import HELD_OUT, hold_out
from studio.dialogue.pairs.pair_rows import spoken
from studio.dialogue.pairs.turned_text import TurnedText, turned
from studio.dialogue.pairs.turns import Turn, gap
from studio.dialogue.records import Utterance
from studio.dialogue.spec import PairRules
from studio.spec import digest


def build_conversations(
    utterances: Iterable[Utterance],
    target: str,
    system: str = "",
    *,
    rules: PairRules | None = None,
    text: str | None = None,
    source: str = "",
) -> list[dict[str, Any]]:
    """Runs of lines between one other person and the target, ending with the target, of at most
    `rules.max_turns`.

    Each: conversations [{"from": "human" or "gpt", "value"}], system, spans [[start, end] a
    message], start, end, role, other, scene, chapter, split. A third speaker, another scene or too
    much narration begins a new one; no line is used twice.
    """
    rules = rules or PairRules()
    found = list(conversations_of(turned(utterances, rules, text, source), target, system, rules))
    return hold_out(found, rules.held_out, rules.seed)


def conversations_of(
    said: TurnedText, target: str, system: str, rules: PairRules
) -> Iterator[dict[str, Any]]:
    """As `build_conversations`, of a text whose turns are known; without `split`."""
    system = filled(system, target, said.source)
    seen: set[bytes] = set()
    for run in runs(said.turns, target, rules, said.text):
        row = _row([said.turns[i] for i in run], target, system, rules, said)
        values = [message["value"] for message in row["conversations"]]
        same = bytes.fromhex(digest(values))
        if same not in seen:
            seen.add(same)
            yield row


def runs(turns: list[Turn], target: str, rules: PairRules, text: str | None) -> list[list[int]]:
    """Indexes of turns that make one conversation each: other, target, other, target …"""
    found: list[list[int]] = []
    for index, choice in judged(turns, target, rules, text):
        if choice.reason:
            continue
        last = found[-1] if found else []
        if (
            last
            and len(last) + 2 <= max(2, rules.max_turns)
            and _goes_on(turns, last, choice.before, rules, text)
        ):
            last += [choice.before, index]
        else:
            found.append([choice.before, index])
    return found


def _goes_on(
    turns: list[Turn], run: list[int], before: int, rules: PairRules, text: str | None
) -> bool:
    """Whether the line at `before` follows the last answer of a run, by the same person."""
    if before != run[-1] + 1:
        return False
    answer, line = turns[run[-1]], turns[before]
    same = line.speaker is not None and line.speaker == turns[run[-2]].speaker
    return (
        same
        and answer.scene == line.scene
        and gap(answer.end, line.start, text) <= rules.max_gap_chars
    )


def _row(
    run: Sequence[Turn], target: str, system: str, rules: PairRules, said: TurnedText
) -> dict[str, Any]:
    messages = [
        {
            "from": "gpt" if i % 2 else "human",
            "value": turn.text if i % 2 else spoken(turn, named=rules.name_speaker),
        }
        for i, turn in enumerate(run)
    ]
    if rules.persona == "input" and system:
        messages[0]["value"] = f"{system}\n{messages[0]['value']}"
    first, last = run[0], run[-1]
    return {
        "conversations": messages,
        "system": system if rules.persona == "system" else "",
        "spans": [[turn.start, turn.end] for turn in run],
        "start": first.start,
        "end": last.end,
        "role": target,
        "other": first.speaker,
        "scene": first.scene,
        "chapter": said.chapter(first.start, first.scene),
    }


def pairs_of_roles(
    utterances: Iterable[Utterance],
    targets: Sequence[str],
    system: str,
    rules: PairRules | None = None,
    *,
    text: str | None = None,
    source: str = "",
) -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
    """The pairs of several roles, role by role, and each role's report with examples. Limits hold
    for each role alone; what is held out is held out for all of them."""
    rules = rules or PairRules()
    return pairs_of_each(turned(utterances, rules, text, source), targets, system, rules)


def pairs_of_each(
    said: TurnedText, targets: Sequence[str], system: str, rules: PairRules
) -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
    """As `pairs_of_roles`, of a text whose turns are known."""
    apart = rules.model_copy(update={"held_out": 0.0})
    rows: list[dict[str, Any]] = []
    reports: dict[str, dict[str, Any]] = {}
    for target in dict.fromkeys(targets):
        pairs, reports[target] = pairs_of(said, target, system, apart)
        rows += pairs
    rows = hold_out(rows, rules.held_out, rules.seed)
    if rules.held_out:
        held = Counter(row["role"] for row in rows if row["split"] == HELD_OUT)
        for target, report in reports.items():
            report["held_out"] = held[target]
    return rows, reports
