"""HTML exports of chats → rows of messages: Telegram, Discord, MemoTrace (WeChat), QQ."""

import html
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from studio.documents.formats.blocks import write_tree
from studio.documents.formats.records import Writer
from studio.documents.formats.table_columns import Columns

if TYPE_CHECKING:
    from lxml.etree import _Element

COLUMNS = Columns("text", ("author",), "", chat=True)
CHAT_MESSAGES = re.compile(r"\bchatMessages\s*=\s*\[")
# One key and value of a JavaScript object; no pattern in it can be tried in two ways.
PAIR = re.compile(
    r"""["']?\b(?P<key>type|text|is_send|displayname)["']?\s*:\s*"""
    r"""(?:'(?P<one>(?:[^'\\]|\\.)*+)'|"(?P<two>(?:[^"\\]|\\.)*+)"|(?P<bare>-?\d+|true|false))""",
    re.DOTALL,
)
ESCAPED = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
BREAK = re.compile(r"<br\s*/?>|\n", re.IGNORECASE)
TAG = re.compile(r"<[^<>]{0,2000}>")
CLOCK = re.compile(r"\s*\d{1,2}:\d{2}(?::\d{2})?(?:\s*[AP]M)?\s*")
FEWEST = 2  # messages that make a page a chat

Row = dict[str, Any]


def rows_of(source: str, root: "_Element") -> list[Row]:
    """The messages of a page as rows of `author`, `text` and what WeChat's rows have beside them;
    [] for a page that is no chat's export.
    """
    readers = []
    if "from_name" in source:
        readers.append(_telegram(root))
    if "chatlog__" in source:
        readers.append(_discord(root))
    if found := CHAT_MESSAGES.search(source):
        readers.append(_memotrace(source, found.end()))
    if "float:left;margin-right:6px" in source:
        readers.append(_qq(root))
    for reader in readers:
        if len(rows := list(reader)) >= FEWEST:
            return rows
    return []


def _telegram(root: "_Element") -> Iterator[Row]:
    """`div.message.default`; one that is `joined` goes on with the writer before it."""
    author = ""
    for message in _of_class(root, "message"):
        if "default" not in _classes(message):
            continue
        own = [one for one in _of_class(message, "from_name") if not _within(one, "forwarded")]
        author = _words(own[0]) if own else author
        for text in _of_class(message, "text"):
            yield {"author": author, "text": _words(text)}


def _discord(root: "_Element") -> Iterator[Row]:
    """`.chatlog__content` below the `.chatlog__author` of its group; notices have other classes."""
    author = ""
    for element in root.iter():
        classes = _classes(element)
        if "chatlog__author" in classes or "chatlog__author-name" in classes:
            author = _words(element)
        elif "chatlog__content" in classes:
            for edited in _of_class(element, "chatlog__edited-timestamp"):
                edited.text = None
            yield {"author": author, "text": _words(element)}


def _memotrace(source: str, at: int) -> Iterator[Row]:
    """The objects of the page's list, whose writer is `displayname`; `type` 1 is a text."""
    row: Row = {}
    for pair in PAIR.finditer(source, at):
        key = pair["key"]
        if key in row:
            yield row
            row = {}
        if pair["bare"] is not None:
            row[key] = pair["bare"]
            continue
        value = ESCAPED.sub(_unescaped, pair["one"] if pair["one"] is not None else pair["two"])
        row["author" if key == "displayname" else key] = (
            "\n".join(html.unescape(TAG.sub("", line)) for line in BREAK.split(value))
            if key == "text"
            else html.unescape(value)
        )
        row.setdefault(key, value)
    if row:
        yield row


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    if len(code) == 5:
        return chr(int(code[1:], 16))
    return {"n": "\n", "r": "", "t": "\t"}.get(code, code)


def _qq(root: "_Element") -> Iterator[Row]:
    """A cell of two: the writer and a clock time, then the words."""
    for cell in root.iter("td"):
        parts = [one for one in cell if one.tag == "div"]
        if len(parts) != 2 or not len(parts[0]) or parts[0][0].tag != "div":
            continue
        name = parts[0][0]
        if CLOCK.fullmatch(name.tail or ""):
            yield {"author": _words(name), "text": _words(parts[1])}


def _of_class(root: "_Element", name: str) -> list["_Element"]:
    return [one for one in root.iter() if name in _classes(one)]


def _classes(element: "_Element") -> list[str]:
    return (element.get("class") or "").split() if isinstance(element.tag, str) else []


def _within(element: "_Element", name: str) -> bool:
    return any(name in _classes(one) for one in element.iterancestors())


def _words(element: "_Element") -> str:
    writer = Writer()
    write_tree(element, writer)
    return writer.text()
