"""ASCII marks between Chinese characters → the Chinese ones.

A mark next to a digit or Latin letter stays.
"""

import heapq
import re
from collections.abc import Iterator

from studio.documents.cleaning import quotation
from studio.documents.cleaning.edits import Edit
from studio.documents.cleaning.spec import CleanSpec
from studio.text.scripts import CHINESE, HAN, lines

WIDE = {",": "，", ".": "。", "?": "？", "!": "！", ":": "：", ";": "；", "(": "（", ")": "）"}
BEFORE = f'[{HAN}”’》」』）】…"]'
AFTER = f"[{HAN}“‘《「『（【”’」』）】\"'()\\s]|$"
MARK = re.compile(
    rf"(?<={BEFORE})(?P<dots>\.{{3,12}}+)|(?<={BEFORE})(?P<dash>-{{2,6}}+)(?=[{HAN}“「])"
    rf"|(?<={BEFORE})(?P<mark>[,.;:?!]++)(?={AFTER})"
    rf"|(?P<open>\()(?=[^()\n]{{1,200}}?[{HAN}][^()\n]{{0,200}}\))",
    re.MULTILINE,
)
ANY = re.compile(r"[.,;:?!(-]")


def find(text: str, spec: CleanSpec) -> Iterator[Edit]:
    """Edits on marks, quotes among them (see `quotation`)."""
    done = 0
    quotes = (quotation.find(text, kind) for kind in (quotation.DOUBLE, quotation.SINGLE))
    for edit in heapq.merge(_stops(text), *quotes):
        if edit.start >= done:
            done = edit.end
            yield edit


def _stops(text: str) -> Iterator[Edit]:
    """Edits on everything but quotes, line by line."""
    for start, end, _ in lines(text):
        line = text[start : min(end, start + 20_000)]
        if ANY.search(line) and not line.isascii() and CHINESE.search(line):
            yield from sorted(_marks(line, start))


def _marks(line: str, begin: int) -> Iterator[Edit]:
    for found in MARK.finditer(line):
        start, end = begin + found.start(), begin + found.end()
        if found["dots"]:
            yield Edit(start, end, "……")
        elif found["dash"]:
            yield Edit(start, end, "——")
        elif found["mark"]:
            yield from (
                Edit(start + i, start + i + 1, WIDE[c]) for i, c in enumerate(found["mark"])
            )
        elif (closing := line.find(")", found.end())) > 0 and _chinese_outside(
            line, found.start(), closing
        ):
            yield Edit(start, end, "（")
            yield Edit(begin + closing, begin + closing + 1, "）")


def _chinese_outside(line: str, opening: int, closing: int) -> bool:
    """Whether a bracket stands among Chinese: before it, or behind it where it opens the line."""
    before = line[max(0, opening - 10) : opening].rstrip(' ,.;:?!"')[-1:]
    after = line[closing + 1 : closing + 10].lstrip()[:1]
    return bool(CHINESE.match(before) if before else CHINESE.match(after) if after else True)
