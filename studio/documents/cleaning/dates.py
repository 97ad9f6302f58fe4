"""Whole dates in one form: 2024年3月5日 among Chinese, 2024-03-05 (ISO 8601) elsewhere.

Only dates with a year of four digits, and only real ones. Left alone: dates without a year,
"3/5/2024" (day or month first cannot be told), lunar days (初五), reign years (民国二十三年),
version numbers, and dates with a time's T behind them.
"""

import re
from collections.abc import Iterator
from datetime import date

from studio.documents.cleaning.edits import Edit
from studio.documents.cleaning.spec import CleanSpec
from studio.text.scripts import chinese_near

NUMERALS = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0, "Ｏ": 0}
NUMERAL = "〇零○Ｏ一二三四五六七八九"
SMALL = "[一二三四五六七八九十]{1,3}"
EDGE = r"(?<![A-Za-z0-9_./\-])"
CHINESE = re.compile(
    rf"(?<![{NUMERAL}\d])(?P<year>[一二][{NUMERAL}]{{3}}|[12]\d{{3}}) ?年"
    rf"(?: ?(?P<month>{SMALL}|\d{{1,2}}) ?月(?: ?(?P<day>{SMALL}|\d{{1,2}}) ?(?P<unit>[日号號]))?)?"
)
YEAR_FIRST = re.compile(
    rf"{EDGE}([12]\d{{3}})(?P<between>[\-/.])(\d{{1,2}})(?P=between)(\d{{1,2}})(?![A-Za-z0-9_/\-])"
    rf"(?!\.\d)"
)
MONTHS = {
    name: i
    for i, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)
}
MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
ENGLISH = re.compile(
    rf"\b(?P<m1>{MONTH}) (?P<d1>{DAY}),? (?P<y1>[12]\d{{3}})\b"
    rf"|\b(?P<d2>{DAY}) (?:of )?(?P<m2>{MONTH}),? (?P<y2>[12]\d{{3}})\b"
)
LUNAR = re.compile("初|廿|卅|闰|正月|腊月")


def find(text: str, spec: CleanSpec) -> Iterator[Edit]:
    """Edits that write dates anew."""
    done = 0
    for edit in sorted([*_chinese(text), *_year_first(text), *_english(text)]):
        if edit.start >= done:
            done = edit.end
            yield edit


def _chinese(text: str) -> Iterator[Edit]:
    for found in CHINESE.finditer(text):
        year = _number(found["year"])
        month, day = _number(found["month"]), _number(found["day"])
        if LUNAR.match(text, found.end()) or (found["month"] and not _real(year, month, day or 1)):
            continue
        if (
            found["month"]
            and not found["day"]
            and re.match(rf"[{NUMERAL}十\d]", text[found.end() : found.end() + 1])
        ):
            continue  # a day without its 日: not written as a date
        new = (
            f"{year}年"
            + (f"{month}月" if month else "")
            + (f"{day}{found['unit'].replace('號', '号')}" if day else "")
        )
        yield Edit(found.start(), found.end(), new)


def _year_first(text: str) -> Iterator[Edit]:
    for found in YEAR_FIRST.finditer(text):
        year, month, day = (int(part) for part in found.group(1, 3, 4))
        if not _real(year, month, day):
            continue
        chinese = chinese_near(text, *found.span())
        if found["between"] == "." and not chinese:
            continue
        yield Edit(
            *found.span(),
            f"{year}年{month}月{day}日" if chinese else f"{year:04}-{month:02}-{day:02}",
        )


def _english(text: str) -> Iterator[Edit]:
    for found in ENGLISH.finditer(text):
        name, day, year = (
            found["m1"] or found["m2"],
            found["d1"] or found["d2"],
            found["y1"] or found["y2"],
        )
        month, number = MONTHS[name[:3].lower()], int(re.sub(r"\D.*", "", day))
        if _real(int(year), month, number):
            yield Edit(*found.span(), f"{int(year):04}-{month:02}-{number:02}")


def _number(written: str | None) -> int:
    """A year of four numerals, or a month or day up to 三十一; 0 for None or what is neither."""
    if not written:
        return 0
    if written.isdecimal():
        return int(written)
    if len(written) == 4:
        return int("".join(str(NUMERALS.get(c, int(c) if c.isdecimal() else 0)) for c in written))
    if "十" not in written:
        return NUMERALS[written] if len(written) == 1 else 0
    tens, _, ones = written.partition("十")
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return 0
    return (NUMERALS[tens] if tens else 1) * 10 + (NUMERALS[ones] if ones else 0)


def _real(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
