"""What a cell of a table or a value of JSON holds: a text, a name, a time, or none of them."""

import re
from datetime import UTC, datetime
from typing import Any

from studio.text.messages import UNSEEN

LONGEST_NAME = 40  # characters
# Where an export keeps a writer as a table of facts: the name that the program shows comes first.
NAME_KEYS = (
    "nickname",
    "display_name",
    "displayName",
    "global_name",
    "real_name",
    "groupNickname",
    "accountName",
    "name",
    "username",
    "id",
)
TIME = re.compile(
    r"(?:\d{4}[-/.年]\s?\d{1,2}[-/.月]\s?\d{1,2}日?"
    r"|\d{1,2}[-/. ](?:\d{1,2}|[A-Za-z]{3,9})[-/. ]\d{2,4}"
    r"|[A-Za-z]{3,9} \d{1,2},? \d{4})?[T,\s]*"
    r"(?:(?:上午|下午)?\d{1,2}[:：.]\d{2}(?:[:：.]\d{2})?(?:[.,]\d{1,9})?(?:\s?[AaPp]\.?[Mm]\.?)?)?"
    r"\s?(?:Z|UTC|GMT)?\s?(?:[+-]\d{2}:?\d{2})?"
    r"(?:\s*-->\s*\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?)?"
)
NUMBER = re.compile(r"[-+]?[\d.,:/%\s]+")
ADDRESS = re.compile(r"(?:[a-z]{2,8}://|www\.|[./\\]|[A-Za-z]:\\)\S*|\S+\.\w{2,4}", re.IGNORECASE)
MARK = re.compile(
    r"wxid_\w+|gh_\w+|\w+@(?:chatroom|im\.\w+)|(?:user|channel)?\d{4,}|[0-9a-fA-F-]{16,}"
    r"|[UW][A-Z0-9]{7,}"
)
# What no label of a script holds: see the reader of labels.
NOT_IN_NAMES = re.compile(r"[\s:：﹕∶；;，。！？!?,…“”\"「」『』（）()\[\]【】〔〕<>《》=|*#~—`]+")
FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d-%b-%y %I:%M %p",
    "%d-%b-%Y %I:%M %p",
    "%m/%d/%Y %I:%M %p",
)


def text_of(cell: Any) -> str:
    """A cell's text; numbers, tables and the like are none.

    A list of strings is lines; with tables among them, as Telegram has for links and bold words, it
    is one text in pieces.
    """
    if isinstance(cell, dict) and isinstance(cell.get("text"), str):
        cell = cell["text"]
    if isinstance(cell, list) and cell:
        if all(isinstance(part, str) for part in cell):
            return "\n".join(cell).strip("\r\n")
        held = [part.get("text") if isinstance(part, dict) else part for part in cell]
        pieces = [piece for piece in held if isinstance(piece, str)]
        if len(pieces) == len(held):
            return "".join(pieces).strip("\r\n")
    return cell.strip("\r\n") if isinstance(cell, str) and cell.strip() else ""


def name_of(cell: Any) -> str:
    """The name in a cell, or in a table of facts about a person; "" where there is none."""
    if isinstance(cell, dict):
        cell = next((cell[key] for key in NAME_KEYS if isinstance(cell.get(key), str)), "")
    return cell.strip().strip(UNSEEN) if isinstance(cell, str) else ""


def label_of(name: str) -> str:
    """A name as it can stand before a colon, at most 40 characters."""
    plain = NOT_IN_NAMES.sub(" ", name.translate(dict.fromkeys(map(ord, UNSEEN)))).strip(" /\\_-")
    return plain[:LONGEST_NAME].strip(" /\\_-") or "Someone"


def is_time(text: str) -> bool:
    """Whether a text is a date, a clock time or both, and nothing else."""
    text = text.strip()
    return any(c.isdigit() for c in text) and len(text) < 60 and bool(TIME.fullmatch(text))


def is_words(text: str) -> bool:
    """Whether a text can be what somebody wrote: no time, number, address or mark of a program."""
    text = text.strip()
    if not text or NUMBER.fullmatch(text) or is_time(text):
        return False
    return not (ADDRESS.fullmatch(text) or is_mark(text))


def is_mark(text: str) -> bool:
    """Whether a text is what a program calls a person or a thing: wxid_…, a long number."""
    return MARK.fullmatch(text.strip()) is not None


def minutes_of(cell: Any) -> float | None:
    """A moment in minutes, from ISO 8601, seconds or milliseconds since 1970, or a usual way to
    write a date; None for anything else.
    """
    if isinstance(cell, str) and re.fullmatch(r"\d{10}(?:\d{3})?", cell):
        cell = int(cell)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return cell / 60_000 if cell > 1e11 else cell / 60 if cell > 1e8 else None
    if not isinstance(cell, str) or not 8 <= len(cell) <= 40:
        return None
    for form in ("", *FORMATS):
        try:
            made = datetime.strptime(cell.strip(), form) if form else datetime.fromisoformat(cell)
        except ValueError:
            continue
        return (made if made.tzinfo else made.replace(tzinfo=UTC)).timestamp() / 60
    return None
