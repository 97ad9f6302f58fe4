"""Datasets for the window, which parses no file itself: each call runs in the sandbox, within
limits of time and memory.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from studio.datasets import registry
from studio.sandbox import Limits, run_limited
from studio.text.signature import HEAD_BYTES, refuse_no_text
from studio.workspace import Workspace

SLOWER = 3  # an export writes each row anew and packs it


def take_in(
    workspace: Workspace,
    path: Path,
    name: str,
    *,
    filename: str = "",
    stopping: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Register a file as the dataset `name`; see `reading.register`. filename: what its owner calls
    it, if not by its path.

    stopping: asked some times a second; once true, the reader is ended and Stopped raised. Raises
    StudioError.
    """
    filename = filename or path.name
    with path.open("rb") as file:
        refuse_no_text(filename, file.read(HEAD_BYTES))
    found: dict[str, Any] = run_limited(
        "studio.datasets.reading:register",
        name=filename,
        limits=Limits.for_bytes(path.stat().st_size),
        stopping=stopping,
        workspace=str(workspace.path),
        path=str(path),
        filename=filename,
        dataset=name,
    )
    return found


def page(workspace: Workspace, dataset: str, mode: str, offset: int, limit: int) -> dict[str, Any]:
    """A page of a registered dataset; see `reading.page`. Raises StudioError."""
    found: dict[str, Any] = run_limited(
        "studio.datasets.reading:page",
        name=dataset,
        limits=Limits.for_bytes(_size(workspace, dataset)),
        workspace=str(workspace.path),
        dataset=dataset,
        mode=mode,
        offset=offset,
        limit=limit,
    )
    return found


def opening(workspace: Workspace, dataset: str, questions: int) -> dict[str, Any]:
    """What a dataset's rows begin with; see `reading.opening`. Raises StudioError."""
    found: dict[str, Any] = run_limited(
        "studio.datasets.reading:opening",
        name=dataset,
        limits=Limits.for_bytes(_size(workspace, dataset)),
        workspace=str(workspace.path),
        dataset=dataset,
        questions=questions,
    )
    return found


def export_zip(
    workspace: Workspace, dataset: str, formatting: str, file_type: str, **more: Any
) -> Path:
    """See `exports.export_zip`; more: what `exports.Export.read` takes. Raises StudioError."""
    return Path(
        run_limited(
            "studio.datasets.reading:export_zip",
            name=dataset,
            limits=Limits.for_bytes(SLOWER * _size(workspace, dataset)),
            workspace=str(workspace.path),
            dataset=dataset,
            wanted=more | {"formatting": formatting, "file_type": file_type},
        )
    )


def common(workspace: Workspace, first: str, second: str) -> dict[str, Any]:
    """How many rows two datasets have, and how many are in both; see `reading.common`."""
    found: dict[str, Any] = run_limited(
        "studio.datasets.reading:common",
        name=second,
        limits=Limits.for_bytes(_size(workspace, first) + _size(workspace, second)),
        workspace=str(workspace.path),
        first=first,
        second=second,
    )
    return found


def _size(workspace: Workspace, dataset: str) -> int:
    path = registry.find(workspace, dataset).path
    return path.stat().st_size if path else 0
