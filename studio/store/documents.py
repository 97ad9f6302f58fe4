"""The table `documents`: the texts of a workspace; their characters lie in files."""

import sqlite3
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from studio.store.columns import dumps, loads, record
from studio.store.database import Reads, Writes, row, rows

COLUMNS = "id, name, file, sha256, chars, encoding, created, parent, meta"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRow:
    """One document. file: its text, relative to the workspace; chars: the text's length; created:
    Unix seconds; parent: of a cleaned text, the id of the document it came from.
    """

    id: str
    name: str
    file: str
    sha256: str
    chars: int
    encoding: str
    created: float = field(default_factory=time.time)
    parent: str | None = None
    meta: dict[str, Any] = field(default_factory=dict)


def add(db: Writes, document: DocumentRow) -> None:
    """A new document; one of that id or name that is there already stays as it is."""
    db.execute(
        f"INSERT OR IGNORE INTO documents ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?)",
        (
            document.id,
            document.name,
            document.file,
            document.sha256,
            document.chars,
            document.encoding,
            document.created,
            document.parent,
            dumps(document.meta),
        ),
    )


def get(source: Reads, document_id: str) -> DocumentRow | None:
    """The document of that id, or None."""
    found = row(source, f"SELECT {COLUMNS} FROM documents WHERE id = ?", (document_id,))
    return _document(found) if found is not None else None


def named(source: Reads, name: str) -> DocumentRow | None:
    """The document of that name, or None."""
    found = row(source, f"SELECT {COLUMNS} FROM documents WHERE name = ?", (name,))
    return _document(found) if found is not None else None


def of_ids(source: Reads, ids: Collection[str]) -> list[DocumentRow]:
    """The documents among those ids (at most some thousands), in the order of the ids."""
    marks = ",".join("?" * len(ids))
    return [
        _document(found)
        for found in rows(
            source, f"SELECT {COLUMNS} FROM documents WHERE id IN ({marks}) ORDER BY id", ids
        )
    ]


def newest_first(source: Reads) -> list[DocumentRow]:
    """All documents."""
    return [
        _document(found)
        for found in rows(
            source, f"SELECT {COLUMNS} FROM documents ORDER BY created DESC, rowid DESC"
        )
    ]


def is_taken(source: Reads, name: str, document_id: str) -> bool:
    """Whether another document than that one has the name."""
    found = row(source, "SELECT 1 FROM documents WHERE name = ? AND id <> ?", (name, document_id))
    return found is not None


def cleaned_of(source: Reads, document_id: str) -> DocumentRow | None:
    """A cleaned text that came from a document, or None."""
    found = row(source, f"SELECT {COLUMNS} FROM documents WHERE parent = ? LIMIT 1", (document_id,))
    return _document(found) if found is not None else None


def rename(db: Writes, document_id: str, name: str) -> None:
    """Give a document another name. Raises sqlite3.IntegrityError for one that is taken."""
    db.execute("UPDATE documents SET name = ? WHERE id = ?", (name, document_id))


def delete(db: Writes, document_id: str) -> None:
    """Delete a document. Raises sqlite3.IntegrityError while chunks or utterances are of it."""
    db.execute("DELETE FROM documents WHERE id = ?", (document_id,))


def _document(found: sqlite3.Row) -> DocumentRow:
    return record(DocumentRow, found, meta=loads(found["meta"]) or {})
