"""Ways to part a run of units: full chunks, even chunks, chunks by the strongest border; and no
short ones left.

Throughout `sizes` are running sizes at the units' places (one more than units), `strong` the units'
strengths, `most` what a chunk holds and `least` what it should have. No unit is over `most`. All
are O(units).
"""

import math
from bisect import bisect_left, bisect_right

from studio.chunking.methods.strengths import SENTENCE

# How far from an even size a stronger border may be, as a share of it, and how many units are
# looked at.
SLACK = 0.15
# How full even chunks may be: in fuller ones no border would be free to choose, and a scrap would
# be left.
HEADROOM = 0.92
REACH = 256


def fill(sizes: list[int], strong: list[int], least: int, most: int) -> list[int]:
    """The units that begin a chunk when each takes as many whole units as fit.

    No heading is left behind at a chunk's end, nor the beginning of a sentence or a speech that
    goes on, unless it alone is too long; the last chunk takes from the one before until it has
    `least`.
    """
    found, unit, units = [], 0, len(strong)
    while unit < units:
        found.append(unit)
        unit = bisect_right(sizes, sizes[unit] + most) - 1
        if unit < units and strong[unit] < SENTENCE:
            unit = max(
                range(found[-1] + 1, unit + 1),
                key=lambda place: (min(strong[place], SENTENCE), place),
            )
    return _longer_tail(found, sizes, strong, least, most)


def _longer_tail(
    found: list[int], sizes: list[int], strong: list[int], least: int, most: int
) -> list[int]:
    """The last cut moved forward in the text until the last chunk has `least`, if that can be."""
    if len(found) < 2 or sizes[-1] - sizes[found[-1]] >= least:
        return found
    unit = bisect_right(sizes, sizes[-1] - least) - 1
    while unit > found[-2] and strong[unit] < SENTENCE:
        unit -= 1
    fits = (
        unit > found[-2]
        and sizes[-1] - sizes[unit] <= most
        and sizes[unit] - sizes[found[-2]] >= least
    )
    return [*found[:-1], unit] if fits else found


def evenly(sizes: list[int], strong: list[int], begin: int, end: int, most: int) -> list[int]:
    """The units that begin a chunk when begin…end is parted into as few and as even chunks as can
    be.

    A stronger border near the even place is preferred.
    """
    found = [begin]
    while (rest := sizes[end] - sizes[found[-1]]) > most:
        low, count = found[-1], math.ceil(rest / (most * HEADROOM))
        even = rest / count
        furthest = bisect_right(sizes, sizes[low] + most, low + 1, end) - 1
        # From here on, what is left fits into one chunk less.
        nearest = min(bisect_left(sizes, sizes[end] - (count - 1) * most, low + 1, end), furthest)
        goal = sizes[low] + even
        middle = min(max(bisect_left(sizes, goal, low + 1, end), nearest), furthest)
        first = max(bisect_left(sizes, goal - SLACK * even, nearest, middle), middle - REACH)
        last = min(
            bisect_right(sizes, goal + SLACK * even, middle, furthest + 1) - 1, middle + REACH
        )
        near = max(
            range(first, max(last, first) + 1),
            key=lambda unit: (strong[unit], -abs(sizes[unit] - goal)),
        )
        if strong[near] < SENTENCE:
            near = _any_sentence(strong, low, middle, furthest) or near
        found.append(near)
    return found


def _any_sentence(strong: list[int], low: int, middle: int, furthest: int) -> int:
    """The unit nearest to `middle` that begins a sentence, not far from it; 0 if there is none."""
    for distance in range(REACH):
        for unit in (middle - distance, middle + distance):
            if low < unit <= furthest and strong[unit] >= SENTENCE:
                return unit
    return 0


def by_strongest(sizes: list[int], strong: list[int], most: int) -> list[int]:
    """Part at the strongest borders first, and only where a part is too long at the next weaker
    ones; fill greedily.
    """
    found: list[int] = []
    waiting = [(0, len(strong))]
    while waiting:
        begin, end = waiting.pop()
        if sizes[end] - sizes[begin] <= most:
            found.append(begin)
            continue
        level = max(strong[begin + 1 : end])
        starts = [begin, *(unit for unit in range(begin + 1, end) if strong[unit] == level)]
        waiting += reversed(_joined(sizes, [*starts, end], most))
    return found


def _joined(sizes: list[int], starts: list[int], most: int) -> list[tuple[int, int]]:
    """Neighbouring parts joined as long as they fit; a part too long stays alone."""
    parts = [(starts[0], starts[1])]
    for begin, end in zip(starts[1:], starts[2:], strict=False):
        if sizes[end] - sizes[parts[-1][0]] <= most:
            parts[-1] = (parts[-1][0], end)
        else:
            parts.append((begin, end))
    return parts


def lengthen(
    sizes: list[int], strong: list[int], firsts: list[int], least: int, most: int
) -> list[int]:
    """Chunks under `least` joined to a neighbour over the weaker border, or evened out with one; as
    they are if no way is left.
    """
    found, waiting, last = firsts[:1], [*firsts[1:], len(strong)], len(firsts)
    at = 0
    while at < last:
        begin, end = found[-1], waiting[at]
        beyond = waiting[at + 1] if at + 1 < last else 0
        at += 1
        if sizes[end] - sizes[begin] < least and len(firsts) > 1:
            back = len(found) > 1 and sizes[end] - sizes[found[-2]] <= most
            on = beyond and sizes[beyond] - sizes[begin] <= most
            if back and (not on or strong[begin] <= strong[end]):
                found.pop()
            elif on:
                continue
            elif len(found) > 1 and (half := _half(sizes, strong, found[-2], end, most, begin)):
                found[-1] = half
            elif beyond and (half := _half(sizes, strong, begin, beyond, most, end)):
                end = half
        if at < last:
            found.append(end)
    return found


def _half(sizes: list[int], strong: list[int], begin: int, end: int, most: int, border: int) -> int:
    """Where two even chunks of begin … end meet, in place of at `border`; 0 if they need three, or
    would meet inside a sentence or a speech while `border` does not.
    """
    halves = evenly(sizes, strong, begin, end, most)
    fits = len(halves) == 2 and strong[halves[1]] >= min(SENTENCE, strong[border])
    return halves[1] if fits else 0
