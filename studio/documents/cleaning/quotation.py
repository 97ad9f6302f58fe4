"""Straight quote marks among Chinese text → “” and ‘’, each in the direction in which it stands.

A mark opens or closes: whichever contradicts least what stands beside it and the other marks of its
line, those that are curly already among them. Only a mark that finds its partner is changed, and
nothing is guessed: where two readings of a line are as good as each other, or the best is a bad
one, its straight marks stay. A quotation may go on over several lines; a paragraph of it that
begins with a mark of its own goes on with the one before.
"""

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from studio.documents.cleaning.edits import Edit
from studio.text.scripts import BLANK, CHINESE, NEAR, is_han, lines

LONGEST_LINE = 20_000
# How far behind its opening mark a quotation may close.
MOST_LINES, MOST_CHARS = 12, 3_000
# What a reading of a line costs. A single mark that waits for the next line is nothing odd; the
# others are.
WAITS, GOES_ON, DROPPED = 1.0, 0.0, 1.0
NESTED, TWICE_OPEN, NEVER_OPENED = 1.5, 4.0, 2.5
UNFIT = 2.0
BAD, CLOSE_CALL = 2.0, 0.5
DEEPEST = 2
KEPT = 3
COMMON = 12
BEFORE_OPENING = frozenset("：:（(「『《〈【〔“‘—…")
AFTER_CLOSING = frozenset("，。！？；：、,.!?;:）)」』》〉】〕”’")


class Kind(NamedTuple):
    """One kind of quote: the straight mark and the pair it becomes."""

    straight: str
    opening: str
    closing: str


DOUBLE, SINGLE = Kind('"', "“", "”"), Kind("'", "‘", "’")


class Mark(NamedTuple):
    """A quote mark of the text and what stands beside it."""

    at: int
    side: "Side"


class Side(NamedTuple):
    """What stands beside a mark. opens, closes: what it costs to read it so; first: it stands first
    in its line.
    """

    straight: bool
    opens: float
    closes: float
    first: bool


class Reading(NamedTuple):
    """One way to read a line's marks: what it costs, and which of them open, as (those before, the
    last one).
    """

    cost: float
    trail: tuple[Any, bool] | None

    def opens(self) -> tuple[bool, ...]:
        """For each mark whether it opens."""
        found, trail = [], self.trail
        while trail is not None:
            trail, last = trail
            found.append(last)
        return tuple(reversed(found))


@dataclass
class _Waiting:
    """Opening marks whose partner may stand in a later line, and the edits held back for them."""

    marks: list[Mark] = field(default_factory=list)
    lines: int = 0
    begun: int = 0


def find(text: str, kind: Kind) -> Iterator[Edit]:
    """Edits on the straight marks of one kind, in the order of the text."""
    if kind.straight not in text:
        return
    held: deque[Edit] = deque()
    waiting = _Waiting()
    for start, end, _ in lines(text):
        end = min(end, start + LONGEST_LINE)
        marks = _marks(text, start, end, kind)
        if waiting.marks and (waiting.lines >= MOST_LINES or end - waiting.begun > MOST_CHARS):
            waiting.marks.clear()
        waiting.lines += 1
        if marks:
            held.extend(_line(text, marks, waiting, kind))
        if not waiting.marks:
            yield from sorted(held)
            held.clear()
    yield from sorted(held)


def _marks(text: str, start: int, end: int, kind: Kind) -> list[Mark]:
    """The quote marks of a line; what is an apostrophe or a prime is none."""
    line = text[start:end]
    found: list[Mark] = []
    if kind.straight not in line and kind.opening not in line and kind.closing not in line:
        return found
    lead = len(line) - len(line.lstrip(BLANK))
    for i, c in enumerate(line):
        if c not in kind:
            continue
        before, after = line[i - 1] if i else "", line[i + 1] if i + 1 < len(line) else ""
        if kind is SINGLE and c != kind.opening and _word(before):
            continue
        opens, closes = (
            (_cost_open(before, after), _cost_close(before, after))
            if c == kind.straight
            else (0.0, 0.0)
        )
        if c != kind.straight:
            opens, closes = (0.0, math.inf) if c == kind.opening else (math.inf, 0.0)
        found.append(Mark(start + i, Side(c == kind.straight, opens, closes, i == lead)))
    return found


def _word(character: str) -> bool:
    """Whether it is a letter or digit of a script that writes apostrophes."""
    return character.isalnum() and not is_han(character)


def _cost_open(before: str, after: str) -> float:
    """How much speaks against an opening mark here: it stands before what is quoted."""
    inches = before.isdigit() and before.isascii()
    return UNFIT if not after or after.isspace() or after in AFTER_CLOSING or inches else 0.0


