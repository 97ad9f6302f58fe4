"""Chat logs: `2024-05-01 12:03 张三: …`, `[12:03] <ann> …`, WhatsApp, Telegram and WeChat exports.

A head names who writes and when; its message runs on to the next head. A pause of hours begins a
new scene.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from studio.dialogue.characters.table import Cast
from studio.dialogue.layouts.chat_heads import (
    DATED,
    DAY,
    STAMPED,
    Head,
    head,
    head_alone,
    heads_apart,
    minute_of,
)
from studio.dialogue.layouts.chat_notices import (
    APPENDED,
    EDITED,
    NOTICE,
    QUOTE_END,
    QUOTED,
    REPLY,
    notices_among,
)
from studio.dialogue.records import Utterance
from studio.progress import UNWATCHED, Watch
from studio.text.messages import UNSEEN, is_wordless
from studio.text.paragraphs import Line, is_break, lines

PAUSE = 180  # minutes of silence after which the talk begins anew
SURE = 0.99
DATED_SHARE = 0.5  # of the heads in lines of messages: then one without a date is no head


@dataclass
class Message:
    """A head and the lines below it; head None: what belongs to nobody, and parts the talk if
    `parts`.
    """

    head: Head | None
    rows: list[tuple[int, Line, int]] = field(default_factory=list)  # number, line, where it begins
    parts: bool = False


def message_share(bodies: list[str], watch: Watch = UNWATCHED) -> tuple[int, float]:
    """How many lines head a message, and their share; a head on a line of its own counts for its
    message too, one on two lines for three.
    """
    apart = len(heads_apart(bodies))
    inline = sum(head(body) is not None for body in watch.over(bodies, 0, 0.5))
    alone = sum(head_alone(body) is not None for body in watch.over(bodies, 0.5, 1))
    if apart and apart >= max(inline, alone):
        return apart, min(1.0, 3 * apart / len(bodies))
    return (
        (inline, inline / len(bodies))
        if inline >= alone
        else (alone, min(1.0, 2 * alone / len(bodies)))
    )


def read_chat(text: str, cast: Cast, watch: Watch = UNWATCHED) -> list[Utterance]:
    """The messages of a chat log, a line an utterance; what nobody said is left out: notices of the
    program, media, the words that a reply repeats.
    """
    found: list[Utterance] = []
    scene, speech, before = 0, 0, None
    for message in _messages(text, watch):
        if message.head is None:
            scene += message.parts and bool(found)
            continue
        minute = minute_of(message.head.when)
        scene += _paused(before, minute)
        before = minute or before
        name, speech = cast.resolve_label(message.head.name), speech + 1
        for number, start, end in _words(text, message):
            words = text[start:end]
            found.append(
                Utterance(start, end, words, name, None, SURE, "chat", scene, number, speech=speech)
            )
    return found


@dataclass(frozen=True)
class Way:
    """How a text writes its heads. alone: on lines of their own. dated: nearly all have a date, so
    that `12:30 Lunch: soup` is a line of a message. names: how often each stands in a head. apart:
    those on two lines, by the number of the first.
    """

    alone: bool
    dated: bool
    names: Counter[str]
    apart: Mapping[int, Head]

    def head(self, body: str, number: int) -> Head | None:
        """The head of a message, if the line has one; number: the line's."""
        if self.apart:
            return self.apart.get(number)
        found = (head_alone(body) or head(body)) if self.alone else head(body)
        lacks = found and self.dated and found.when and not DATED.match(found.when)
        return None if lacks else found

    def is_stamped(self, body: str) -> bool:
        """Whether a line has a time and no name: a notice of the program."""
        if self.apart:
            return False
        if self.alone:
            return STAMPED.fullmatch(body) is not None
        return (DATED if self.dated else STAMPED).match(body) is not None


def _way(bodies: list[str], watch: Watch) -> Way:
    """Learnt from all heads of a text: there are more of one kind than of the other."""
    inline = [one for body in watch.over(bodies, 0, 0.5) if (one := head(body))]
    alone = [one for body in watch.over(bodies, 0.5, 1) if (one := head_alone(body))]
    apart = heads_apart(bodies)
    if apart and len(apart) >= max(len(alone), len(inline)):
        return Way(True, False, Counter(one.name for one in apart.values()), apart)
    heads = alone if len(alone) > len(inline) else inline
    dated = sum(DATED.match(one.when) is not None for one in heads)
    return Way(
        heads is alone,
        heads is inline and dated >= DATED_SHARE * max(1, len(heads)),
        Counter(one.name for one in heads),
        {},
    )


def _messages(text: str, watch: Watch) -> Iterator[Message]:
    """The messages in order; between them what belongs to nobody."""
    rows = lines(text)
    bodies = [text[row.start : row.end] for row in rows]
    way = _way(bodies, watch.within(0, 0.3))
    notices = notices_among(way.names)
    message = Message(None)
    for number, (row, body) in enumerate(zip(watch.over(rows, 0.3, 1), bodies, strict=True)):
        if number - 1 in way.apart:
            continue  # the time below a name
        if now := way.head(body, number):
            yield message
            message = Message(None if now.name in notices else now)
            message.rows.append((number, row, row.start + now.length))
        elif QUOTE_END.match(body) and _quotes(text, message):
            message.rows.clear()  # what the message answers stood above the line of hyphens
        elif DAY.match(body) or is_break(body):
            yield message
            message = Message(None, parts=True)
        elif way.is_stamped(body):
            yield message
            message = Message(None)
        elif not NOTICE.match(body):
            message.rows.append((number, row, row.start))
    yield message


def _quotes(text: str, message: Message) -> bool:
    """Whether a message begins with the words that it answers, as WeChat copies them."""
    for _, row, start in message.rows:
        if start < row.end:
            return QUOTED.match(text[start : row.end].lstrip()) is not None
    return False


def _words(text: str, message: Message) -> Iterator[tuple[int, int, int]]:
    """(number of the line, start, end) of each line of a message that holds its writer's words."""
    for number, row, start in message.rows:
        body = text[start : row.end]
        start += len(body) - len(body.lstrip())
        body = body.strip()
        if APPENDED.match(body):
            return
        if not body or REPLY.match(body) or is_wordless(body):
            continue
        if edited := EDITED.search(body):
            body = body[: edited.start()].rstrip(UNSEEN + " ")
        if body:
            yield number, start, start + len(body)


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
