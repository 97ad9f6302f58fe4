"""Documents, sets and chunks put into a store by hand, without the job that would make them."""

from collections.abc import Sequence
from typing import NamedTuple

from studio.store import Writes, chunks, documents, sets
from studio.store.documents import DocumentRow


class Piece(NamedTuple):
    """What is to be kept as a chunk."""

    start: int
    end: int
    text: str
    tokens: int = 9
    heading: str = ""


def add_document(db: Writes, document: str = "d") -> None:
    """The row of a document of nine characters, without its file."""
    documents.add(
        db,
        DocumentRow(
            id=document,
            name=document,
            file=f"{document}.txt",
            sha256="",
            chars=9,
            encoding="utf-8",
        ),
    )


def add_chunk_set(
    db: Writes, texts: Sequence[str], *, document: str = "d", set_id: str = "chunks-1"
) -> None:
    """A set of chunks "c" of these texts, the n-th at the n-th character of the document."""
    sets.add(db, set_id, "chunks", "c")
    chunks.append(db, set_id, document, [Piece(n, n + 1, text) for n, text in enumerate(texts)])
