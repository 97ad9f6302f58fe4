"""ASCII marks between Chinese characters → the Chinese ones. A mark next to a digit or Latin letter stays."""

import re
from collections.abc import Iterator

from studio.documents.cleaning.characters import CHINESE, HAN, lines
from studio.documents.cleaning.edits import Edit
from studio.documents.cleaning.spec import CleanSpec

WIDE = {",": "，", ".": "。", "?": "？", "!": "！", ":": "：", ";": "；", "(": "（", ")": "）"}
BEFORE = f"[{HAN}”’》」』）】…\"]"
AFTER = f"[{HAN}“‘《「『（【”’」』）】\"()\\s]|$"
MARK = re.compile(
    rf"(?<={BEFORE})(?P<dots>\.{{3,12}}+)|(?<={BEFORE})(?P<dash>-{{2,6}}+)(?=[{HAN}“「])"
    rf"|(?<={BEFORE})(?P<mark>[,.;:?!]++)(?={AFTER})|(?P<open>\()(?=[^()\n]{{1,200}}?[{HAN}][^()\n]{{0,200}}\))",
    re.MULTILINE,
)
QUOTE = "\""
ANY = re.compile(r"[.,;:?!(\"-]")


def find(text: str, spec: CleanSpec) -> Iterator[Edit]:
    """Edits on marks; quotes are paired line by line, and only in lines that have an even number of them."""
    for start, end, _ in lines(text):
        line = text[start : min(end, start + 20_000)]
        if not ANY.search(line) or line.isascii() or not CHINESE.search(line):
            continue
        edits = sorted([*_marks(line, start), *_quotes(line, start)])
        done = 0
        for edit in edits:
            if edit.start >= done:
                done = edit.end
                yield edit


def _marks(line: str, begin: int) -> Iterator[Edit]:
    for found in MARK.finditer(line):
        start, end = begin + found.start(), begin + found.end()
        if found["dots"]:
            yield Edit(start, end, "……")
        elif found["dash"]:
            yield Edit(start, end, "——")
        elif found["mark"]:
            yield from (Edit(start + i, start + i + 1, WIDE[c]) for i, c in enumerate(found["mark"]))
        elif (closing := line.find(")", found.end())) > 0 and _chinese_outside(line, found.start(), closing):
            yield Edit(start, end, "（")
            yield Edit(begin + closing, begin + closing + 1, "）")


def _chinese_outside(line: str, opening: int, closing: int) -> bool:
    """Whether a bracket stands among Chinese: before it, or behind it where it opens the line."""
    before = line[max(0, opening - 10) : opening].rstrip(" ,.;:?!\"")[-1:]
    after = line[closing + 1 : closing + 10].lstrip()[:1]
    return bool(CHINESE.match(before) if before else CHINESE.match(after) if after else True)


def _quotes(line: str, begin: int) -> Iterator[Edit]:
    places = [i for i, c in enumerate(line) if c == QUOTE]
    if not places or len(places) % 2:
        return
    for first, second in zip(places[::2], places[1::2], strict=True):
        if CHINESE.search(line, first, second):
            yield Edit(begin + first, begin + first + 1, "“")
            yield Edit(begin + second, begin + second + 1, "”")
