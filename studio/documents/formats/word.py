"""docx → text: headings as `#` lines, the numbers that Word writes itself, tables row by row, notes
at the end.
"""

import io
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from studio.documents.formats.archive_limits import checked_zip
from studio.documents.formats.docx_runs import run_text
from studio.documents.formats.numbering import Numbering, W, read_numbering
from studio.documents.formats.records import Extracted, Writer, damaged

if TYPE_CHECKING:
    from docx.document import Document as Word
    from lxml.etree import _Element

HEADING = re.compile(r"(?:heading|标题|標題|見出し) ?([1-9])")
CONTENTS = re.compile(r"(?:toc|目录|目次) ?\d?(?: heading)?")


def read(name: str, data: bytes) -> Extracted:
    """The text of a Word document as it would be printed with all changes accepted; its places are
    its headings.

    Left out: deleted and hidden text, page headers and footers, comments, the generated table of
    contents.
    Footnotes stand as [1] in the text and as `[1] …` at the end. Raises InputError.
    """
    import docx
    from docx.opc.exceptions import OpcError

    checked_zip(name, data, "DOCX")
    try:
        document = docx.Document(io.BytesIO(data))
        reader = _Reader(document)
        reader.blocks(document.element.body)
    except (OpcError, KeyError, ValueError, SyntaxError) as error:
        raise damaged(name, "DOCX") from error
    reader.notes()
    return Extracted(reader.writer.text(), "docx", "docx", reader.sections())


class _Reader:
    """One pass over a document's body."""

    def __init__(self, document: "Word") -> None:
        self.writer = Writer()
        self.numbering = read_numbering(_part(document, "numbering"))
        self.styles = _styles(document)
        self.noted: list[tuple[str, str]] = []
        self.headings: list[tuple[int, str]] = []
        self.in_list = False
        self.note_parts = {
            kind: _notes(_part(document, kind + "s")) for kind in ("footnote", "endnote")
        }

    def blocks(self, parent: "_Element") -> None:
        """Paragraphs and tables in order, also those inside content controls and tracked
        insertions.
        """
        for element in parent:
            tag = element.tag if isinstance(element.tag, str) else ""
            if tag == f"{W}p":
                self.paragraph(element)
            elif tag == f"{W}tbl":
                self.in_list = False
                self.writer.add("\n".join(self.rows(element)))
            elif tag in (
                f"{W}sdt",
                f"{W}sdtContent",
                f"{W}ins",
                f"{W}moveTo",
                f"{W}customXml",
                f"{W}smartTag",
            ):
                self.blocks(element)

    def paragraph(self, element: "_Element") -> None:
        """One paragraph with its mark; as a heading where its style or its outline level says
        so.
        """
        style = self.styles.get(_child(element, "pPr/pStyle"), {})
        boxes: list[_Element] = []
        text = run_text(element, self.note, boxes).strip("\n ")
        if text and not CONTENTS.fullmatch(style.get("name", "")):
            level = _level(element, style)
            mark = _mark(element, style, self.numbering)
            if level:
                start, _ = self.writer.add(
                    "#" * min(level, 6) + " " + mark + " ".join(text.split())
                )
                self.headings.append((start, mark + " ".join(text.split())))
            else:
                self.writer.add(mark + text, "\n" if mark and self.in_list else "\n\n")
            self.in_list = bool(mark) and not level
        for box in boxes:
            self.blocks(box)

    def rows(self, table: "_Element") -> Iterator[str]:
        """A line for each row that says something, cells joined by " | "; a merged cell stands
        once.
        """
        for row in table.iter(f"{W}tr"):
            if next(row.iterancestors(f"{W}tbl")) is not table:
                continue
            cells = []
            for cell in row.iter(f"{W}tc"):
                if next(cell.iterancestors(f"{W}tr")) is row:
                    texts = [run_text(p, self.note, []).strip() for p in cell.iter(f"{W}p")]
                    cells.append(" ".join(" ".join(text.split()) for text in texts if text))
            if any(cells):
                yield " | ".join(cells).rstrip(" |")

    def note(self, kind: str, note_id: str) -> str:
        """The mark of a footnote or endnote in the text; its own text is kept for the end."""
        text = self.note_parts[kind].get(note_id)
        if not text:
            return ""
        self.noted.append((f"[{len(self.noted) + 1}]", text))
        return self.noted[-1][0]

    def notes(self) -> None:
        """The notes behind the text, one a line."""
        self.writer.add("\n".join(f"{mark} {text}" for mark, text in self.noted))

    def sections(self) -> list[tuple[int, int, str]]:
        """From each heading to the next: the document's places."""
        starts = [*(start for start, _ in self.headings), self.writer.length]
        return [
            (start, end, title)
            for (start, title), end in zip(self.headings, starts[1:], strict=True)
        ]


