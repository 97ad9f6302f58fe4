"""Amounts in one form: 100元, 100美元 among Chinese; CNY 100, $100 elsewhere.

Written anew: ￥, ¥, RMB and CNY; $, US$, USD; HK$, NT$, € and £ among Chinese. Left alone: ¥ in
English (it may be yen), "$" in English, amounts in words, and what already has its unit behind it.
"""

import re
from collections.abc import Iterator

from studio.documents.cleaning.edits import Edit
from studio.documents.cleaning.spec import CleanSpec
from studio.text.scripts import chinese_near

AMOUNT = r"(?P<amount>\d{1,3}(?:,\d{3})+(?:\.\d{1,4})?|\d{1,15}(?:\.\d{1,4})?)"
SCALE = r"(?P<scale>(?: ?(?:[万亿]|[十百千]万|[百千]亿))?)"
SIGN = re.compile(
    rf"(?<![A-Za-z0-9$¥￥])(?P<sign>人民币 ?[￥¥]|RMB|CNY|US ?\$|USD|HK ?\$|HKD|NT ?\$|TWD"
    rf"|[￥¥€£$])[ \u00a0]?{AMOUNT}{SCALE}(?![\d,.]\d|\d)(?P<unit> ?(?:元|圆|美元|美金|港元|港币"
    rf"|欧元|英镑|日元)(?:整)?)?"
)
BEHIND = re.compile(
    rf"(?<![A-Za-z0-9.,$¥￥€£])(?<!\d){AMOUNT}{SCALE} ?(?P<sign>RMB|CNY|USD|HKD|EUR|GBP|人民币元"
    rf"|元人民币|圆整)(?![A-Za-z])"
)
CHINESE = {
    "￥": "元",
    "¥": "元",
    "RMB": "元",
    "CNY": "元",
    "人民币元": "元",
    "元人民币": "元",
    "圆整": "元",
    "$": "美元",
    "US$": "美元",
    "USD": "美元",
    "HK$": "港元",
    "HKD": "港元",
    "NT$": "新台币",
    "TWD": "新台币",
    "€": "欧元",
    "EUR": "欧元",
    "£": "英镑",
    "GBP": "英镑",
}
ENGLISH = {
    "￥": "CNY ",
    "RMB": "CNY ",
    "CNY": "CNY ",
    "US$": "$",
    "USD": "$",
    "HKD": "HK$",
    "TWD": "NT$",
    "EUR": "€",
    "GBP": "£",
    "HK$": "HK$",
    "NT$": "NT$",
}


def find(text: str, spec: CleanSpec) -> Iterator[Edit]:
    """Edits that write amounts anew."""
    done = 0
    for found in sorted([*SIGN.finditer(text), *BEHIND.finditer(text)], key=lambda m: m.span()):
        if found.start() < done:
            continue
        new = _written(text, found)
        if new is not None:
            done = found.end()
            yield Edit(found.start(), found.end(), new)


def _written(text: str, found: re.Match[str]) -> str | None:
    sign: str = (
        found["sign"].replace(" ", "").removeprefix("人民币")
        if "￥" in found["sign"] or "¥" in found["sign"]
        else found["sign"].replace(" ", "")
    )
    if chinese_near(text, *found.span()):
        unit = (found.groupdict().get("unit") or "").strip()
        return f"{found['amount']}{found['scale'].strip()}{unit or CHINESE[sign]}"
    before = ENGLISH.get(sign)
    return None if before is None or found["scale"].strip() else f"{before}{found['amount']}"
