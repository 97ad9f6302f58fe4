"""Files, folders and zips → documents: what the import job and the command line share."""

from pathlib import Path

from studio.documents import packs
from studio.documents.formats import ENDINGS, extract
from studio.documents.library import AsRow, get, keep
from studio.documents.names import split_ending
from studio.documents.packs import Entry
from studio.documents.records import Document
from studio.errors import InputError
from studio.workspace import Workspace

KINDS = (*ENDINGS, ".zip")
LIGHT = (".txt", ".md", ".srt")
LIGHT_BYTES = 20 * 1024 * 1024


def quick(name: str, size: int) -> bool:
    """Whether adding a file of `size` bytes is light enough for the window's own process."""
    return size <= LIGHT_BYTES and split_ending(name)[1].lower() in LIGHT


def keep_entry(workspace: Workspace, entry: Entry, text_column: str = "", as_row: AsRow | None = None) -> str:
    """Read one file of a pack and keep it; the document's id. Raises InputError, WorkspaceError."""
    data = entry.read()
    return keep(workspace, entry.name, extract(entry.name, data, text_column), data, as_row=as_row)


def import_path(workspace: Workspace, path: Path) -> Document:
    """Add one file from disk; for the command line only, never for what a browser sends. Raises InputError."""
    with packs.opened(path) as entries:
        if path.is_dir() or entries[0].key:
            raise InputError("{name} holds several files.", "Name it under documents, or use an import job.", name=path.name)
        return get(workspace, keep_entry(workspace, entries[0]))


def import_paths(workspace: Workspace, path: Path, *, text_column: str = "", skipped: list[InputError] | None = None) -> list[Document]:
    """Add a file, or every file of a folder or zip; for the command line only. Raises InputError if nothing could be added.

    A bad file among several is left out, its error appended to `skipped`.
    """
    added: list[Document] = []
    bad: list[InputError] = []
    with packs.opened(path) as entries:
        for entry in entries:
            try:
                added.append(get(workspace, keep_entry(workspace, entry, text_column)))
            except InputError as error:
                bad.append(error)
    if not added:
        raise bad[0] if len(bad) == 1 else none_added(len(bad), bad[0].values.get("name", path.name))
    if skipped is not None:
        skipped += bad
    return list({document.id: document for document in added}.values())


def none_added(count: int, first: str) -> InputError:
    """Of a pack or a job in which no file was any good."""
    return InputError(
        "None of the {count} files could be added, {name} the first of them.",
        "Add txt, md, html, docx, pdf, epub, srt, csv or jsonl files; the log says what is wrong with each.", count=count, name=first,
    )
