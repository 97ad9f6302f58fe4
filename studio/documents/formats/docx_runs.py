"""The text inside one paragraph of a Word document."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from studio.documents.formats.numbering import W

if TYPE_CHECKING:
    from lxml.etree import _Element

M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
CHOICE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
PLAIN = {
    f"{W}tab": "\t",
    f"{W}br": "\n",
    f"{W}cr": "\n",
    f"{W}noBreakHyphen": "-",
    f"{W}ptab": "\t",
}
# Deleted and moved text, the pinyin over a character, what a field is made from, properties, the
# older twin of a text box.
DROPPED = {
    f"{W}del",
    f"{W}moveFrom",
    f"{W}rt",
    f"{W}instrText",
    f"{W}delText",
    f"{W}pPr",
    f"{W}rPr",
    CHOICE,
}
NOTES = {f"{W}footnoteReference": "footnote", f"{W}endnoteReference": "endnote"}


def run_text(
    paragraph: "_Element", note: Callable[[str, str], str], boxes: "list[_Element]"
) -> str:
    """The text of a paragraph; text boxes anchored in it are appended to `boxes`, to be read behind
    it.

    `note(kind, id)` gives what stands for a footnote or endnote. Of ruby text the base is kept,
    hidden runs are not.
    """
    parts: list[str] = []
    waiting = list(reversed(paragraph))
    while waiting:
        element = waiting.pop()
        tag = element.tag
        if tag in DROPPED or not isinstance(tag, str):
            continue
        if tag in (f"{W}t", f"{M}t"):
            parts.append(element.text or "")
        elif tag in PLAIN:
            # A page or column break is no line of the text.
            parts.append("" if element.get(f"{W}type") in ("page", "column") else PLAIN[tag])
        elif tag == f"{W}sym":
            parts.append(_symbol(element.get(f"{W}char", "")))
        elif tag in NOTES:
            parts.append(note(NOTES[tag], element.get(f"{W}id", "")))
        elif tag == f"{W}txbxContent":
            boxes.append(element)
        elif not (tag == f"{W}r" and _hidden(element)):
            waiting.extend(reversed(element))
    return "".join(parts)


def _hidden(run: "_Element") -> bool:
    vanish = run.find(f"{W}rPr/{W}vanish")
    return vanish is not None and vanish.get(f"{W}val", "1") not in ("0", "false", "off")


def _symbol(code: str) -> str:
    """A character of a symbol font; those of private use mean nothing outside it."""
    try:
        number = int(code, 16)
    except ValueError:
        return ""
    return "" if 0xE000 <= number <= 0xF8FF or not 0x20 <= number <= 0x10FFFF else chr(number)
