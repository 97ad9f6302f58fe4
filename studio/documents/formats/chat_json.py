"""Exports of chats as one JSON table → their rows: Telegram, Discord, Messenger, ChatLab, QQ."""

from collections.abc import Iterator
from typing import Any

TITLE = "\0title"  # the key of a row that only names the chat whose rows follow


def rows_of(found: dict[str, Any]) -> Iterator[dict[str, Any]] | None:
    """The messages of an export, in order of time, the name of each chat before its messages where
    there are several; None for a table that is no such export.
    """
    chats = [
        one
        for key in ("chats", "left_chats")
        if isinstance(found.get(key), dict) and isinstance(found[key].get("list"), list)
        for one in found[key]["list"]
        if isinstance(one, dict) and _messages(one)
    ]
    if chats:
        return _of_all(chats)
    return iter(_messages(found)) if _messages(found) else None


def _of_all(chats: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for chat in chats:
        if len(chats) > 1:
            yield {TITLE: str(chat.get("name") or chat.get("id") or "—")}
        yield from _messages(chat)


def _messages(chat: dict[str, Any]) -> list[dict[str, Any]]:
    held = chat.get("messages")
    if not isinstance(held, list) or not all(isinstance(one, dict) for one in held):
        return []
    if any("role" in one for one in held[:10]):
        return []  # one row of a dataset, not a chat of people
    if any("sender_name" in one for one in held[:10]):
        return _of_messenger(held)
    return held


def _of_messenger(held: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Messenger and Instagram write the newest first, and UTF-8 as if its bytes were Latin-1."""
    rows = [
        {key: _mended(cell) if isinstance(cell, str) else cell for key, cell in row.items()}
        for row in held
    ]
    stamps = [row.get("timestamp_ms") for row in rows]
    if all(isinstance(stamp, int) for stamp in stamps):
        rows.sort(key=lambda row: int(row["timestamp_ms"]))
    return rows


def _mended(text: str) -> str:
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text
