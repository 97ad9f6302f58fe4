"""Traditional → simplified by OpenCC's phrases and characters (configuration t2s).

A character may be traditional in one text and simplified in another: 坏 is 坯 in the old script and
壞 in the new, 乾 is 干 or stays. So in lines that are simplified already only characters go that no
simplified text has (those outside GB 2312 whose simplified form is in common use); the rest is the
author's own.
"""

from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import cache
from typing import Any

from studio.documents.cleaning.edits import Edit
from studio.documents.cleaning.spec import CleanSpec

BLOCK = 4000
# A line with fewer telling characters than this is judged by those around it.
TELLING = 4


def find(text: str, spec: CleanSpec) -> Iterator[Edit]:
    """Edits character by character where a line keeps its length, which it nearly always does."""
    if text.isascii():
        return
    converter = _converter("t2s")
    for start, end in _blocks(text):
        block = text[start:end]
        whole = block if block.isascii() else converter.convert(block)
        if whole == block:
            continue
        place = 0
        for line in block.splitlines(keepends=True):
            # Where the block keeps its length, so do its lines.
            changed = (
                whole[place : place + len(line)]
                if len(whole) == len(block)
                else converter.convert(line)
            )
            if changed != line:
                balance, telling = _balance(line, changed)
                if telling < TELLING:
                    balance, _ = _balance(block, whole)
                yield from _in_line(line, changed, start + place, balance < 0)
            place += len(line)


def _in_line(line: str, changed: str, start: int, new_script: bool) -> Iterator[Edit]:
    if len(changed) == len(line):
        for i, (a, b) in enumerate(zip(line, changed, strict=True)):
            if a != b and not (new_script and (_in_gb2312(a) or b > "\uffff")):
                yield Edit(start + i, start + i + 1, b)
    elif new_script or len(line) > 1000:
        yield from () if new_script else (Edit(start, start + len(line), changed),)
    else:
        matcher = SequenceMatcher(None, line, changed, autojunk=False)
        for kind, first, end, new_first, new_end in matcher.get_opcodes():
            if kind != "equal":
                yield Edit(start + first, start + end, changed[new_first:new_end])


def _balance(text: str, simplified: str) -> tuple[int, int]:
    """(traditional less simplified characters, how many of either)."""
    old = _differing(text, simplified)
    new = _differing(text, _converter("s2t").convert(text))
    return old - new, old + new


def _differing(a: str, b: str) -> int:
    return sum(x != y for x, y in zip(a, b, strict=False))


def _in_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Spans of about 4,000 characters that end at a line end where there is one, so that no phrase
    is cut.
    """
    start = 0
    while start < len(text):
        end = min(len(text), start + BLOCK)
        if end < len(text):
            found = text.rfind("\n", start, end)
            end = found + 1 if found > start else end
        yield start, end
        start = end


@cache
def _converter(name: str) -> Any:
    from opencc import OpenCC

    return OpenCC(name)
