"""Which places of a text stand inside a quotation, or between the words that lead to one and it.

Told from the marks alone, a paragraph at a time: a mark that was forgotten spoils no more than its
paragraph. A speech of several paragraphs opens anew with each, as printers do.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence

from studio.text.punctuation import NEWLINE, NEWLINES
from studio.text.sentence_ends import ENGLISH_TAG
from studio.text.speech import SAYING_ZH
from studio.text.wrapping import line_begin, paragraph_begin, wrap_width

# An opening mark and those that may close it: mixed ones too (“…").
CLOSED_BY = {
    "“": '”"＂',
    "「": "」",
    "『": "』",
    "﹁": "﹂",
    "﹃": "﹄",
    "„": '“”"',
    "«": "»",
    "‹": "›",
    '"': '"＂”',
    "＂": '＂"',
    "‘": "’",
}
DOUBLE = '“”„"＂「」『』﹁﹂﹃﹄«»‹›'
LEADING = frozenset("：:，,—")
# A verb of speech before a colon leads also to words without marks: 诗曰：
LED_WORDS = re.compile(r"[道曰云说問问答叫][：:]\Z")
INDENTED = r"[ \t]{2,}|\u3000"
LINES = rf"(?<=[{NEWLINES}])\s*"
WRAPPED = rf"(?:(?<=\r)\n|(?<=[{NEWLINES}]))(?:[ \t\u3000]*[{NEWLINES}]\s*|(?:{INDENTED})\s*)"
PAIRS = (('"', '"'), ("“", "”"), ("「", "」"), ("『", "』"))


def _marks(wrapped: bool, single: bool) -> re.Pattern[str]:
    """The quotation marks and the paragraphs' ends; a quotation within a paragraph that has no
    mark inside is found as one.
    """
    known = DOUBLE + ("‘’" if single else "")
    runs_on = r"|\n(?=\S)" if wrapped else ""
    body = rf"(?:[^{known}{NEWLINES}]++{runs_on})*+"
    whole = "|".join(rf"(?<={opening}){body}{closing}" for opening, closing in PAIRS)
    return re.compile(
        rf"[{known}{NEWLINES}](?:(?P<gap>{WRAPPED if wrapped else LINES})|(?P<whole>{whole})"
        rf"|(?P<mark>(?<=[{known}])))"
    )


MARKS = {
    (wrapped, single): _marks(wrapped, single)
    for wrapped in (False, True)
    for single in (False, True)
}
PLAIN_ENDS = frozenset('.!?。！？…”"')
# A speech with a tag of its own, which goes on with no other: "Well," said Mrs. Elton
TAGGED = re.compile(
    rf"[“\"][^{DOUBLE}]{{0,400}}+(?:(?<=[,.!?—-])[”\"]\s+(?:(?=[a-z])|{ENGLISH_TAG.pattern})"
    rf"|(?<=[，。！？…—])”[^{NEWLINES}，。！？：“”]{{0,8}}?(?:{SAYING_ZH}))"
)
LOOK = 100_000
LOOK_BACK = 20_000


def inside_quotations(text: str, places: Sequence[int]) -> list[bool]:
    """For each of the rising `places` whether it stands inside a quotation or right behind the
    words that lead to one; O(the stretch they span).
    """
    if not places:
        return []
    width = wrap_width(text)
    head = text[:LOOK]
    single = head.count("‘") > head.count("“") + head.count('"') // 2
    marks = MARKS[width > 0, single]
    first = max(0, places[0] - LOOK_BACK)
    before = places[0] - len(text[first : places[0]]) + len(text[first : places[0]].rstrip())
    start = max(first, paragraph_begin(text, line_begin(text, before), width))
    if width:  # a block of indented lines opened its quotation at its top
        start = max(
            first, text.rfind("\n\n", first, start) + 1, text.rfind("\n\r\n", first, start) + 1
        )
    return _states(text, places, marks.finditer(text, start, places[-1] + 1))


def _states(text: str, places: Sequence[int], marks: Iterable[re.Match[str]]) -> list[bool]:
    """The answer for each place, by the marks and the paragraphs' ends in their order."""
    found = [False] * len(places)

    def fill(behind: int, upto: int) -> None:
        """Of the places behind one and up to another."""
        low = bisect_right(places, behind)
        for at in range(low, bisect_right(places, upto, low)):
            found[at] = True

    opened, since = "", 0
    for match in marks:
        position = match.start()
        kind = match.lastgroup
        if kind == "gap":
            if _in_block(text, match):
                continue
            if opened:
                fill(since, position)
            if _goes_on(text, position, match.end(), opened):
                fill(position, match.end())
            opened = ""
        elif kind == "whole" and not opened:
            fill(position, match.end() - 1)
        else:
            for place in (position,) if kind == "mark" else (position, match.end() - 1):
                if not opened:
                    opened, since = _opening(text, place), place
                elif text[place] in CLOSED_BY[opened] and not _apostrophe(text, place):
                    fill(since, place)
                    opened = ""
    if opened:
        fill(since, places[-1])
    return found


def _opening(text: str, position: int) -> str:
    """The mark here, if it opens a quotation; "" if not."""
    mark = text[position]
    inside = mark == "‘" and text[position - 1 : position].isalnum()
    return mark if mark in CLOSED_BY and not inside else ""


def _in_block(text: str, gap: re.Match[str]) -> bool:
    """Whether a line end before an indented line stands in a block of such, as letters are set."""
    if gap.group()[-1] not in " \t" or len(NEWLINE.findall(gap.group())) > 1:
        return False
    line = text[line_begin(text, gap.start()) : gap.start()]
    return bool(line) and line[0] in " \t"


def _apostrophe(text: str, position: int) -> bool:
    """Whether a mark like ’ stands inside a word (don’t)."""
    return text[position] == "’" and text[position + 1 : position + 2].isalnum()


def _goes_on(text: str, end: int, begin: int, opened: str) -> bool:
    """Whether a speech, or what leads to one, goes on from a paragraph that ends at `end` to that
    which begins at `begin`.
    """
    first = text[begin : begin + 1]
    if opened and first == opened:
        closed = text[end - 1 : end] in CLOSED_BY[opened]
        if not closed and not TAGGED.match(text, begin):
            return True
    if text[end - 1 : end] in PLAIN_ENDS:
        return False
    last = text[max(0, end - 2) : end].rstrip()
    if last[-1:] in LEADING and first in CLOSED_BY:
        return True
    return LED_WORDS.search(last) is not None
