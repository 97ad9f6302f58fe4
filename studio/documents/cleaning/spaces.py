"""Spaces: runs, line ends, indents of Chinese paragraphs, blank lines, Chinese characters set
apart.

A single space between Chinese characters may mean something ("第一回 灵根育孕源流出
心性修持大道生", "第一条 为了…"), so it goes only inside a sentence, next to a Chinese mark, or
where six and more characters stand apart one by one.
Indents of other lines stay: verse, code and nested lists live by them.
"""

import re
from collections.abc import Iterator

from studio.documents.cleaning.edits import Edit
from studio.documents.cleaning.spec import CleanSpec
from studio.text.scripts import BLANK, CHINESE, CHINESE_CLOSING, HAN, is_han

MARKS = "，。！？；：、…"
APART = f"[{HAN}{MARKS}]"
FOUND = re.compile(
    rf"(?P<lines>\n(?:[{BLANK}]*+\r?\n){{3,}}+)"
    rf"|(?P<apart>(?<![{HAN}]){APART}(?:[{BLANK}]{{1,2}}+{APART}){{5,}}+(?![{HAN}]))"
    rf"|(?P<run>[{BLANK}]{{2,}}+|[\t{BLANK[2:]}])"
    rf"|(?P<one>(?<=[{HAN}{MARKS}{CHINESE_CLOSING}]) "
    rf"(?=[{HAN}{MARKS}{CHINESE_CLOSING}“「『《（]) ?| (?=\r?\n|\Z)|^ (?=[{HAN}“「『《（【—…]))",
    re.MULTILINE,
)
ONE_APART = re.compile(f"[{BLANK}]+")
CLAUSE = re.compile("[，。！？；]")
INSIDE = 60
SHORT_WORD = 4


def find(text: str, spec: CleanSpec) -> Iterator[Edit]:
    """Edits on spaces and blank lines."""
    for found in FOUND.finditer(text):
        start, end = found.span()
        kind = found.lastgroup
        if kind == "lines":
            yield Edit(start, end, "\n\n")
        elif kind == "apart":
            yield from (
                Edit(start + m.start(), start + m.end(), "") for m in ONE_APART.finditer(found[0])
            )
        elif kind == "run":
            yield from _run(text, start, end)
        elif (
            text[end : end + 1] in ("\n", "\r", "")
            or text[start - 1 : start] in ("\n", "")
            or _stray(text, start, end)
        ):
            yield Edit(start, end, "")


def _run(text: str, start: int, end: int) -> Iterator[Edit]:
    """Two spaces and more, or one that is not the plain space."""
    before, after = text[start - 1] if start else "\n", text[end : end + 1]
    if after in ("\n", "\r", ""):
        yield Edit(start, end, "")
    elif before == "\n":
        if CHINESE.match(after) or after in "“‘—…":
            yield Edit(start, end, "")
        elif "\u3000" in text[start:end]:
            yield Edit(start, end, text[start:end].replace("\u3000", "  "))
    elif _stray(text, start, end):
        yield Edit(start, end, "")
    else:
        yield Edit(start, end, "\t" if "\t" in text[start:end] else " ")


def _stray(text: str, start: int, end: int) -> bool:
    """Whether a space between two characters parts what belongs together."""
    before, after = text[start - 1], text[end]
    if after in MARKS or after in CHINESE_CLOSING:
        return CHINESE.match(before) is not None
    if before in MARKS:
        return CHINESE.match(after) is not None
    if not (is_han(before) and is_han(after)):
        return False
    left, right = (
        text[max(0, start - INSIDE) : start].rpartition("\n")[2],
        text[end : end + INSIDE].partition("\n")[0],
    )
    if not CLAUSE.search(left) or not CLAUSE.search(right):
        return False
    # Two short words may be items of a list.
    return _word(left[::-1]) > SHORT_WORD or _word(right) > SHORT_WORD


def _word(text: str) -> int:
    """How many Chinese characters stand at the beginning without a break."""
    return next((i for i, c in enumerate(text) if not is_han(c)), len(text))
