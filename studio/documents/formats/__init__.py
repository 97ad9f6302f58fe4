"""Files of every kind → plain text.

The kind is found from the content first, then from the ending.
"""

from studio.documents.formats import office, several
from studio.documents.formats.detect import form_of
from studio.documents.formats.records import Extracted, damaged, no_text
from studio.text.encoding import decode

__all__ = ["ENDINGS", "Extracted", "extract"]

ENDINGS = (
    ".txt",
    ".md",
    ".html",
    ".htm",
    ".xhtml",
    ".mht",
    ".mhtml",
    ".docx",
    ".pdf",
    ".epub",
    ".doc",
    ".rtf",
    ".odt",
    ".mobi",
    ".azw3",
    ".srt",
    ".ass",
    ".ssa",
    ".vtt",
    ".jsonl",
    ".json",
    ".csv",
    ".tsv",
)

ROWS = ("srt", "ass", "vtt", "csv", "tsv", "json", "jsonl")
# What the libraries raise, beside their own errors, for files that break their format's rules.
MALFORMED = (
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    RecursionError,
    AssertionError,
)


def extract(name: str, data: bytes, text_column: str = "", speaker_column: str = "") -> Extracted:
    """The text of a file, called `name` in errors; the columns are those of tables, "" finds them.

    Raises InputError: empty, damaged, locked, of no known kind.

    txt and md are what the bytes say, character for character. All others have \\n line ends,
    paragraphs apart by an empty line, headings as Markdown `#` lines, and no character that is no
    text.
    """
    form = form_of(name, data)
    if form in ("txt", "md"):
        decoded = decode(data, name)
        made = Extracted(decoded.text, form, decoded.told)
        several.mark(made)
        return made
    try:
        made = _read(form, name, data, text_column, speaker_column)
    except MALFORMED as error:
        raise damaged(name, form.upper()) from error
    made.changed = True
    if not made.text.strip():
        raise no_text(name)
    if form not in ROWS:
        several.mark(made)
    return made


def _read(form: str, name: str, data: bytes, text_column: str, speaker_column: str) -> Extracted:
    """The reader of each form; its library is imported only here."""
    if form == "pdf":
        from studio.documents.formats import pdf

        return pdf.read(name, data)
    if form == "docx":
        from studio.documents.formats import word

        return word.read(name, data)
    if form == "epub":
        from studio.documents.formats import book

        return book.read(name, data)
    if form in ("html", "mht"):
        from studio.documents.formats import html_pages

        return (
            html_pages.read(name, data) if form == "html" else html_pages.read_archive(name, data)
        )
    if form in ("srt", "ass", "vtt"):
        from studio.documents.formats import subtitles

        return subtitles.read(name, data, form)
    if form in office.FORMS:
        return office.read(name, data, form)
    from studio.documents.formats import table_files

    return table_files.read(name, data, form, text_column, speaker_column)
