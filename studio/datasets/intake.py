"""Taking in a file that was handed to us: its encoding, its form and its columns are found out,
then it is registered.

In the window this runs in the sandbox (`studio.datasets.window`), never in the window's process.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from studio.datasets import naming, registry
from studio.datasets.column_map import Layout, entry_of, from_entry, sniff
from studio.datasets.convert import Report, converted, kind_of
from studio.datasets.opened import REPORTED, Index, check_rows, report_place
from studio.datasets.registry import Entry
from studio.datasets.sources import Source, lines_of
from studio.errors import InputError
from studio.files import disk_error, require_space, sync_folder, write_bytes
from studio.workspace import Workspace

MAX_BYTES = 2 << 30
SNIFFED = 50
EMPTY = b" \t\r\n\xef\xbb\xbf\xff\xfe\0"


@dataclass(frozen=True)
class Registered(Entry):
    """A dataset that was taken in. rows: good ones; skipped: how many could not be used, the first
    20 of them in `problems` ({"row", "reason", "example"}); encoding: as it was read; odd: rows in
    which NaN and the like became null.
    """

    rows: int = 0
    skipped: int = 0
    problems: tuple[dict[str, Any], ...] = ()
    encoding: str = "utf-8"
    odd: int = 0


def register_file(workspace: Workspace, filename: str, data: bytes, name: str = "") -> Registered:
    """Check `data` as a dataset and register it; see `register_path`."""
    base = PurePath(filename.replace("\\", "/")).name
    name = naming.for_upload(workspace, name or PurePath(base).stem)
    _fits(base, len(data))
    require_space(workspace.data, 3 * len(data))
    given = workspace.data / f".incoming-{name}.given"
    try:
        write_bytes(given, data)
        return register_path(workspace, filename, given, name)
    finally:
        given.unlink(missing_ok=True)


def register_path(workspace: Workspace, filename: str, path: Path, name: str = "") -> Registered:
    """Check a file as a dataset and register it; its rows are kept under data/, in UTF-8, a row a
    line, or as parquet.

    filename: what its owner calls it; name: the dataset's name, empty takes the file's own. Rows
    that cannot be read are left out and counted, with an empty line in their place. Raises
    InputError with one sentence for a file of which no row can be used, WorkspaceError for a bad
    name or a full disk. Only what was uploaded under exactly that name is replaced; another set of
    that name is an InputError that offers a free one (`naming.for_upload`).
    """
    base = PurePath(filename.replace("\\", "/")).name
    name = naming.for_upload(workspace, name or PurePath(base).stem)
    _fits(base, path.stat().st_size)
    registry.read_info(workspace)
    with path.open("rb") as file:
        if not file.read(1 << 16).strip(EMPTY) and path.stat().st_size <= 1 << 16:
            raise InputError("The file {name} is empty.", "Choose a file with rows.", name=base)
    require_space(workspace.data, 2 * path.stat().st_size)
    kind = kind_of(path, base)
    ending = kind if kind in ("parquet", "txt") else "jsonl"
    staged = workspace.data / f".incoming-{name}.{ending}"
    try:
        source, report = _staged(path, base, kind, staged)
        layout, index = _checked(source, report, base)
        place = workspace.data / f"{name}.{ending}"
        staged.replace(place)
        sync_folder(workspace.data)
        report.keep(report_place(workspace, name), place)
    except OSError as error:
        raise disk_error(error, staged) from error
    finally:
        staged.unlink(missing_ok=True)
    registry.sidecar(workspace, name).unlink(missing_ok=True)
    entry = registry.register(workspace, name, layout, place.name, work=naming.work_of_upload(name))
    problems = sorted([*report.problems, *index.problems], key=lambda problem: problem["row"])[
        :REPORTED
    ]
    return Registered(
        entry.name,
        entry.layout,
        entry.path,
        entry.problem,
        rows=index.total - len(index.bad),
        skipped=index.skipped + report.left_out,
        problems=tuple(problems),
        encoding=report.encoding,
        odd=report.odd,
    )


def _fits(base: str, size: int) -> None:
    if size > MAX_BYTES:
        raise InputError("The file {name} is larger than 2 GB.", "Split it first.", name=base)
    if not size:
        raise InputError("The file {name} is empty.", "Choose a file with rows.", name=base)


def _staged(path: Path, base: str, kind: str, staged: Path) -> tuple[Source, Report]:
    """The file in its final form at `staged`, opened."""
    if kind != "parquet":
        report = converted(path, base, kind, staged)
        return lines_of(staged), report
    from studio.datasets.parquet import Parquet

    Parquet(path, base)  # before it is copied: what it unfolds to
    shutil.copyfile(path, staged)
    return Parquet(staged, base), Report(base, "parquet")


def _checked(source: Source, report: Report, base: str) -> tuple[Layout, Index]:
    """The layout found in the file, once at least one row can be used with it."""
    layout = sniff(source.read(0, SNIFFED)) if source.total > report.left_out else Layout()
    layout = from_entry(entry_of(layout, base), base)  # exactly as it will be read back
    index = check_rows(source, layout)
    if index.total == len(index.bad):
        problems = sorted([*report.problems, *index.problems], key=lambda problem: problem["row"])
        first = problems[0] if problems else {"row": 1, "reason": "the file has no rows"}
        raise InputError(
            "No row of {name} can be used (row {row}: {reason}).",
            "Correct the file, then try again.",
            name=base,
            row=first["row"],
            reason=first["reason"],
        )
    return layout, index
