"""Sentences longer than a chunk may be, cut after a clause where there is one, else between characters."""

import re
import unicodedata

import numpy as np

from studio.chunking.marks import CLOSING, DIVIDING, ELLIPSIS, ENDING, NEVER_FIRST, NEWLINES, VISIBLE
from studio.chunking.tokens import Tokens

CLAUSE = re.compile(rf"[{re.escape(DIVIDING + ENDING + ELLIPSIS + CLOSING + NEWLINES)}—–]+[\"']*\s*")
JOINERS = "\u200d\ufe0e\ufe0f"
BACK_CHARS = 200
LOOK_CHARS = 64


def pieces(text: str, start: int, end: int, tokens: Tokens, limit: int) -> list[int]:
    """Borders inside the sentence text[start:end] so that no piece is over `limit` units; [] if it fits.

    Clauses are packed whole; a clause over the limit is cut between characters. A piece begins with no
    closing mark, unless marks alone are over the limit.
    """
    if tokens.sums[end] - tokens.sums[start] <= limit:
        return []
    clauses = [m.end() for m in CLAUSE.finditer(text, start, end) if m.end() < end and _good(text, m.end())]
    found, low, at = [], start, 0
    while tokens.sums[end] - tokens.sums[low] > limit:
        furthest = int(np.searchsorted(tokens.sums, tokens.sums[low] + limit, side="right")) - 1
        while at < len(clauses) and clauses[at] <= furthest:
            at += 1
        # A clause border in the last half of what fits; an earlier one would leave a scrap.
        clause = clauses[at - 1] if at and clauses[at - 1] > low + (furthest - low) // 2 else 0
        low = clause or _between_characters(text, low, furthest)
        found.append(low)
    return found


def _between_characters(text: str, low: int, furthest: int) -> int:
    """The last fit place to cut in text[low + 1 : furthest + 1], at a space if one is near."""
    floor = max(low + 1, furthest - BACK_CHARS)
    for place in range(furthest, max(floor, furthest - 40), -1):
        if text[place - 1].isspace() and not text[place].isspace() and _good(text, place):
            return place
    for place in range(furthest, floor - 1, -1):
        if _good(text, place):
            return place
    return furthest


def _good(text: str, place: int) -> bool:
    """Whether a piece may begin here: no closing mark, nothing that belongs to the character before."""
    first = text[place]
    visible = VISIBLE.search(text, place, place + LOOK_CHARS)
    if (visible and visible.group() in NEVER_FIRST) or text[place - 1 : place + 1] == "\r\n":
        return False
    if first in JOINERS or text[place - 1] == "\u200d":
        return False
    if first in ELLIPSIS + "—" and text[place - 1] == first:
        return False
    return unicodedata.category(first)[0] != "M"
