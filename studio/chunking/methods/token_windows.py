"""Fixed windows of tokens, also inside sentences, but never inside a character nor before a closing
mark.
"""

from bisect import bisect_left

import numpy as np

from studio.chunking.atoms import Begins, Units
from studio.chunking.atoms import begins as begins_of
from studio.chunking.methods.clauses import NEAR, between_characters, fit, in_word
from studio.chunking.tokens.counting import Tokens


def windows(
    text: str,
    borders: list[int],
    tokens: Tokens,
    step: int,
    overlap: int,
    known: Begins | None = None,
) -> tuple[Units, list[int]]:
    """(units, the units that begin a window) of windows with `step` new units of `tokens.sums`
    each.

    A unit also begins where the overlap of the next window does, and at each heading.
    """
    found = (known or begins_of(text, borders[:-1])).headings
    lines = {
        end: start
        for start, end, heading in zip(borders, borders[1:], found, strict=False)
        if heading and heading.own_line
    }
    begins, sums = [0], tokens.sums
    while sums[-1] - sums[begins[-1]] > step:
        place = _place(text, sums, begins[-1], int(sums[begins[-1]]) + step)
        begins.append(_above_headings(place, begins[-1], borders, lines))
    places = set(begins)
    for begin in [*begins[1:], len(text)] if overlap else []:
        places.add(_overlap_place(text, sums, begin, int(sums[begin]) - overlap))
    heading_at = {place: heading for place, heading in zip(borders, found, strict=False) if heading}
    starts = sorted(places | set(heading_at))
    within = [_is_within(borders, place) for place in starts]
    units = Units(
        [*starts, len(text)],
        within,
        [heading_at.get(place) for place in starts],
        [False] * len(starts),
    )
    return units, [bisect_left(starts, begin) for begin in begins]


def _above_headings(place: int, low: int, borders: list[int], lines: dict[int, int]) -> int:
    """`place`, or where the headings begin that end there or are cut by it, if that is behind
    `low`.

    lines: the begin of each heading's line by its end.
    """
    at = borders[min(bisect_left(borders, place), len(borders) - 1)]
    found = place
    while at in lines:
        at = lines[at]
        found = at
    return found if found > low else place


def _place(text: str, sums: np.ndarray, low: int, most: int) -> int:
    """The last fit place behind `low` up to which the running size is within `most`."""
    furthest = int(np.searchsorted(sums, most, side="right")) - 1
    return between_characters(text, low, max(furthest, low + 1))


def _overlap_place(text: str, sums: np.ndarray, begin: int, least: int) -> int:
    """The first fit place, at a word's beginning if that is near, from which the overlap up to
    `begin` has its size.
    """
    first = int(np.searchsorted(sums, least, side="left"))
    fitting = [place for place in range(first, min(first + NEAR, begin)) if fit(text, place)]
    return next(
        (place for place in fitting if not in_word(text, place)), fitting[0] if fitting else begin
    )


def _is_within(borders: list[int], place: int) -> bool:
    at = bisect_left(borders, place)
    return at == len(borders) or borders[at] != place
