"""A page's tree → blocks of text: paragraphs apart, headings as `#` lines, list marks, tables row
by row.
"""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from studio.documents.formats.records import Writer

if TYPE_CHECKING:
    from lxml.etree import _Element

DROPPED = frozenset(
    "head script style nav template noscript iframe object embed svg canvas audio video button "
    "select textarea input rt rp rtc annotation annotation-xml map dialog".split()
)
HEADINGS = {f"h{level}": level for level in range(1, 7)}
BLOCKS = (
    frozenset(
        "p div section article header footer main aside blockquote figure figcaption address "
        "form fieldset legend body html center details summary ul ol menu dl dt dd li table "
        "caption thead tbody tfoot tr td th pre hgroup".split()
    )
    | HEADINGS.keys()
)
# A table with any of these in it is there for the layout: its cells are read one after the other.
LAYOUT = frozenset(
    {"table", "ul", "ol", "div", "pre", "blockquote", "section", "article", *HEADINGS}
)
BREAK = "\u2028"
WIDE = (
    "\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\u3000-\u303f\u2018"
    "\u2019\u201c\u201d\u2026\u2014"
)
WRAPPED = re.compile(rf"(?<=[{WIDE}])[ \t]*[\r\n]\s*(?=[{WIDE}])")
SPACES = re.compile(r"[ \t\r\n\f\v\xa0]+")
AROUND_BREAK = re.compile(rf" *{BREAK} *")
OWN_MARK = re.compile(
    r"[•·●○◦▪■□◆◇★※\-*–—①-⑳]|[（(]?(?:[一二三四五六七八九十百零〇]+|\d{1,3}|[a-zA-Z])[)）、.．]"
    r"|第.{1,6}[条章节款项]"
)
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


@dataclass
class _State:
    """What is being written: the running line, the lists that are open, the mark of an item not yet
    begun.
    """

    writer: Writer
    line: list[str] = field(default_factory=list)
    lists: list[int | None] = field(default_factory=list)
    mark: str = ""
    in_list: bool = False
    pre: int = 0
    heading: int = 0

    def flush(self) -> None:
        """The running line becomes a block."""
        raw, self.line = "".join(self.line), []
        text = raw.replace(BREAK, "\n").strip("\n").rstrip() if self.pre else flowing(raw)
        if not text:
            return
        if self.heading:
            text = "#" * self.heading + " " + " ".join(text.split("\n"))
        tight = False
        if self.mark:
            tight, self.in_list = self.in_list, True
            text = ("" if OWN_MARK.match(text) else self.mark) + text
            text, self.mark = "  " * (len(self.lists) - 1) + text, ""
        elif not self.lists:
            self.in_list = False
        self.writer.add(text, "\n" if tight else "\n\n")


def write_tree(root: "_Element", writer: Writer) -> None:
    """Write the blocks of a tree.

    Ruby keeps its base; what is hidden, scripts, styles and navigation are dropped.
    """
    from lxml import etree

    state = _State(writer)
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tag = _tag(element)
        if event == "start":
            if _dropped(element, tag):
                walk.skip_subtree()
            elif tag == "table" and not _for_layout(element):
                state.flush()
                state.writer.add(rows_of(element))
                walk.skip_subtree()
            else:
                _open(state, element, tag)
                state.line.append(element.text or "")
        else:
            if not _dropped(element, tag):
                _close(state, tag)
            if element is not root:
                state.line.append(element.tail or "")
    state.flush()


def flowing(raw: str) -> str:
    """Text as a page shows it: white space joined to one space, none where a line of Chinese was
    wrapped, `<br>` kept.
    """
    text = SPACES.sub(" ", WRAPPED.sub("", raw))
    text = AROUND_BREAK.sub("\n", text).strip(" \n")
    return re.sub(r"\n{3,}", "\n\n", text)


def rows_of(table: "_Element") -> str:
    """A table of data: a line for each row, cells joined by " | "; rows without a word are left
    out.
    """
    lines = []
    for part in table.iter("caption", "tr"):
        cells = [part] if part.tag == "caption" else [c for c in part if _tag(c) in ("td", "th")]
        texts = [" ".join(flowing(_inner(cell)).split("\n")) for cell in cells]
        if any(texts):
            lines.append(" | ".join(texts).rstrip(" |") if texts[0] or len(texts) > 1 else texts[0])
    return "\n".join(lines)


def _open(state: _State, element: "_Element", tag: str) -> None:
    if tag == "br":
        state.line.append(BREAK)
    elif tag == "hr":
        state.flush()
        state.writer.add("* * *")
    elif tag in BLOCKS:
        state.flush()
        state.heading = HEADINGS.get(tag, state.heading)
        state.pre += tag == "pre"
        if tag in ("ul", "ol", "menu"):
            start = element.get("start", "1")
            state.lists.append(
                int(start)
                if tag == "ol" and start.lstrip("-").isdigit() and len(start) < 9
                else 1
                if tag == "ol"
                else None
            )
        elif tag == "li" and state.lists:
            state.mark = _mark(state)


def _mark(state: _State) -> str:
    """The next item's mark: "- ", or the number of an ordered list."""
    number = state.lists[-1]
    if number is None:
        return "- "
    state.lists[-1] = number + 1
    return f"{number}. "


def _close(state: _State, tag: str) -> None:
    if tag not in BLOCKS:
        return
    state.flush()
    if tag in HEADINGS:
        state.heading = 0
    elif tag == "pre":
        state.pre -= 1
    elif tag == "li":
        state.mark = ""
    elif tag in ("ul", "ol", "menu") and state.lists:
        state.lists.pop()
        state.in_list = bool(state.lists)


def _tag(element: "_Element") -> str:
    """The element's name without a prefix; "" for what is no element."""
    return (
        element.tag.rsplit("}", 1)[-1].rsplit(":", 1)[-1].lower()
        if isinstance(element.tag, str)
        else ""
    )


def _dropped(element: "_Element", tag: str) -> bool:
    if tag in DROPPED or not tag:
        return True
    if not element.attrib:
        return False
    hidden = (
        element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or element.get("role") == "navigation"
    )
    return hidden or HIDDEN.search(element.get("style", "")) is not None


def _for_layout(table: "_Element") -> bool:
    """Whether a table only places things: another block inside a cell, several paragraphs, or a
    single cell in all.
    """
    cells = 0
    for element in table.iterdescendants():
        tag = _tag(element)
        if tag in LAYOUT:
            return True
        if tag in ("td", "th"):
            cells += 1
            if sum(1 for p in element.iterdescendants("p", "br")) > 3:
                return True
    return cells <= 1


def _inner(element: "_Element") -> str:
    """All text inside a cell, breaks as BREAK."""
    from lxml import etree

    parts: list[str] = []
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, inner in walk:
        tag = _tag(inner)
        if event == "start":
            if _dropped(inner, tag):
                walk.skip_subtree()
            else:
                parts.append(BREAK if tag in ("br", "p") else "")
                parts.append(inner.text or "")
        elif inner is not element:
            parts.append(inner.tail or "")
    return "".join(parts)
