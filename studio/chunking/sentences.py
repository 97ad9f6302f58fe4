"""Sentences of a Chinese or English text, as borders: nothing is copied, dropped or normalised.

A sentence keeps its closing quotation marks and brackets, a run of marks ("？！", "……") stays whole, and
white space after it belongs to it. A line's end is a border too, except in hard-wrapped books. The
semicolon is no end: the items of a statute stay together.
"""

import re
from dataclasses import dataclass

from studio.chunking import marks
from studio.chunking.marks import CHINESE, ELLIPSIS, NEVER_FIRST, NEWLINE, NEWLINES, first_visible
from studio.chunking.wrapping import goes_on, wrap_width

SPACE = rf"[^\S{NEWLINES}]"
STOP = re.compile(rf"(?P<line>{NEWLINE.pattern})|[{re.escape(marks.ENDING + ELLIPSIS)}]+")
BLANK_LINES = re.compile(rf"(?:{SPACE}*+(?:{NEWLINE.pattern}))*+")
SPACES = re.compile(rf"{SPACE}*+")
TAIL_MARK = frozenset(marks.CLOSING + marks.ENDING + ELLIPSIS)
WORD_BEFORE = re.compile(r"[A-Za-z][A-Za-z.]*\Z")
# Before a name or an explanation: never an end.
TITLES = frozenset(
    "mr mrs ms dr prof st sen rep gov gen col capt cmdr lt sgt maj rev hon messrs mme mlle mt ft pres supt "
    "e.g i.e cf vs viz al fig figs eq eqs no nos vol vols ch sec art pp ed eds trans approx".split()
)
# An end only if a new sentence plainly follows.
WEAK = frozenset(
    "etc inc ltd co corp jr sr bros dept univ esq a.m p.m ph.d m.d b.a m.a b.c a.d "
    "jan feb mar apr jun jul aug sept sep oct nov dec mon tue wed thu fri sat sun".split()
)


@dataclass(frozen=True)
class Stop:
    """A run of marks text[start:end] and what follows its closing marks: up to `closed`, then spaces up to `after`."""

    start: int
    end: int
    closed: int
    after: int
    following: str  # the next visible character; "" where the line or the text ends
    glued: bool  # `following` stands right behind, without a space


def borders(text: str) -> list[int]:
    """Where sentences begin, in order, with 0 first and len(text) last; an empty text gives [0].

    Every sentence has a visible character, and none but the first begins with a closing or dividing mark.
    """
    found, width = [0], wrap_width(text)
    quotes = _StraightQuotes(text)
    line_start = skip = 0
    for match in STOP.finditer(text):
        if match.end() <= skip:
            continue
        if match["line"]:
            ends, at_line_end, end = False, True, match.start()
        else:
            stop = _stop(text, match, quotes, width)
            ends, end = _ends(text, stop), stop.after
            at_line_end = ends and NEWLINE.match(text, end) is not None
        if at_line_end:
            below = BLANK_LINES.match(text, end).end()
            single = below == NEWLINE.match(text, end).end()
            runs_on = single and goes_on(text, line_start, end, below, width)
            ends, line_start, end = ends or not runs_on, below, below
            if not runs_on:
                quotes.new_paragraph(end)
        skip = end
        if ends and _fits(text, found[-1], end):
            found.append(end)
    return [*found, len(text)] if text else found


def _fits(text: str, start: int, end: int) -> bool:
    """Whether `end` may be a border: something visible on both sides and no closing mark to the right."""
    first = first_visible(text, end)
    return first != "" and first not in NEVER_FIRST and not text[start:end].isspace()


def _stop(text: str, match: re.Match[str], quotes: "_StraightQuotes", width: int) -> Stop:
    """The stop with its closing marks and the spaces behind; a wrapped line's end counts as a space."""
    closed = match.end()
    while closed < len(text) and (text[closed] in TAIL_MARK or quotes.closes(closed)):
        closed += 1
    after = SPACES.match(text, closed).end()
    following = text[after : after + 1]
    line_end = NEWLINE.match(text, after)
    if line_end:
        wrapped = width and BLANK_LINES.match(text, after).end() == line_end.end()
        following = first_visible(text, after) if wrapped else ""
    return Stop(match.start(), match.end(), closed, after, following, bool(following) and closed == after and not line_end)


