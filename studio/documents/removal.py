"""Deleting a document, which nothing may stand on."""

from pathlib import Path

from studio.documents.library import get
from studio.documents.records import Document
from studio.errors import InputError
from studio.store import dumps
from studio.workspace import Workspace

STANDING = ("chunks", "utterances", "rows")


def delete(workspace: Workspace, document_id: str) -> None:
    """Remove a document, its original and its row.

    Raises InputError where something still stands on it.

    That is: chunks, utterances or rows made from it, a cleaned text that came from it, or a job at
    work with it.
    """
    document = get(workspace, document_id)
    with workspace.store.write() as db:
        for table in STANDING:
            found = db.execute(
                (
                    f"SELECT s.name FROM {table} t LEFT JOIN sets s ON s.id = t.set_id"
                    f" WHERE t.document = ? LIMIT 1"
                ),
                (document.id,),
            ).fetchone()
            if found:
                raise InputError(
                    "{name} cannot be deleted: {set} is made from it.",
                    "Delete {set} first, then the document.",
                    name=document.name,
                    set=found[0] or table,
                )
        if child := db.execute(
            "SELECT name FROM documents WHERE parent = ? LIMIT 1", (document.id,)
        ).fetchone():
            raise InputError(
                "{name} cannot be deleted: {child} is its cleaned text.",
                "Delete {child} first, then the document.",
                name=document.name,
                child=child[0],
            )
        if db.execute(
            "SELECT 1 FROM jobs WHERE state IN ('queued', 'running') AND instr(spec, ?) LIMIT 1",
            (dumps(document.id),),
        ).fetchone():
            raise InputError(
                "A job is working on {name}.",
                "Wait until it is done, or stop it, then delete.",
                name=document.name,
            )
        db.execute("DELETE FROM documents WHERE id = ?", (document.id,))
    # The row first: a kill leaves files without a row, which the next adding of the same text takes
    # over.
    for path in _files(workspace, document):
        path.unlink(missing_ok=True)


def _files(workspace: Workspace, document: Document) -> list[Path]:
    """The document's own files: its text, and what its meta names under documents/."""
    named = [
        value
        for value in document.meta.values()
        if isinstance(value, str) and value.startswith("documents/")
    ]
    inside = [workspace.inside(value) for value in named]
    return [document.path, *(path for path in inside if path.is_relative_to(workspace.documents))]
