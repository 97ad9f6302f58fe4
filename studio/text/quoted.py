"""Which places of a text stand inside a quotation, or between the words that lead to one and it.

Told from the marks alone, a paragraph at a time: a mark that was forgotten spoils no more than its
paragraph. A speech of several paragraphs opens anew with each, as printers do.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from studio.text.punctuation import NEWLINE, NEWLINES
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
LINES = rf"(?P<gap>[{NEWLINES}]\s*)"
WRAPPED = rf"(?P<gap>(?:\r\n|[{NEWLINES}])(?:[ \t\u3000]*[{NEWLINES}]\s*|(?:{INDENTED})\s*))"
MARKS = {
    (wrapped, single): re.compile(
        rf"(?P<mark>[{DOUBLE}{'‘’' if single else ''}])|{WRAPPED if wrapped else LINES}"
    )
    for wrapped in (False, True)
    for single in (False, True)
}
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
    return list(_states(text, places, marks.finditer(text, start, places[-1] + 1)))


def _states(text: str, places: Sequence[int], marks: Iterable[re.Match[str]]) -> Iterator[bool]:
    """The answer for each place, by the marks and the paragraphs' ends in their order."""
    opened, at, count = "", 0, len(places)
    for match in marks:
        position = match.start()
        while at < count and places[at] <= position:
            yield opened != ""
            at += 1
        if match.lastgroup == "mark":
            mark = match.group()
            if opened:
                if mark in CLOSED_BY[opened] and not _apostrophe(text, position):
                    opened = ""
            elif mark in CLOSED_BY and not (
                mark == "‘" and text[position - 1 : position].isalnum()
            ):
                opened = mark
            continue
        if _in_block(text, match):
            continue
        bound = _goes_on(text, position, match.end(), opened)
        while at < count and places[at] <= match.end():
            yield bound
            at += 1
        opened = ""
    yield from (opened != "" for _ in range(at, count))


def _in_block(text: str, gap: re.Match[str]) -> bool:
    """Whether a line end before an indented line stands in a block of such, as letters are set."""
    if len(NEWLINE.findall(gap.group())) > 1:
        return False
    line = text[line_begin(text, gap.start()) : gap.start()]
    return bool(line) and line[0] in " \t" and gap.group()[-1] in " \t"


def _apostrophe(text: str, position: int) -> bool:
    """Whether a mark like ’ stands inside a word (don’t)."""
    return text[position] == "’" and text[position + 1 : position + 2].isalnum()


def _goes_on(text: str, end: int, begin: int, opened: str) -> bool:
    """Whether a speech, or what leads to one, goes on from a paragraph that ends at `end` to that
    which begins at `begin`.
    """
    first = text[begin : begin + 1]
    if opened and first == opened:
        return True
    last = text[max(0, end - 2) : end].rstrip()
    if last[-1:] in LEADING and first in CLOSED_BY:
        return True
    return LED_WORDS.search(last) is not None
