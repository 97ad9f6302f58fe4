"""Data by which a person can be found: addresses, and numbers of telephones, cards and papers."""

import datetime
import re
from collections.abc import Callable, Iterator

from studio.datasets.profile.finding import Check, excerpt
from studio.datasets.profile.seen import Seen

LIKELY = re.compile(r"@|\d{4}|\d\.\d+\.\d|\(\d{3}\)|\d{3}-\d{3}")
EMAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}\b")
NO_ONES = re.compile(
    r"@(?:[\w-]+\.)*(?:example\.|test\.|domain\.|localhost|yourcompany\.|email\.com)", re.I
)
ID_CARD = re.compile(r"(?<![\dA-Za-z])[1-9]\d{5}(?:19|20)\d{9}[\dXx](?![\dA-Za-z])")
MOBILE = re.compile(r"(?<![\d.+-])(?:(?:\+|00)?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?![\d.]*\d)")
PHONE = re.compile(
    r"(?<![\d.])(?:\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{1,4}(?:[ .-]?\d{2,4}){2,4}"
    r"|\(\d{3}\) ?\d{3}[-. ]\d{4}|\d{3}-\d{3}-\d{4}|0\d{2,3}-\d{7,8})(?!\d)"
)
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
CARD = re.compile(
    r"(?<![\d.-])(?:\d{4}[ -]?){3}\d{1,7}(?![\d.-])|(?<!\d)3[47]\d{2}[ -]?\d{6}[ -]?\d{5}(?!\d)"
)
ISSUED = re.compile(r"4|5[1-5]|2[2-7]|3[47]|6(?:011|5|2)|35")
ADDRESS = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]*\d)")
VERSION = re.compile(r"(?:version|ver\.?|\bv|版本号?|release|section|§)[\s:：]*$", re.I)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
DIGITS = re.compile(r"\D")


def id_card(number: str) -> bool:
    """Whether it is a number of a Chinese identity card: a day of birth and the check digit."""
    try:
        born = datetime.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, WEIGHTS, strict=False))
    return born <= datetime.date.today() and "10X98765432"[total % 11] == number[-1].upper()


def luhn(number: str) -> bool:
    """Whether it is a number of a payment card: its maker, its length and the check digit."""
    digits = [int(digit) for digit in reversed(DIGITS.sub("", number))]
    if not 13 <= len(digits) <= 19 or len(set(digits)) < 2:
        return False
    total = sum(digits[0::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return total % 10 == 0 and bool(ISSUED.match(DIGITS.sub("", number)))


def iban(number: str) -> bool:
    """Whether it is a bank account by its check digits (ISO 13616)."""
    plain = number.replace(" ", "")
    if not 15 <= len(plain) <= 34:
        return False
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


def address(number: str) -> bool:
    """Whether it is an IPv4 address that somebody can have: none of the private networks."""
    parts = [int(part) for part in number.split(".")]
    if max(parts) > 255 or parts[0] in (0, 10, 127, 255) or parts[0] >= 224:
        return False
    private = parts[0] == 172 and 16 <= parts[1] <= 31 or parts[:2] in ([192, 168], [169, 254])
    return not private and parts[1:] != [0, 0, 0] and max(parts) > 20


def phone(number: str) -> bool:
    """Whether it has as many digits as a telephone number (E.164)."""
    return 9 <= len(DIGITS.sub("", number)) <= 15


# (word, what it looks like, whether it is one, what stands in its place), the surest first.
KINDS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool], str], ...] = (
    ("email", EMAIL, lambda found: not NO_ONES.search(found), "[EMAIL]"),
    ("iban", IBAN, iban, "[IBAN]"),
    ("id_card", ID_CARD, id_card, "[ID]"),
    ("card", CARD, luhn, "[CARD]"),
    ("phone", MOBILE, lambda found: True, "[PHONE]"),
    ("phone", PHONE, phone, "[PHONE]"),
    ("ip", ADDRESS, address, "[IP]"),
)


class PersonalData(Check):
    """Rows by which a person can be found."""

    name = "personal"
    what = (
        "A person can be found by it: e-mail and IP addresses, telephone, card and identity numbers"
    )
    do = "Put a mark such as [EMAIL] in its place"
    fix = "mask"

    def see(self, row: Seen) -> None:
        """Look for it; the examples show it masked."""
        self.looked += 1
        found = list(personal(row.all)) if LIKELY.search(row.all) else []
        if not found:
            return
        start, end, kind, _ = found[0]
        self.hit(row.number, "", kind=kind)
        for other in {one[2] for one in found} - {kind}:
            self.kinds[other] += 1
        if self.examples and self.examples[-1].row == row.number:
            text = hidden(row.all, found)
            self.examples[-1] = excerpt(row.number, text, start, end, kind)


def personal(text: str) -> Iterator[tuple[int, int, str, str]]:
    """(start, end, word, mark) of each datum, none inside another, in the order of the text."""
    taken: list[tuple[int, int, str, str]] = []
    for word, pattern, holds, mark in KINDS:
        for found in pattern.finditer(text):
            inside = any(start < found.end() and found.start() < end for start, end, *_ in taken)
            if inside or not holds(found[0]):
                continue
            if word == "ip" and VERSION.search(text[max(0, found.start() - 12) : found.start()]):
                continue
            taken.append((found.start(), found.end(), word, mark))
    return iter(sorted(taken))


def hidden(text: str, found: list[tuple[int, int, str, str]]) -> str:
    """The text with all but the first and last sign of each datum as dots, as long as before."""
    for start, end, *_ in found:
        text = text[: start + 1] + "•" * (end - start - 2) + text[end - 1 :]
    return text


def covered(text: str) -> str:
    """The text as an example may show it."""
    return hidden(text, list(personal(text))) if LIKELY.search(text) else text


def masked(text: str) -> str:
    """The text with a mark in the place of each datum."""
    if not LIKELY.search(text):
        return text
    for start, end, _, mark in reversed(list(personal(text))):
        text = text[:start] + mark + text[end:]
    return text
