"""Heads of messages in exports of chats: who writes and when, as phones and programs write it.

The ways are those of WhatsApp (Android: `DATE, TIME - NAME: …`, iPhone: `[DATE, TIME] NAME: …`),
Telegram, WeChat, QQ, LINE, KakaoTalk, Discord and IRC, in the dates and clocks of many countries.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from studio.text.messages import UNSEEN

MONTHS = (
    r"(?:[Jj]an|[Ff]eb|[Mm]ar|[Aa]pr|[Mm]ay|[Jj]un|[Jj]ul|[Aa]ug|[Ss]ep|[Oo]ct|[Nn]ov|[Dd]ec)"
    r"[a-z]{0,6}\.?"
)
DATE = (
    r"(?:\d{4}\s*[-/.年년]\s*\d{1,2}\s*[-/.月월]\s*\d{1,2}(?:\s*[日일.])?"
    r"|\d{1,2}\s?[-/.]\s?\d{1,2}\s?[-/.]\s?\d{2,4}\.?(?:\s?г\.)?"
    r"|\d{1,2}月\d{1,2}[日号]|\d{1,2}[-/]\d{1,2}(?=\s)"
    rf"|\d{{1,2}}[-\s]{MONTHS}[-\s,]\s?\d{{2,4}}|{MONTHS}\s\d{{1,2}},?\s\d{{4}})"
)
BEFORE_NOON, AFTER_NOON = "上午|早上|凌晨|清晨|午前|오전", "下午|晚上|中午|傍晚|夜里|午後|오후"
CLOCK = (
    rf"(?:(?:{BEFORE_NOON}|{AFTER_NOON})\s*)?\d{{1,2}}[:：]\d{{2}}(?:[:：]\d{{2}}(?:[.,]\d+)?)?"
    r"(?:\s*[AaPp]\.?\s?[Mm](?![^\W\d_])\.?)?"
)
WEEKDAY = (
    r"(?:[(（]?(?:星期|周|週)[一二三四五六日天][)）]?|[(（][月火水木金土日][)）]"
    r"|[월화수목금토일]요일)"
)
DAYS = (
    r"(?:(?:[Tt]oday|[Yy]esterday|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)(?: at|,)?"
    rf"|今天|昨天|前天|{WEEKDAY})"
)
# Between a date and its clock: "31.12.22 um 11:40", "31/12/22 à 11:40", "31.12.2022 klo 11.40".
AT = r"(?:[,，T]?\s*(?:(?:um|à|às|at|kl\.?|klo|a las|alle)\s+)?)"
WHEN = rf"(?:{DATE}{AT}(?:{WEEKDAY}\s*)?{CLOCK}|{CLOCK},?\s+{DATE}|(?:{DAYS}\s*)?{CLOCK})"
# A clock with a dot, or with a word behind it in the phone's language (μ.μ., ч., em), is known as
# one only between a date and the mark before the name.
ANY_CLOCK = (
    rf"(?:{CLOCK}|\d{{1,2}}\.\d{{2}}(?:\.\d{{2}})?)"
    r"(?:\s?[^\W\d_]{1,5}\.?(?:\s?[^\W\d_]{1,3}\.)?)?"
)
FULL_WHEN = rf"{DATE}{AT}(?:{WEEKDAY}\s*)?(?:[^\W\d_.]{{1,4}}\.?\s?)?{ANY_CLOCK}"
NAME = r"[^\s:：<>\[\]()（）][^:：<>\[\]\r\n]{0,38}?"
RANK = r"(?:[【〖\[][^】〗\]\r\n]{1,20}[】〗\]]\s*){0,2}"  # titles within a group, before the name
ADDRESS = r"(?:\s*[(（<][^()（）<>]{1,40}[)）>])?"
BRACKETED = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\[(?P<when>{WHEN})\]\s*<[@+%~&]?(?P<name>[^<>\r\n]{{1,40}})>\s*",
        r"(?P<when>)<[@+%~&]?(?P<name>[^<>\s/][^<>\r\n/]{0,38})>\s+(?=\S)",
        rf"[\[(（](?P<when>{FULL_WHEN}|{WHEN})[\])）]\s*(?P<name>{NAME})\s*[:：]\s*",
        rf"\[(?P<name>[^\[\]\r\n]{{1,40}})\]\s*\[(?P<when>{WHEN})\]\s*",
    )
)
BARE = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?P<when>{WHEN})\s*<[@+%~&]?(?P<name>[^<>\r\n]{{1,40}})>\s*",
        rf"(?P<when>{CLOCK})\t(?P<name>[^\t\r\n]{{1,40}})\t",
        (
            rf"(?P<when>{CLOCK})\s+From\s+(?P<name>{NAME})"
            rf"(?:\s+[Tt]o\s+[^:：\r\n]{{1,40}}?)?\s*[:：]\s*"
        ),
        rf"(?P<when>{FULL_WHEN})\s+[-–—]\s+(?P<name>{NAME}){ADDRESS}\s*[:：]\s*",
        (
            rf"(?P<when>{WHEN})\s*(?:[-–—,]\s+)?{RANK}(?P<name>(?!\d){NAME})"
            rf"{ADDRESS}\s*[:：]\s*"
        ),
    )
)
ALONE = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\[(?P<name>[^\s\d\[\]][^\[\]\r\n]{{0,38}})\]\s*(?P<when>{WHEN})$",
        rf"{RANK}(?P<name>(?!\d{{2,4}}[-/.年]){NAME}){ADDRESS}(?:\s*[,，—–-]\s*|\s)\[?(?P<when>{WHEN})\]?$",
        (
            rf"\[?(?P<when>{WHEN})\]?\s+{RANK}(?P<name>(?:(?!\d)|(?=[^(（<]*[(（<])){NAME})"
            rf"{ADDRESS}\s*[:：]?$"
        ),
    )
)
STAMPED = re.compile(rf"[\[(（]?(?:{FULL_WHEN}|{WHEN})\]?")
DATED = re.compile(rf"\[?{DATE}")
DAY = re.compile(
    rf"[-—–=*\s]*(?:{DATE})(?:\s*(?:{WEEKDAY}|[月火水木金土日]曜日|\([A-Z][a-z]{{2}}\)))?[-—–=*\s]*$"
    r"|[-—–]{2,}\s*(?:今天|昨天|Today|Yesterday)\s*[-—–]{2,}$"
)
LONGEST_ALONE = 90
LONGEST_NAME = 40
SENTENCE_ENDS = frozenset("。！？!?，,；;…")
# What a head begins with in brackets, and what the time at a line's end can end with.
OPENING, STAMP_ENDS = frozenset("[(（<"), frozenset("0123456789mM.]")


@dataclass(frozen=True)
class Head:
    """Who writes and when, at the head of a line or alone on it; length: characters up to the
    message.
    """

    name: str
    when: str
    length: int


def head(body: str) -> Head | None:
    """The head of a message with the message behind it on the same line."""
    start = len(body) - len(body.lstrip(UNSEEN))
    for pattern in BRACKETED if body[start : start + 1] in OPENING else BARE:
        if match := pattern.match(body, start):
            return Head(_name(match["name"]), match["when"], match.end())
    return None


def head_alone(body: str) -> Head | None:
    """A name and a time on a line of their own, as in WeChat, QQ and Telegram exports."""
    if len(body) > LONGEST_ALONE:
        return None
    start = len(body) - len(body.lstrip(UNSEEN))
    for pattern in ALONE if body[-1:] in STAMP_ENDS else ALONE[-1:]:
        if match := pattern.match(body, start):
            return Head(_name(match["name"]), match["when"], len(body))
    return None


def heads_apart(bodies: Sequence[str]) -> dict[int, Head]:
    """Heads on two lines, a name and below it the time, as WeChat's desktop program copies them: by
    the number of the name's line. Empty where hardly a name comes again: then times stand between
    the messages.
    """
    found: dict[int, Head] = {}
    for number, (body, below) in enumerate(pairwise(bodies)):
        when = STAMPED.fullmatch(below.strip(UNSEEN)) if below[-1:] in STAMP_ENDS else None
        name = _name(body).rstrip(":：") if when and len(body) <= LONGEST_NAME else ""
        if when and name and not STAMPED.match(name) and name[-1] not in SENTENCE_ENDS:
            found[number] = Head(name, when[0].strip("[]()（）"), len(body))
    names = {head.name for head in found.values()}
    return found if len(names) <= max(2, len(found) / 2) and len(found) > 1 else {}


def minute_of(when: str) -> tuple[str, int] | None:
    """A date as it is written and the minute of its day; None where there is no clock."""
    date = re.search(DATE, when)
    rest = when.replace(date.group(), " ", 1) if date else when
    clock = re.search(r"(\d{1,2})[:：.](\d{2})", rest)
    if not clock:
        return None
    hour = int(clock[1]) % 24
    if re.search(rf"{AFTER_NOON}|[Pp]\.?\s?[Mm]", rest) and hour < 12:
        hour += 12
    elif re.search(rf"{BEFORE_NOON}|[Aa]\.?\s?[Mm]", rest) and hour == 12:
        hour = 0
    return (date.group() if date else "", hour * 60 + int(clock[2]))


def _name(written: str) -> str:
    """A name without marks of the writing direction and the `~` of those not in the contacts."""
    return written.translate(dict.fromkeys(map(ord, UNSEEN))).strip().lstrip("~").strip()
