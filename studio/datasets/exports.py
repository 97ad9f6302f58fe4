"""A dataset as a folder or zip that LLaMA-Factory and others open as it is: the file and its dataset_info.json."""

import shutil
import tempfile
import zipfile
from pathlib import Path

from studio.datasets.layout import entry_of
from studio.datasets.opened import open_dataset
from studio.datasets.registry import INFO
from studio.datasets.sources import FILE_TYPES
from studio.datasets.write import lay_out, save
from studio.errors import InputError
from studio.files import write_json
from studio.workspace import Workspace

EXPORTS = "exports"


def export(workspace: Workspace, name: str, formatting: str, file_type: str, folder: Path) -> Path:
    """Write the dataset `name` into `folder` with a dataset_info.json of its own; the data file's path.

    formatting: alpaca, sharegpt or openai; file_type: json, jsonl or parquet. Raises StudioError.
    """
    if formatting not in ("alpaca", "sharegpt", "openai") or file_type not in FILE_TYPES[:3]:
        raise InputError("That is not a form a dataset can be written in.", "Choose one from the list.")
    dataset = open_dataset(name, workspace)
    layout, rows = lay_out(dataset.rows(), formatting)
    path = folder / f"{dataset.name}.{file_type}"
    save(rows, path)
    write_json(folder / INFO, {dataset.name: entry_of(layout, path.name)})
    return path


def export_zip(workspace: Workspace, name: str, formatting: str, file_type: str) -> Path:
    """The same as one zip under data/exports/, whose path is returned; an older one is replaced."""
    target = workspace.data / EXPORTS
    target.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=target, prefix=".export-"))
    try:
        file = export(workspace, name, formatting, file_type, work / "files")
        packed = work / "packed.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted((work / "files").iterdir()):
                archive.write(path, path.name)
        return packed.replace(target / f"{file.stem}-{formatting}-{file_type}.zip")
    finally:
        shutil.rmtree(work, ignore_errors=True)
