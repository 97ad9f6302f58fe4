"""Numbers that Word writes itself: "第一章", "（二）", "1.2.3", "•".

They are not in the text, only in its settings.

After Office Open XML (ECMA-376 part 1, 17.9): a paragraph names a list and a level, a level its
format and pattern.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
DIGITS = "零一二三四五六七八九"
LEGAL = str.maketrans("零一二三四五六七八九十百千", "零壹贰叁肆伍陆柒捌玖拾佰仟")
CYCLES = {
    "ideographTraditional": "甲乙丙丁戊己庚辛壬癸",
    "ideographZodiac": "子丑寅卯辰巳午未申酉戌亥",
    "decimalEnclosedCircle": "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
    "decimalEnclosedCircleChinese": "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
}
CHINESE = {
    "chineseCounting",
    "chineseCountingThousand",
    "ideographDigital",
    "japaneseCounting",
    "taiwaneseCounting",
    "taiwaneseCountingThousand",
}
ROMAN = (
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
)


@dataclass(frozen=True)
class Level:
    """One level of a list: its pattern ("第%1章"), the format of its numbers, its first number,
    what stands behind it.
    """

    pattern: str
    format: str
    start: int
    suffix: str
    legal: bool


@dataclass
class Numbering:
    """The lists of a document and how far each has counted."""

    levels: dict[str, dict[int, Level]]  # by list
    abstract: dict[str, str]  # list → the definition that it counts along with
    counts: dict[str, dict[int, int]] = field(default_factory=dict)
    restarted: set[str] = field(default_factory=set)
    starts: dict[str, dict[int, int]] = field(default_factory=dict)

    def mark(self, list_id: str, level: int) -> str:
        """The mark of the next paragraph on a level of a list, a space behind it; "" for none."""
        levels = self.levels.get(list_id, {})
        if level not in levels:
            return ""
        counts = self.counts.setdefault(self.abstract[list_id], {})
        if list_id in self.starts and list_id not in self.restarted:
            self.restarted.add(list_id)
            for number, start in self.starts[list_id].items():
                counts[number] = start - 1
        counts[level] = counts.get(level, levels[level].start - 1) + 1
        for deeper in [number for number in counts if number > level]:
            del counts[deeper]
        found = levels[level]
        if found.format == "none":
            return ""
        if found.format == "bullet":
            return "- "
        text = found.pattern
        for number in range(level + 1):
            form = "decimal" if found.legal or number not in levels else levels[number].format
            text = text.replace(
                f"%{number + 1}",
                written(counts.get(number, levels[number].start if number in levels else 1), form),
            )
        return text if not text or found.suffix == "nothing" else text.rstrip() + " "


def read_numbering(root: "_Element | None") -> Numbering:
    """The lists of `word/numbering.xml`; None: a document without lists."""
    if root is None:
        return Numbering({}, {})
    definitions = {a.get(f"{W}abstractNumId", ""): _levels(a) for a in root.iter(f"{W}abstractNum")}
    levels: dict[str, dict[int, Level]] = {}
    abstract: dict[str, str] = {}
    starts: dict[str, dict[int, int]] = {}
    for number in root.iter(f"{W}num"):
        list_id, reference = number.get(f"{W}numId", ""), _value(number, "abstractNumId")
        levels[list_id], abstract[list_id] = dict(definitions.get(reference, {})), reference
        for changed in number.iter(f"{W}lvlOverride"):
            levels[list_id] |= _levels(changed)
            if (start := _value(changed, "startOverride")).isdigit():
                starts.setdefault(list_id, {})[_int(changed.get(f"{W}ilvl"))] = int(start)
    return Numbering(levels, abstract, starts=starts)


def _levels(element: "_Element") -> dict[int, Level]:
    return {
        _int(level.get(f"{W}ilvl")): Level(
            _value(level, "lvlText"),
            _value(level, "numFmt") or "decimal",
            _int(_value(level, "start") or "1"),
            _value(level, "suff"),
            level.find(f"{W}isLgl") is not None,
        )
        for level in element.iter(f"{W}lvl")
    }


def _value(element: "_Element", child: str) -> str:
    found = element.find(W + child)
    return found.get(f"{W}val", "") if found is not None else ""


def _int(text: str | None) -> int:
    return int(text) if text and text.lstrip("-").isdigit() and len(text) < 8 else 0


def written(number: int, form: str) -> str:
    """A number in one of Word's formats; decimal for the ones that are not known here."""
    if form in CYCLES:
        return CYCLES[form][(number - 1) % len(CYCLES[form])]
    if form in CHINESE or form.startswith("chineseLegal"):
        text = chinese(number)
        return text.translate(LEGAL) if form.startswith("chineseLegal") else text
    if form in ("lowerLetter", "upperLetter"):
        letter = chr(97 + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter.upper() if form == "upperLetter" else letter
    if form in ("lowerRoman", "upperRoman") and 0 < number < 4000:
        return roman(number).upper() if form == "upperRoman" else roman(number)
    if form == "decimalFullWidth":
        return str(number).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    return f"{number:02}" if form == "decimalZero" else str(number)


def chinese(number: int) -> str:
    """1 → 一, 12 → 十二, 105 → 一百零五; digits from 10,000 on."""
    if not 0 < number < 10_000:
        return str(number)
    text = ""
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        text += DIGITS[digit] + name if digit else "零" if text and not text.endswith("零") else ""
    text = text.rstrip("零")
    return text.removeprefix("一") if 10 <= number < 20 else text


def roman(number: int) -> str:
    """4 → iv."""
    text = ""
    for value, letters in ROMAN:
        text += letters * (number // value)
        number %= value
    return text
