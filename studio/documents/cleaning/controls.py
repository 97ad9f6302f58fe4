"""Characters that no reader sees or that mean nothing outside the program that wrote them.

Removed: C0 and C1 controls, terminal colours, zero-width and formatting characters, soft hyphens,
byte-order marks, characters of private use, lone surrogates. Kept: tab, newline, joiners inside
emoji, Indic, Arabic and Thai words.
Every line end (CRLF, CR, NEL, U+2028, U+2029, form feed) becomes a newline.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from studio.documents.cleaning.edits import Edit
from studio.documents.cleaning.spec import CleanSpec
from studio.documents.cleaning.unwrap import SOFT_BREAK
from studio.text.scripts import CHINESE

UNSEEN = re.compile(
    "\x1b\\[[0-9;]{0,20}[A-Za-z]|[\0-\x08\x0b-\x1f\x7f-\x9f\u00ad\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffc\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff\ue000-\uf8ff"
    "\U000e0000-\U000e007f\U000f0000-\U0010ffff]"
)
BREAKS = frozenset("\x0b\x0c\x85\u2028\u2029")
# Word's symbol fonts keep their bullets here.
BULLETS = frozenset("\uf06c\uf06e\uf075\uf09f\uf0a7\uf0b7\uf0d8\uf0fc")


def find(text: str, spec: CleanSpec) -> Iterator[Edit]:
    """Edits that remove or replace what cannot be seen."""
    for found in UNSEEN.finditer(text):
        start, end = found.span()
        if found[0] == "\u00ad" and spec.unwrap_lines and SOFT_BREAK.match(text, start):
            continue  # joins the two halves of a word, when the lines are joined
        new = _instead(text, start, end)
        if new is not None:
            yield Edit(start, end, new)


def _instead(text: str, start: int, end: int) -> str | None:
    """What stands for the character: a text, or None where it stays."""
    c = text[start]
    if c == "\r":
        return "" if text[end : end + 1] == "\n" else "\n"
    if c in BREAKS:
        return (
            ""
            if text[end : end + 1] in ("\n", "\r", "") or text[start - 1 : start] in ("\n", "")
            else "\n"
        )
    if c in "\u200b\u200c\u200d\u200e\u200f\u2060":
        return (
            None
            if _joiner_stays(c, text[start - 1 : start] if start else "", text[end : end + 1])
            else ""
        )
    if "\U000e0020" <= c <= "\U000e007f":
        before = text[start - 1 : start] if start else ""
        return None if before == "\U0001f3f4" or "\U000e0020" <= before <= "\U000e007f" else ""
    if "\ue000" <= c <= "\uf8ff":
        return _private(c, text[start - 1 : start] if start else "", text[end : end + 1])
    return ""


def _joiner_stays(c: str, before: str, after: str) -> bool:
    """Whether an invisible joiner does its work here: between emoji, or next to a letter of a
    script that needs it.
    """
    if not before or not after:
        return False
    if c == "\u200d" and (_emoji(before) and _emoji(after)):
        return True
    if c in "\u200c\u200d":
        return _joining(before)
    if c in "\u200e\u200f":
        return any(unicodedata.bidirectional(x) in ("R", "AL") for x in before + after)
    return c == "\u200b" and _unspaced(before) and _unspaced(after)


def _emoji(c: str) -> bool:
    return (
        c in "\ufe0f\u200d♀♂⚕⚖✈❤➡" or "\u2600" <= c <= "\u27bf" or "\U0001f000" <= c <= "\U0001faff"
    )


def _joining(c: str) -> bool:
    """A letter of Arabic, Syriac, Indic, Mongolian or Khmer scripts."""
    return (
        "\u0600" <= c <= "\u08ff"
        or "\u0900" <= c <= "\u0dff"
        or "\u1780" <= c <= "\u18af"
        or "\u1000" <= c <= "\u109f"
    )


def _unspaced(c: str) -> bool:
    """A letter of Thai, Lao, Tibetan, Myanmar or Khmer, where a zero-width space marks words."""
    return "\u0e00" <= c <= "\u0fff" or "\u1000" <= c <= "\u109f" or "\u1780" <= c <= "\u17ff"


def _private(c: str, before: str, after: str) -> str:
    """A character of private use: the one GBK meant by it, a bullet, □ for a lost Chinese
    character, or nothing.
    """
    if c in BULLETS:
        return "•"
    if meant := _of_gbk().get(c):
        return meant
    return "□" if CHINESE.match(before) or CHINESE.match(after) else ""


@cache
def _of_gbk() -> dict[str, str]:
    """GBK's rare characters in the private-use places they had before Unicode took them in (GB
    18030-2005, row FE).
    """
    known = {
        "\ue81e": "\u9fb4",
        "\ue826": "\u9fb5",
        "\ue82b": "\u9fb6",
        "\ue82c": "\u9fb7",
        "\ue832": "\u9fb8",
        "\ue843": "\u9fb9",
        "\ue854": "\u9fba",
        "\ue864": "\u9fbb",
    }
    for number in range(80):
        low = 0x50 + number + (0x50 + number >= 0x7F)
        meant = bytes((0xFE, low)).decode("gb18030")
        if not "\ue000" <= meant <= "\uf8ff":
            known[chr(0xE815 + number)] = meant
    return known
