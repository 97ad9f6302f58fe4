"""Turns: neighbouring utterances of one speaker joined, their text as it is printed, line wraps
taken out.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from studio.dialogue.pairs.written_forms import form_of_pieces
from studio.dialogue.records import Utterance

EAST = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f“”‘’…—]")
SOFT_BREAK = re.compile(r"[ \t\u3000]*(?:\r\n|[\r\n\x0b\x0c\u2028\u2029])[ \t\u3000]*")
HARD_BREAK = re.compile(r"[ \t\u3000]*(?:(?:\r\n|[\r\n\x0b\x0c\u2028\u2029])[ \t\u3000]*){2,}")
TOGETHER = re.compile("、| & ")
HEARD = ("speech",)
# Methods of lines whose speaker stands before them as a label. A play in verse is dialogue, and a
# message of short lines no poem.
LABELLED = ("script", "chat")


@dataclass(frozen=True, slots=True)
class Turn:
    """What one person says before another does. start, end: from its first utterance to the end of
    its last.

    confidence: that of its least sure utterance. pieces: the spans of the utterances it was joined
    from, in order. listeners: to whom it is said, as far as that is known. form: "poem", "letter",
    "list" or "". rest: whether it is what was cut off the run of lines before it.
    """

    speaker: str | None
    text: str
    start: int
    end: int
    scene: int
    confidence: float
    pieces: tuple[tuple[int, int], ...] = ()
    listeners: tuple[str, ...] = ()
    form: str = ""
    rest: bool = False


def persons(speaker: str | None) -> list[str]:
    """Who speaks in a line that several share, as in `甲、乙` or `Tom & Mary`."""
    return [name for name in TOGETHER.split(speaker) if name] if speaker else []


def join_turns(
    utterances: Iterable[Utterance],
    *,
    source: str | None,
    max_gap_chars: int,
    kinds: Collection[str] = HEARD,
    run_chars: int | None = None,
) -> list[Turn]:
    """Turns in the order of the text.

    What nobody hears (thoughts, quoted words, letters) is narration; what another thinks or writes
    between two lines parts them all the same.

    Pieces of one speech (`"Come," he said, "at once."`) are joined however far apart; other
    neighbouring lines of one speaker when at most `max_gap_chars` of narration lie between, until
    the turn has `run_chars` characters: then the rest of the run is a turn of its own. None sets no
    limit, 0 joins no two speeches.
    """
    ordered = sorted(utterances, key=lambda u: u.start)
    return list(
        turns_in_order(
            ordered, source=source, max_gap_chars=max_gap_chars, kinds=kinds, run_chars=run_chars
        )
    )


def turns_in_order(
    utterances: Iterable[Utterance],
    *,
    source: str | None,
    max_gap_chars: int,
    kinds: Collection[str] = HEARD,
    run_chars: int | None = None,
) -> Iterator[Turn]:
    """As `join_turns`, of utterances that come in the order of the text; holds those of one turn at
    a time.
    """
    last: list[Utterance] = []
    rest = False
    others: set[str | None] = set()  # who is skipped since the last line
    for piece in utterances:
        if piece.method == "quoted" or piece.kind not in kinds:
            others.add(piece.speaker)
            continue
        parted = bool(others - {None, piece.speaker})
        others.clear()
        goes_on = bool(last) and _one_speech(last[-1], piece)
        cut = False
        if last and not goes_on and not parted:
            cut = _one_run(last[-1], piece, source, max_gap_chars)
            goes_on = cut and (
                run_chars is None or sum(len(p.text) for p in (*last, piece)) <= run_chars
            )
        if goes_on:
            last.append(piece)
            continue
        if last:
            yield _turn(last, rest=rest)
        last, rest = [piece], cut
    if last:
        yield _turn(last, rest=rest)


def _one_speech(last: Utterance, piece: Utterance) -> bool:
    same = last.speaker == piece.speaker and last.scene == piece.scene
    return same and last.speech == piece.speech != -1


def _one_run(last: Utterance, piece: Utterance, source: str | None, max_gap_chars: int) -> bool:
    if last.speaker != piece.speaker or last.scene != piece.scene:
        return False
    if piece.speaker is None and last.paragraph != piece.paragraph:
        return False
    return gap(last.end, piece.start, source) <= max_gap_chars


def _turn(run: list[Utterance], *, rest: bool) -> Turn:
    texts = [unwrapped(piece.text) for piece in run]
    whole = texts[:1]
    for piece, before, text in zip(run[1:], texts, texts[1:], strict=False):
        whole += ["\n" if piece.method == "chat" else between(before, text), text]
    first, last = run[0], run[-1]
    return Turn(
        first.speaker,
        "".join(whole),
        first.start,
        last.end,
        first.scene,
        min(piece.confidence for piece in run),
        tuple((piece.start, piece.end) for piece in run),
        _listeners(run),
        form_of_pieces([p.text for p in run], verse=first.method not in LABELLED),
        rest,
    )


def _listeners(run: list[Utterance]) -> tuple[str, ...]:
    """To whom a turn is said. In scripts and chats the addressee is no more than who spoke before,
    which the order of the lines says as well."""
    if run[0].method in LABELLED:
        return ()
    return tuple(dict.fromkeys(name for piece in run for name in persons(piece.addressee)))


def gap(end: int, start: int, source: str | None) -> int:
    """Characters of narration between two utterances; without white space where the source is at
    hand.
    """
    return start - end if source is None else len("".join(source[end:start].split()))


def between(first: str, second: str) -> str:
    """What stands between two pieces of one turn: nothing where Chinese meets Chinese, else a
    space.
    """
    return "" if EAST.match(first[-1:]) and EAST.match(second[:1]) else " "


def unwrapped(text: str) -> str:
    """A wrapped line made whole; an empty line stays as one line break."""
    if "\n" not in text and "\r" not in text:
        return text
    parts = [SOFT_BREAK.split(part) for part in HARD_BREAK.split(text)]
    return "\n".join(_whole(part) for part in parts)


def _whole(rows: list[str]) -> str:
    whole, last = rows[:1], rows[0]
    for row in rows[1:]:
        whole += [between(last, row) if last and row else "", row]
        last = row or last
    return "".join(whole)
