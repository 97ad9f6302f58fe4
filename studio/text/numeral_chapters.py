"""Chapters that are headed by a numeral alone, or by a numeral and a title: I, II. The Lamp, 3, 四,
FIVE.

One such line tells nothing: it may be a list's item, a page number or a lone "I". A run of them
does: they count up by one from the first on, stand between blank lines, have text between them, and
no sentence runs on from the text before one to the text behind it, as it does over a page number.
"""

import functools
import re
from collections.abc import Iterator
from typing import NamedTuple

from studio.text.punctuation import CLOSING, ELLIPSIS, ENDING, NEWLINES
from studio.text.scripts import has_chinese

FEWEST = 3  # numerals that make a run
LEAST_TEXT = 60  # characters of text between two of them
WHOLE = 0.8  # share of the run at which no sentence runs on
ENDS = frozenset(ENDING + ELLIPSIS + CLOSING + "\"'—-*_:：")
WORDS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen twenty twenty-one twenty-two twenty-three twenty-four"
    " twenty-five twenty-six twenty-seven twenty-eight twenty-nine thirty"
).split()
ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
HAN = {digit: value for value, digit in enumerate("一二三四五六七八九", start=1)}
TITLE = rf"[ \t]+(?=[A-Z\"“‘'(])[^.!?,;:。！？，；：{NEWLINES}]{{1,60}}[?!]?"
LINE = re.compile(
    rf"[{NEWLINES}][ \t\u3000]*"
    rf"(?:(?P<roman>[IVXLC]{{1,7}})(?:(?P<titled>\.{TITLE})|\.)?|(?P<arabic>\d{{1,3}})\.?"
    r"|(?P<han>[一二三四五六七八九十百]{1,5})"
    rf"|(?P<word>(?i:{'|'.join(sorted(WORDS, key=len, reverse=True))})))"
    rf"[ \t\u3000]*(?=[{NEWLINES}])"
)
BLANK_BEFORE = re.compile(rf"\A\s*\Z|[{NEWLINES}][ \t\u3000]*(?:\r\n|[{NEWLINES}])[ \t\u3000]*\Z")
BLANK_AFTER = re.compile(rf"(?:\r\n|[{NEWLINES}])[ \t\u3000]*[{NEWLINES}]")
LOOK = 200


class Numeral(NamedTuple):
    """A line of a numeral: where its text begins and ends, its value, the style it is written
    in.
    """

    start: int
    end: int
    value: int
    style: str


@functools.lru_cache(maxsize=4)
def numeral_chapters(text: str) -> dict[int, Numeral]:
    """The numerals that head a chapter of the text, by the place where each begins."""
    open_runs: dict[str, list[Numeral]] = {}
    runs: list[list[Numeral]] = []
    for one in _candidates(text):
        run = open_runs.get(one.style)
        if run and one.value == run[-1].value + 1 and _apart(text, run[-1], one):
            run.append(one)
        elif one.value == 1:
            open_runs[one.style] = [one]
            runs.append(open_runs[one.style])
    return {
        one.start: one
        for run in runs
        if len(run) >= FEWEST and _parts_sentences(text, run)
        for one in run
    }


def _candidates(text: str) -> Iterator[Numeral]:
    if first := LINE.match("\n" + text[:LOOK]):  # the first line has no line end before it
        yield from _numeral(text, first, -1)
    for found in LINE.finditer(text):
        yield from _numeral(text, found)


def _numeral(text: str, found: re.Match[str], shift: int = 0) -> Iterator[Numeral]:
    """The numeral of a line, if the line stands between blank ones; shift: of its offsets."""
    start = found.end() - len(found.group().lstrip()) + shift
    if not BLANK_AFTER.match(text, found.end() + shift) or not BLANK_BEFORE.search(
        text[max(0, start - LOOK) : start]
    ):
        return
    value, style = _value(found)
    if value:
        yield Numeral(start, start + len(found.group().strip()), value, style)


def _value(found: re.Match[str]) -> tuple[int, str]:
    """What the numeral counts, 0 for none that is written as one, and its style."""
    style = str(found.lastgroup)
    if roman := found["roman"]:
        # Lower case is left to lists; the word I in a titled line would be "I. Title" all the same.
        return (_roman(roman) if roman.isupper() else 0), ("titled" if found["titled"] else "roman")
    if word := found["word"]:
        shown = word.isupper() or word.istitle() or word.title() == word
        return (WORDS.index(word.lower()) + 1 if shown else 0), style
    if han := found["han"]:
        return _han(han), style
    return int(found["arabic"]), style


def _roman(text: str) -> int:
    values = [ROMAN[letter] for letter in text]
    total = sum(
        -value if value < max(values[place:]) else value for place, value in enumerate(values)
    )
    return total if total > 0 else 0


def _han(text: str) -> int:
    """一 to 九十九, 一百 to 九百九十九; 0 for what is no numeral."""
    total, digit = 0, 0
    for letter in text:
        if letter in HAN:
            if digit:
                return 0
            digit = HAN[letter]
        else:
            total += (digit or 1) * (10 if letter == "十" else 100)
            digit = 0
    return total + digit


def _apart(text: str, before: Numeral, one: Numeral) -> bool:
    return len("".join(text[before.end : one.start].split())) >= LEAST_TEXT


def _parts_sentences(text: str, run: list[Numeral]) -> bool:
    """Whether at nearly all of the run's numerals a text has ended and another begins."""
    whole = 0
    for one in run:
        before = text[max(0, one.start - LOOK) : one.start].rstrip()[-1:]
        after = text[one.end : one.end + LOOK].lstrip()[:1]
        begins = not after or has_chinese(after) or not after.islower()
        whole += (not before or before in ENDS) and begins
    return whole >= WHOLE * len(run)
