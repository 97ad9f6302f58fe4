"""The workspace's documents: adding, finding and reading them.

A document is `documents/<id>.txt` (UTF-8, no newline translation) and a row of the store. The file is
written before the row, so a kill never leaves a row without its file.
"""

import hashlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.documents.decode import decode
from studio.documents.names import display_name, numbered
from studio.documents.samples import sample_file
from studio.errors import InputError, WorkspaceError
from studio.files import require_space, write_bytes
from studio.workspace import Workspace

LARGEST_BYTES = 200 * 1024 * 1024
SAMPLE = "sample:"
COLUMNS = "id, name, file, sha256, chars, encoding, created"


@dataclass(frozen=True)
class Document:
    """One document. chars: length of its text; encoding: what the file was in; sha256: of the kept file."""

    id: str
    name: str
    chars: int
    encoding: str
    sha256: str
    created: float
    path: Path


def add(workspace: Workspace, name: str, data: bytes) -> Document:
    """Keep a file's text as a document; the same text under the same name gives the document already there.

    Another text under a name that is taken becomes "name (2).txt". Raises InputError for what is empty,
    not plain text or over 200 MB, WorkspaceError when it cannot be written.
    """
    shown = display_name(name)
    if len(data) > LARGEST_BYTES:
        raise InputError("{name} is larger than 200 MB.", "Split it into smaller files and add those.", name=shown)
    decoded = decode(data, shown)
    kept = decoded.text.encode("utf-8")
    sha256 = hashlib.sha256(kept).hexdigest()
    # The id stands for name and text: adding the same again, or after a kill, meets the same file and row.
    document_id = "doc-" + hashlib.sha256(f"{shown}\0{sha256}".encode()).hexdigest()[:16]
    if row := _row(workspace, "id", document_id):
        return _document(workspace, row)
    encoding = f"{decoded.encoding}, {decoded.damaged} damaged" if decoded.damaged else decoded.encoding
    file = f"documents/{document_id}.txt"
    require_space(workspace.path, len(kept))
    write_bytes(workspace.path / file, kept)
    with workspace.store.write() as db:
        db.execute(
            "INSERT OR IGNORE INTO documents (id, name, file, sha256, chars, encoding) VALUES (?,?,?,?,?,?)",
            (document_id, _free_name(db, shown, document_id), file, sha256, len(decoded.text), encoding),
        )
    return get(workspace, document_id)


def import_path(workspace: Workspace, path: Path) -> Document:
    """Add a file from disk; for the command line only, never for what a browser sends. Raises InputError."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise InputError("{name} is larger than 200 MB.", "Split it into smaller files and add those.", name=path.name)
        data = path.read_bytes()
    except OSError as error:
        raise InputError("The file {name} cannot be read.", "Check the path and its permissions.", name=path.name) from error
    return add(workspace, path.name, data)


def get(workspace: Workspace, reference: str) -> Document:
    """The document with this id or name, or `sample:<file>` (added on first use). Raises InputError."""
    text = reference if isinstance(reference, str) else ""
    if text.startswith(SAMPLE):
        source = sample_file(text.removeprefix(SAMPLE))
        return add(workspace, source.name, source.read_bytes())
    row = _row(workspace, "id", text) or _row(workspace, "name", text)
    if row is None:
        raise InputError(
            "There is no document {name} in this workspace.", "Add it, or choose one from the list.", name=str(reference)[:80] or "—"
        )
    return _document(workspace, row)


def listing(workspace: Workspace) -> list[Document]:
    """All documents, the newest first."""
    rows = workspace.store.all(f"SELECT {COLUMNS} FROM documents ORDER BY created DESC, rowid DESC")
    return [_document(workspace, row) for row in rows]


def text(workspace: Workspace, document: Document) -> str:
    """A document's text, character for character as it was decoded. Raises WorkspaceError."""
    try:
        return document.path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WorkspaceError(
            "The text of {name} is missing from the workspace.", "Add the document again.", name=document.name
        ) from error


def _row(workspace: Workspace, column: str, value: str) -> dict[str, Any] | None:
    return workspace.store.one(f"SELECT {COLUMNS} FROM documents WHERE {column} = ?", (value,))


def _free_name(db: sqlite3.Connection, name: str, document_id: str) -> str:
    """`name`, or the first of "name (2)", "name (3)" … that no other document has."""
    candidate, number = name, 1
    while db.execute("SELECT 1 FROM documents WHERE name = ? AND id <> ?", (candidate, document_id)).fetchone():
        number += 1
        candidate = numbered(name, number)
    return candidate


def _document(workspace: Workspace, row: dict[str, Any]) -> Document:
    return Document(
        id=row["id"], name=row["name"], chars=row["chars"], encoding=row["encoding"], sha256=row["sha256"],
        created=row["created"], path=workspace.inside(row["file"]),
    )
