"""Files, folders and zips → documents: what the import job, the window and the command line
share.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from studio.documents import packs
from studio.documents.formats import ENDINGS, detect, extract
from studio.documents.library import AsRow, get, keep
from studio.documents.names import split_ending
from studio.documents.packs import Entry
from studio.documents.records import Document
from studio.errors import InputError
from studio.sandbox import Limits, TooSlow, run_limited
from studio.text.signature import HEAD_BYTES
from studio.workspace import Workspace

KINDS = (*ENDINGS, ".zip")
LIGHT = (".txt", ".md", ".srt")
LIGHT_BYTES = 20 * 1024 * 1024
QUICK_S = 4.0


@dataclass(frozen=True)
class Listed:
    """One file of a source, as the sandbox lists it: see `packs.Entry`."""

    source: Path
    source_name: str
    key: str
    name: str
    size: int


def quick(name: str, size: int) -> bool:
    """Whether a file of `size` bytes is read fast enough that the window may wait for it."""
    return size <= LIGHT_BYTES and split_ending(name)[1].lower() in LIGHT


def refuse_at_once(name: str, path: Path) -> None:
    """Raises InputError for a program, a picture and whatever else its first bytes show to be no
    document.

    For the window, before a job exists: it looks at 4 KB and parses nothing.
    """
    with suppress(OSError), path.open("rb") as file:
        detect.refuse_at_once(name, file.read(HEAD_BYTES))


def add_quickly(workspace: Workspace, name: str, path: Path) -> str | None:
    """Read and keep one file within seconds, in a process of its own; its id.

    None where it takes longer: that is for a job.

    Raises InputError, WorkspaceError.
    """
    refuse_at_once(name, path)
    limits = Limits(QUICK_S, Limits.for_bytes(0).memory_mb)
    try:
        document_id: str = run_limited(
            "studio.documents.reading:add_file",
            name=name,
            limits=limits,
            workspace=str(workspace.path),
            path=str(path),
            name_=name,
        )
    except TooSlow:
        return None
    return document_id


def listed(path: Path, name: str, stopping: Callable[[], bool]) -> list[Listed]:
    """The files of a path, found out in the sandbox. Raises InputError, Stopped."""
    found = run_limited(
        "studio.documents.reading:list_files",
        name=name,
        stopping=stopping,
        path=str(path),
        name_=name,
    )
    return [Listed(path, name, *one) for one in found]


def keep_listed(
    workspace: Workspace,
    one: Listed,
    text_column: str,
    set_id: str,
    unit: str,
    stopping: Callable[[], bool],
    speaker_column: str = "",
) -> str:
    """Read one file of a pack in the sandbox, keep it and mark the import's unit as done; the
    document's id.

    Raises InputError, WorkspaceError, Stopped.
    """
    document_id: str = run_limited(
        "studio.documents.reading:keep_entry",
        name=one.name,
        limits=Limits.for_bytes(one.size),
        stopping=stopping,
        workspace=str(workspace.path),
        path=str(one.source),
        name_=one.source_name,
        key=one.key,
        text_column=text_column,
        speaker_column=speaker_column,
        set_id=set_id,
        unit=unit,
    )
    return document_id


def keep_entry(
    workspace: Workspace, entry: Entry, text_column: str = "", as_row: AsRow | None = None
) -> str:
    """Read one file of a pack here and keep it; the document's id.

    For the command line. Raises InputError, WorkspaceError.
    """
    data = entry.read()
    return keep(workspace, entry.name, extract(entry.name, data, text_column), data, as_row=as_row)


def import_path(workspace: Workspace, path: Path) -> Document:
    """Add one file from disk; for the command line only, never for what a browser sends.

    Raises InputError.
    """
    with packs.opened(path) as entries:
        if path.is_dir() or entries[0].key:
            raise InputError(
                "{name} holds several files.",
                "Name it under documents, or use an import job.",
                name=path.name,
            )
        return get(workspace, keep_entry(workspace, entries[0]))


def import_paths(
    workspace: Workspace,
    path: Path,
    *,
    text_column: str = "",
    skipped: list[InputError] | None = None,
) -> list[Document]:
    """Add a file, or every file of a folder or zip; for the command line only.

    Raises InputError if nothing could be added.

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
        raise (
            bad[0] if len(bad) == 1 else none_added(len(bad), bad[0].values.get("name", path.name))
        )
    if skipped is not None:
        skipped += bad
    return list({document.id: document for document in added}.values())


def none_added(count: int, first: str) -> InputError:
    """Of a pack or a job in which no file was any good."""
    return InputError(
        "None of the {count} files could be added, {name} the first of them.",
        (
            "Add txt, md, html, docx, pdf, epub, srt, csv or jsonl files; "
            "the log says what is wrong with each."
        ),
        count=count,
        name=first,
    )
