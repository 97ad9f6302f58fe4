"""A dataset as a folder or zip that other programs open as it is: the file and, where LLaMA-Factory
has words for it, its dataset_info.json.
"""

import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, get_args

from studio.datasets.assembly import gather
from studio.datasets.assembly.build import laid_out, write_export
from studio.datasets.opened import open_dataset
from studio.datasets.publishing.card import add_card
from studio.datasets.registry import INFO
from studio.datasets.row_forms import recast
from studio.datasets.row_forms.column_map import FORMATTINGS, entry_of
from studio.datasets.source_files.sources import stamp
from studio.datasets.spec import DatasetJob
from studio.errors import InputError
from studio.files import export_file, write_json
from studio.workspace import Workspace

EXPORTS = "exports"


@dataclass(frozen=True)
class Wish:
    """How a dataset is to be written; the fields are those of `DatasetJob`. Raises InputError for
    what is none of its choices.
    """

    formatting: str = "alpaca"
    file_type: str = "json"
    rows_as: str = "same"
    leave_out: bool = False
    formula_guard: bool = False

    def __post_init__(self) -> None:
        for name in ("formatting", "file_type", "rows_as"):
            choices = get_args(DatasetJob.model_fields[name].annotation)
            if getattr(self, name) not in choices:
                raise InputError(
                    "That is not a form a dataset can be written in.", "Choose one from the list."
                )


@dataclass
class Exported:
    """What was written. path: the file; rows: how many; skipped, problems, dropped: as the result
    of a dataset job has them.
    """

    path: str = ""
    rows: int = 0
    skipped: int = 0
    problems: list[dict[str, Any]] = field(default_factory=list)
    dropped: list[dict[str, Any]] = field(default_factory=list)


def export(workspace: Workspace, name: str, formatting: str, file_type: str, folder: Path) -> Path:
    """Write the dataset `name` into `folder`, with a dataset_info.json of its own where
    LLaMA-Factory opens it; the data file's path.

    formatting, file_type: see `DatasetJob`. Raises StudioError.
    """
    return Path(export_as(workspace, name, Wish(formatting, file_type), folder).path)


def export_as(workspace: Workspace, name: str, wish: Wish, folder: Path) -> Exported:
    """The same, with the kind of rows that is wished for, and what of them is not carried over."""
    found = recast.recast(gather.of_dataset(workspace, name), wish.rows_as)
    if wish.leave_out:
        found = recast.leave_out(found, wish.formatting)
    recast.count_partly_lost(found, wish.formatting)
    layout, rows = laid_out(found.rows, wish.formatting, wish.file_type)
    path = folder / f"{open_dataset(name, workspace).name}.{wish.file_type}"
    write_export(rows, path, found, formula_guard=wish.formula_guard)
    if layout is not None:
        write_json(folder / INFO, {path.stem: entry_of(layout, path.name)})
    return Exported(str(path), len(rows), found.skipped, found.problems, found.not_carried())


def export_zip(workspace: Workspace, name: str, formatting: str, file_type: str) -> Path:
    """The same as one zip under data/exports/, whose path is returned; an older one is replaced."""
    return Path(zip_as(workspace, name, Wish(formatting, file_type)).path)


def zip_as(workspace: Workspace, name: str, wish: Wish) -> Exported:
    """See `export_as` and `export_zip`; the path is the zip's."""
    dataset = open_dataset(name, workspace)
    made: list[Exported] = []

    def pack(path: Path) -> None:
        files = path.parent / "files"
        made.append(export_as(workspace, name, wish, files))
        if wish.rows_as == "same" and wish.formatting in FORMATTINGS and wish.file_type != "csv":
            add_card(workspace, name, wish.formatting, wish.file_type, files)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(files.iterdir()):
                archive.write(file, file.name)

    kind = "" if wish.rows_as == "same" else f"-{wish.rows_as}"
    path = export_file(
        workspace.data / EXPORTS,
        f"{dataset.name}{kind}-{wish.formatting}-{wish.file_type}",
        "zip",
        2 * stamp(dataset.path)[1],
        pack,
    )
    return Exported(**asdict(made[-1]) | {"path": str(path)})
