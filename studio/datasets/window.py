"""Datasets for the window, which parses no file itself: each call runs in the sandbox, within
limits of time and memory.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from studio.datasets import registry
from studio.datasets.file_kind import refuse_no_rows
from studio.datasets.sources import stamp
from studio.sandbox import Limits, run_limited
from studio.text.signature import HEAD_BYTES
from studio.workspace import Workspace

SLOWER = 3  # an export writes each row anew and packs it


def take_in(
    workspace: Workspace,
    path: Path | Sequence[Path],
    name: str,
    *,
    filename: str = "",
    stopping: Callable[[], bool] = lambda: False,
    **asked: Any,
) -> dict[str, Any]:
    """Register a file, or files of one kind, as the dataset `name`; see `reading.register`.
    filename: what its owner calls it, if not by its path; asked: as `intake.Asked` has it.

    stopping: asked some times a second; once true, the reader is ended and Stopped raised. Raises
    StudioError.
    """
    paths = [path] if isinstance(path, Path) else list(path)
    filename = filename or paths[0].name
    for one in paths:
        with one.open("rb") as file:
            refuse_no_rows(filename if len(paths) == 1 else one.name, file.read(HEAD_BYTES))
    found: dict[str, Any] = run_limited(
        "studio.datasets.reading:register",
        name=filename,
        limits=Limits.for_bytes(sum(one.stat().st_size for one in paths)),
        stopping=stopping,
        workspace=str(workspace.path),
        paths=[str(one) for one in paths],
        filename=filename,
        dataset=name,
        asked=asked,
    )
    return found


def look(
    workspace: Workspace,
    *,
    dataset: str = "",
    path: Path | None = None,
    filename: str = "",
    given: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """What the beginning of a registered dataset's file, or of a file from outside, holds, and what
    its rows become by a layout; see `first_look.look`. Raises StudioError.
    """
    if path is not None and path.is_file():
        with path.open("rb") as file:
            refuse_no_rows(filename or path.name, file.read(HEAD_BYTES))
        size = path.stat().st_size
    else:
        size = stamp(path)[1] if path else registry.file_bytes(workspace, dataset)
    found: dict[str, Any] = run_limited(
        "studio.datasets.first_look:look",
        name=filename or dataset,
        limits=Limits.for_bytes(size),
        workspace=str(workspace.path),
        dataset=dataset,
        path=str(path or ""),
        filename=filename,
        given=given or {},
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


def export_zip(workspace: Workspace, dataset: str, formatting: str, file_type: str) -> Path:
    """See `exports.export_zip`. Raises StudioError."""
    return Path(
        run_limited(
            "studio.datasets.reading:export_zip",
            name=dataset,
            limits=Limits.for_bytes(SLOWER * _size(workspace, dataset)),
            workspace=str(workspace.path),
            dataset=dataset,
            formatting=formatting,
            file_type=file_type,
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
    return registry.find(workspace, dataset).bytes
