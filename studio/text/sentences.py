"""Sentences of a Chinese or English text, as borders: nothing is copied, dropped or normalised.

A sentence keeps its closing quotation marks and brackets, a run of marks ("？！", "……") stays
whole, and white space after it belongs to it. A line's end is a border too, except in hard-wrapped
books. The semicolon is no end: the items of a statute stay together.
"""

import re
from collections.abc import Iterator
from functools import lru_cache, partial
from math import ceil

from studio.text import punctuation
from studio.text.abbreviations import ABBREVIATED, LONGEST_WORD
from studio.text.blanks import run_at
from studio.text.headings import LONGEST as LONGEST_HEADING
from studio.text.headings import end_of
from studio.text.punctuation import ELLIPSIS, NEVER_FIRST, NEWLINE, NEWLINES, VISIBLE
from studio.text.sentence_ends import (
    ENGLISH_TAG,
    ROMAN,
    Brackets,
    Stop,
    ends,
    goes_on_behind_quote,
)
from studio.text.straight_quotes import DOUBLE, StraightQuotes
from studio.text.wrapping import (
    FULL_LINE,
    RUNS_ON,
    goes_on,
    line_begin,
    paragraph_begin,
    wrap_width,
)

SPACE = rf"[^\S{NEWLINES}]"
# Stops of which no look around is needed to tell that a sentence ends: Chinese text follows at
# once, a capital behind a longer English word's full stop, the line's end, or a blank line. Each
# begins with one of a set, so that the search runs through the text without trying them all.
CHINESE_STOP = r"(?<=[。！？])[。！？]*+[”’」』]*+"
ENGLISH_STOP = r"(?<=[a-z][a-z]\.)"
ENGLISH_CLOSED = rf"(?:{ENGLISH_STOP}|(?<=[a-z][!?]))[”’\"']?+"
ENGLISH_BEGINS = r"[“‘\"]?[A-Z]"
MARKS = re.escape(punctuation.ENDING + ELLIPSIS)
LINE_END = rf"(?:(?<=\r)\n|(?<=[{NEWLINES}])(?!(?<=\r)\n))"
STOP_RUN = re.compile(rf"[{re.escape(punctuation.ENDING + ELLIPSIS)}]*")
CHINESE_ENDS = frozenset("。！？")
PLAIN = frozenset(("plain", "word", "english"))
AT_LINE_END = frozenset(("closed", "turned"))
# A word long enough to be no abbreviation and no Roman number.
WORD = r"(?<=[a-z]{5}\.)(?<![ivxlcdm]{5}\.)" + "".join(
    rf"(?<!{name}\.)" for name in sorted(ABBREVIATED) if len(name) >= 5 and name.isalpha()
)
# No sentence ends: before a word in lower case, and between Mr. and a name.
NO_STOP = r"(?:(?<=[.!?])[”’\"']?+{space}(?=[a-z])|(?<=\b[MD]r\.)(?= [A-Z])|(?<=\bMrs\.)(?= [A-Z]))"
BLANK_LINES = re.compile(rf"(?:{SPACE}*+(?:{NEWLINE.pattern}))*+")
SPACES = re.compile(rf"{SPACE}*+")
TAIL_MARK = frozenset(punctuation.CLOSING + punctuation.ENDING + ELLIPSIS)
NOTE = re.compile(r"\[\d{1,3}\]|[¹²³⁰⁴-⁹]")
NOTED = frozenset("[¹²³⁰⁴⁵⁶⁷⁸⁹*_~")
LOOK = 500
EMPHASIS = re.compile(r"\*{1,3}|_{1,3}|~~")


@lru_cache(maxsize=16)
def _stops(width: int) -> re.Pattern[str]:
    """The stops and line ends of a text wrapped at `width` characters (0: not wrapped).

    The line ends of a wrapped text over which a sentence plainly runs on are none of them.
    """
    full = rf"[^{NEWLINES}]{{{ceil(FULL_LINE * width)}}}"
    over = rf"(?!(?:(?<={full}\n)|(?<={full}\r\n)){RUNS_ON})" if width else ""
    space = r"(?: |\r?\n)" if width else " "
    return re.compile(
        rf"[{MARKS}{NEWLINES}](?:(?P<line>{LINE_END}{over})"
        rf"|(?!{NO_STOP.format(space=space)})(?:(?<=[{MARKS}])(?:"
        rf"(?P<plain>{CHINESE_STOP}(?=[一-鿿]))|(?P<last>{CHINESE_STOP}[ \u3000]*+(?=[\n\r]))"
        rf"|(?P<word>{WORD}[”’\"']?+ (?={ENGLISH_BEGINS}))"
        rf"|(?P<english>{ENGLISH_CLOSED} (?={ENGLISH_BEGINS}))"
        rf"|(?P<closed>(?:{ENGLISH_STOP}|(?<=[!?]))[”\"]?+(?=\r?\n[ \t]*+\r?\n))"
        rf"|(?P<turned>{ENGLISH_CLOSED}(?=\r?\n{ENGLISH_BEGINS}))"
        rf"|[{MARKS}]*+)))"
    )


def borders(text: str) -> list[int]:
    """Where sentences begin, in order, with 0 first and len(text) last; an empty text gives [0].

    Every sentence has a visible character, and none but the first begins with a mark of
    `NEVER_FIRST`.
    """
    return [0, *stream(text)]


