"""Lines broken at a fixed width become paragraphs again.

A break was made by the width where the next word would not have fitted; this is asked of each line
with the text's own width. A text whose lines do not fill one width is left alone, and so is a block
of short lines (verse), a heading, a list item, a line that is indented more than the one before,
and a Chinese line of dialogue after a finished sentence.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from studio.documents.cleaning.edits import Edit
from studio.documents.cleaning.spec import CleanSpec
from studio.text.headings import stands_alone
from studio.text.scripts import BLANK, CHINESE, ENDS, lines

NARROWEST, WIDEST = 30, 140
FEWEST = 4
# Room at the end of a full line: a Chinese line ends early only for a mark, an English one for its
# next word.
ROOM = {True: 5, False: 14}
# Full lines among all that have a follower; Chinese paragraphs without blank lines between add
# their short ends.
FULL_SHARE = {True: 0.4, False: 0.55}
BLOCK_SHARE = 0.6
VERSE_LINES, VERSE_CAPITALS = 3, 0.75
LONGEST_BLOCK = 400
WIDE = re.compile(
    "[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60"
    "\uffe0-\uffe6“”‘’…—\U00020000-\U0003fffd]"
)
FIRST_WORD = re.compile(r"\S{1,40}")
LETTER = r"[^\W\d_]"
# The hyphens that may part a word: the common one, U+2010, and the soft one, which nothing else
# does.
HYPHENED = re.compile(rf"({LETTER}++(?:-{LETTER}++)*+)([-\u2010\u00ad])$")
# Whole words: not the halves that a line end makes of one.
WORDS = re.compile(
    rf"(?<![-\u2010\u00ad]\n)(?<![-\u2010\u00ad]\r\n)(?<![-\w]){LETTER}++"
    rf"(?:[-\u2010]{LETTER}++)*+(?![-\u2010\u00ad])"
)
FIRST_PART = re.compile(rf"{LETTER}+(?:-{LETTER}+)*")
# A soft hyphen at a line's end: the word goes on in the next line, however wide the lines are.
SOFT_BREAK = re.compile(rf"(?<={LETTER})\u00ad[ \t]*(?:\r\n|\n|\r)[ \t]*(?={LETTER})")
# Before these a hyphen stands for the end of the next compound, and a space follows it:
# "Haupt- und Nebensatz", "pre- and post-war".
SUSPENDED = frozenset("und oder bzw sowie bis and or to nor et ou y e o en of och eller".split())
TENS = frozenset("twenty thirty forty fifty sixty seventy eighty ninety".split())
UNITS = re.compile(
    r"(?:one|two|three|four|five|six|seven|eight|nine|first|second|third|fourth|fifth|sixth"
    r"|seventh|eighth|ninth)(?:s|fold)?$"
)
SPACES = BLANK.replace("\u2000-\u200a", "".join(chr(c) for c in range(0x2000, 0x200B))) + "\r\x0c"


class Line(NamedTuple):
    """One line that is not blank, without its indent and trailing spaces. width: in columns, with
    its indent.
    """

    start: int
    end: int
    text: str
    indent: int
    width: int

    @property
    def chinese(self) -> bool:
        """Whether it begins with a Chinese character or mark."""
        return CHINESE.match(self.text) is not None or self.text[0] in "“‘—…"


@dataclass
class Page:
    """What is known of the whole text: the width of its lines, and its words where hyphens ask for
    them.
    """

    text: str
    width: int = 0
    words: frozenset[str] = field(default=frozenset())

    def knows(self, word: str) -> bool:
        """Whether the text has `word` somewhere inside a line."""
        if not self.words:
            found = (word.lower().replace("\u2010", "-") for word in WORDS.findall(self.text))
            self.words = frozenset(found)
        return word.lower() in self.words


def find(text: str, spec: CleanSpec) -> Iterator[Edit]:
    """Edits that join lines, one a line end."""
    page = Page(text, _width(text))
    if not page.width:
        yield from (Edit(*found.span(), "") for found in SOFT_BREAK.finditer(text))
        return
    for block in _blocks(text):
        yield from _join(block, page)


def _blocks(text: str) -> Iterator[list[Line]]:
    """Runs of lines without a blank line between; a longer run than 400 lines goes on from its last
    line.
    """
    block: list[Line] = []
    for start, end, _ in lines(text):
        line = _line(text, start, end)
        if line:
            block.append(line)
        if block and (line is None or len(block) >= LONGEST_BLOCK):
            yield block
            block = [] if line is None else [line]
    if block:
        yield block


def _line(text: str, start: int, end: int) -> Line | None:
    raw = text[start:end]
    body = raw.strip(SPACES)
    if not body:
        return None
    indent = len(raw) - len(raw.lstrip(SPACES))
    lead = _columns(raw[:indent])
    return Line(start + indent, start + indent + len(body), body, lead, lead + _columns(body))


def _columns(text: str) -> int:
    return len(text) if text.isascii() else len(text) + len(WIDE.findall(text))


def _width(text: str) -> int:
    """The width at which the text is broken, in columns; 0 where it is not."""
    widths: Counter[int] = Counter()
    chinese = 0
    for block in _blocks(text):
        # A line's break may be forced only where another follows.
        for line in block[:-1]:
            widths[line.width] += 1
            chinese += line.chinese
    total = sum(widths.values())
    if total < FEWEST:
        return 0
    width = _percentile(widths, total, 0.95)
    mostly_chinese = chinese * 2 > total
    full = sum(n for w, n in widths.items() if width - ROOM[mostly_chinese] <= w <= width + 4)
    return (
        width if NARROWEST <= width <= WIDEST and full >= FULL_SHARE[mostly_chinese] * total else 0
    )


def _percentile(counts: Counter[int], total: int, share: float) -> int:
    passed = 0
    for value in sorted(counts):
        passed += counts[value]
        if passed >= share * total:
            return value
    return 0


def _join(block: list[Line], page: Page) -> Iterator[Edit]:
    pairs = list(zip(block, block[1:], strict=False))
    forced = [_forced(a, b, page.width) for a, b in pairs]
    prose = not _verse(pairs, forced)
    for (a, b), full in zip(pairs, forced, strict=True):
        if a.text[-1] == "\u00ad":
            joins = b.text[0].isalpha()
        elif b.chinese:
            joins = full and not (a.text[-1] in "。！？…”」』" and b.text[0] in '“「『"—')
        else:
            joins = prose and (full or (b.text[0].islower() and a.text[-1] not in ENDS))
        if (
            joins
            and b.indent <= a.indent
            and not stands_alone(b.text)
            and not stands_alone(a.text[:40])
        ):
            yield _edit(a, b, page)


def _verse(pairs: list[tuple[Line, Line]], forced: list[bool]) -> bool:
    """Whether the lines of a block end where the author ended them: few are full, or nearly all
    begin with a capital.
    """
    if not pairs or sum(forced) < BLOCK_SHARE * len(pairs):
        return True
    capitals = sum(b.text[0].isupper() or b.text[0] in "\"'“‘" for _, b in pairs)
    return len(pairs) >= VERSE_LINES and capitals >= VERSE_CAPITALS * len(pairs)


def _forced(a: Line, b: Line, width: int) -> bool:
    """Whether the first word of `b` had no room at the end of `a`."""
    if b.chinese:
        return a.width >= width - ROOM[True]
    word = FIRST_WORD.match(b.text)
    return a.width + 1 + _columns(word[0] if word else "") > width - 2


def _edit(a: Line, b: Line, page: Page) -> Edit:
    """The line end between `a` and `b`, replaced by a space, by nothing, or taken out with a word's
    hyphen.
    """
    hyphened = HYPHENED.search(a.text)
    if hyphened and b.text[0].isalpha() and not b.chinese:
        rest = FIRST_PART.match(b.text)
        return _parted(a, b, hyphened, rest[0] if rest else "", page)
    if a.text[-1] in "-\u2010" and a.text[-2:-1].isalnum() and b.text[0].isalnum():
        return Edit(a.end, b.start, "")  # 1914-1918, 6-methyl-5-hepten
    if (
        a.text[-1] == "—"
        or a.text.endswith("--")
        or CHINESE.match(a.text[-1])
        or CHINESE.match(b.text)
        or b.chinese
    ):
        return Edit(a.end, b.start, "")
    return Edit(a.end, b.start, " ")


def _parted(a: Line, b: Line, hyphened: re.Match[str], rest: str, page: Page) -> Edit:
    """The break of a word or a compound behind its hyphen: the hyphen goes, stays, or stays with a
    space.
    """
    head, mark = hyphened.groups()
    if mark == "\u00ad":
        return Edit(a.end - 1, b.start, "")
    if rest.lower() in SUSPENDED and not page.knows(head + rest):
        return Edit(a.end, b.start, " ")
    if _one_word(head, rest, page):
        return Edit(a.end - 1, b.start, "")
    return Edit(a.end, b.start, "")


def _one_word(head: str, rest: str, page: Page) -> bool:
    """Whether "exam-" and "ple" are one word: the text has it whole, or not both halves as words of
    their own.

    Names and other words with a capital keep the hyphen (Anne-Marie, non-European), unless all of
    it is in capitals; so do twenty-five and a compound that the text has elsewhere.
    """
    first, last = rest.split("-", 1)[0], head.rsplit("-", 1)[-1]
    if page.knows(f"{head}-{first}") or page.knows(f"{last}-{first}"):
        return False
    if page.knows(f"{head}-{rest}") or (last.lower() in TENS and UNITS.match(first.lower())):
        return False
    if not first[0].islower() and not (last.isupper() and first.isupper() and len(first) > 1):
        return False
    if page.knows(last + first):
        return True
    if "-" in head and page.knows(first):
        return False  # state-of-the-art
    return not (page.knows(last) and page.knows(first))
