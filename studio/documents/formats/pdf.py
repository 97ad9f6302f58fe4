"""PDF → text page by page, through PDFium: lines as printed, paragraphs apart, one place a page.

Page numbers and running heads stay, and a word divided at a line's end stays divided: those are for
cleaning.
"""

import ctypes
import re
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING

from studio.documents.formats.pdf_lines import Line, paragraphs
from studio.documents.formats.records import Extracted, Writer, damaged
from studio.errors import InputError

if TYPE_CHECKING:
    from pypdfium2 import PdfPage, PdfTextPage

LOCKED = 4  # FPDF_ERR_PASSWORD
# Points; a piece of text that is thinner has no breadth, and PDFium passes over it.
FLAT = 0.001
TILT = 0.02  # by which it is slanted then, of its length
HYPHEN = 2  # PDFium's stand-in for a hyphen at a line's end, the break after it swallowed
# Marks turned for vertical lines, and what they are in a line of text (Unicode, blocks FE10 and
# FE30).
UPRIGHT = str.maketrans(
    dict(
        zip(
            "︐︑︒︓︔︕︖︗︘︙︰︱︲︳︴︵︶︷︸︹︺︻︼︽︾︿﹀﹁﹂﹃﹄﹇﹈",
            "，、。：；！？〖〗…‥—–＿＿（）｛｝〔〕【】《》〈〉「」『』［］",
            strict=True,
        )
    )
)
# Characters that stand for another of the same look: radicals for whole characters, and joined
# letters.
LOOKALIKE = re.compile("[\u2e80-\u2fd5\ufb00-\ufb06\uf900-\ufad9]")
NOT_KNOWN = re.compile("[\ufffd\ue000-\uf8ff]|[\x00-\x08\x0e-\x1f]")


def read(name: str, data: bytes) -> Extracted:
    """The text of a PDF; meta["without_text"] counts pages that have none.

    Raises InputError for one that is damaged, locked with a password, only pictures, or whose fonts
    do not tell which characters they draw.
    """
    writer, places, empty, drawn = Writer(), [], 0, 0
    for number, (page, pieces) in enumerate(_pages(name, data), start=1):
        start, end = writer.add(page)
        drawn += pieces
        if end > start:
            places.append((start, end, f"page {number}"))
        else:
            empty += 1
    if not places and not drawn:
        raise InputError(
            "{name} has no text layer: its pages are pictures.",
            "Run OCR over it first, then add the result.",
            name=name,
        )
    text = writer.text()
    unknown = len(NOT_KNOWN.findall(text))
    if not places or unknown * 4 > sum(not c.isspace() for c in text):
        raise InputError(
            "The fonts of {name} do not say which characters they draw.",
            "Run OCR over it first, then add the result.",
            name=name,
        )
    return Extracted(text, "pdf", "pdf", places, {"without_text": empty} if empty else {})


def _pages(name: str, data: bytes) -> Iterator[tuple[str, int]]:
    """The text of each page, and of how many pieces it is made. Raises InputError."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code == LOCKED:
            raise InputError(
                "{name} is locked with a password.",
                "Open it with the password, save it without one, and add that file.",
                name=name,
            ) from error
        raise damaged(name, "PDF") from error
    try:
        for number in range(len(document)):
            page = document[number]
            pieces = _with_breadth(page)
            text = page.get_textpage()
            yield paragraphs(list(_lines(text))), pieces
            text.close()
            page.close()
    except pypdfium2.PdfiumError as error:
        raise damaged(name, "PDF") from error
    finally:
        document.close()


def _with_breadth(page: "PdfPage") -> int:
    """Slant the pieces of text that have no breadth a little; how many pieces the page has.

    A column in vertical writing has none where its font is not in the file and the machine has no
    font for its script: PDFium takes the breadth from the glyphs.
    """
    import pypdfium2.raw as pdfium

    count = 0
    for piece in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT]):
        left, bottom, right, top = piece.get_bounds()
        wide, high = right - left, top - bottom
        if wide < FLAT < high:
            pdfium.FPDFPageObj_Transform(piece.raw, 1, 0, TILT, 1, -TILT * top, 0)
        elif high < FLAT < wide:
            pdfium.FPDFPageObj_Transform(piece.raw, 1, TILT, 0, 1, 0, -TILT * left)
        count += 1
    return count


def _lines(page: "PdfTextPage") -> Iterator[Line]:
    """A page's lines in reading order, as PDFium finds it."""
    import pypdfium2.raw as pdfium

    codes = [pdfium.FPDFText_GetUnicode(page, i) for i in range(page.count_chars())]
    begun = 0
    for place, code in enumerate([*codes, 10]):
        if code in (10, 13, HYPHEN):
            kept = [i for i in range(begun, place) if not chr(codes[i]).isspace()]
            if kept:
                ends = (*_origin(pdfium, page, kept[0]), *_origin(pdfium, page, kept[-1]))
                upright = _upright(*ends)
                text = "".join(
                    chr(codes[i])
                    for i in range(begun, place)
                    if not (upright and pdfium.FPDFText_IsGenerated(page, i) == 1)
                )
                text = usual(text.strip()) + ("-" if code == HYPHEN else "")
                yield Line(text, *ends, pdfium.FPDFText_GetFontSize(page, kept[0]))
            begun = place + 1


def _upright(x: float, y: float, end_x: float, end_y: float) -> bool:
    """Whether a line runs downwards.

    There PDFium takes the turned dashes and dots for gaps, and makes spaces of them.
    """
    return abs(end_y - y) > abs(end_x - x)


def usual(text: str) -> str:
    """Marks of vertical lines, radicals and joined letters as the characters that they stand
    for.
    """
    return LOOKALIKE.sub(
        lambda found: unicodedata.normalize("NFKC", found[0]), text.translate(UPRIGHT)
    )


def _origin(pdfium: object, page: "PdfTextPage", char: int) -> tuple[float, float]:
    """Where a character's baseline begins, in points from the lower left corner."""
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetCharOrigin(page, char, x, y)  # type: ignore[attr-defined]
    return x.value, y.value
