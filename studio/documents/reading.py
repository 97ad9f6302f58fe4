"""What the sandbox runs of documents: listing a pack, and reading one file of it. Arguments and
results are plain data; `name_` is what a path is called (`name` is taken by `run_limited`).

Nothing here is called in the window's process, nor in the import job's own: see `studio.sandbox`.
"""

from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path

from studio.documents import packs
from studio.documents.formats import extract
from studio.documents.library import add, keep
from studio.documents.packs import Entry
from studio.errors import InputError
from studio.store import Writes, units
from studio.workspace import Workspace


def list_files(path: str, name_: str) -> list[tuple[str, str, int]]:
    """(key, name, size in bytes) of every file of a path: one file, a folder, or a zip.

    Raises InputError.
    """
    return [
        (entry.key, entry.name, entry.size) for entry in _pack(path, name_, _age(path))[1].values()
    ]


def keep_entry(
    workspace: str,
    path: str,
    name_: str,
    key: str,
    text_column: str,
    speaker_column: str,
    set_id: str,
    unit: str,
) -> str:
    """Read the file `key` of a path and keep it; the document's id.

    Its row and the mark of the import's unit are one transaction.

    Raises InputError, WorkspaceError.
    """
    entry = _pack(path, name_, _age(path))[1].get(key)
    if entry is None:
        raise InputError(
            "The upload {name} is no longer there.", "Choose the file again.", name=name_
        )

    def mark(db: Writes, document_id: str, new: bool) -> None:
        note = {"document": document_id, "new": new}
        units.add(db, set_id, unit, note)

    data = entry.read()
    return keep(
        Workspace(Path(workspace)),
        entry.name,
        extract(entry.name, data, text_column, speaker_column),
        data,
        as_row=mark,
    )


def add_file(workspace: str, path: str, name_: str) -> str:
    """Read one file and keep it in a workspace; the document's id.

    Raises InputError, WorkspaceError.
    """
    return add(Workspace.open(workspace), name_, Path(path).read_bytes()).id


def _age(path: str) -> int:
    try:
        return Path(path).stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=1)
def _pack(path: str, name: str, _mtime_ns: int) -> tuple[ExitStack, dict[str, Entry]]:
    """The opened pack, kept open for the next file of it, and its files by their keys."""
    held = ExitStack()
    return held, {entry.key: entry for entry in held.enter_context(packs.opened(Path(path), name))}
