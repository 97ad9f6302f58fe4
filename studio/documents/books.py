"""A document that holds several books, taken apart: each book as a document of its own."""

from studio.documents.formats.records import Extracted
from studio.documents.formats.several import books_of
from studio.documents.library import get, keep, text
from studio.documents.names import display_name, split_ending
from studio.documents.places import places
from studio.documents.records import Document
from studio.errors import InputError
from studio.workspace import Workspace


def take_apart(workspace: Workspace, document: Document) -> list[Document]:
    """Keep each book of a document as one of its own, in their order; the document stays.

    Together they are its whole text: what stands before the first title goes with the first book. A
    book without a title gets the document's name and its number. `meta["part_of"]` is the id of the
    document, `meta["part_start"]` where the book begins in it, in characters. Raises InputError
    where it is one book, WorkspaceError.
    """
    whole = text(workspace, document)
    books = books_of(whole)
    if not books:
        raise InputError(
            "{name} is one book, or does not say where another begins.",
            "Add each book as a file of its own.",
            name=document.name,
        )
    stem, ending = split_ending(document.name)
    starts = [0, *(book["start"] for book in books[1:]), len(whole)]
    pages = places(workspace, document)
    made = []
    for number, book in enumerate(books):
        start, end = starts[number], starts[number + 1]
        inside = [
            (max(page.start, start) - start, min(page.end, end) - start, page.label)
            for page in pages
            if page.start < end and page.end > start
        ]
        part = Extracted(
            whole[start:end],
            str(document.meta.get("form", "txt")),
            document.encoding,
            inside,
            {"part_of": document.id, "part_start": start},
        )
        name = display_name((book["title"] or f"{stem} {number + 1}") + ending)
        made.append(get(workspace, keep(workspace, name, part)))
    return made
