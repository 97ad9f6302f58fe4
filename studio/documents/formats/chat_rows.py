"""Rows of an exported chat → messages: who wrote what, without notices, media and times."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from studio.documents.formats import cells
from studio.documents.formats.table_columns import Columns
from studio.text.messages import PROGRAMS, is_wordless

# What kinds of messages are called that somebody wrote: Telegram, Discord, WeChat's and QQ's tools.
KINDS = ("type", "type_name", "msg_type", "message_type", "消息类型", "类型")
WRITTEN = frozenset(
    "message default reply text 文本 文本消息 引用 引用消息 回复消息 threadstartermessage "
    "type_1 0 1 19".split()
)
QUOTES = ("49", "57")  # type and subtype of WeChat's reply
WRITTEN_PARTS = frozenset("thread_broadcast me_message file_share bot_message".split())
NOT_WRITTEN = ("is_system", "system", "recalled", "is_recalled", "isrecalled")
OWN = ("issender", "is_sender", "is_send", "issend", "是否发送")
ME = {True: "我", False: "Me"}  # the account's owner, where a table names only the other
XML = re.compile(r"\s*<(?:\?xml|msg|sysmsg|appmsg|voipmsg)\b")
PAUSE_MINUTES = 180  # of silence, after which the talk begins anew: as in chat logs


@dataclass(frozen=True)
class Message:
    """One message. number: of its row, from 1; pause: whether hours have passed before it."""

    number: int
    speaker: str
    text: str
    pause: bool = False


@dataclass
class Reader:
    """Reads the rows of one export. left_out: how many rows are no message, by reason: "notices" of
    the program, and those "wordless".
    """

    columns: Columns
    sample: list[tuple[int, dict[str, Any]]]
    left_out: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        known = list(dict.fromkeys(key for _, row in self.sample for key in row))
        lower = {key.strip().lower(): key for key in known}
        self.kind = next((lower[key] for key in KINDS if key in lower), "")
        # A kind of messages that this does not know is no reason to leave anything out.
        if not any(_kind(row.get(self.kind)) in WRITTEN for _, row in self.sample):
            self.kind = ""
        self.subtype = lower.get("subtype", "")
        self.own = next((lower[key] for key in OWN if key in lower), "")
        self.flags = [lower[key] for key in NOT_WRITTEN if key in lower]
        self.one_name = self._names_one_side()
        self.cjk = any(
            "\u3400" <= c <= "\u9fff"
            for _, row in self.sample[:50]
            for c in cells.text_of(row.get(self.columns.text))
        )

    def read(self, rows: Iterable[tuple[int, dict[str, Any]]]) -> Iterator[Message]:
        """The messages of the rows in order."""
        last: float | None = None
        for number, row in rows:
            speaker = self._speaker(row)
            if not self._is_written(row) or speaker.casefold() in PROGRAMS:
                self.left_out["notices"] += 1
                continue
            text = self._words(row)
            if not text:
                self.left_out["wordless"] += bool(speaker)
                continue
            now = cells.minutes_of(row.get(self.columns.when)) if self.columns.when else None
            pause = last is not None and now is not None and now - last > PAUSE_MINUTES
            last = now if now is not None else last
            yield Message(number, cells.label_of(speaker), text, pause)

    def _is_written(self, row: dict[str, Any]) -> bool:
        if any(row.get(key) in (True, "true", "True", "1") for key in self.flags):
            return False
        part = _kind(row.get(self.subtype))  # of Slack: what happened, where nobody wrote
        if part and not part.isdigit() and part not in WRITTEN_PARTS:
            return False
        if not self.kind:
            return True
        kind = _kind(row.get(self.kind))
        return kind in WRITTEN or (kind, part) == QUOTES

    def _speaker(self, row: dict[str, Any]) -> str:
        mine = self.own and str(row.get(self.own)).strip().lower() in ("1", "true")
        if mine and self.one_name:
            return ME[self.cjk]
        names = (cells.name_of(row.get(key)) for key in self.columns.speakers)
        return next((one for one in names if one), ME[self.cjk] if mine else "")

    def _words(self, row: dict[str, Any]) -> str:
        text = cells.text_of(row.get(self.columns.text))
        if XML.match(text):
            return ""
        lines = [line.strip() for line in text.splitlines()]
        return "\n".join(line for line in lines if line and not is_wordless(line))

    def _names_one_side(self) -> bool:
        """Whether the table names the other of two people alone, also where its owner writes."""
        sides: dict[bool, set[str]] = {True: set(), False: set()}
        for _, row in self.sample:
            if cells.text_of(row.get(self.columns.text)):
                mine = str(row.get(self.own)).strip().lower() in ("1", "true")
                names = (cells.name_of(row.get(key)) for key in self.columns.speakers)
                sides[mine].add(next((one for one in names if one), ""))
        return bool(self.own) and len(sides[True]) == 1 and sides[True] == sides[False]


def _kind(cell: Any) -> str:
    return "" if cell is None or isinstance(cell, bool) else str(cell).strip().lower()
