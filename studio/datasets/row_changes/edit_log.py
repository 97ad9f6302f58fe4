"""What is kept of a dataset's changes, in a folder of its own: `data/.edits/<name>/`.

    original.<ending>   the file before the first change, byte by byte
    state.json          the changes in their order, and how many of them hold now
    0001.json …         what each change put in and took out, there and back
    marks.json          ratings and tags of rows
    pending/            a change that is being written; once commit.json stands in it, it holds

A kill before that leaves the old state, one after it the new one: `settle` moves what is ready into
place, or throws away what is not.
"""

import contextlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import filelock

from studio.datasets.source_files.convert import stamp_of
from studio.errors import WorkspaceError
from studio.files import disk_error, sync_folder, write_json
from studio.workspace import Workspace

FOLDER = ".edits"
WAIT_S = 60.0


@dataclass(frozen=True)
class Edit:
    """One change of a dataset. id: "0001" …; at: local time, ISO 8601; why: in the words of whoever
    made it; changed, deleted, added: rows; undone: whether it was taken back.
    """

    id: str
    at: str
    why: str
    changed: int = 0
    deleted: int = 0
    added: int = 0
    undone: bool = False


@dataclass(frozen=True)
class State:
    """edits: in their order; active: how many of them hold; mtime, size, stamp: of the file as the
    last change left it.
    """

    edits: tuple[Edit, ...] = ()
    active: int = 0
    mtime: int = 0
    size: int = 0
    stamp: str = ""

    def knows(self, path: Path) -> bool:
        """Whether the file is as the last change left it."""
        stat = path.stat()
        if (stat.st_mtime_ns, stat.st_size) == (self.mtime, self.size):
            return True
        return stat.st_size == self.size and stamp_of(path) == self.stamp

    def at(self, path: Path, active: int, edits: tuple[Edit, ...]) -> "State":
        """The state with the file `path` and so many changes that hold."""
        stat = path.stat()
        numbered = tuple(replace(one, undone=n >= active) for n, one in enumerate(edits))
        return replace(
            self,
            edits=numbered,
            active=active,
            mtime=stat.st_mtime_ns,
            size=stat.st_size,
            stamp=stamp_of(path),
        )


def folder(workspace: Workspace, name: str) -> Path:
    """Where the changes of a dataset are kept; it need not be there."""
    return workspace.data / FOLDER / name


@contextlib.contextmanager
def held(workspace: Workspace, name: str) -> Iterator[Path]:
    """The dataset's folder, settled, held against other processes. Raises WorkspaceError."""
    place = folder(workspace, name)
    try:
        place.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(place / "lock", timeout=WAIT_S)
        with lock:
            _settle(place)
            yield place
    except filelock.Timeout as error:
        raise WorkspaceError(
            "The dataset {name} is being changed.", "Try again in a moment.", name=name
        ) from error
    except OSError as error:
        raise disk_error(error, place) from error


def settled(workspace: Workspace, name: str) -> Path:
    """The dataset's folder, with what a kill left undone brought to its end."""
    place = folder(workspace, name)
    if (place / "pending").exists():
        with contextlib.suppress(filelock.Timeout), filelock.FileLock(place / "lock", timeout=0):
            _settle(place)  # else it is being written at this very moment
    return place


def read_state(place: Path) -> State:
    """What is known of the changes; nothing where there are none, or the account is damaged."""
    try:
        data = json.loads((place / "state.json").read_bytes())
        edits = tuple(Edit(**one) for one in data.pop("edits"))
        return State(edits=edits, **data)
    except (OSError, ValueError, TypeError, KeyError):
        return State()


def read_edit(place: Path, edit: Edit) -> dict[str, Any]:
    """What one change put in and took out. Raises WorkspaceError where that is lost."""
    try:
        found: dict[str, Any] = json.loads((place / f"{edit.id}.json").read_bytes())
        return found
    except (OSError, ValueError) as error:
        raise WorkspaceError(
            "What the change {why} replaced is not kept any more.",
            "The file before all changes lies in {folder}.",
            may_pass=False,
            why=edit.why or edit.id,
            folder=f"data/{FOLDER}/{place.name}",
        ) from error


class Pending:
    """A change that is being written: each file beside its place, until `commit`."""

    def __init__(self, place: Path) -> None:
        self.place, self.folder = place, place / "pending"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self.moves: list[tuple[str, str]] = []

    def file(self, target: Path) -> Path:
        """Where to write what shall stand at `target`."""
        name = f"{len(self.moves)}{target.suffix}"
        self.moves.append((name, os.path.relpath(target, self.place)))
        return self.folder / name

    def json(self, target: Path, data: Any) -> None:
        """Data that shall stand at `target`."""
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        self.file(target).write_text(text, encoding="utf-8")

    def commit(self) -> None:
        """From here on the change holds. Raises OSError."""
        for name, _ in self.moves:
            with (self.folder / name).open("rb+") as file:
                os.fsync(file.fileno())
        write_json(self.folder / "commit.json", self.moves)
        _settle(self.place)


def keep_state(pending: Pending, state: State) -> None:
    """The state with the rest of the change."""
    pending.json(pending.place / "state.json", asdict(state))


def keep_original(place: Path, path: Path) -> None:
    """Keep the file as it is before its first change; earlier ones stay beside it."""
    for old in place.glob("original.*"):
        old.unlink()
    kept = place / f"original{path.suffix}"
    try:
        os.link(path, kept)
    except OSError:  # a disk without hard links
        shutil.copyfile(path, kept)


def put_aside(place: Path) -> State:
    """Another program has changed the file: what is known of the changes before goes into a folder
    of its own, and counting begins anew.
    """
    number = 1 + sum(1 for _ in place.glob("earlier-*"))
    aside = place / f"earlier-{number}"
    aside.mkdir()
    for path in place.iterdir():
        if path.is_file() and path.name not in ("lock", "marks.json"):
            path.replace(aside / path.name)
    return State()


def drop(place: Path, edits: Sequence[Edit]) -> None:
    """Forget changes that were taken back, once another takes their place."""
    for one in edits:
        (place / f"{one.id}.json").unlink(missing_ok=True)


def rename(workspace: Workspace, name: str, wanted: str) -> None:
    """The changes go with a dataset that is called otherwise."""
    place = folder(workspace, name)
    if place.is_dir():
        settled(workspace, name)
        shutil.rmtree(folder(workspace, wanted), ignore_errors=True)
        place.replace(folder(workspace, wanted))


def forget(workspace: Workspace, name: str) -> None:
    """The changes of a dataset that is deleted go too."""
    shutil.rmtree(folder(workspace, name), ignore_errors=True)


def _settle(place: Path) -> None:
    pending = place / "pending"
    if not pending.exists():
        return
    try:
        moves = json.loads((pending / "commit.json").read_bytes())
    except (OSError, ValueError):
        moves = []
    touched = set()
    for name, target in moves:
        if (pending / name).exists():
            goal = (place / target).resolve()
            os.replace(pending / name, goal)
            touched.add(goal.parent)
    for parent in touched:
        sync_folder(parent)
    shutil.rmtree(pending, ignore_errors=True)
