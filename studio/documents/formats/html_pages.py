"""HTML: the encoding that the page declares, then the tree, then blocks of text."""

import email
import re
from typing import TYPE_CHECKING, Any

from studio.documents.formats import chat_pages, chat_rows, chat_text
from studio.documents.formats.blocks import write_tree
from studio.documents.formats.records import Extracted, Writer, no_text
from studio.documents.formats.table_files import SAMPLE_ROWS, labelled
from studio.text.encoding import Decoded, decode

if TYPE_CHECKING:
    from lxml.etree import _Element, _LogEntry

DECLARED = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w:.\-]{2,40})|<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w:.\-]{2,40})""",
    re.IGNORECASE,
)
DECLARED_WITHIN = 4096
# In XHTML `<title/>` is an empty element; an HTML parser would take all that follows for its
# content.
XHTML = re.compile(r"<\?xml|<html[^>]*\sxmlns\s*=", re.IGNORECASE)
SELF_CLOSED = re.compile(
    (
        r"<(?!(?:br|hr|img|input|meta|link|col|area|base|embed|source|track"
        r"|wbr)\b)([A-Za-z][\w:.\-]*)((?:\s[^<>]*)?)/>"
    ),
    re.IGNORECASE,
)

INLINE = re.compile(
    (
        r"</?(?:font|b|i|u|s|em|strong|span|a|big|small|tt|strike|code|ins|mark|label"
        r"|nobr)(?:\s[^<>]*)?>"
    ),
    re.IGNORECASE,
)
CONTAINERS = re.compile(
    (
        r"</?(?:div|section|article|center|blockquote|main|table|tbody|tr|td|th|ul|ol|li|dl|dt|dd"
        r"|form)(?:\s[^<>]*)?>"
    ),
    re.IGNORECASE,
)


def read(name: str, data: bytes) -> Extracted:
    """The text of a page. Raises InputError for what cannot be read as one."""
    decoded = decoded_page(name, data)
    root = tree(decoded.text)
    if root is None:
        raise no_text(name)
    if messages := chat_pages.rows_of(decoded.text, root):
        return _chat(name, list(enumerate(messages, start=1)), decoded.told)
    writer = Writer()
    write_tree(root, writer)
    return Extracted(writer.text(), "html", decoded.told)


def read_archive(name: str, data: bytes) -> Extracted:
    """The page in an MHTML file, as browsers and QQ save it (RFC 2557). Raises InputError."""
    for part in email.message_from_bytes(data).walk():
        if part.get_content_type() == "text/html":
            page = part.get_payload(decode=True)
            if isinstance(page, bytes):
                made = read(name, page)
                made.form = "mht"
                return made
    raise no_text(name)


def _chat(name: str, rows: list[tuple[int, dict[str, Any]]], told: str) -> Extracted:
    reader = chat_rows.Reader(chat_pages.COLUMNS, rows[:SAMPLE_ROWS])
    writer, places = chat_text.write(reader, rows)
    if not places:
        raise no_text(name)
    meta = {"left_out": dict(reader.left_out)} if reader.left_out else {}
    return Extracted(writer.text(), "html", told, list(labelled(places)), meta)


def decoded_page(name: str, data: bytes) -> Decoded:
    """The page's source text, by its mark, as UTF-8, as it declares, or as it looks.

    Raises InputError.
    """
    found = DECLARED.search(data[:DECLARED_WITHIN])
    declared = (found[1] or found[2]).decode("ascii", "replace") if found else ""
    return decode(data, name, declared)


def tree(source: str) -> "_Element | None":
    """The parsed page; None where there is nothing to parse.

    Nothing is fetched, no entity of its own is resolved.
    """
    from lxml.etree import ErrorTypes

    if XHTML.search(source[:DECLARED_WITHIN]):
        source = SELF_CLOSED.sub(r"<\1\2></\1>", source)
    root, log = _parsed(source)
    if any(entry.type == ErrorTypes.ERR_RESOURCE_LIMIT for entry in log):
        # Tags that were never closed lie in one another, thousands deep, and the parser gives up:
        # without those it need not.
        root, _ = _parsed(CONTAINERS.sub("<p>", INLINE.sub("", source)))
    return root


def _parsed(source: str) -> "tuple[_Element | None, list[_LogEntry]]":
    from lxml import etree

    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=True
    )
    try:
        return etree.fromstring(source.encode("utf-8", "replace"), parser), list(parser.error_log)
    except etree.LxmlError:
        return None, []
