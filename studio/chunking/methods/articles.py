"""Which units stand inside an article of a statute, behind its first: no chunk begins there."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.chunking.atoms import Units
from studio.text.headings import Heading
from studio.text.numerals import number_of

LAST = 2  # times the longest article before it
NUMBER = re.compile(r"第\s*(?P<chinese>[^条]+?)\s*条|(?P<plain>\d+)")


class Mark(NamedTuple):
    """A unit that begins an article: its number, None where none is known, and its heading's
    kind.
    """

    unit: int
    number: int | None
    kind: str


def in_articles(units: Units) -> list[int]:
    """Of each unit inside an article, behind its first, the number of that first unit, from 1; 0
    elsewhere.

    How far an article goes is sure only where the next one counts on from it: a text that was put
    together from parts of several is no statute. The last of a row goes on to the next heading or
    the end, where that makes it no more than twice as long as the longest before it.
    """
    sure = _sure(units)
    found, first = [], 0
    for unit, heading in enumerate(units.headings):
        if heading is not None:
            first = unit + 1 if unit in sure else 0
        found.append(first if first != unit + 1 else 0)
    return found


def _sure(units: Units) -> set[int]:
    """The units that begin an article whose end is sure."""
    found = marks(units)
    ends = [unit for unit, heading in enumerate(units.headings) if heading is not None and unit]
    ends.append(len(units))
    sure: set[int] = set()
    longest = 0
    after_each = [*(mark.number for mark in found[1:]), None]
    for (unit, number, _), after in zip(found, after_each, strict=False):
        size = units.places[ends[bisect_right(ends, unit)]] - units.places[unit]
        if number is not None and after in (number, number + 1):
            sure.add(unit)
            longest = max(longest, size)
        elif after is None and longest and size <= LAST * longest:
            sure.add(unit)
        if unit not in sure:
            longest = 0
    return sure


def in_short(units: Units, sums: NDArray[np.int64] | Sequence[int], most: int) -> list[bool]:
    """Whether each unit is inside an article that is not over `most`; sums: running sizes at the
    units' places.
    """
    inside = in_articles(units)
    ends = {first: unit + 1 for unit, first in enumerate(inside) if first}
    return [first > 0 and int(sums[ends[first]] - sums[first - 1]) <= most for first in inside]


def marks(units: Units) -> list[Mark]:
    """The begins of articles, in order."""
    return [
        Mark(unit, _number(heading), heading.kind)
        for unit, heading in enumerate(units.headings)
        if heading is not None and _is_article(heading)
    ]


def _is_article(heading: Heading) -> bool:
    """第三条 and Article 3; § 3 and Sec. 3 with their text in the same line."""
    return heading.kind == "article" or (heading.kind == "section" and not heading.own_line)


def _number(heading: Heading) -> int | None:
    """The article's number; None where it has none that is known. 第九条之一 is 9 again."""
    found = NUMBER.search(heading.title)
    if found is None:
        return None
    return int(found["plain"]) if found["plain"] else number_of(found["chinese"])
