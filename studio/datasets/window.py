"""Datasets for the window, which parses no file itself: each call runs in the sandbox, within
limits of time and memory.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from studio.datasets import registry
from studio.datasets.paging.row_server import READER
from studio.datasets.source_files.containers import refuse_no_rows
from studio.datasets.source_files.file_folder import files_in
from studio.datasets.source_files.sources import stamp
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
    """Register a file, a folder or files of one kind as the dataset `name`; see `reading.register`.
    filename: what its owner calls it, if not by its path; asked: as `intake.Asked` has it.

    stopping: asked some times a second; once true, the reader is ended and Stopped raised. Raises
    StudioError.
    """
    given = [path] if isinstance(path, Path) else list(path)
    filename = filename or given[0].name
    paths = files_in(given[0]) if given[0].is_dir() else given
    for one in paths:
        refuse_at_once(one, filename if len(paths) == 1 else one.name)
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
        refuse_at_once(path, filename)
        size = path.stat().st_size
    else:
        size = stamp(path)[1] if path else registry.file_bytes(workspace, dataset)
    found: dict[str, Any] = run_limited(
        "studio.datasets.taking_in.first_look:look",
        name=filename or dataset,
        limits=Limits.for_bytes(size),
        workspace=str(workspace.path),
        dataset=dataset,
        path=str(path or ""),
        filename=filename,
        given=given or {},
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


def scan(workspace: Workspace, dataset: str, stopping: Callable[[], bool] = lambda: False) -> None:
    """Have every row of a dataset looked at, so that its first page has the facts of the whole.

    stopping: see `take_in`. Raises StudioError.
    """
    run_limited(
        "studio.datasets.paging.row_scan:build",
        name=dataset,
        limits=Limits.for_bytes(2 * _size(workspace, dataset)),
        stopping=stopping,
        workspace=str(workspace.path),
        dataset=dataset,
    )


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
    return registry.find(workspace, dataset).bytes
