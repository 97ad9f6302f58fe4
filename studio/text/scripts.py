"""Kinds of characters, and what language the text around a place is in."""

import re
from collections.abc import Iterator

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff〇\U00020000-\U0003fffd"
# Marks that stand at the end of a sentence or clause in Chinese.
CHINESE_MARKS = "，。！？；：、…"
CHINESE_CLOSING = "」』”’）》】〕〉］"
CHINESE_OPENING = "「『“‘（《【〔〈［"
CHINESE = re.compile(f"[{HAN}\u3040-\u30ff\uff00-\uff60，。！？；：、「」『』（）《》【】〔〕〈〉]")
HAN_ONE = re.compile(f"[{HAN}]")
LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
# Blank characters of one line, the no-break, typographic and ideographic spaces among them.
BLANK = " \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
LINE = re.compile(r"[^\n]*+\n?")
NEAR = 40
ENDS = frozenset(".!?。！？…；;:：\"'”’」』）)》】]】—")


def is_han(character: str) -> bool:
    """Whether it is a Chinese character; False for the empty text."""
    return bool(character) and HAN_ONE.match(character) is not None


def has_chinese(text: str) -> bool:
    """Whether there is a Chinese character in it."""
    return HAN_ONE.search(text) is not None


def is_chinese(text: str) -> bool:
    """Whether at least a fifth of the first 20,000 letters are Chinese characters."""
    sample = text[:60000]
    chinese = len(HAN_ONE.findall(sample))
    letters = sum(map(str.isalpha, sample))
    return chinese > 0 and chinese * 5 >= letters


def is_latin(text: str, least: float) -> bool:
    """Whether at least this share of the letters in the text's first 60,000 characters is Latin;
    True where there are no letters.
    """
    sample = text[:60000]
    return len(LATIN.findall(sample)) >= least * sum(map(str.isalpha, sample))


def chinese_near(text: str, start: int, end: int) -> bool:
    """Whether the text around `start:end` is Chinese.

    It is where the nearest letter on either side is Chinese; else a Chinese character within 40
    characters counts as much as two Latin letters. Without any letter near the text's beginning
    decides.
    """
    before, after = text[max(0, start - NEAR) : start], text[end : end + NEAR]
    nearest = [next((c for c in side if c.isalpha()), "") for side in (reversed(before), after)]
    if any(is_han(c) for c in nearest):
        return True
    around = before + after if any(nearest) else text[:2000]
    return len(HAN_ONE.findall(around)) * 2 > len(LATIN.findall(around))


def lines(text: str) -> Iterator[tuple[int, int, int]]:
    """(start, end, next) of each line: `text[start:end]` without its line end, `next` where the
    next one starts.
    """
    place, size = 0, len(text)
    while place < size:
        found = text.find("\n", place)
        after = size if found < 0 else found + 1
        end = size if found < 0 else found
        if end > place and text[end - 1] == "\r":
            end -= 1
        yield place, end, after
        place = after
