"""Hard-wrapped texts: books whose lines end at a fixed width, in the middle of sentences."""

import re

from studio.chunking.headings import heading_at
from studio.chunking.marks import CLOSING, ELLIPSIS, ENDING, NEWLINE

LOOK_LINES = 4000
LIST_ITEM = re.compile(r"[ \t\u3000]{2,}|\u3000|[ \t]*(?:[-*+•>|#]|\d{1,3}[.、)）]|[（(]?[一二三四五六七八九十]{1,3}[、)）])")
ENDS = frozenset(ENDING + ELLIPSIS + CLOSING + "\"'：:—-*_")


def wrap_width(text: str) -> int:
    """The width at which the text's lines are wrapped, in characters; 0 if a line end is a border.

    Wrapped: most lines that have another right below them end in no mark, at nearly the same width.
    """
    lines = NEWLINE.split(text[:400_000], LOOK_LINES)
    inner = [
        line.rstrip() for line, below in zip(lines, lines[1:], strict=False)
        if line.strip() and below.strip() and not LIST_ITEM.match(below)
    ]
    if len(inner) < 5:
        return 0
    lengths = sorted(len(line) for line in inner)
    width = lengths[int(0.9 * (len(lengths) - 1))]
    open_ended = [line for line in inner if line[-1] not in ENDS]
    if not 20 <= width <= 140 or len(open_ended) < 0.5 * len(inner):
        return 0
    full = sum(len(line) >= 0.75 * width for line in open_ended)
    return width if full >= 0.75 * len(open_ended) else 0


def goes_on(text: str, line_start: int, line_end: int, below: int, width: int) -> bool:
    """Whether the sentence of a wrapped text runs on from text[line_start:line_end] to the line at `below`."""
    if not width or line_end - line_start < 0.6 * width:
        return False
    return not LIST_ITEM.match(text, below) and not heading_at(text, below)
