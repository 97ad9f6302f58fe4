"""Whether the marks of a paragraph pair up, and a quick reading of those that plainly do."""

import re
from dataclasses import dataclass, field

from studio.dialogue.quotes.mark_glyphs import CLOSERS, PAIRS, PLAIN, Glyphs, closing_price
from studio.dialogue.quotes.quote_marks import (
    BEFORE_OPENING,
    CLOSE,
    EITHER,
    OPEN,
    SINGLES,
    WEAK,
    Family,
    mark_role,
)
from studio.dialogue.quotes.speech_tags import ANY_MARK, SURE, Wording
from studio.text.scripts import is_han

STOPS = frozenset("。！？!?….,，—~～")
BEHIND_STOP = re.compile(rf"(?<=[。！？!?….,，—~～])[{re.escape(ANY_MARK)}]\s?")
SENTENCE_STOPS = frozenset("。！？!?….")
SPACE = re.escape(BEFORE_OPENING)


class PlainPairs:
    """Reads paragraphs in which marks of one level only open and close in turn."""

    def __init__(self, families: tuple[Family, ...]) -> None:
        """families: those that the text uses; single marks, which may be apostrophes, have no
        quick reading.
        """
        self.usable = bool(families) and not any(family in SINGLES for family in families)
        marks = "".join(dict.fromkeys(f.opening + f.closing for f in families))
        other = f"[^{re.escape(marks)}]*+" if marks else "[^\x00]*+"
        pairs = "|".join(_pair(family, other) for family in families) or "(?!)"
        self.whole = re.compile(f"(?:{other}(?:{pairs}))*+{other}")
        self.pair = re.compile(pairs)

    def read(self, text: str, start: int, end: int) -> list[tuple[int, int]] | None:
        """The spans of the pairs with their marks; None where the marks do not simply alternate."""
        if not self.usable or self.whole.fullmatch(text, start, end) is None:
            return None
        return [match.span() for match in self.pair.finditer(text, start, end)]


def _pair(family: Family, other: str) -> str:
    opening, closing = re.escape(family.opening), f"[{re.escape(family.closing)}]"
    if family.opening != family.closing:
        return f"{opening}{other}{closing}"
    # a straight mark opens behind a space or before a word, and closes right behind one
    no_word = r"[\s,.;:!?)\]）】，。；：！？—–-]"
    opens = rf"(?:(?<![^{SPACE}]){opening}(?!\s)|(?<=[^{SPACE}]){opening}(?!{no_word}))"
    return rf"{opens}{other}(?<![{SPACE}]){closing}"


@dataclass
class Balance:
    """How the marks of a paragraph pair up.

    lost: a mark has no partner. opening: where speech begins that stays open, -1 if none does.
    pairs: the outermost pairs before that, with their marks.
    """

    lost: bool = False
    opening: int = -1
    pairs: list[tuple[int, int]] = field(default_factory=list)


def balance(
    text: str, start: int, end: int, families: tuple[Family, ...], glyphs: Glyphs, wording: Wording
) -> Balance:
    """How the marks of text[start:end] pair up.

    A straight mark or one of the same kind inside speech, behind a stop and before a tag of speech,
    is taken for one without a partner.
    """
    used = {mark: family for family in families for mark in family.opening + family.closing}
    stack: list[tuple[str, int]] = []
    found, weak = Balance(), -1
    for match in glyphs.pattern.finditer(text, start, end):
        mark, at = match.group(), match.start()
        if mark not in used:
            continue
        role = OPEN if at == start else _role(text, at, mark, used[mark], glyphs)
        if role == WEAK:
            weak = at if weak < 0 and stack else weak
            continue
        if weak >= 0 and role == OPEN:
            found.pairs.append((stack[0][1], weak + 1))
            stack.clear()
        if role == OPEN or (role == EITHER and not (stack and stack[-1][0] == mark)):
            if stack and _breaks_off(text, at, end, mark, stack[-1][0], wording):
                found.lost = True
                return found
            stack.append((mark, at))
        elif role:
            if not stack or closing_price(stack[-1][0], mark):
                found.lost = True
                return found
            _, opening = stack.pop()
            if not stack:
                found.pairs.append((opening, at + 1))
        if role:
            weak = -1
    if stack and weak >= 0:  # `‘No’ said Tom.`, closed by what may have been an apostrophe
        found.pairs.append((stack[0][1], weak + 1))
    elif stack:
        found.opening = stack[0][1]
    return found


def _role(text: str, at: int, mark: str, family: Family, glyphs: Glyphs) -> str:
    """What a mark is, by its shape or by what stands beside it."""
    if family.opening == family.closing or family in SINGLES:
        return mark_role(text, at, family)
    return OPEN if glyphs.direction[mark] > 0 else CLOSE


def _breaks_off(text: str, at: int, end: int, mark: str, outer: str, wording: Wording) -> bool:
    """Whether a mark inside speech stands where that speech ended: one of the same shape behind a
    stop or a colon, a straight one between a stop and a tag.
    """
    before = text[at - 1]
    if mark == outer and mark not in PLAIN:
        return before in STOPS or before in "：:"
    return mark in PLAIN and before in STOPS and wording.tag_at(at + 1, end) is not None


def ends_within(text: str, opening: int, end: int, wording: Wording, *, continued: bool) -> bool:
    """Whether speech that is open at a paragraph's end ended in it: a mark of another family stands
    behind a stop and before a tag, or it has a tag of speech without a mark.

    continued: the speech began in a paragraph above, as a long story does, in which others speak
    with tags of their own.
    """
    for match in BEHIND_STOP.finditer(text, opening + 2, end):
        if _opened(text, opening + 1, match.start()):
            continue
        place = match.end()
        if place >= end or text[place].islower() or wording.tag_at(place, end):
            return True
        if is_han(text[place]) and text[match.start() - 1] in SENTENCE_STOPS:
            return True
    return not continued and any(
        tag.strength == SURE and tag.start > opening + 2 for tag in wording.tags(opening + 1, end)
    )


def _opened(text: str, start: int, at: int) -> bool:
    """Whether the mark here closes one that was opened since `start`, or opens one itself."""
    mark = text[at]
    if mark in PLAIN:
        return text.count(mark, start, at) % 2 == 1
    return mark not in CLOSERS or any(
        text.count(opening, start, at) > text.count(mark, start, at)
        for opening, closing in PAIRS.items()
        if mark in closing
    )
