"""A dataset as a folder or zip that LLaMA-Factory and others open as it is: the file and its
dataset_info.json.
"""

import zipfile
from pathlib import Path

from studio.datasets.column_map import entry_of
from studio.datasets.opened import open_dataset
from studio.datasets.publishing.card import add_card
from studio.datasets.registry import INFO
from studio.datasets.sources import FILE_TYPES
from studio.datasets.write import lay_out, save
from studio.errors import InputError
from studio.files import export_file, write_json
from studio.workspace import Workspace

EXPORTS = "exports"


def export(workspace: Workspace, name: str, formatting: str, file_type: str, folder: Path) -> Path:
    """Write the dataset `name` into `folder` with a dataset_info.json of its own; the data file's
    path.

    formatting: alpaca, sharegpt or openai; file_type: json, jsonl or parquet. Raises StudioError.
    """
    if formatting not in ("alpaca", "sharegpt", "openai") or file_type not in FILE_TYPES[:3]:
        raise InputError(
            "That is not a form a dataset can be written in.", "Choose one from the list."
        )
    dataset = open_dataset(name, workspace)
    layout, rows = lay_out(dataset.rows(), formatting)
    path = folder / f"{dataset.name}.{file_type}"
    save(rows, path)
    write_json(folder / INFO, {dataset.name: entry_of(layout, path.name)})
    return path


def export_zip(workspace: Workspace, name: str, formatting: str, file_type: str) -> Path:
    """The same as one zip under data/exports/, whose path is returned; an older one is replaced."""
    dataset = open_dataset(name, workspace)

    def pack(path: Path) -> None:
        files = path.parent / "files"
        export(workspace, name, formatting, file_type, files)
        add_card(workspace, name, formatting, file_type, files)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(files.iterdir()):
                archive.write(file, file.name)

    return export_file(
        workspace.data / EXPORTS,
        f"{dataset.name}-{formatting}-{file_type}",
        "zip",
        2 * dataset.path.stat().st_size,
        pack,
    )
