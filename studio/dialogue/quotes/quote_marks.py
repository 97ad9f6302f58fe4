"""Quote marks of a text and what each can be: opening, closing, or an apostrophe."""

import re
from dataclasses import dataclass

from studio.text.scripts import CHINESE

ENDS_SPEECH = ",.!?;:—–-…*_)”。，！？；"
BEFORE_OPENING = " \t\r\n\u3000([（【《"
ELIDED = re.compile(
    r"'(?:tis|twas|twere|twill|em|cause|til|till|bout|round|cept|gainst|neath|\d\ds?)\b",
    re.IGNORECASE,
)
OPEN, CLOSE, WEAK, EITHER = "O", "C", "c", "A"


@dataclass(frozen=True)
class Family:
    """Marks that belong together; several closing ones where any of them closes."""

    opening: str
    closing: str


DOUBLE = (
    Family(
        "“",
        "”",
    ),
    Family("「", "」"),
    Family("『", "』"),
    Family("〝", "〞〟"),
    Family("«", "»"),
    Family('"', '"'),
    Family("＂", "＂"),
    Family("﹁", "﹂"),
    Family("﹃", "﹄"),
    Family("｢", "｣"),
)
LOW, REVERSED, BRITISH, STRAIGHT_SINGLE, WIDE_SINGLE = (
    Family("„", "“”"),
    Family("»", "«"),
    Family("‘", "’"),
    Family("'", "'"),
    Family("＇", "＇"),
)
SINGLES = (BRITISH, STRAIGHT_SINGLE, WIDE_SINGLE)
# A straight single mark that can only open: at a line's head or behind a space before a word, or
# behind a Chinese mark.
SINGLE_OPENS = re.compile(r"'(?:(?<![^\s(—-]')(?=\w)|(?<=[：，。！？]')(?=[^\s，。]))")


def count_marks(text: str) -> int:
    """About how many quotations a text has."""
    return sum(text.count(mark) for mark in "“「『«") + text.count('"') // 2 + text.count("‘")


def used_families(text: str) -> tuple[Family, ...]:
    """The marks that mean speech here; single marks only where double ones are hardly in use."""
    count = {
        f: text.count(f.opening) // 2 if f.opening in '"＂' else text.count(f.opening)
        for f in DOUBLE
    }
    singles = {
        BRITISH: text.count("‘"),
        STRAIGHT_SINGLE: len(SINGLE_OPENS.findall(text)) if "'" in text else 0,
        WIDE_SINGLE: text.count("＇") // 2,
    }
    best = max(singles, key=lambda family: singles[family])
    doubles = sum(count.values())
    if singles[best] >= 2 and (
        singles[best] > 3 * doubles or (singles[best] > doubles and _leads(text, best, count))
    ):
        return (best,)
    return _directed(text, count)


def _directed(text: str, count: dict[Family, int]) -> tuple[Family, ...]:
    """The double marks in use, with German ones where the text opens with „ or »."""
    found = [family for family, n in count.items() if n or family.closing[0] in text]
    low, high = text.count("„"), text.count("“")
    if low and high <= 1.5 * low and (text.count("”") < low or high * 2 < low):
        found = [LOW, *(f for f in found if f.opening != "“")]
    if count[DOUBLE[4]] and text.find("»") < text.find("«"):
        found = [REVERSED, *(f for f in found if f.opening != "«")]
    return tuple(found)


def _leads(text: str, single: Family, doubles: dict[Family, int]) -> bool:
    """Whether more lines begin with the single mark than with double ones, which then stand inside
    it.
    """
    opening_marks = re.findall(r"^[ \t\u3000]*([‘'\"“„«「『])", text, re.MULTILINE)
    return opening_marks.count(single.opening) > sum(
        opening_marks.count(f.opening) for f, n in doubles.items() if n
    )


def mark_role(text: str, at: int, family: Family) -> str:
    """What a mark of a family can be: OPEN, CLOSE, EITHER, WEAK, or "" for an apostrophe."""
    mark = text[at]
    if family in SINGLES:
        return single_role(text, at, mark)
    if family.opening != family.closing:
        return OPEN if mark == family.opening else CLOSE
    return _straight(text, at)


def _straight(text: str, at: int) -> str:
    before, after = text[at - 1 : at] or "\n", text[at + 1 : at + 2] or "\n"
    if before in BEFORE_OPENING:
        return CLOSE if after.isspace() else OPEN
    return CLOSE if after.isspace() or after in ",.;:!?)]）】，。；：！？—–-" else EITHER


def single_role(text: str, at: int, mark: str) -> str:
    """Of single marks: `‘` or a straight one before a word opens; after a stop and before no letter
    it closes; after a word it may (`dogs’`); between letters it is an apostrophe, which Chinese
    has none of: beside its characters a single mark is read as a double one would be."""
    before, after = text[at - 1 : at] or "\n", text[at + 1 : at + 2] or "\n"
    if CHINESE.match(before) or CHINESE.match(after):
        return OPEN if mark in "‘‚" else CLOSE if mark == "’" else _straight(text, at)
    wordlike = before.isalnum() or before in "’'"
    if (
        mark != "’"
        and not wordlike
        and not after.isspace()
        and before not in ENDS_SPEECH.replace("—", "").replace("-", "")
    ):
        return "" if mark == "'" and ELIDED.match(text, at) else OPEN
    if mark == "‘" or after.isalnum():
        return OPEN if mark == "‘" and not after.isspace() else ""
    if before in ENDS_SPEECH:
        return CLOSE
    return "" if before.isspace() else WEAK
