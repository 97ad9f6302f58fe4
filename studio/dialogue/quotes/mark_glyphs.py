"""Quotation marks as they are typed: which way each points, which belongs to which, and what the
characters beside one speak for.
"""

import re
from dataclasses import dataclass
from functools import cache

from studio.dialogue.quotes.quote_marks import (
    LOW,
    REVERSED,
    WEAK,
    Family,
    single_role,
)
from studio.dialogue.quotes.speech_tags import ANY_MARK, Wording
from studio.text.scripts import is_han

PAIRS = {
    "“": "”", "‟": "”", "「": "」", "『": "』", "〝": "〞〟", "«": "»", "„": "“”", "‘": "’",
    "‚": "‘’", "﹁": "﹂", "﹃": "﹄", "｢": "｣", '"': '"', "＂": "＂", "'": "'", "＇": "＇",
}  # fmt: skip
PLAIN = "\"＂'＇"
CLOSERS = "”」』〞〟»’﹂﹄｣"
SINGLES = "‘’‚'＇"
STOPS = "。！？!?….,，;；—–-～~_*)）】》"
LEADING = "：:，,、。！？!?….;；—–-(（[【《～" + ANY_MARK
FOLLOWING = "，。；：！？、,.;:!?)]）】》…—–-" + ANY_MARK
PLAIN_CLOSED, OTHER_CLOSED, OTHER_LEVEL = 1.0, 1.2, 0.3
IGNORED, IGNORED_PLAIN, IGNORED_SINGLE, APOSTROPHE = 4.0, 3.5, 1.5, 0.3


@dataclass(frozen=True)
class Glyph:
    """A mark in its place: where it points by its shape (1 opens, -1 closes, 0 either), the prices
    of taking it as an opening one, a closing one, or as no mark; the character before it; whether
    speech may begin here: 2 at the paragraph's start or behind a colon or comma, 1 behind a stop or
    a mark, else 0.
    """

    at: int
    kind: str
    direction: int
    opens: float
    closes: float
    ignored: float
    before: str
    leads: int

    @property
    def looks_turned(self) -> bool:
        """Whether what stands beside the mark speaks against its shape."""
        return (self.direction > 0 and self.closes < self.opens) or (
            self.direction < 0 and self.opens < self.closes
        )

    def closing_of(self, kind: str) -> float:
        """The price of closing with this mark what a mark of some kind opened."""
        return closing_price(kind, self.kind)

    def nesting_in(self, kind: str) -> float:
        """The price of opening with this mark inside what a mark of some kind opened."""
        return nesting_price(kind, self.kind, self.before)


@cache
def closing_price(opening: str, closing: str) -> float:
    """0 for a pair, more the less two marks have to do with each other."""
    if opening == "missing" or closing in PAIRS.get(opening, ""):
        return 0.0
    if opening in CLOSERS and (closing == opening or opening in PAIRS.get(closing, "")):
        return 0.0
    level = OTHER_LEVEL if (opening in SINGLES) != (closing in SINGLES) else 0.0
    if opening in PLAIN and closing in PLAIN:
        return 0.3 + level
    return (PLAIN_CLOSED if opening in PLAIN or closing in PLAIN else OTHER_CLOSED) + level


def nesting_price(outer: str, inner: str, before: str) -> float:
    """Marks inside marks are of another family, and stand in the middle of a sentence."""
    if inner == outer:
        if before in "。！？!?….":
            return 1.5
        return 1.0 if inner in PLAIN or before in "：:，," else 0.3
    return 0.5 if before in "。！？!?…." else 0.2


def opening_price(text: str, at: int, start: int, end: int, mark: str) -> float:
    """What speaks against an opening mark here: a word before it, a space or a stop behind."""
    before, after = text[at - 1 : at] if at > start else "", text[at + 1 : at + 2]
    price = 0.0
    last = text[max(start, at - 3) : at].rstrip()[-1:]
    if last and last not in LEADING:
        spaced = before.isspace()
        price += 0.2 if spaced else (0.6 if mark in PLAIN else 0.3) if is_han(before) else 2.0
    elif last and last.isascii() and not before.isspace() and last in ",.!?;":
        price += 1.0  # `said Tom."Go."` is rare, `"Go." said Tom` is not
    if at + 1 >= end:
        return price + 4.0
    if after.isspace():
        return price + (0.8 if not last else 1.5)
    if after in "，。,.;；：:、)）" and not text.startswith((". . .", "..."), at + 1):
        price += 2.0
    return price


def _leads(before: str) -> int:
    last = before.rstrip()[-1:]
    return 2 if last in ("", *"：:，,、") else 1 if last in LEADING else 0


def closing_cost(text: str, at: int, start: int, end: int, wording: Wording) -> float:
    """What speaks against a closing mark here: no stop before it, a space before it, a word glued
    behind; a tag of speech behind it speaks for it.
    """
    before = text[at - 1 : at] if at > start else ""
    after = text[at + 1 : at + 2] if at + 1 < end else ""
    price = 0.0
    if not before or before in "：:":
        price += 1.5
    elif before.isspace():
        price += 1.5
    elif before not in STOPS and before not in ANY_MARK:
        price += 0.6
    if after and not after.isspace() and after not in FOLLOWING:
        price += (0.0 if price == 0 else 0.2) if is_han(after) else 2.0
    if after and price < 1.0:
        place = at + 1 + (after.isspace())
        if text[place : place + 1].islower() or wording.tag_at(place, end):
            price -= 0.5
    return price


class Glyphs:
    """The marks of a text that may stand around speech; singles that are apostrophes left out."""

    def __init__(self, families: tuple[Family, ...], wording: Wording) -> None:
        self.wording = wording
        low, turned = LOW in families, REVERSED in families
        self.direction = dict.fromkeys(PAIRS, 1) | dict.fromkeys(CLOSERS, -1)
        self.direction |= dict.fromkeys(PLAIN, 0)
        if low:
            self.direction |= {"“": -1, "‘": -1}
        if turned:
            self.direction |= {"»": 1, "«": -1}
        self.pattern = re.compile(f"[{re.escape(ANY_MARK)}]")

    def within(self, text: str, start: int, end: int, most: int) -> list[Glyph]:
        """The first marks of text[start:end] in order, at most so many."""
        found = []
        for match in self.pattern.finditer(text, start, end):
            glyph = self._glyph(text, match.start(), start, end)
            if glyph is not None:
                found.append(glyph)
            if len(found) == most:
                break
        return found

    def _glyph(self, text: str, at: int, start: int, end: int) -> Glyph | None:
        mark = text[at]
        ignored = IGNORED_PLAIN if mark in PLAIN else IGNORED
        before = text[at - 1 : at] if at > start else ""
        extra = 0.0
        if mark in SINGLES:
            role = single_role(text, at, mark)
            if not role:
                return None
            ignored = IGNORED_SINGLE if mark != "‘" else 3.0
            if role == WEAK:
                ignored, extra = APOSTROPHE, 0.5
        elif mark in PLAIN and before.isdigit():
            ignored = 1.0  # inches
        if before == mark:
            ignored = min(ignored, 0.5)  # typed twice
        elif at == start and self.direction[mark] >= 0:
            ignored += 1.0
        closes = closing_cost(text, at, start, end, self.wording)
        if closes < 0 and mark not in SINGLES:
            ignored += 1.0  # a stop before it and a tag behind: hardly no mark at all
        return Glyph(
            at,
            mark,
            self.direction[mark],
            opening_price(text, at, start, end, mark),
            closes + extra,
            ignored,
            before,
            _leads(text[max(start, at - 3) : at]),
        )