def _ends(text: str, stop: Stop) -> bool:
    run = text[stop.start : stop.end]
    if run.strip(".．") == "":
        return _dot_ends(text, stop)
    if run.strip(ELLIPSIS) == "":
        return not _trails_off(text, stop)
    return _open_after(text, stop)


def _open_after(text: str, stop: Stop) -> bool:
    """Whether what follows can begin a sentence: not glued on (`?id=3`) and not in lower case (`"What?" he said`)."""
    if not stop.following or CHINESE.match(stop.following):
        return True
    if stop.glued and text[stop.closed - 1].isascii() and stop.following.isascii() and stop.following.isalnum():
        return False
    return not stop.following.islower()


def _dot_ends(text: str, stop: Stop) -> bool:
    """Whether one or more full stops end a sentence: not in 4.0, Mr., e.g., J. R., U.S., file.txt or `1.`."""
    if stop.end - stop.start > 1:
        return _open_after(text, stop)
    before, bare = text[max(0, stop.start - 1) : stop.start], stop.closed == stop.end
    if bare and stop.glued and (stop.following.isalnum() or stop.following in "_/-"):
        # Only Chinese text glued to a full stop begins a sentence, and not a figure: 4.0, ４．０, file.txt.
        return bool(CHINESE.match(stop.following)) and not stop.following.isdigit() and not before.isdigit()
    if before.isdigit() and _is_list_number(text, stop.start):
        return False
    word = WORD_BEFORE.search(text, max(0, stop.start - 16), stop.start)
    if word and bare:
        return _word_ends(word.group(), stop.following)
    return _open_after(text, stop)


def _word_ends(word: str, following: str) -> bool:
    """Whether the full stop after `word` ends a sentence, `following` being the next visible character."""
    name = word.lower()
    if name in WEAK:
        return not following or following.isupper() or bool(CHINESE.match(following))
    if name in TITLES:
        # "No." and the like only before a number; "art" or "no" may well end a sentence.
        return not following or (name in ("no", "art", "ed", "fig", "trans") and not following.isdigit())
    initial = (len(word) == 1 and word.isupper() and word != "I") or re.fullmatch(r"(?:[A-Za-z]\.)+[A-Za-z]", word)
    return not following or (not initial and not following.islower())


def _is_list_number(text: str, dot: int) -> bool:
    """Whether only digits stand between the line's start and this full stop, as in a numbered list."""
    start = dot
    while start and text[start - 1].isdigit() and dot - start < 4:
        start -= 1
    while start and text[start - 1] in " \t\u3000":
        start -= 1
    return start == 0 or text[start - 1] in NEWLINES


def _trails_off(text: str, stop: Stop) -> bool:
    """Whether an ellipsis is a halt, not an end: “……我 and 我……我, a lower-case word or a mark behind it."""
    if stop.following.islower() or (stop.following and stop.following in NEVER_FIRST):
        return True
    before = text[max(0, stop.start - 1) : stop.start]
    return stop.closed == stop.end and before != "" and (before in marks.OPENING or before == stop.following)


class _StraightQuotes:
    """Which straight quotation marks close: an even one of its paragraph, or a ' right behind a sentence's end."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.counted = 0
        self.odd = False

    def new_paragraph(self, position: int) -> None:
        """Begin counting anew."""
        self.counted, self.odd = position, False

    def closes(self, position: int) -> bool:
        """Whether the character here is a straight quotation mark that closes."""
        mark = self.text[position]
        if mark == "'":
            following = self.text[position + 1 : position + 2]
            return not following.isalnum() or bool(CHINESE.match(following))
        if mark != '"':
            return False
        self.odd ^= self.text.count('"', self.counted, position) % 2 == 1
        self.counted = position
        return self.odd