def _cost_close(before: str, after: str) -> float:
    """How much speaks against a closing mark here: it stands behind what is quoted."""
    return (
        UNFIT
        if not before or before.isspace() or before in BEFORE_OPENING and before not in "—…"
        else 0.0
    )


def _line(text: str, marks: list[Mark], waiting: _Waiting, kind: Kind) -> Iterator[Edit]:
    """The edits of a line; what is left open waits for the lines behind it."""
    directions = _read(tuple(mark.side for mark in marks), carried=bool(waiting.marks))
    if directions is None:
        waiting.marks.clear()
        return
    stack = list(waiting.marks)
    if stack and directions[0]:  # a new quotation: or the next paragraph of the one that waits
        if marks[0].side.first and stack[0].side.first:
            yield from _pair(text, stack[0], None, kind)
        stack.clear()
    for mark, opens in zip(marks, directions, strict=True):
        if opens:
            stack.append(mark)
        elif stack:
            yield from _pair(text, stack.pop(), mark, kind)
    if stack and stack[:1] != waiting.marks[:1]:
        waiting.lines, waiting.begun = 0, stack[0].at
    waiting.marks = stack


def _pair(text: str, first: Mark, second: Mark | None, kind: Kind) -> Iterator[Edit]:
    """The straight ones of two partners around something Chinese; where one is curly already,
    Chinese beside them will do.
    """
    end = second.at if second else first.at + NEAR
    both = second is not None and first.side.straight and second.side.straight
    around = (first.at, end) if both or second is None else (max(0, first.at - 1), end + 2)
    if not CHINESE.search(text, *around):
        return
    if first.side.straight:
        yield Edit(first.at, first.at + 1, kind.opening)
    if second is not None and second.side.straight:
        yield Edit(second.at, second.at + 1, kind.closing)


def _read(marks: tuple[Side, ...], *, carried: bool) -> tuple[bool, ...] | None:
    return _known(marks, carried) if len(marks) <= COMMON else _best(marks, carried)


@lru_cache(maxsize=8192)
def _known(marks: tuple[Side, ...], carried: bool) -> tuple[bool, ...] | None:
    """Most lines have few marks, in the same few surroundings."""
    return _best(marks, carried)


def _best(marks: tuple[Side, ...], carried: bool) -> tuple[bool, ...] | None:
    """For each mark of a line whether it opens; None where the best reading is bad or another one
    is as good.

    carried: whether a quotation is open from the lines before. The best readings are kept for each
    depth (Viterbi's algorithm), more than one, since a close second means that nobody can tell.
    """
    # (depth, whether the innermost mark that stands open is a straight one) → the best readings.
    best: dict[tuple[int, bool], list[Reading]] = {
        (0, False): [Reading(DROPPED if carried else 0.0, None)]
    }
    best[(1, False)] = [Reading(GOES_ON if carried else NEVER_OPENED, None)]
    for mark in marks:
        now: dict[tuple[int, bool], list[Reading]] = {}
        for (depth, straight), kept in best.items():
            for cost, after, opens in _moves(mark, depth, straight, carried=carried):
                if cost < math.inf:
                    now.setdefault(after, []).extend(
                        Reading(one.cost + cost, (one.trail, opens)) for one in kept
                    )
        best = {state: sorted(kept, key=_cost)[:KEPT] for state, kept in now.items()}
    ends = sorted(
        (
            Reading(one.cost + WAITS * depth, one.trail)
            for (depth, _), kept in best.items()
            for one in kept
        ),
        key=_cost,
    )
    if not ends or ends[0].cost >= BAD:
        return None
    chosen = ends[0].opens()
    close = any(one.cost - ends[0].cost < CLOSE_CALL and one.opens() != chosen for one in ends[1:])
    return None if close else chosen


def _cost(reading: Reading) -> float:
    return reading.cost


def _moves(
    mark: Side, depth: int, straight: bool, *, carried: bool
) -> Iterator[tuple[float, tuple[int, bool], bool]]:
    """(cost, state after it, whether it opens) of each way to read a mark. straight: the innermost
    open one is.
    """
    if depth == 0:
        yield mark.opens, (1, mark.straight), True
        yield mark.closes + NEVER_OPENED, (0, False), False
        return
    if depth < DEEPEST:
        alike = straight == mark.straight and mark.straight
        yield mark.opens + (TWICE_OPEN if alike else NESTED), (depth + 1, mark.straight), True
    # The one that stands open is never closed: the line before it lost its mark, or the paragraph
    # goes on.
    yield (
        mark.opens + (GOES_ON if carried and mark.first else TWICE_OPEN),
        (depth, mark.straight),
        True,
    )
    # At the head of a line nobody can tell a mark that the line before has left over from the next
    # paragraph's.
    closes = min(mark.closes, WAITS) if carried and mark.first else mark.closes
    yield closes, (depth - 1, straight if depth - 1 else False), False
