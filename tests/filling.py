"""Documents, sets and chunks put into a store by hand, without the job that would make them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from studio.generation.spec import InstructionsJob
from studio.store import Writes, chunks, documents, sets
from studio.store.documents import DocumentRow
from studio.workspace import Workspace

if TYPE_CHECKING:
    from tests.fake_provider import FakeProvider


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


def one_row_a_text(
    workspace: Workspace, fake: "FakeProvider", texts: Sequence[str]
) -> InstructionsJob:
    """Texts put in as chunks, and the job that makes a row of each, one asked after another."""
    with workspace.store.write() as db:
        add_document(db)
        add_chunk_set(db, texts)
    return InstructionsJob(
        **fake.spec().model_dump()
        | {
            "chunks": "chunks-1",
            "questions_per_chunk": 1,
            "concurrency": 1,
            "answer_format": "json",
        }
    )
