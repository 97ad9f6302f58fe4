"""The registry: `data/dataset_info.json`, read and written as LLaMA-Factory does, and the datasets
it names.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock

from studio.datasets import edit_log
from studio.datasets.column_map import Layout, entry_of, from_entry
from studio.datasets.sources import FILE_TYPES
from studio.errors import InputError, WorkspaceError
from studio.files import write_json
from studio.workspace import Workspace, safe_name

INFO = "dataset_info.json"
# Beside what other tools know of an entry: {"work": what made it}; they pass over it.
MARK = "inkwell"
REMOTE = ("hf_hub_url", "ms_hub_url", "om_hub_url", "script_url", "cloud_file_name")


@dataclass(frozen=True)
class Entry:
    """One registered dataset: `path` is None when it lies elsewhere than in data/ (a hub, a cloud,
    outside).
    """

    name: str
    layout: Layout
    path: Path | None
    problem: str = ""  # why it cannot be opened here, in one sentence; empty when it can

    @property
    def ranking(self) -> bool:
        """Whether its rows are pairs of chosen and rejected."""
        return self.layout.ranking


def entries(workspace: Workspace) -> list[Entry]:
    """Every registered dataset in the file's order; one that cannot be opened says why. Raises
    InputError only when dataset_info.json itself is broken."""
    found = []
    for name, data in read_info(workspace).items():
        try:
            found.append(read_entry(workspace, name, data))
        except (InputError, WorkspaceError) as error:
            found.append(Entry(str(name), Layout(), None, error.sentence))
    return found


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
        raise InputError(
            "There is no dataset {name}.", "Choose one from the list, or build it first.", name=name
        )
    return read_entry(workspace, name, info[name])


def read_entry(workspace: Workspace, name: str, data: Any) -> Entry:
    """One entry checked: its layout known, its file inside data/ and there."""
    safe_name(name)
    if not isinstance(data, dict):
        raise InputError(
            "The entry {name} in dataset_info.json is not a table.", "Correct it.", name=name
        )
    layout = from_entry(data, name)
    if any(key in data for key in REMOTE) or not isinstance(data.get("file_name"), str):
        raise InputError(
            "The dataset {name} has no file in this workspace.", "Import its file first.", name=name
        )
    try:
        path = workspace.inside(f"data/{data['file_name']}")
    except (ValueError, OSError):  # a NUL in the name, or one too long for the system
        path = workspace.path
    if not path.is_relative_to(workspace.data):
        raise WorkspaceError(
            "The file of the dataset {name} lies outside data/.", "Move it into data/.", name=name
        )
    if not path.is_file():
        raise InputError(
            "The file {file} of the dataset {name} is missing.",
            "Import it again.",
            file=path.name,
            name=name,
        )
    return Entry(name, layout, path)


def register(
    workspace: Workspace, name: str, layout: Layout, file_name: str, *, work: str = ""
) -> Entry:
    """Add or replace an entry; the others keep everything they have.

    Raises InputError for a broken registry.

    work: what made it (see `studio.datasets.naming`); the same work's earlier file goes where its
    ending was another.
    """
    name = safe_name(name)
    with changing(workspace) as info:
        before = info.get(name)
        info[name] = entry_of(layout, file_name) | ({MARK: {"work": work}} if work else {})
    old = str(before.get("file_name")) if isinstance(before, dict) else ""
    if (
        work
        and made_by(before) == work
        and old in {f"{name}.{ending}" for ending in FILE_TYPES} - {file_name}
    ):
        (workspace.data / old).unlink(missing_ok=True)
    return find(workspace, name)


def made_by(entry: Any) -> str:
    """The work that made a registered set; "" where that is not known."""
    mark = entry.get(MARK) if isinstance(entry, dict) else None
    return str(mark.get("work") or "") if isinstance(mark, dict) else ""


def unregister(workspace: Workspace, name: str, *, delete_file: bool = False) -> None:
    """Take an entry out; its file stays unless `delete_file`.

    Raises InputError for an unknown name.
    """
    entry = find(workspace, name)
    with changing(workspace) as info:
        info.pop(entry.name, None)
    if delete_file and entry.path:
        for path in (entry.path, sidecar(workspace, entry.name)):
            path.unlink(missing_ok=True)
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
