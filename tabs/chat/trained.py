"""What an adapter was trained on, for the chat: the system prompt of its rows, and questions that
were held out.

A dataset is read in the sandbox, once for each of its versions.
"""

import threading
from dataclasses import dataclass
from typing import Any

from studio import jobs
from studio.datasets import partners, registry, window
from studio.errors import StudioError
from studio.training.runs import adapters
from studio.workspace import Workspace

QUESTIONS = 5


@dataclass(frozen=True)
class Trained:
    """title: of the run. system: what most of its rows say first. questions: asked in `dataset`,
    which was `held_out` or trained on.
    """

    title: str = ""
    system: str = ""
    questions: tuple[str, ...] = ()
    dataset: str = ""
    held_out: bool = False


def moved() -> int:
    """A number that moves when a dataset has been read."""
    return len(_read)


def about(workspace: Workspace, adapter: str, *, wait: bool = True) -> Trained:
    """What is known of an adapter; an empty record where its run or its dataset is gone.

    wait: for its datasets to be read; else they are read aside, and `moved` tells when.
    """
    found = next((one for one in adapters(workspace) if one.name == adapter), None)
    if found is None:
        return Trained()
    try:
        spec = jobs.get(workspace, found.run_id).spec
        names = registry.names(workspace)
    except StudioError:
        return Trained(found.title)
    dataset = str(spec.get("dataset") or "")
    candidates = (str(spec.get("eval_dataset") or ""), partners.held_out(workspace, dataset))
    held = next((name for name in candidates if name in names), "")
    opening = _opening(workspace, dataset, wait) if dataset in names else {}
    asked = _opening(workspace, held, wait) if held else opening
    return Trained(
        found.title,
        opening.get("system", ""),
        tuple(asked.get("questions", ())),
        held or dataset,
        bool(held),
    )


_read: dict[tuple[Any, ...], dict[str, Any]] = {}
_reading: set[tuple[Any, ...]] = set()


def _opening(workspace: Workspace, dataset: str, wait: bool) -> dict[str, Any]:
    """How a dataset's rows begin; {} where it cannot be read, or is not read yet."""
    try:
        path = registry.find(workspace, dataset).path
        key = (workspace.path, dataset, path.stat().st_mtime_ns if path else 0)
    except (StudioError, OSError):
        return {}
    if key not in _read and wait:
        _look(workspace, key)
    elif key not in _read and key not in _reading:
        _reading.add(key)
        threading.Thread(target=_look, args=(workspace, key), daemon=True, name="trained").start()
    return _read.get(key, {})


def _look(workspace: Workspace, key: tuple[Any, ...]) -> None:
    try:
        _read[key] = window.opening(workspace, key[1], QUESTIONS)
    except StudioError:
        _read[key] = {}  # the Dataset tab tells what is wrong with it
