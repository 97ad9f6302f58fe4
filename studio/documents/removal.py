"""Deleting a document, which nothing may stand on."""

from pathlib import Path

from studio.documents.library import get
from studio.documents.records import Document
from studio.errors import InputError
from studio.store import documents, jobs, sets
from studio.workspace import Workspace


def delete(workspace: Workspace, document_id: str) -> None:
    """Remove a document, its original and its row.

    Raises InputError where something still stands on it.

    That is: chunks, utterances or rows made from it, a cleaned text that came from it, or a job at
    work with it.
    """
    document = get(workspace, document_id)
    with workspace.store.write() as db:
        if holder := sets.holder(db, document.id):
            raise InputError(
                "{name} cannot be deleted: {set} is made from it.",
                "Delete {set} first, then the document.",
                name=document.name,
                set=holder.name or holder.table,
            )
        if cleaned := documents.cleaned_of(db, document.id):
            raise InputError(
                "{name} cannot be deleted: {child} is its cleaned text.",
                "Delete {child} first, then the document.",
                name=document.name,
                child=cleaned.name,
            )
        if jobs.is_at_work_on(db, document.id):
            raise InputError(
                "A job is working on {name}.",
                "Wait until it is done, or stop it, then delete.",
                name=document.name,
            )
        documents.delete(db, document.id)
    # The row first: a kill leaves files without a row, which the next adding of the same text takes
    # over.
    for path in files_of(workspace, document):
        path.unlink(missing_ok=True)


def files_of(workspace: Workspace, document: Document) -> list[Path]:
    """A document's own files: its text, and what its meta names (original, places, offsets)."""
    named = [
        value
        for value in document.meta.values()
        if isinstance(value, str) and value.startswith("documents/")
    ]
    inside = [workspace.inside(value) for value in named]
    return [document.path, *(path for path in inside if path.is_relative_to(workspace.documents))]
