"""The tables of a set on disk, which are never older than the store.

A chunk set's run folder holds chunks.parquet and chunks.jsonl, that of a set of lines
utterances.parquet and dialogue.jsonl, that of pairs pairs.json, .jsonl and .parquet (its
sharegpt.json holds the conversations of the lines, whatever becomes of a pair); a job that works on
somebody else's set leaves them in its own folder too. Whoever changes such a set does it in
`edited`: the old files go before the change is committed, the new ones are put in place as soon as
it is. A reader finds the set as it is, or for a moment no file; a kill in between leaves none, and
the next change or job writes them again. `together` writes them once for many changes.
"""

import contextlib
import importlib
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path

from studio.errors import WorkspaceError
from studio.files import disk_error, sync_folder
from studio.store import Writes, jobs, sets
from studio.store.sets import SetRow
from studio.workspace import Workspace

# Of each kind of set the files and the function that writes them into a folder: `make(db, set_id,
# folder)`.
TABLES = {
    "chunks": (("chunks.parquet", "chunks.jsonl"), "studio.chunking.sets.tables:make"),
    "utterances": (("utterances.parquet", "dialogue.jsonl"), "studio.dialogue.pairs.tables:make"),
    "pairs": (
        ("pairs.json", "pairs_heldout.json", "pairs.jsonl", "pairs.parquet"),
        "studio.dialogue.pairs.pair_files:make_pairs",
    ),
}
Put = dict[tuple[str, str], tuple[Workspace, str, list[Path]]]
_waiting: ContextVar[Put | None] = ContextVar("tables_waiting", default=None)
log = logging.getLogger("inkwell.tables")


@contextlib.contextmanager
def edited(workspace: Workspace, set_id: str) -> Iterator[Writes]:
    """The store's transaction for a change of a set.

    Raises WorkspaceError as `Store.write` does; the change is undone then.
    """
    kind, places = _places(workspace, set_id)
    with workspace.store.write() as db:
        yield db
        for place in places:
            for name in TABLES[kind][0]:
                _away(place / name)
    waiting = _waiting.get()
    if waiting is not None:
        waiting.setdefault((str(workspace.path), set_id), (workspace, set_id, places))
    else:
        _again(workspace, set_id, places)


@contextlib.contextmanager
def together() -> Iterator[None]:
    """Changes made inside write their sets' tables once, at the end."""
    if _waiting.get() is not None:
        yield
        return
    waiting: Put = {}
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
        for workspace, set_id, places in waiting.values():
            _again(workspace, set_id, places)


def write(workspace: Workspace, set_id: str, folder: Path) -> None:
    """The tables of a set in the run folder of a job, where they are kept up to date from then on.

    Raises WorkspaceError.
    """
    with workspace.store.write() as db:
        kept = sets.get(db, set_id)
        if kept is not None and folder.name not in (kept.job, *(kept.meta.get("tables") or [])):
            sets.add_tables(db, set_id, folder.name)
    _put(workspace, set_id, [folder])


def of_document(workspace: Workspace, document: str) -> list[str]:
    """The sets whose tables name a document."""
    return sets.of_document(workspace.store, document)


def renew(workspace: Workspace, set_ids: list[str]) -> None:
    """Write the tables of sets anew, after what they say of a document has changed."""
    for set_id in set_ids:
        _again(workspace, set_id, _places(workspace, set_id)[1])


def _places(workspace: Workspace, set_id: str) -> tuple[str, list[Path]]:
    """The set's kind, and the run folders that hold its tables or would if a kill had not come
    between.
    """
    found = sets.with_job(workspace.store, set_id)
    kind = _kind(found.set if found else None)
    if found is None or kind not in TABLES:
        return "chunks", []
    # Before tables were remembered, jobs on lines named the set in their result.
    older = jobs.on_lines(workspace.store, set_id) if kind == "utterances" else []
    runs = dict.fromkeys([*found.set.meta.get("tables", []), *older])
    places = [workspace.run_folder(run) for run in runs]
    if found.set.job:
        own = workspace.run_folder(found.set.job)
        if found.job_state == "done" or any((own / name).exists() for name in TABLES[kind][0]):
            places.append(own)
    return kind, [place for place in places if place.is_dir()]


def _kind(found: SetRow | None) -> str:
    """The kind of a set's tables; rows that were made of lines are pairs, other rows have no
    tables.
    """
    if found is None or found.kind != "rows":
        return found.kind if found else ""
    return "pairs" if found.meta.get("utterances") else ""


def _away(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:  # Windows, while somebody reads it: better no change than an old table
        raise disk_error(error, path) from error


def _again(workspace: Workspace, set_id: str, places: list[Path]) -> None:
    """The change is kept already: tables that cannot be written now stay away, and the log has
    why.
    """
    try:
        _put(workspace, set_id, places)
    except WorkspaceError as error:
        log.warning("%s", error.sentence)


def _put(workspace: Workspace, set_id: str, places: list[Path]) -> None:
    """Make the files once and put them into each folder.

    In a transaction, so that no change comes between.
    """
    kind = _kind(sets.get(workspace.store, set_id))
    if not kind or not places:
        return
    names, maker = TABLES[kind]
    module, function = maker.split(":")
    make: Callable[[Writes, str, Path], None] = getattr(importlib.import_module(module), function)
    try:
        with (
            tempfile.TemporaryDirectory(dir=workspace.runs, prefix=".tables-") as work,
            workspace.store.write() as db,
        ):
            make(db, set_id, Path(work))
            names = tuple(name for name in names if (Path(work) / name).exists())
            for name in names:
                with (Path(work) / name).open("rb+") as file:
                    os.fsync(file.fileno())
            for number, place in enumerate(places):
                for name in names:
                    copy = Path(work) / f"{number}-{name}"
                    _link(Path(work) / name, copy)
                    copy.replace(place / name)
                sync_folder(place)
    except OSError as error:
        raise disk_error(error, places[0] / names[0]) from error


def _link(source: Path, copy: Path) -> None:
    try:
        os.link(source, copy)
    except OSError:  # a disk without hard links
        shutil.copyfile(source, copy)
