"""Sentences longer than a chunk may be: cut between clauses, else before a joining word, else
between words, else characters.
"""

import re
import unicodedata

import numpy as np

from studio.chunking.tokens.counting import Tokens
from studio.text.punctuation import (
    CLOSING,
    DIVIDING,
    ELLIPSIS,
    ENDING,
    NEVER_FIRST,
    NEWLINES,
    OPENING,
)

STRONG = "；;؛。！？!?…"
JOINING = "但是|但|而且|并且|或者|以及|因为|所以|如果|然后|于是|不过|可是|因此|虽然|由于|并|而|则"
ENGLISH_JOINING = (
    "and|but|or|nor|because|which|that|when|while|if|so|then|who|where|although|though|since"
    "|until|for"
)
TAIL = rf"[{re.escape(DIVIDING + ENDING + ELLIPSIS + CLOSING)}]*+[\"'*_]*+\s*+"
# A clause ends behind its marks; a joining word begins one.
PLACE = re.compile(
    rf"(?P<strong>[{re.escape(STRONG)}{NEWLINES}]{TAIL})|(?P<weak>(?:[，,：:،]|——|--){TAIL})"
    rf"|(?P<list>、{TAIL}|(?<=[^\s{re.escape(OPENING)}])(?={JOINING})"
    rf"|(?<!\s)\s++(?=(?:{ENGLISH_JOINING})\s))"
)
RANKS = ("strong", "weak", "list")
JOINERS = frozenset("\u200d\ufe0e\ufe0f\u20e3")
# The shortest piece that a good place may leave, as a share of an even one.
LEAST_SHARE = 0.6
NEAR = 60


def pieces(text: str, start: int, end: int, tokens: Tokens, limit: int) -> list[int]:
    """Borders inside the sentence text[start:end] so that no piece is over `limit` units; [] if it
    fits.

    The pieces are about even. None begins with a mark of `NEVER_FIRST` or inside a character of
    several code points, unless nothing else stands in reach of the limit.
    """
    sums, found, low = tokens.sums, [], start
    while (rest := int(sums[end] - sums[low])) > limit:
        even = rest / -(-rest // limit)
        furthest, goal, floor = (
            # A whole number: the array would be copied to compare it with another kind.
            int(np.searchsorted(sums, int(sums[low] + size), side="right")) - 1
            for size in (limit, even, even * LEAST_SHARE)
        )
        furthest = max(furthest, low + 1)
        low = _clause(
            text, max(floor, low + 1), min(max(goal, low + 1), furthest), furthest
        ) or between_characters(text, low, furthest)
        found.append(low)
    return found


def _clause(text: str, floor: int, goal: int, furthest: int) -> int:
    """The place of the best rank in text[floor:furthest + 1], of those the nearest to `goal`; 0 if
    there is none.
    """
    best: dict[str | None, int] = {}
    for match in PLACE.finditer(text, floor - 1, min(furthest + 1, len(text))):
        place, rank = match.end(), match.lastgroup
        if (
            floor <= place <= furthest
            and abs(place - goal) < abs(best.get(rank, -furthest) - goal)
            and fit(text, place)
        ):
            best[rank] = place
    return next((best[rank] for rank in RANKS if rank in best), 0)


def between_characters(text: str, low: int, furthest: int) -> int:
    """The last fit place to cut in text[low + 1 : furthest + 1], between words if that is near.

    If no place is fit: one that leaves a character whole, and if there is none `furthest` itself.
    """
    for place in range(furthest, max(low, furthest - NEAR), -1):
        if fit(text, place) and not in_word(text, place):
            return place
    for test in (fit, _whole):
        for place in range(furthest, low, -1):
            if test(text, place):
                return place
    return furthest


def fit(text: str, place: int) -> bool:
    """Whether a piece may begin here: with a visible character that belongs to nothing before
    it.
    """
    if place >= len(text):
        return True
    first, before = text[place], text[place - 1]
    if first in NEVER_FIRST or first.isspace() or (first == "—" and before == "—"):
        return False
    if first in "\"'＂" and not before.isspace() and before not in OPENING:
        return False
    return _whole(text, place)


def _whole(text: str, place: int) -> bool:
    """Whether no character of several code points is cut here: marks, joined emoji, flags,
    \\r\\n.
    """
    if place >= len(text):
        return True
    first, before = text[place], text[place - 1]
    if first < "\x80":
        return not (first == "\n" and before == "\r") and before != "\u200d"
    if (
        first in JOINERS
        or before == "\u200d"
        or "\U0001f3fb" <= first <= "\U0001f3ff"
        or "\U000e0020" <= first <= "\U000e007f"
    ):
        return False
    if "\U0001f1e6" <= first <= "\U0001f1ff":
        start = place
        while start and place - start < NEAR and "\U0001f1e6" <= text[start - 1] <= "\U0001f1ff":
            start -= 1
        return (place - start) % 2 == 0
    return unicodedata.category(first)[0] != "M"


def in_word(text: str, place: int) -> bool:
    """Whether a word or number of Latin characters would be cut."""
    if place >= len(text):
        return False
    sides = text[place - 1], text[place]
    return all((side.isalnum() and side < "\u2e80") or side in "'’.-_" for side in sides) and any(
        side.isalnum() for side in sides
    )
