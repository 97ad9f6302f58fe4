"""The workspace's documents: adding, finding and reading them.

A document is `documents/<id>.txt` (UTF-8, no newline translation) and a row of the store; beside it
lie the original (`<id>.source.pdf`) and the places (`<id>.places.json`) where there are any. The
files are written before the row, so a kill never leaves a row without its files.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from studio import set_tables
from studio.documents.formats import extract
from studio.documents.formats.records import LARGEST_BYTES, Extracted, too_large
from studio.documents.names import display_name, numbered, split_ending
from studio.documents.records import Document
from studio.documents.samples import sample_file
from studio.errors import InputError, WorkspaceError
from studio.files import require_space, write_bytes
from studio.store import Writes, documents, dumps
from studio.store.documents import DocumentRow
from studio.workspace import Workspace

SAMPLE = "sample:"
AsRow = Callable[[Writes, str, bool], None]


def add(workspace: Workspace, name: str, data: bytes, *, text_column: str = "") -> Document:
    """Keep a file's text as a document; the same text under the same name gives the document
    already there.

    The kind of file is found from its content, then from its ending. txt and md are kept character
    for character.
    text_column: of csv, tsv, json and jsonl. Another text under a name that is taken becomes "name
    (2).txt".
    Raises InputError for what is empty, damaged, of no known kind or over 200 MB, WorkspaceError
    when it cannot be written.
    """
    shown = display_name(name)
    if len(data) > LARGEST_BYTES:
        raise too_large(shown)
    return get(workspace, keep(workspace, shown, extract(shown, data, text_column), data))


def add_text(
    workspace: Workspace,
    name: str,
    text: str,
    *,
    parent: str | None = None,
    meta: Mapping[str, Any] | None = None,
) -> Document:
    """Keep a text that the studio made itself; `meta` is kept with it as it is.

    Raises InputError, WorkspaceError.
    """
    if not text.strip():
        raise InputError(
            "The text {name} is empty.",
            "Keep something of it, or leave it as it was.",
            name=display_name(name),
        )
    more = dict(meta or {})
    made = Extracted(text, str(more.pop("form", "txt")), "utf-8", meta=more)
    return get(workspace, keep(workspace, display_name(name), made, parent=parent))


def keep(
    workspace: Workspace,
    shown: str,
    made: Extracted,
    data: bytes | None = None,
    *,
    parent: str | None = None,
    as_row: AsRow | None = None,
) -> str:
    """Write a text, its places and its original, then its row; the document's id.

    `as_row(db, id, whether it is new)` runs in the transaction that makes the row: a job's done
    mark.
    """
    kept = made.text.encode("utf-8")
    sha256 = hashlib.sha256(kept).hexdigest()
    # The id stands for name and text: adding the same again, or after a kill, meets the same files
    # and row.
    named = "\0".join([shown, sha256, *([parent] if parent else [])])
    document_id = "doc-" + hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    known = documents.get(workspace.store, document_id) is not None
    file, meta = f"documents/{document_id}.txt", {"form": made.form} | made.meta
    if not known or not (workspace.path / file).is_file():
        require_space(workspace.path, len(kept) + (len(data) if data and made.changed else 0))
        write_bytes(workspace.path / file, kept)
        meta |= _beside(workspace, document_id, made, data)
    if known and as_row is None:
        return document_id
    with workspace.store.write() as db:
        if not known:
            documents.add(
                db,
                DocumentRow(
                    id=document_id,
                    name=_free_name(db, shown, document_id),
                    file=file,
                    sha256=sha256,
                    chars=len(made.text),
                    encoding=made.encoding,
                    parent=parent,
                    meta=meta,
                ),
            )
        if as_row:
            as_row(db, document_id, not known)
    return document_id


def _beside(
    workspace: Workspace, document_id: str, made: Extracted, data: bytes | None
) -> dict[str, str]:
    """Write the places, and the original where the text is not simply the file; their entries of
    `meta`.
    """
    written: dict[str, str] = {}
    if made.places:
        written["places"] = f"documents/{document_id}.places.json"
        write_bytes(
            workspace.path / written["places"], dumps(made.places).encode("utf-8", "replace")
        )
    if data is not None and made.changed:
        written["source"] = f"documents/{document_id}.source.{made.form}"
        write_bytes(workspace.path / written["source"], data)
    return written


def get(workspace: Workspace, reference: str) -> Document:
    """The document with this id or name, or `sample:<file>` (added on first use).

    Raises InputError.
    """
    text = reference if isinstance(reference, str) else ""
    if text.startswith(SAMPLE):
        source = sample_file(text.removeprefix(SAMPLE))
        return add(workspace, source.name, source.read_bytes())
    row = documents.get(workspace.store, text) or documents.named(workspace.store, text)
    if row is None:
        raise InputError(
            "There is no document {name} in this workspace.",
            "Add it, or choose one from the list.",
            name=str(reference)[:80] or "—",
        )
    return _document(workspace, row)


def listing(workspace: Workspace) -> list[Document]:
    """All documents, the newest first."""
    return [_document(workspace, row) for row in documents.newest_first(workspace.store)]


def text(workspace: Workspace, document: Document) -> str:
    """A document's text, character for character as it was read. Raises WorkspaceError."""
    try:
        return document.path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WorkspaceError(
            "The text of {name} is missing from the workspace.",
            "Add the document again.",
            name=document.name,
        ) from error


def rename(workspace: Workspace, document_id: str, name: str) -> Document:
    """Call a document otherwise; its ending stays if the new name has none.

    Raises InputError for a name that is taken.
    """
    document = get(workspace, document_id)
    if not str(name).strip():
        raise InputError("The new name is empty.", "Type a name for the document.")
    shown = display_name(str(name))
    if not split_ending(shown)[1]:
        shown = display_name(
            shown[: 80 - len(split_ending(document.name)[1])] + split_ending(document.name)[1]
        )
    with workspace.store.write() as db:
        if documents.is_taken(db, shown, document.id):
            raise InputError(
                "Another document is called {name}.", "Choose another name.", name=shown
            )
        documents.rename(db, document.id, shown)
    set_tables.renew(workspace, set_tables.of_document(workspace, document.id))
    return get(workspace, document.id)


def _free_name(db: Writes, name: str, document_id: str) -> str:
    """`name`, or the first of "name (2)", "name (3)" … that no other document has."""
    candidate, number = name, 1
    while documents.is_taken(db, candidate, document_id):
        number += 1
        candidate = numbered(name, number)
    return candidate


def _document(workspace: Workspace, row: DocumentRow) -> Document:
    return Document(
        id=row.id,
        name=row.name,
        chars=row.chars,
        encoding=row.encoding,
        sha256=row.sha256,
        created=row.created,
        path=workspace.inside(row.file),
        parent=row.parent,
        meta=row.meta,
    )