def _part(document: "Word", kind: str) -> Any:
    """The root of a part that the document is related to, parsed without entities; None if it has
    none.
    """
    from docx.oxml import parse_xml

    for relation in document.part.rels.values():
        if not relation.is_external and relation.reltype.rsplit("/", 1)[-1] == kind:
            return parse_xml(relation.target_part.blob)
    return None


def _notes(root: Any) -> dict[str, str]:
    """Id → text of the notes; the separators that Word keeps among them are none."""
    nothing: Callable[[str, str], str] = lambda _kind, _id: ""  # noqa: E731
    found: dict[str, str] = {}
    for note in root if root is not None else ():
        if note.get(f"{W}type") in (None, "normal"):
            found[note.get(f"{W}id", "")] = " ".join(
                " ".join(run_text(p, nothing, []).split()) for p in note.iter(f"{W}p")
            ).strip()
    return found


def _styles(document: "Word") -> dict[str, dict[str, Any]]:
    """Style id → name (lower case), level of heading, list and list level, each its own or that of
    the style it builds on.
    """
    raw = {
        style.get(f"{W}styleId", ""): style for style in document.styles.element.iter(f"{W}style")
    }
    made: dict[str, dict[str, Any]] = {}
    for style_id in raw:
        facts: dict[str, Any] = {"name": _child(raw[style_id], "name").lower()}
        seen, current = set(), style_id
        while current in raw and current not in seen:
            seen.add(current)
            element = raw[current]
            named = HEADING.fullmatch(_child(element, "name").lower())
            own = {
                "heading": int(named[1])
                if named
                else 1
                if _child(element, "name") == "Title"
                else None,
                "outline": _child(element, "pPr/outlineLvl"),
                "list": _child(element, "pPr/numPr/numId"),
                "depth": _child(element, "pPr/numPr/ilvl"),
            }
            facts |= {key: value for key, value in own.items() if value and key not in facts}
            current = _child(element, "basedOn")
        made[style_id] = facts
    return made


def _level(paragraph: "_Element", style: dict[str, Any]) -> int:
    """1 … 9 of a heading, 0 of running text."""
    outline = _child(paragraph, "pPr/outlineLvl") or (
        "" if style.get("heading") else style.get("outline", "")
    )
    if outline.isdigit():
        return int(outline) + 1 if int(outline) < 9 else 0
    return style.get("heading") or 0


def _mark(paragraph: "_Element", style: dict[str, Any], numbering: Numbering) -> str:
    list_id = _child(paragraph, "pPr/numPr/numId") or style.get("list", "")
    depth = _child(paragraph, "pPr/numPr/ilvl") or style.get("depth", "0")
    return (
        numbering.mark(list_id, int(depth) if depth.isdigit() else 0)
        if list_id not in ("", "0")
        else ""
    )


def _child(element: "_Element", path: str) -> str:
    """The `val` of a descendant; "" where there is none."""
    found = element.find("/".join(W + part for part in path.split("/")))
    return found.get(f"{W}val", "") if found is not None else ""
