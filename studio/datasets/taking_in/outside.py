"""Which files outside of the workspace the window takes in by their path: what is called a dataset
file and lies in no hidden folder, so that a forged event of the page reads no keys and no settings.
A job that is started from a command line takes whatever its owner can read.
"""

from pathlib import Path

from studio.datasets.source_files.containers import SHEETS
from studio.datasets.source_files.sources import FILE_TYPES
from studio.errors import InputError
from studio.workspace import Workspace

ENDINGS = (*FILE_TYPES, *SHEETS, "feather")


def require_dataset_file(workspace: Workspace, path: Path) -> None:
    """Raise InputError, the same whether it is there or not, for a path that the window may not
    take in: of a file that is not called one, in a hidden folder, or of a folder with other files.
    """
    place = path.resolve()
    within = place.is_relative_to(workspace.path)
    parts = place.relative_to(workspace.path).parts if within else place.parts
    try:
        files = [one for one in place.iterdir() if one.is_file()] if place.is_dir() else [place]
    except OSError:  # a folder that may not be listed
        files = [place]
    shown = [one for one in files if not one.name.startswith(".")]
    called = all(_ending(one.name) in ENDINGS for one in shown)
    if not called or any(part.startswith(".") for part in parts):
        raise InputError(
            "The window takes no rows from {name}.",
            "Give a json, jsonl, csv, tsv, parquet, Excel, Arrow or txt file in no hidden folder.",
            name=path.name,
            fields=("file",),
        )


def _ending(name: str) -> str:
    """What a file is called at its end, without the mark of its packing."""
    return name.lower().removesuffix(".gz").rpartition(".")[2]
