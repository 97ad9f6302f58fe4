"""Hard-wrapped texts: books whose lines end at a fixed width, in the middle of sentences."""

import functools
import re

from studio.text.blanks import run_at
from studio.text.headings import FIRST, NO_HEADING, NO_RULE_BELOW, OVER_RULE, heading_of
from studio.text.list_items import LIST_ITEM
from studio.text.punctuation import CLOSING, ELLIPSIS, ENDING, NEWLINE, NEWLINES

LOOK, LOOK_LINES = 400_000, 4000
FEWEST = 5  # lines that show a width
STEP = 4096
BLANK_LINE = re.compile(rf"\S\s*?(?:\r\n|[{NEWLINES}])[ \t\u3000]*[{NEWLINES}]")
# A line that begins with one of these is no item of a list, and a heading only over a rule.
BEGINS_NOTHING = frozenset("abdefghijklmnopqrtuvwxyz") - FIRST
# Such a line, and any other that begins with a Latin letter and nothing of its own.
RUNS_ON = rf"{NO_HEADING}{NO_RULE_BELOW}"
RUN_ON_LINE = re.compile(RUNS_ON)
FULL_LINE = 0.6  # of the width: a shorter line ends what it says
INDENT = re.compile(r"[ \t\u3000]*+")
ENDS = frozenset(ENDING + ELLIPSIS + CLOSING + "\"'：:—-*_")


@functools.lru_cache(maxsize=4)  # a long text is asked about once a section
def wrap_width(text: str) -> int:
    """The width at which the text's lines are wrapped, in characters; 0 if a line end is a border.

    Wrapped: most lines that have another right below them end in no mark, at nearly the same width.
    Told from the first LOOK characters.
    """
    inner = _inner(text)
    if len(inner) < FEWEST:
        return 0
    lengths = sorted(len(line) for line in inner)
    width = lengths[int(0.9 * (len(lengths) - 1))]
    open_ended = [line for line in inner if line[-1] not in ENDS]
    if not 20 <= width <= 140 or len(open_ended) < 0.5 * len(inner):
        return 0
    full = sum(len(line) >= 0.75 * width for line in open_ended)
    return width if full >= 0.75 * len(open_ended) else 0


def is_wrapped(text: str) -> bool:
    """Whether lines end in the middle of sentences: at a width, or, in a text too short to show
    one, in most of its paragraphs.
    """
    inner = _inner(text)
    if len(inner) >= FEWEST:
        return wrap_width(text) > 0
    open_ended = sum(line[-1] not in ENDS for line in inner)
    return bool(inner) and BLANK_LINE.search(text) is not None and 2 * open_ended >= len(inner)


def _inner(text: str) -> list[str]:
    """The lines of the text's beginning that have another right below them, which begins nothing
    of its own.
    """
    lines = NEWLINE.split(text[:LOOK], LOOK_LINES)
    return [
        line.rstrip()
        for line, below in zip(lines, lines[1:], strict=False)
        if line.strip() and below.strip() and not _opens(line, 0, below, 0)
    ]


def line_begin(text: str, position: int) -> int:
    """Where the line of `position` begins."""
    start = position
    while start and text[start - 1] not in NEWLINES:
        newest = max(text.rfind(mark, max(0, start - STEP), start) for mark in NEWLINES)
        start = newest + 1 if newest >= 0 else max(0, start - STEP)
    return start


def paragraph_begin(text: str, line_start: int, width: int) -> int:
    """Where the paragraph begins to which the line at `line_start` belongs."""
    while width and line_start:
        newline = line_start - (2 if text[line_start - 2 : line_start] == "\r\n" else 1)
        before = line_begin(text, newline)
        if not text[before:newline].strip() or not goes_on(
            text, before, newline, line_start, width
        ):
            break
        line_start = before
    return line_start


def goes_on(text: str, line_start: int, line_end: int, below: int, width: int) -> bool:
    """Whether the sentence of a wrapped text runs on from text[line_start:line_end] to the line at
    `below`.
    """
    if not width or line_end - line_start < FULL_LINE * width:
        return False
    if RUN_ON_LINE.match(text, below):
        return True
    if text[below : below + 1] in BEGINS_NOTHING:
        return not OVER_RULE.match(text, below)
    return not _opens(text, line_start, text, below) and not heading_of(text, below)


def _opens(text: str, line: int, text_below: str, below: int) -> bool:
    """Whether the line below plainly begins something: a list's item, or a paragraph by its
    indent.
    """
    indent = run_at(INDENT, text, line).group()
    indent_below = run_at(INDENT, text_below, below).group()
    deeper = (
        indent_below != indent
        and len(indent_below.expandtabs(4)) + indent_below.count("\u3000") > 1
    )
    return deeper or LIST_ITEM.match(text_below, below + len(indent_below)) is not None
