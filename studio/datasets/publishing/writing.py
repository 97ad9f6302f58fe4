"""A dataset with all that belongs to it as a folder or zip: its file with columns for sources and
marks, its held-out part, dataset_info.json and the card.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from studio.datasets import registry
from studio.datasets.assembly.exports import EXPORTS
from studio.datasets.naming import HELD_OUT
from studio.datasets.opened import open_dataset
from studio.datasets.publishing.card import CARD, LOOKED_AT, Part, Wishes, card
from studio.datasets.publishing.row_sources import with_more
from studio.datasets.registry import INFO
from studio.datasets.row_forms.column_map import Layout, entry_of
from studio.datasets.row_forms.formats import Row
from studio.datasets.row_forms.write import lay_out, save
from studio.datasets.source_files.sources import FILE_TYPES, stamp
from studio.errors import InputError
from studio.files import export_file, write_json, write_text
from studio.workspace import Workspace

if TYPE_CHECKING:
    from studio.datasets.publishing.spec import PublishJob


@dataclass(frozen=True)
class Export:
    """How a dataset is written. sources, marks: columns of their own (see `row_sources`); heldout:
    its held-out part too, as the split validation. card: of README.md, "" for what is known.
    """

    formatting: str = "alpaca"
    file_type: str = "json"
    sources: bool = False
    marks: bool = False
    heldout: bool = False
    wishes: Wishes = Wishes()
    card: str = ""

    @staticmethod
    def of(spec: "PublishJob") -> "Export":
        """What a job asks for."""
        return Export(
            spec.formatting,
            spec.file_type,
            spec.with_sources,
            spec.with_marks,
            spec.with_heldout,
            Wishes(spec.title.strip(), spec.license.strip()),
            spec.card,
        )

    @property
    def named(self) -> str:
        """Its part of a file's name."""
        return f"{self.formatting}-{self.file_type}"


@dataclass(frozen=True)
class Written:
    """What was written. path: the dataset's own file; rows: of all splits; card: the README.md."""

    name: str
    path: Path
    rows: int
    card: str


def write_folder(workspace: Workspace, name: str, wanted: Export, folder: Path) -> Written:
    """Write a dataset into `folder` with its dataset_info.json and its card. Raises StudioError."""
    if (
        wanted.formatting not in ("alpaca", "sharegpt", "openai")
        or wanted.file_type not in FILE_TYPES[:3]
    ):
        raise InputError(
            "That is not a form a dataset can be written in.", "Choose one from the list."
        )
    parts, entries, columns = [], {}, dict[str, None]()
    for part, layout, rows in _parts(workspace, name, wanted):
        path = folder / part.file
        save(rows, path)
        entries[part.dataset.name] = entry_of(layout, path.name)
        parts.append(part)
        columns |= dict.fromkeys(rows[0] if rows else ())
    text = wanted.card or card(workspace, parts, list(columns), wanted.wishes)
    write_json(folder / INFO, entries)
    write_text(folder / CARD, text)
    own = parts[0].dataset
    return Written(own.name, folder / parts[0].file, sum(p.dataset.count for p in parts), text)


def card_text(workspace: Workspace, name: str, wanted: Export) -> str:
    """The card as `write_folder` would write it. Raises StudioError."""
    found = list(_parts(workspace, name, wanted, LOOKED_AT))
    columns = dict.fromkeys(column for _, _, rows in found for column in (rows[0] if rows else ()))
    return card(workspace, [part for part, _, _ in found], list(columns), wanted.wishes)


def _parts(
    workspace: Workspace, name: str, wanted: Export, limit: int | None = None
) -> Iterator[tuple[Part, Layout, list[Row]]]:
    """The splits of a dataset as they are written, with at most so many rows."""
    names = [name]
    if wanted.heldout and name + HELD_OUT in registry.names(workspace):
        names.append(name + HELD_OUT)
    for split, one in zip(("train", "validation"), names, strict=False):
        dataset = open_dataset(one, workspace)
        layout, rows = lay_out(dataset.rows(0, limit), wanted.formatting)
        rows = with_more(workspace, dataset, rows, sources=wanted.sources, marks=wanted.marks)
        yield Part(split, dataset, f"{dataset.name}.{wanted.file_type}"), layout, rows


def zip_with(workspace: Workspace, name: str, wanted: Export) -> Path:
    """`write_folder` as one zip under data/exports/, whose path is returned; an older one is
    replaced. Raises StudioError.
    """
    dataset = open_dataset(name, workspace)

    def packed(path: Path) -> None:
        files = path.parent / "files"
        write_folder(workspace, name, wanted, files)
        zip_of(files, path)

    size = 2 * stamp(dataset.path)[1]
    stem = f"{dataset.name}-{wanted.named}"
    return export_file(workspace.data / EXPORTS, stem, "zip", size, packed)


def pack(folder: Path, stem: str, files: Path, size: int) -> Path:
    """The files of a folder as `<stem>.zip` in `folder`, in one step; its path. size: their
    bytes.
    """
    return export_file(folder, stem, "zip", size, lambda path: zip_of(files, path))


def zip_of(files: Path, path: Path) -> None:
    """Write the files of a folder as a zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(files.iterdir()):
            archive.write(file, file.name)
