"""Personal data, masked only where its own check says that it is: check digits, prefixes, lengths,
what stands around it.

ID card: 18 places, a province, a real date, check digit by GB 11643-1999 (ISO 7064 MOD 11-2). Bank
card: 15 to 19 digits, an issuer's prefix, Luhn (ISO/IEC 7812-1). Mobile: 11 digits with a segment
in use. Landline: area code set apart. A number inside a longer run of digits, with decimals, or
followed by a unit of money or measure is none of these.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import date

from studio.documents.cleaning.edits import Edit
from studio.documents.cleaning.spec import CleanSpec
from studio.text.scripts import chinese_near

# Each begins with the characters its first place may hold and looks back from there: so a search is
# a scan for those.
LOOSE = r"(?<![\dA-Za-z_].)(?<!\d[.,/\-].)"
FREE = LOOSE + r"(?<![$¥￥€£#].)"
AFTER = (
    r"(?![\dA-Za-z_])(?![.,\-/]\d)(?! ?(?:元|万|亿|块|美元|港元|%|％|公里|千米|米|克|吨|次"
    r"|人次|字|页))"
)
IDENTITY = re.compile(
    rf"([1-8]{FREE}\d{{5}}[ \-]?(?:18|19"
    rf"|20)\d{{2}}[01]\d[0-3]\d[ \-]?\d{{3}}[\dXxＸｘ])(?![\dA-Za-z_])(?![.,]\d)"
)
CARD = re.compile(rf"([2-69]{FREE}(?:[ \-]?\d){{14,18}})" + AFTER)
MOBILE = re.compile(
    rf"([+081]{FREE}(?:(?<=\+)86[ \-]?1|(?<=0)086[ \-]?1|(?<=8)6[ \-]1|(?<=1))"
    r"(?:3\d|4[014-9]|5[0-35-9]|6[2567]|7[0-8]|8\d|9[0-35-9])(?:\d{8}|([ \-])\d{4}\2\d{4}))" + AFTER
)
LANDLINE = re.compile(
    rf"([(（+0]{LOOSE}(?:(?<=[(（])0\d{{2,3}}[)）]|(?:(?<=\+)86[ \-]?0|(?<=0))(?:10|2\d"
    rf"|[3-9]\d{{2}})[\-—])[ ]?[2-8]\d{{6,7}}(?:[\-—转]\d{{1,5}})?)"
    r"(?![\dA-Za-z_])(?![.,\-/]\d)"
)
PASSPORT = re.compile(r"(?<![\dA-Za-z_])([EGeg]\d{8}|[Ee][A-HJ-NP-Za-hj-np-z]\d{7})(?![\dA-Za-z_])")
PASSPORT_WORD = re.compile(r"护照|護照|passport", re.IGNORECASE)
MAIL_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._%+\-]{0,62}[A-Za-z0-9_])?$")
MAIL_HOST = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.){1,6}[A-Za-z]{2,24}(?![A-Za-z0-9\-])"
)
# First digits of the cards in use: UnionPay and Chinese debit cards, Visa, Mastercard, American
# Express, JCB, Discover.
ISSUER = re.compile(r"6[0289]|65|9558|4|5[1-5]|2[2-7]|3[457]")
LABELS = {
    "identity": ("[身份证号]", "[ID CARD]"),
    "card": ("[银行卡号]", "[BANK CARD]"),
    "mobile": ("[手机号]", "[PHONE]"),
    "landline": ("[电话号码]", "[PHONE]"),
    "mail": ("[邮箱]", "[EMAIL]"),
    "passport": ("[护照号]", "[PASSPORT]"),
}
# How many characters stay in sight at the front and at the end of a partly masked number.
SEEN = {
    "identity": (6, 4),
    "card": (4, 4),
    "mobile": (3, 4),
    "landline": (4, 4),
    "passport": (1, 3),
}
PROVINCES = frozenset(
    (
        *range(11, 16),
        *range(21, 24),
        *range(31, 38),
        *range(41, 47),
        *range(50, 55),
        *range(61, 66),
        71,
        81,
        82,
        83,
    )
)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"


def find(text: str, spec: CleanSpec) -> Iterator[Edit]:
    """Edits that mask each number; where two kinds overlap the stricter check wins."""
    taken: list[tuple[int, int, str]] = []
    kinds: list[tuple[str, Iterator[tuple[int, int]]]] = [
        ("identity", _matches(text, IDENTITY, is_identity)),
        ("card", _matches(text, CARD, is_card)),
        ("mobile", _matches(text, MOBILE, _always)),
        ("landline", _matches(text, LANDLINE, _always)),
        ("mail", _mails(text)),
    ]
    if spec.mask_passports:
        kinds.append(("passport", _passports(text)))
    for kind, spans in kinds:
        fresh = [(start, end, kind) for start, end in spans if _free(taken, start, end)]
        taken = sorted([*taken, *fresh])
    for start, end, kind in taken:
        yield Edit(start, end, _mask(text, start, end, kind, spec.mask_style))


def is_identity(number: str) -> bool:
    """Whether 18 places (spaces and hyphens apart) are an ID card: province, date of birth and
    check digit.

    Check digit: GB 11643-1999, ISO 7064 MOD 11-2 over the first 17 digits.
    """
    plain = re.sub(r"[ \-]", "", number).upper().replace("Ｘ", "X")
    if len(plain) != 18 or not plain[:17].isdecimal() or int(plain[:2]) not in PROVINCES:
        return False
    try:
        born = date(int(plain[6:10]), int(plain[10:12]), int(plain[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(plain, WEIGHTS, strict=False))
    last = plain[17] if plain[17] == "X" else str(int(plain[17])) if plain[17].isdecimal() else ""
    return born.year >= 1850 and CHECKS[total % 11] == last


def is_card(number: str) -> bool:
    """Whether 15 to 19 digits (spaces and hyphens apart) pass Luhn's check (ISO/IEC 7812-1, annex
    B).

    Parts set off by spaces or hyphens must be groups of four (the last may be shorter), or 4-6-5 as
    on 15-digit cards.
    """
    groups = [len(part) for part in re.split(r"[ \-]", number)]
    if (
        len(groups) > 1
        and not (all(n == 4 for n in groups[:-1]) and 1 <= groups[-1] <= 4)
        and groups != [4, 6, 5]
        and groups != [6, 13]
    ):
        return False
    digits = [int(c) for c in number if c.isdecimal()]
    if not ISSUER.match("".join(map(str, digits[:4]))):
        return False
    if (
        not 15 <= len(digits) <= 19
        or (len(digits) == 15) != (digits[0] == 3 and digits[1] in (4, 7))
        or len(set(digits)) < 3
    ):
        return False
    total = sum(d if i % 2 == 0 else d * 2 - 9 * (d > 4) for i, d in enumerate(reversed(digits)))
    return total % 10 == 0


def _always(number: str) -> bool:
    return True


def _matches(
    text: str, pattern: re.Pattern[str], right: Callable[[str], bool]
) -> Iterator[tuple[int, int]]:
    return (found.span(1) for found in pattern.finditer(text) if right(found[1]))


def _mails(text: str) -> Iterator[tuple[int, int]]:
    """Addresses, found from their @ so that long runs of letters cost nothing."""
    place = text.find("@")
    while place >= 0:
        name = MAIL_NAME.search(text[max(0, place - 64) : place])
        host = MAIL_HOST.match(text, place + 1)
        if name and host:
            yield place - len(name[0]), host.end()
        place = text.find("@", place + 1)


def _passports(text: str) -> Iterator[tuple[int, int]]:
    for found in PASSPORT.finditer(text):
        if PASSPORT_WORD.search(text, max(0, found.start() - 20), found.end() + 20):
            yield found.span(1)


def _free(taken: list[tuple[int, int, str]], start: int, end: int) -> bool:
    i = bisect_right(taken, (start, len(LABELS) + (1 << 60), ""))
    return (i == 0 or taken[i - 1][1] <= start) and (i == len(taken) or taken[i][0] >= end)


def _mask(text: str, start: int, end: int, kind: str, style: str) -> str:
    """A label in the language around it, or the number with its middle starred and its spaces
    kept.
    """
    number = text[start:end]
    if style == "label":
        return LABELS[kind][0 if chinese_near(text, start, end) else 1]
    if kind == "mail":
        name, _, host = number.partition("@")
        return f"{name[0]}***@{host}"
    if kind == "mobile" and (country := re.match(r"(?:\+|00)?86[ \-]?(?=1)", number)):
        return country[0] + _starred(number[country.end() :], *SEEN[kind])
    return _starred(number, *SEEN[kind])


def _starred(number: str, head: int, tail: int) -> str:
    places = [i for i, c in enumerate(number) if c.isalnum()]
    hidden = set(places[head : len(places) - tail])
    return "".join("*" if i in hidden else c for i, c in enumerate(number))
