"""Chat logs: `2024-05-01 12:03 张三: …`, `[12:03] <ann> …`, WhatsApp, Telegram and WeChat exports.

A head names who writes and when; its message runs on to the next head. A pause of hours begins a
new scene.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from studio.dialogue.characters.table import Cast
from studio.dialogue.records import Utterance
from studio.progress import UNWATCHED, Watch
from studio.text.paragraphs import Line, is_break, lines

PAUSE = 180  # minutes of silence after which the talk begins anew
SURE = 0.99
DATE = r"(?:\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})"
CLOCK = (
    r"(?:(?:上午|下午|晚上|早上|中午|凌晨)\s*)?\d{1,2}[:：]\d{2}(?:[:：]\d{2}(?:\.\d+)?)?"
    r"(?:\s*[AaPp]\.?[Mm]\.?)?"
)
DAYS = r"(?:(?:[Tt]oday|[Yy]esterday)(?: at|,)?|今天|昨天|前天)"
WHEN = rf"(?:{DATE}[,，T]?\s*(?:(?:星期|周)[一二三四五六日天]\s*)?{CLOCK}|(?:{DAYS}\s*)?{CLOCK})"
NAME = r"[^\s:：<>\[\]()（）][^:：<>\[\]\r\n]{0,38}?"
INLINE = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\[(?P<when>{WHEN})\]\s*<[@+%~&]?(?P<name>[^<>\r\n]{{1,40}})>\s*",
        rf"(?P<when>{WHEN})\s*<[@+%~&]?(?P<name>[^<>\r\n]{{1,40}})>\s*",
        r"(?P<when>)<[@+%~&]?(?P<name>[^<>\s/][^<>\r\n/]{0,38})>\s+(?=\S)",
        rf"\u200e?\[(?P<when>{WHEN})\]\s*(?P<name>{NAME})\s*[:：]\s*",
        (
            rf"(?P<when>{CLOCK})\s+From\s+(?P<name>{NAME})"
            rf"(?:\s+[Tt]o\s+[^:：\r\n]{{1,40}}?)?\s*[:：]\s*"
        ),
        (
            rf"(?P<when>{WHEN})\s*(?:[-–—]\s+)?(?P<name>(?!\d){NAME})"
            rf"(?:\s*[(（][^()（）]{{1,40}}[)）])?\s*[:：]\s*"
        ),
    )
)
ALONE = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\[(?P<name>[^\s\d\[\]][^\[\]\r\n]{{0,38}})\]\s*(?P<when>{WHEN})$",
        (
            rf"(?P<name>{NAME})(?:\s*[(（<][^()（）<>]{{1,40}}[)）>])?\s*(?:[,，—–-]\s*"
            rf"|\s)\[?(?P<when>{WHEN})\]?$"
        ),
        (
            rf"\[?(?P<when>{WHEN})\]?\s+(?P<name>(?!\d){NAME})"
            rf"(?:\s*[(（<][^()（）<>]{{1,40}}[)）>])?\s*[:：]?$"
        ),
    )
)
MEDIA = re.compile(
    r"\u200e|[<\[【](?:Media omitted|图片|表情|动画表情|语音|视频|文件|链接|位置|红包"
    r"|转账)[^>\]】]{0,20}[>\]】]$"
    r"|(?:image|video|audio|sticker|GIF|document) omitted$|This message was deleted"
    r"|Messages and calls are end-to-end encrypted"
)
NOTICE = re.compile(
    r"\u200e|.{0,40}(?:撤回了一条消息|拍了拍|加入了?群聊|退出了?群聊|修改群名|领取了.{0,20}红包)"
    r"|-!-|\*{1,3}\s|-->|<--"
    r"|.{0,60}(?:end-to-end encrypted|has joined|has left|was added|changed the subject)"
)
DAY = re.compile(
    rf"[-—–=*\s]*(?:{DATE})(?:\s*(?:星期|周)[一二三四五六日天])?[-—–=*\s]*$|[-—–]{{2,}}\s*(?:今天"
    rf"|昨天|Today|Yesterday)\s*[-—–]{{2,}}$"
)
STAMPED = re.compile(rf"\[?{WHEN}\]?")


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
    for pattern in INLINE:
        if match := pattern.match(body):
            return Head(match["name"].strip(), match["when"], match.end())
    return None


def head_alone(body: str) -> Head | None:
    """A name and a time on a line of their own, as in WeChat, QQ and Telegram exports."""
    if len(body) > 90:
        return None
    for pattern in ALONE:
        if match := pattern.match(body):
            return Head(match["name"].strip(), match["when"], len(body))
    return None


def message_share(bodies: list[str], watch: Watch = UNWATCHED) -> tuple[int, float]:
    """How many lines head a message, and their share; a head on a line of its own counts for its
    message too.
    """
    inline = sum(head(body) is not None for body in watch.over(bodies, 0, 0.5))
    alone = sum(head_alone(body) is not None for body in watch.over(bodies, 0.5, 1))
    return (
        (inline, inline / len(bodies))
        if inline >= alone
        else (alone, min(1.0, 2 * alone / len(bodies)))
    )


def read_chat(text: str, cast: Cast, watch: Watch = UNWATCHED) -> list[Utterance]:
    """The messages of a chat log, a line an utterance; notices of the program are left out."""
    found: list[Utterance] = []
    scene, speech = 0, 0
    name, before, alone = "", None, _is_alone(text, watch)
    for number, (row, now, length) in enumerate(_messages(text, alone, watch)):
        if now is None and length < 0:
            scene, name = scene + bool(found), ""
            continue
        if now is not None:
            minute = _minute(now.when)
            scene += _paused(before, minute)
            before = minute or before
            name, speech = cast.resolve_label(now.name), speech + 1
        start = row.start + length
        start += len(text[start : row.end]) - len(text[start : row.end].lstrip())
        if name and start < row.end and not MEDIA.match(text, start, row.end):
            found.append(
                Utterance(
                    start,
                    row.end,
                    text[start : row.end],
                    name,
                    None,
                    SURE,
                    "chat",
                    scene,
                    number,
                    speech=speech,
                )
            )
    return found


def _is_alone(text: str, watch: Watch) -> bool:
    bodies = [text[row.start : row.end] for row in lines(text)]
    alone = sum(head_alone(body) is not None for body in watch.over(bodies, 0, 0.15))
    return alone > sum(head(body) is not None for body in watch.over(bodies, 0.15, 0.3))


def _messages(text: str, alone: bool, watch: Watch) -> Iterator[tuple[Line, Head | None, int]]:
    """Each line with its head, if any, and where its message begins; -1 for a heading, a date or a
    notice.
    """
    for row in watch.over(lines(text), 0.3, 1):
        body = text[row.start : row.end]
        now = (head_alone(body) or head(body)) if alone else head(body)
        if now:
            yield row, now, now.length
        elif DAY.match(body) or is_break(body):
            yield row, None, -1
        elif NOTICE.match(body) or (not alone and STAMPED.match(body)):
            continue  # a stamp without a name is a notice of the program
        else:
            yield row, None, 0


def _minute(when: str) -> tuple[str, int] | None:
    """A date as it is written and the minute of its day."""
    clock = re.search(r"(\d{1,2})[:：](\d{2})", when)
    if not clock:
        return None
    hour = int(clock[1]) % 24
    if re.search(r"下午|晚上|[Pp]\.?[Mm]", when) and hour < 12:
        hour += 12
    elif re.search(r"凌晨|[Aa]\.?[Mm]", when) and hour == 12:
        hour = 0
    date = re.search(DATE, when)
    return (date.group() if date else "", hour * 60 + int(clock[2]))


def _paused(before: tuple[str, int] | None, now: tuple[str, int] | None) -> bool:
    """Whether hours lie between two messages; over midnight without a jump of hours the talk goes
    on.
    """
    if before is None or now is None:
        return False
    apart = now[1] - before[1]
    if (
        before[0]
        and now[0]
        and before[0] != now[0]
        and not (apart < 0 and _next_day(before[0], now[0]))
    ):
        return True
    return apart % 1440 > PAUSE


def _next_day(before: str, now: str) -> bool:
    """Whether one date can follow the other: one number grew by one, or a new month began."""
    changed = [
        (int(a), int(b))
        for a, b in zip(re.findall(r"\d+", before), re.findall(r"\d+", now), strict=False)
        if a != b
    ]
    return (
        len(changed) == 1
        and changed[0][1] - changed[0][0] == 1
        or len(changed) > 1
        and any(b == 1 for _, b in changed)
    )
