"""By structure: each article, chapter, scene or other unit that the text itself is made of is a
chunk.
"""

from collections.abc import Sequence

from studio.chunking.atoms import Plan, Units
from studio.chunking.methods.filling import evenly
from studio.chunking.methods.strengths import strengths
from studio.text.headings import Heading

# Where a section of the text has no heading of the kind: the level above which a heading parts the
# text.
USUAL_LEVEL = {"part": 14, "chapter": 30, "section": 44, "article": 50, "scene": 36}
# A unit longer than this many chunks need not be seen whole before its first ones are cut.
LONG_UNIT = 64

# Whether a heading joins the one above it: never, or whatever its level.
NONE_OPEN, ANY_BELOW = 1_000, -1


def structure(text: str, units: Units, sizes: list[int], kind: str, most: int) -> Plan:
    """One chunk for each unit of `kind`, those over `most` parted evenly inside; nothing is joined
    across units.

    Heading lines go with the first unit below them, and text before the first heading is a chunk of
    its own.
    """
    strong, begins = strengths(text, units), starts(units.headings, kind)
    firsts: list[int] = []
    last = 0
    for begin, end in zip(begins, [*begins[1:], len(units)], strict=True):
        last = len(firsts)
        firsts += evenly(sizes, strong, begin, end, most)
    if not last and sizes[-1] > LONG_UNIT * most:
        last = len(firsts) // 2
    return Plan(units, firsts, last)


def starts(headings: Sequence[Heading | None], kind: str) -> list[int]:
    """The units that begin a part of the structure, 0 first."""
    above = min(
        (heading.level for heading in headings if heading and heading.kind == kind),
        default=USUAL_LEVEL.get(kind, 0),
    )
    found, open_level = [0], NONE_OPEN
    for unit, heading in enumerate(headings):
        if heading is None or not (
            heading.own_line
            if kind == "heading"
            else heading.kind == kind or heading.level <= above
        ):
            stays = heading is not None and heading.own_line
            open_level = open_level if stays else NONE_OPEN
            continue
        if unit and heading.level <= open_level:
            found.append(unit)
        open_level = (
            NONE_OPEN
            if not heading.own_line
            else heading.level
            if heading.kind == "article"
            else ANY_BELOW
        )
    return found