def stream(text: str, begin: int = 0) -> Iterator[int]:
    """The borders after `begin`, in order, the last len(text); in bounded memory and O(len(text) -
    begin).

    begin: 0 or any border of `text`; what is given is then what `borders(text)` has after it.
    """
    width, last = wrap_width(text), begin
    line_start = line_begin(text, begin)
    quotes = StraightQuotes(text, paragraph_begin(text, line_start, width))
    brackets = Brackets(text)
    skip = begin
    # A line is asked about once, however many stops it has.
    heading_end = lru_cache(maxsize=1)(partial(end_of, text))
    for match in _stops(width).finditer(text, begin):
        start, end = match.span()
        if end <= skip:
            continue
        kind = match.lastgroup
        if width:  # line ends over which the sentence ran on
            line_start = max(line_start, text.rfind("\n", line_start, start) + 1)
        if kind in PLAIN and start >= skip and _plainly(text, match, last, brackets):
            skip = end
            if end - line_start > LONGEST_HEADING or heading_end(line_start) < end:
                yield end
                last = end
            continue
        newline: re.Match[str] | None = match
        if kind == "line":
            ended, end = False, start
        elif start >= skip and (
            kind == "last"
            and not width
            or (kind in AT_LINE_END and _plainly(text, match, last, brackets))
        ):
            ended, newline = True, NEWLINE.match(text, end)
        else:
            stop = _stop(text, match, quotes, width, last)
            ended, end = ends(text, stop, last), stop.after
            newline = NEWLINE.match(text, end) if ended else None
        if newline:
            below = run_at(BLANK_LINES, text, end).end()
            single = below == newline.end()
            runs_on = single and goes_on(text, line_start, end, below, width)
            ended = ended or not (runs_on or heading_end(line_start) > end)
            line_start = end = below
            if not runs_on:
                quotes.new_paragraph(end)
        elif ended and end - line_start <= LONGEST_HEADING:
            ended = heading_end(line_start) < end
        skip = end
        if ended and (
            kind != "line" and text[end : end + 1].isalnum() or _fits(text, last, end, quotes)
        ):
            yield end
            last = end
    if last < len(text):
        yield len(text)


def _plainly(text: str, match: re.Match[str], last: int, brackets: Brackets) -> bool:
    """Whether a stop of the plain kinds ends the sentence that began at `last`, as `ends` would
    find with more work; False also where that must be asked.
    """
    start, end = match.span()
    kind = match.lastgroup
    if kind == "closed":
        return text[start] != "." or not _abbreviated(text, start)
    if brackets.open_before(last, start):
        return False
    if kind == "word":
        return True
    if kind == "plain":
        return text[end - 1] in CHINESE_ENDS or not goes_on_behind_quote(text, end)
    bare = end - start == (2 if kind == "english" else 1)
    if text[start] == ".":
        return not (bare and _abbreviated(text, start))
    place = end if kind == "english" else end + (2 if text[end] == "\r" else 1)
    return bare or ENGLISH_TAG.match(text, place) is None


def _abbreviated(text: str, dot: int) -> bool:
    """Whether the word before the full stop may be an abbreviation or a Roman number."""
    word = text[text.rfind(" ", max(0, dot - LONGEST_WORD), dot) + 1 : dot]
    return not (word.isalpha() and word.islower()) or word in ABBREVIATED or not word.strip(ROMAN)


def _fits(text: str, start: int, end: int, quotes: StraightQuotes) -> bool:
    """Whether `end` may be a border: something visible on both sides and no closing mark to the
    right.
    """
    first = VISIBLE.search(text, end)
    if not first or first.group() in NEVER_FIRST or VISIBLE.search(text, start, end) is None:
        return False
    return first.group() not in DOUBLE or not quotes.closes_apart(first.start())


def _stop(text: str, match: re.Match[str], quotes: StraightQuotes, width: int, last: int) -> Stop:
    """The stop with its closing marks and the spaces behind; a wrapped line's end counts as a
    space.
    """
    closed = run_end = run_at(STOP_RUN, text, match.start()).end()
    while closed < len(text):
        if text[closed] in TAIL_MARK or quotes.closes(closed):
            closed += 1
        elif length := _note(text, closed, match.start(), last):
            closed += length
        else:
            break
    after = run_at(SPACES, text, closed).end()
    if closed < after < len(text) and quotes.closes_apart(after):
        closed = after + 1
        after = run_at(SPACES, text, closed).end()
    place, glued = after, after == closed
    if line_end := NEWLINE.match(text, after):
        glued = False
        if width and run_at(BLANK_LINES, text, after).end() == line_end.end():
            place = run_at(SPACES, text, line_end.end()).end()
    following = text[place : place + 1].strip()
    return Stop(match.start(), run_end, closed, after, place, following, glued and following != "")


def _note(text: str, position: int, stop: int, last: int) -> int:
    """The length of a note's number (`.[3]`) or of emphasis that ends here (`**No.** Then`); 0 if
    there is none.
    """
    if text[position] not in NOTED:
        return 0
    if note := NOTE.match(text, position):
        return len(note.group())
    run = EMPHASIS.match(text, position)
    if not run:
        return 0
    behind = text[run.end() : run.end() + 1]
    closing = not behind or behind.isspace() or behind in NEVER_FIRST
    return (
        len(run.group())
        if closing or text.count(run.group(), max(last, stop - LOOK), stop) % 2
        else 0
    )
