"""The registry: `data/dataset_info.json`, read and written as LLaMA-Factory does, and the datasets
it names.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock

from studio.datasets.entry_origin import KEYS, OF_A_HUB, TRAIN, Origin, elsewhere, read_origin
from studio.datasets.row_changes import edit_log
from studio.datasets.row_forms.column_map import Layout, entry_of, from_entry, plain
from studio.datasets.source_files.sources import FILE_TYPES, stamp
from studio.errors import InputError, StudioError, WorkspaceError
from studio.files import write_json
from studio.workspace import Workspace, safe_name

INFO = "dataset_info.json"
# Beside what other tools know of an entry: {"work": what made it}; they pass over it.
MARK = "inkwell"
# What an entry says of its rows' layout; everything else in it is kept whatever is done to it.
OF_A_LAYOUT = ("formatting", "ranking", "columns", "tags")


@dataclass(frozen=True)
class Entry:
    """One registered dataset: `path` is None when it lies elsewhere than in data/ (a hub, a cloud,
    outside).
    """

    name: str
    layout: Layout
    path: Path | None  # a file, or a folder of files of one kind
    problem: str = ""  # why it cannot be opened here, in one sentence; empty when it can
    origin: Origin = Origin()
    error: StudioError | None = None  # the same as `problem`, in a form that can be translated

    @property
    def ranking(self) -> bool:
        """Whether its rows are pairs of chosen and rejected."""
        return self.layout.ranking

    @property
    def stamp(self) -> tuple[int, int]:
        """When its file was written last, in ns, and its bytes, of a folder's files together; (0,
        0) where there is none.
        """
        try:
            return stamp(self.path) if self.path else (0, 0)
        except OSError:
            return (0, 0)

    @property
    def bytes(self) -> int:
        """What its file, or the files of its folder, take; 0 where there is none."""
        return self.stamp[1]


def entries(workspace: Workspace) -> list[Entry]:
    """Every registered dataset in the file's order; one that cannot be opened says why. Raises
    InputError only when dataset_info.json itself is broken."""
    found = []
    for name, data in read_info(workspace).items():
        found.append(listed(workspace, str(name), data))
    return found


def listed(workspace: Workspace, name: str, data: Any) -> Entry:
    """One entry as the list of them shows it: read, as far as it goes, and with the reason where it
    cannot be opened.
    """
    layout, origin = Layout(), Origin()
    try:
        if isinstance(data, dict):
            origin = read_origin(data, name)
            layout = from_entry(data, name)
        return read_entry(workspace, name, data)
    except (InputError, WorkspaceError) as error:
        return Entry(name, layout, None, error.sentence, origin, error)


def written(workspace: Workspace) -> tuple[int, int]:
    """When dataset_info.json was written last, in ns, and its bytes; (0, 0) where there is none."""
    try:
        found = (workspace.data / INFO).stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)


def names(workspace: Workspace, *, ranking: bool | None = None) -> list[str]:
    """Names of the datasets that can be opened; with `ranking`, only those of that kind."""
    return [e.name for e in entries(workspace) if not e.problem and ranking in (None, e.ranking)]


def find(workspace: Workspace, name: str) -> Entry:
    """One registered dataset. Raises InputError or WorkspaceError."""
    name = safe_name(name)
    info = read_info(workspace)
    if name not in info:
        raise _unknown(name)
    return read_entry(workspace, name, info[name])


def read_entry(workspace: Workspace, name: str, data: Any) -> Entry:
    """One entry checked: its layout known, its file inside data/ and there."""
    safe_name(name)
    if not isinstance(data, dict):
        raise InputError(
            "The entry {name} in dataset_info.json is not a table.", "Correct it.", name=name
        )
    layout, origin = from_entry(data, name), read_origin(data, name)
    return Entry(name, layout, _place(workspace, name, origin), origin=origin)


def require_listed(workspace: Workspace, name: str) -> Entry:
    """One entry, also where it cannot be opened (see `listed`). Raises InputError where there is
    none of that name, WorkspaceError for a name that none can have.
    """
    info = read_info(workspace)
    if safe_name(name) not in info:
        raise _unknown(name)
    return listed(workspace, name, info[name])


def file_of(workspace: Workspace, name: str) -> Path:
    """The file, or folder, of a registered dataset, also where its layout is none that anybody
    knows. Raises InputError or WorkspaceError.
    """
    data = _known(read_info(workspace), safe_name(name))
    return _place(workspace, name, read_origin(data, name))


def file_bytes(workspace: Workspace, name: str) -> int:
    """What a registered dataset's file takes. Raises InputError or WorkspaceError."""
    return stamp(file_of(workspace, name))[1]


def _place(workspace: Workspace, name: str, origin: Origin) -> Path:
    if origin.kind != "file" or not origin.place:
        raise elsewhere(origin, name)
    if origin.split != TRAIN:
        raise InputError(
            "The dataset {name} asks for the split {split}, and a file has only {train}.",
            "Take the split out of its entry; num_samples takes a part of the rows.",
            name=name,
            split=origin.split[:80],
            train=TRAIN,
        )
    try:
        path = workspace.inside(f"data/{origin.place}")
    except (ValueError, OSError):  # a NUL in the name, or one too long for the system
        path = workspace.path
    if not path.is_relative_to(workspace.data) or path == workspace.data.resolve():
        raise WorkspaceError(
            "The file of the dataset {name} lies outside data/.", "Move it into data/.", name=name
        )
    if not path.is_file() and not path.is_dir():
        raise InputError(
            "The file {file} of the dataset {name} is missing.",
            "Import it again.",
            file=path.name,
            name=name,
        )
    return path


