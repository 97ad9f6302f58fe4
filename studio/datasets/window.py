"""Datasets for the window, which parses no file itself: each call runs in the sandbox, within
limits of time and memory.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from studio.datasets import registry
from studio.datasets.containers import refuse_no_rows
from studio.datasets.row_server import READER
from studio.sandbox import Limits, run_limited
from studio.text.signature import HEAD_BYTES
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
    refuse_at_once(path, filename)
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


def refuse_at_once(path: Path, filename: str = "") -> None:
    """Raises InputError for a file whose first 4 KB show that it holds no rows; nothing is
    parsed.
    """
    with path.open("rb") as file:
        refuse_no_rows(filename or path.name, file.read(HEAD_BYTES))


def page(
    workspace: Workspace,
    dataset: str,
    mode: str,
    offset: int,
    limit: int,
    *,
    search: str = "",
    where: Sequence[dict[str, Any]] = (),
    order: dict[str, Any] | None = None,
    number: int | None = None,
) -> dict[str, Any]:
    """A page of a registered dataset; see `reading.page`. A large one whose rows were not looked at
    yet is scanned meanwhile (see `row_server`). Raises StudioError.
    """
    query = {"search": search, "where": list(where), "order": order, "number": number}
    return READER.page(workspace, dataset, {"mode": mode, "offset": offset, "limit": limit} | query)


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
        export(workspace, dataset, {"formatting": formatting, "file_type": file_type})["path"]
    )


def export(workspace: Workspace, dataset: str, wish: dict[str, Any]) -> dict[str, Any]:
    """A zip of a dataset and what of it is not carried over; see `reading.export_zip`."""
    made: dict[str, Any] = run_limited(
        "studio.datasets.reading:export_zip",
        name=dataset,
        limits=Limits.for_bytes(SLOWER * _size(workspace, dataset)),
        workspace=str(workspace.path),
        dataset=dataset,
        wish=wish,
    )
    return made


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
