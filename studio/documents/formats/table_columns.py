"""Which column of a table holds the text, and which says whose it is."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from studio.documents.formats import cells
from studio.errors import InputError

Rows = list[tuple[int, dict[str, Any]]]
# What texts and messages are called, in this order; all in small letters.
USUAL = (
    "text",
    "content",
    "文本",
    "正文",
    "内容",
    "dialogue",
    "台词",
    "对白",
    "mes",
    "message",
    "msg",
    "strcontent",
    "消息内容",
    "聊天内容",
    "消息",
    "body",
)
SPEAKERS = ("speaker", "role", "说话人", "角色")  # beside a text: who says it
# Beside a message: who wrote it. The name that a person gave comes before the program's.
WRITERS = (
    "author",
    "from",
    "sender_name",
    "sendername",
    "user_profile",
    "发送者",
    "发送人",
    "发言人",
    "sender",
    "remark",
    "备注",
    "nickname",
    "昵称",
    "accountname",
    "name",
    "character",
    "人物",
    "user",
    "username",
    "talker",
    "from_id",
)
WHEN = (
    "date",
    "timestamp",
    "createtime",
    "strtime",
    "timestamp_ms",
    "send_date",
    "create_date",
    "ts",
    "time",
    "datetime",
    "时间",
    "发送时间",
)
NAMED = 0.9  # the share of rows in which a column of speakers has a name
WORDS = 0.2  # the share of cells that must be words in a column of texts


@dataclass(frozen=True)
class Columns:
    """The columns that are read. text: what was written; speakers: who wrote it, the first that is
    not empty; when: its moment; chat: whether the table is of messages.
    """

    text: str
    speakers: tuple[str, ...] = ()
    when: str = ""
    chat: bool = False


def find(name: str, rows: Rows, text_column: str, speaker_column: str) -> Columns:
    """The columns asked for, or those of the usual names, or the one whose texts are longest.

    A column of times, numbers or addresses is never the text. Where a text column is asked for and
    none of speakers, the text stands alone. Raises InputError for one that is not there, naming
    those that are.
    """
    known = list(dict.fromkeys(key for _, row in rows for key in row))
    text = _asked(name, known, text_column) if text_column else _text_column(name, rows, known)
    if speaker_column:
        return Columns(text, (_asked(name, known, speaker_column),))
    if text_column:
        return Columns(text)
    if speaker := _speaker(rows, known, text, SPEAKERS):
        return Columns(text, (speaker,))
    writers = _writers(rows, known, text)
    when = next((key for want in WHEN for key in known if key.strip().lower() == want), "")
    return Columns(text, writers, when, bool(writers))


def _asked(name: str, known: list[str], wanted: str) -> str:
    if wanted in known:
        return wanted
    raise InputError(
        "{name} has no column {column}.",
        "Use one of its columns: {columns}.",
        name=name,
        column=wanted[:60],
        columns=", ".join(key[:40] for key in known[:20]) or "—",
    )


def _text_column(name: str, rows: Rows, known: list[str]) -> str:
    lengths: Counter[str] = Counter()
    filled: Counter[str] = Counter()
    words: Counter[str] = Counter()
    for _, row in rows:
        for key, cell in row.items():
            if text := cells.text_of(cell):
                filled[key] += 1
                if cells.is_words(text):
                    words[key] += 1
                    lengths[key] += len(text)
    fit = [key for key in known if words[key] and words[key] >= WORDS * filled[key]]
    usual = [key for want in USUAL for key in fit if key.strip().lower() == want]
    best = usual[0] if usual else max(fit, key=lambda key: lengths[key], default="")
    if not best:
        raise InputError(
            "No column of {name} holds text.",
            "Name the column with the text; its columns are: {columns}.",
            name=name,
            columns=", ".join(key[:40] for key in known[:20]) or "—",
        )
    return best


def _speaker(rows: Rows, known: list[str], text: str, names: tuple[str, ...]) -> str:
    """The column of one of these names with a short name in nearly every row; "" for none."""
    for wanted in names:
        for key in known:
            if key == text or key.strip().lower() != wanted:
                continue
            if _named(rows, text, key) >= NAMED:
                return key
    return ""


def _named(rows: Rows, text: str, key: str) -> float:
    """The share of texts that have a short name in a column."""
    held = [cells.name_of(row.get(key)) for _, row in rows if cells.text_of(row.get(text))]
    named = sum(0 < len(one) <= cells.LONGEST_NAME and "\n" not in one for one in held)
    return named / max(1, len(held))


def _writers(rows: Rows, known: list[str], text: str) -> tuple[str, ...]:
    """The columns that name the writers of messages, the best first.

    Together they name nearly every writer, and names come back: else the table is no chat. What a
    program calls a person (wxid_…) comes last.
    """
    by_name = {key.strip().lower(): key for key in known if key != text}
    found = [by_name[wanted] for wanted in WRITERS if wanted in by_name]
    plain = [key for key in found if not _is_marks(rows, key)]
    found = [*plain, *(key for key in found if key not in plain)]
    held = [
        next((one for key in found if (one := cells.name_of(row.get(key)))), "")
        for _, row in rows
        if cells.text_of(row.get(text))
    ]
    names = [one for one in held if 0 < len(one) <= cells.LONGEST_NAME and "\n" not in one]
    if len(names) < NAMED * len(held) or (len(names) > 4 and len({*names}) > 0.7 * len(names)):
        return ()
    return tuple(found)


def _is_marks(rows: Rows, key: str) -> bool:
    held = [one for _, row in rows if (one := cells.name_of(row.get(key)))]
    return bool(held) and sum(map(cells.is_mark, held)) > 0.5 * len(held)