def register(
    workspace: Workspace,
    name: str,
    layout: Layout,
    file_name: str,
    *,
    work: str = "",
    num_samples: int | None = None,
    source: dict[str, Any] | None = None,
) -> Entry:
    """Add or replace an entry; the others keep everything they have.

    Raises InputError for a broken registry.

    work: what made it (see `studio.datasets.naming`); the same work's earlier file goes where its
    ending was another. source: the hub, and which files of it, that the rows were fetched from.
    """
    name = safe_name(name)
    with changing(workspace) as info:
        before = info.get(name)
        made = entry_of(layout, file_name) | ({"num_samples": num_samples} if num_samples else {})
        mark = ({"work": work} if work else {}) | ({"from": source} if source else {})
        info[name] = made | ({MARK: mark} if mark else {})
    old = str(before.get("file_name")) if isinstance(before, dict) else ""
    if (
        work
        and made_by(before) == work
        and old in {f"{name}.{ending}" for ending in FILE_TYPES} - {file_name}
    ):
        (workspace.data / old).unlink(missing_ok=True)
    return find(workspace, name)


def rewrite(workspace: Workspace, name: str, layout: Layout, **more: Any) -> Entry:
    """Write another layout into an entry; its other keys, also those that nobody knows, and all
    other entries stay as they are.

    more: of num_samples, subset, split and folder those that change; None takes one out.

    The entry as it is then, with its problem where its file cannot be opened. Raises InputError for
    an unknown name.
    """
    with changing(workspace) as info:
        before = _known(info, name)
        told = entry_of(layout, "") | {key: value for key, value in more.items() if value}
        told.pop("file_name")
        for part in ("columns", "tags"):
            given = before.get(part)
            listed_now = given.items() if isinstance(given, dict) else ()
            strange = {key: value for key, value in listed_now if not hasattr(layout, key)}
            if strange:
                told[part] = told.get(part, plain(layout)[part]) | strange
        gone = {*OF_A_LAYOUT, *more} - set(told)
        info[name] = {key: told.pop(key, old) for key, old in before.items() if key not in gone}
        info[name] |= told
        after = info[name]
    return listed(workspace, name, after)


def fetched(
    workspace: Workspace, name: str, file_name: str, layout: Layout, source: dict[str, Any]
) -> Entry:
    """An entry whose rows were fetched from its hub names their file from now on, and keeps its
    other keys; where they came from stands under "inkwell", which other tools pass over.

    layout: as the entry is to be read from now on. Raises InputError for an unknown name.
    """
    with changing(workspace) as info:
        before = _known(info, name)
        gone = {*KEYS, *OF_A_HUB, *OF_A_LAYOUT}
        kept = {key: value for key, value in before.items() if key not in gone}
        mark = kept.get(MARK)
        known = dict(mark) if isinstance(mark, dict) else {}
        info[name] = entry_of(layout, file_name) | kept | {MARK: known | {"from": source}}
    return find(workspace, name)


def _known(info: dict[str, Any], name: str) -> dict[str, Any]:
    before = info.get(name)
    if not isinstance(before, dict):
        raise _unknown(name)
    return before


def _unknown(name: str) -> InputError:
    return InputError(
        "There is no dataset {name}.", "Choose one from the list, or build it first.", name=name
    )


def made_by(entry: Any) -> str:
    """The work that made a registered set; "" where that is not known."""
    mark = entry.get(MARK) if isinstance(entry, dict) else None
    return str(mark.get("work") or "") if isinstance(mark, dict) else ""


def unregister(workspace: Workspace, name: str, *, delete_file: bool = False) -> None:
    """Take an entry out; its file stays unless `delete_file`.

    Raises InputError for an unknown name.
    """
    with changing(workspace) as info:
        if name not in info:
            raise _unknown(name)
        entry = listed(workspace, name, info.pop(name))
    if delete_file and entry.path:
        if entry.path.is_dir():
            shutil.rmtree(entry.path)
        else:
            entry.path.unlink(missing_ok=True)
        sidecar(workspace, entry.name).unlink(missing_ok=True)
        edit_log.forget(workspace, entry.name)


def sidecar(workspace: Workspace, name: str) -> Path:
    """The file that says where each row of a dataset came from."""
    return workspace.data / f"{name}.source.jsonl"


@contextmanager
def changing(workspace: Workspace) -> Iterator[dict[str, Any]]:
    """The registry to change, held against other processes and written in one step at the end."""
    with filelock.FileLock(workspace.data / ".dataset_info.lock", timeout=20):
        info = read_info(workspace)
        yield info
        write_json(workspace.data / INFO, info)


def read_info(workspace: Workspace) -> dict[str, Any]:
    """dataset_info.json as it is; {} when there is none yet.

    Raises InputError when it is broken.
    """
    path = workspace.data / INFO
    try:
        info = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise InputError(
            "dataset_info.json cannot be read.", "Check the permissions of the data folder."
        ) from error
    except json.JSONDecodeError as error:
        raise InputError(
            "dataset_info.json is not valid JSON (line {line}).",
            "Correct it in the data folder; it was not changed.",
            line=error.lineno,
        ) from error
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise InputError(
            "dataset_info.json is not valid JSON.",
            "Correct it in the data folder; it was not changed.",
        ) from error
    if not isinstance(info, dict):
        raise InputError(
            "dataset_info.json is not a table of datasets.",
            "Correct it in the data folder; it was not changed.",
        )
    return info
