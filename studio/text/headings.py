"""Headings: lines, or beginnings of lines, that name what follows; and the path of those above a
place.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from string import ascii_letters
from typing import Any

from studio.text import heading_patterns as patterns
from studio.text.blanks import run_at
from studio.text.heading_patterns import ENGLISH_BEGINS, Kind, Line
from studio.text.list_items import LIST_ITEM, RULE
from studio.text.marked_levels import BELOW_WORDS, by_words, levels
from studio.text.numeral_chapters import numeral_chapters
from studio.text.punctuation import NEWLINE, NEWLINES, VISIBLE

SEPARATOR = " › "
TITLE_LEVEL = 0  # the document's own title, of which a path is no clearer
LONGEST, LONGEST_TITLE, LONGEST_SECOND = 120, 80, 60
LOOK = 200
LOOK_FOR_ANOTHER = 200_000
LEAST_CONTENTS, LEAST_ASIDE = 3, 2
# What a heading can begin with: a quick look before the patterns are tried.
FIRST = frozenset(
    "#第楔引序前自代导導绪緒总尾终終后後跋结結番摘附目参致索场上中下卷正*_ABCEFGILPRSTVcs§0123456789"
    "一二三四五六七八九十【（([=＝~～·★☆◆◇※-内外日夜晨昏晚午黄傍清深拂"
)
LINE = re.compile(rf"[^{NEWLINES}]{{0,{LONGEST + 1}}}")
OVER_RULE = re.compile(rf"[^{NEWLINES}]{{0,{LONGEST + 1}}}[{NEWLINES}]{{1,2}}[=-]")
BLANK = re.compile(r"[ \t\u3000\xa0]*")
# A Latin letter that no heading begins with, as far as words tell; no rule below the line.
NO_HEADING = (
    rf"(?:[{''.join(sorted(frozenset(ascii_letters) - FIRST))}]"
    rf"|(?=[A-Za-z])(?!(?i:{ENGLISH_BEGINS.pattern})))"
)
NO_RULE_BELOW = rf"(?!{OVER_RULE.pattern})"
# A line of which one look tells that it is no heading: most lines of most texts.
PLAIN_LINE = re.compile(
    rf"[ \t\u3000]*+(?:(?![IVXLC]{{1,7}}\.|[A-Za-z-]++\.?[ \t\u3000]*+(?:[{NEWLINES}]|\Z))"
    rf"{NO_HEADING}|[^\sA-Za-z百{re.escape(''.join(sorted(FIRST)))}]){NO_RULE_BELOW}"
)
ASKED_TITLE = re.compile(r"[^\"“‘「『—\-*#>|][^。，,；;：:.…\"”]*[？！?!]")
OPEN_TITLE = re.compile(r"[^\"“‘「『—\-*#>|].*[^\s。！？!?，,；;：:.…”’」』\"'、]")


@dataclass(frozen=True)
class Heading:
    """A line that names what follows. Smaller levels stand above larger ones.

    own_line: whether nothing else stands in the line; "第三条 凡…" holds its text too.
    """

    level: int
    kind: Kind
    title: str
    own_line: bool = True


def heading_of(text: str, place: int) -> Heading | None:
    """The heading that begins with the line at `place`, the line's first place; None if there is
    none.

    A sentence that only mentions 第三章 is none. Tables of contents are not known here: see
    `at_places`.
    """
    found = _found(text, place)
    return found[0] if found else None


def is_heading_line(line: str) -> bool:
    """Whether a line is a heading by its words alone and holds no text of what follows.

    What only its neighbours tell, a numbered or an underlined title, is not known here: see
    `heading_of`.
    """
    if line[:1] not in FIRST or len(line) > LONGEST_TITLE + 10:
        return False
    if patterns.MARKDOWN.fullmatch(line):
        return True
    named = patterns.structural(_plain(line))
    return named is not None and named.own_line


def stands_alone(line: str) -> bool:
    """Whether a line, without its indent, is a heading or begins with one, is an item of a list, a
    row of a table or a rule: no line before it runs on into it.
    """
    if LIST_ITEM.match(line) or RULE.match(line):
        return True
    named = patterns.structural(_plain(line)) if line[:1] in FIRST else None
    return named is not None


def end_of(text: str, place: int) -> int:
    """Where the heading at `place` ends whose whole line it is, its second line included; 0 if
    there is none.
    """
    found = _found(text, place)
    return found[1] if found and found[0].own_line else 0


def _found(text: str, place: int) -> tuple[Heading, int] | None:
    """(heading, where its title ends)."""
    if PLAIN_LINE.match(text, place):
        return None
    visible = VISIBLE.search(text, place)
    if not visible:
        return None
    start = visible.start()
    if numeral := numeral_chapters(text).get(start):
        title = text[start : numeral.end].rstrip(".")
        return Heading(*patterns.LEVELS["chapter"], _clean(title)), numeral.end
    first = visible.group()
    known = first in FIRST and (
        not (first.isascii() and first.isalpha()) or ENGLISH_BEGINS.match(text, start) is not None
    )
    if not known and not OVER_RULE.match(text, start):
        return None
    line = run_at(LINE, text, start).group().rstrip()
    end = start + len(line)
    if len(line) > LONGEST:
        named = patterns.structural(line)
        return (
            None
            if named is None or named.own_line
            else (Heading(named.level, named.kind, named.title, False), end)
        )
    if marked := patterns.MARKDOWN.fullmatch(line):
        return _markdown(text, start, marked), end
    if named := patterns.structural(_plain(line)) if known else None:
        return _named(text, end, named)
    if underline := _underline(text, end, line):
        return Heading(underline[0], "heading", _clean(line)), underline[1]
    if named := _numbered(text, start, line, end):
        return Heading(named.level, named.kind, _clean(named.title)), end
    return None


def _named(text: str, end: int, named: Line) -> tuple[Heading, int]:
    """The heading whose words tell what it is, with its title from the line below where it has
    none.
    """
    second, end = _second_line(text, end) if named.bare else ("", end)
    level, end = (_underline(text, end) if named.own_line else None) or (named.level, end)
    return Heading(level, named.kind, _clean(f"{named.title} {second}"), named.own_line), end


def _plain(line: str) -> str:
    """The line without emphasis all around it."""
    found = patterns.EMPHASIS.fullmatch(line)
    return found.group(2).strip() if found else line


def _clean(title: str) -> str:
    """A title as it is shown: white space made one space, no marks of emphasis, not too long."""
    shown = " ".join(title.replace("**", "").split())
    return shown if len(shown) <= LONGEST_TITLE else shown[: LONGEST_TITLE - 1] + "…"


def _markdown(text: str, start: int, marked: re.Match[str]) -> Heading:
    level, title = len(marked["marks"]), _plain(marked["title"])
    named = patterns.structural(title)
    if (
        level == 1
        and named is None
        and start < LOOK
        and not text[:start].strip()
        and text.find("\n# ", start, start + LOOK_FOR_ANOTHER) < 0
    ):
        level = TITLE_LEVEL
    elif named is not None:
        level = levels(text).get(named.level, level)
    elif by_words(text) and (start >= LOOK or text[:start].strip()):
        level += BELOW_WORDS
    return Heading(
        level,
        named.kind if named else "heading",
        _clean(named.title if named and named.own_line else title),
    )


def _underline(text: str, end: int, line: str = "") -> tuple[int, int] | None:
    """(level, end) of a row of = or - below the line; `line`: its text, where the words alone tell
    nothing.
    """
    below = _next_line(text, end)
    found = patterns.UNDERLINE.match(text, below) if below else None
    if not found or (line and (len(line) > LONGEST_TITLE or not OPEN_TITLE.fullmatch(line))):
        return None
    return (1 if found["mark"] == "=" else 2), found.end()


def _next_line(text: str, end: int) -> int:
    """Where the line right below begins; 0 if there is none."""
    newline = NEWLINE.match(text, run_at(BLANK, text, end).end())
    return newline.end() if newline else 0


def _second_line(text: str, end: int) -> tuple[str, int]:
    """The title that stands below a number alone ("第一章" / "灵根育孕"), and where the heading
    ends.
    """
    below = _next_line(text, end)
    visible = VISIBLE.search(text, below, below + LOOK) if below else None
    if not visible or len(NEWLINE.findall(text, end, visible.start())) > 3:
        return "", end
    line = run_at(LINE, text, visible.start()).group().rstrip()
    after = visible.start() + len(line)
    following = _next_line(text, after)
    near = len(NEWLINE.findall(text, end, visible.start())) == 1
    fits = OPEN_TITLE.fullmatch(line) or (near and ASKED_TITLE.fullmatch(line))
    if (
        not 0 < len(line) <= LONGEST_SECOND
        or not following
        or not fits
        or patterns.structural(_plain(line))
    ):
        return "", end
    blank = NEWLINE.match(text, run_at(BLANK, text, following).end())
    indented = text[following : following + 1] in ("\u3000", " ", "\t")
    return (
        (line, after)
        if blank or (near and (indented or patterns.UNDERLINE.match(text, following)))
        else ("", end)
    )


def _numbered(text: str, start: int, line: str, end: int) -> Line | None:
    """`1.2.3 Title` with a blank line beside it, and 一、 or `1.` where no other of the list is a
    neighbour.
    """
    if (found := patterns.SECTION_NUMBER.fullmatch(line)) and (
        _blank_before(text, start) or _blank_after(text, end)
    ):
        return Line(patterns.NUMBERED + found["number"].count("."), "heading", line)
    listed = patterns.ITEM.fullmatch(line)
    if (
        listed is None
        or not patterns.ITEM_TITLE.fullmatch(line)
        or not (_blank_before(text, start) and _blank_after(text, end))
    ):
        return None
    following = VISIBLE.search(text, end)
    before = text[max(0, start - LOOK) : start].rstrip()
    neighbours = [run_at(LINE, text, following.start()).group()] if following else []
    neighbours += NEWLINE.split(before)[-1:] if before else []
    alike = [
        item
        for near in neighbours
        if (item := patterns.ITEM.match(near.strip())) and item.lastgroup == listed.lastgroup
    ]
    return None if alike or not following else Line(patterns.NUMBERED, "heading", line)


def _blank_before(text: str, start: int) -> bool:
    before = text[max(0, start - LOOK) : start]
    return len(NEWLINE.findall(before[len(before.rstrip()) :])) > 1 or (
        start <= LOOK and not before.strip()
    )


def _blank_after(text: str, end: int) -> bool:
    below = _next_line(text, end)
    return bool(below) and NEWLINE.match(text, run_at(BLANK, text, below).end()) is not None


def at_places(text: str, places: Sequence[int]) -> list[Heading | None]:
    """The heading at each of the sentence beginnings `places`; the lines of a table of contents are
    none.

    Such a table is a run of headings without text between them. Those that end the run, each deeper
    than the one before, open the text below; of the others, three or more are a table, or any
    number below "目录".
    """
    found = [
        heading_of(text, place) if place == 0 or text[place - 1] in NEWLINES else None
        for place in places
    ]
    run: list[tuple[int, Heading]] = []
    for number, heading in enumerate([*found, None]):
        if heading and heading.own_line:
            run.append((number, heading))
            continue
        if heading and run and run[-1][1].level < heading.level:
            run.append((number, heading))
        if run:
            _leave_contents(found, run)
            run = []
    return found


def _leave_contents(found: list[Heading | None], run: list[tuple[int, Heading]]) -> None:
    """Take the lines of a table of contents out of `found`, where the headings of `run` are one."""
    opening = len(run) - 1
    while opening > 0 and run[opening - 1][1].level < run[opening][1].level:
        opening -= 1
    listed = run[: max(opening, 0)]
    named = [number for number, one in listed if patterns.CONTENTS.fullmatch(one.title)]
    # A way down to the first section that has a text is no list, though some on it are empty.
    aside = sum(after.level <= one.level for (_, one), (_, after) in pairwise(run))
    if (len(listed) < LEAST_CONTENTS or aside < LEAST_ASIDE) and not named:
        return
    for number, _ in listed:
        if number not in named[:1]:
            found[number] = None


class Stack:
    """The headings that stand above a place, the outermost first; kept from section to section."""

    def __init__(self, above: Iterable[Heading] = ()) -> None:
        self._above = list(above)

    def push(self, heading: Heading) -> None:
        """Go on below `heading`: those of its level or deeper end."""
        while self._above and self._above[-1].level >= heading.level:
            self._above.pop()
        self._above.append(heading)

    def path(self) -> str:
        """The titles from the outermost to the nearest, joined by ` › `; "" where no heading stands
        above.

        A document's own title is left out where anything stands below it.
        """
        shown = (
            self._above[1:]
            if len(self._above) > 1 and self._above[0].level == TITLE_LEVEL
            else self._above
        )
        return SEPARATOR.join(heading.title for heading in shown)

    def plain(self) -> list[list[Any]]:
        """Plain data for JSON, from which `from_plain` makes the stack again."""
        return [
            [heading.level, heading.kind, heading.title, heading.own_line]
            for heading in self._above
        ]

    @classmethod
    def from_plain(cls, data: Iterable[Sequence[Any]]) -> "Stack":
        """The stack back from `plain`."""
        return cls(Heading(*row) for row in data)
