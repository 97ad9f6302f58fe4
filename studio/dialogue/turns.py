"""Turns: neighbouring utterances of one speaker joined, their text as it is printed, line wraps taken out."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from studio.dialogue.records import Utterance

EAST = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f“”‘’…—]")
SOFT_BREAK = re.compile(r"[ \t\u3000]*(?:\r\n|[\r\n\x0b\x0c\u2028\u2029])[ \t\u3000]*")
HARD_BREAK = re.compile(r"[ \t\u3000]*(?:(?:\r\n|[\r\n\x0b\x0c\u2028\u2029])[ \t\u3000]*){2,}")


@dataclass(frozen=True)
class Turn:
    """What one person says before another does. start, end: from its first utterance to the end of its last.

    confidence: that of its least sure utterance.
    """

    speaker: str | None
    text: str
    start: int
    end: int
    scene: int
    confidence: float


def join_turns(utterances: Iterable[Utterance], *, source: str | None, max_gap_chars: int) -> list[Turn]:
    """Turns in the order of the text. Words that are only marked (`method="quoted"`) are narration."""
    turns: list[Turn] = []
    paragraph = -1
    for piece in sorted(utterances, key=lambda u: u.start):
        if piece.method == "quoted":
            continue
        last = turns[-1] if turns else None
        same = last is not None and last.speaker == piece.speaker and last.scene == piece.scene
        if last and same and (piece.speaker or piece.paragraph == paragraph) and (
            gap(last.end, piece.start, source) <= max_gap_chars
        ):
            turns[-1] = Turn(
                last.speaker, joined(last.text, unwrapped(piece.text)), last.start, piece.end, last.scene,
                min(last.confidence, piece.confidence),
            )
        else:
            turns.append(Turn(piece.speaker, unwrapped(piece.text), piece.start, piece.end, piece.scene, piece.confidence))
        paragraph = piece.paragraph
    return turns


def gap(end: int, start: int, source: str | None) -> int:
    """Characters of narration between two utterances; without white space where the source is at hand."""
    return start - end if source is None else len("".join(source[end:start].split()))


def joined(first: str, second: str) -> str:
    """Two pieces of one turn: nothing between them where Chinese meets Chinese, else a space."""
    if EAST.match(first[-1:]) and EAST.match(second[:1]):
        return first + second
    return f"{first} {second}"


def unwrapped(text: str) -> str:
    """A wrapped line made whole; an empty line stays as one line break."""
    if "\n" not in text and "\r" not in text:
        return text
    parts = [SOFT_BREAK.split(part) for part in HARD_BREAK.split(text)]
    return "\n".join(_whole(part) for part in parts)


def _whole(rows: list[str]) -> str:
    whole = rows[0]
    for row in rows[1:]:
        whole = joined(whole, row) if whole and row else whole + row
    return whole
