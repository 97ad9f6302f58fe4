"""Lines, paragraphs and scenes of a text, with exact offsets; nothing is copied or normalised."""

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass

from studio.text.headings import is_heading_line
from studio.text.numeral_chapters import numeral_chapters
from studio.text.punctuation import NEWLINE, NEWLINES
from studio.text.wrapping import is_wrapped

LINE = re.compile(rf"[^{NEWLINES}]+")
# Where and when a scene plays and who is in it: no heading, but nothing that is said either.
SCENE_FACT = re.compile(r"[\[【]?\s*(?:地点|时间|人物)\s*[:：].{0,80}")
SEPARATOR = re.compile(r"(?:[*＊※◇◆☆★○●□■~～=_·•#§-]\s*){3,}$|[—－–]{2,}$|[※◇◆☆★❖⁂]$")
LONGEST_BREAK = 90


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank, trimmed: text[start:end]. blanks: blank lines before it."""

    start: int
    end: int
    indent: int
    blanks: int


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A run of lines that belong together: text[start:end], its scene; a heading holds no
    speech.
    """

    start: int
    end: int
    scene: int
    heading: bool = False


def lines(text: str) -> list[Line]:
    """All lines that are not blank, with the number of blank lines before each."""
    breaks = [match.start() for match in NEWLINE.finditer(text)]
    found, last = [], -1
    for match in LINE.finditer(text):
        raw = match.group()
        body = raw.strip()
        if not body:
            continue
        start = match.start() + len(raw) - len(raw.lstrip())
        row = bisect_right(breaks, start)
        found.append(Line(start, start + len(body), start - match.start(), max(0, row - last - 1)))
        last = row
    return found


def is_break(line: str) -> bool:
    """Whether a line begins a scene or a chapter, or parts two: a heading, a separator such as
    `* * *`, a line of a script that tells where a scene plays.
    """
    return len(line) <= LONGEST_BREAK and (
        is_heading_line(line)
        or SEPARATOR.match(line) is not None
        or SCENE_FACT.fullmatch(line) is not None
    )


def scene_gap(rows: list[Line]) -> int:
    """The number of blank lines from which on a gap counts as a change of scene."""
    gaps = Counter(row.blanks for row in rows[1:])
    if not gaps:
        return 2
    usual = gaps.most_common(1)[0][0]
    if usual == 0 and gaps[0] >= 8 * (len(rows) - 1 - gaps[0]):
        return 1  # lines touch nearly everywhere, so that a single blank line means something
    return max(2, usual + 1)


def paragraphs(text: str) -> list[Paragraph]:
    """The paragraphs in order, each with its scene; heading lines stand alone."""
    rows, numerals = lines(text), numeral_chapters(text)
    joined, gap = is_wrapped(text), scene_gap(rows)
    found: list[Paragraph] = []
    scene, open_from = 0, None
    for index, row in enumerate(rows):
        heading = row.start in numerals or is_break(text[row.start : row.end])
        if found and (heading or row.blanks >= gap) and not found[-1].heading:
            scene += 1
        goes_on = (
            joined
            and row.blanks == 0
            and index > 0
            and not heading
            and found
            and not found[-1].heading
        )
        if goes_on and open_from is not None:
            found[-1] = Paragraph(open_from, row.end, scene)
            continue
        open_from = row.start
        found.append(Paragraph(row.start, row.end, scene, heading))
    return found
