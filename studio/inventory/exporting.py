"""A thing as a file to take along: in the forms that its tab writes, or its own files as a zip."""

import json
import shutil
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from studio import documents
from studio.chunking.sets import export as chunk_export
from studio.datasets import window
from studio.dialogue.characters import cast_files
from studio.dialogue.pairs import export as line_export
from studio.errors import InputError
from studio.files import export_file
from studio.inventory import casts, chats
from studio.inventory.collect import folder_bytes, weights_of
from studio.inventory.things import Kind, Ref, Thing
from studio.store import rows
from studio.workspace import Workspace

DATASET = tuple(f"{f} {t}" for f in ("alpaca", "sharegpt", "openai") for t in ("json", "jsonl"))
# What each kind of thing is written as; the first is the usual one.
FORMS: dict[Kind, tuple[str, ...]] = {
    "document": ("txt",),
    "cleaned": ("txt",),
    "chunks": chunk_export.FORMS,
    "lines": line_export.FORMS,
    "pairs": ("jsonl",),
    "instructions": ("jsonl",),
    "preferences": ("jsonl",),
    "dataset": (*DATASET, "alpaca parquet"),
    "run": ("zip",),
    "adapter": ("zip",),
    "cast": cast_files.FORMS,
    "chat": ("md", "json"),
    "preset": ("yaml",),
    "provider": (),
}
STORED = (".safetensors", ".png", ".parquet")


def exported(workspace: Workspace, thing: Thing, form: str) -> Path:
    """Write a thing under data/exports/; the file's path.

    form: one of FORMS of its kind. Rows that were rejected stay behind; a run goes without its
    weights, which are the adapter. Raises StudioError.
    """
    if form not in FORMS[thing.kind]:
        raise InputError("There is nothing to export.", "Choose a form from the list.")
    ref = thing.ref
    if thing.kind == "chunks":
        return chunk_export.export(workspace, ref.id, form)
    if thing.kind == "lines":
        return line_export.export(workspace, ref.id, form)
    if thing.kind == "dataset":
        formatting, file_type = form.split(" ")
        return window.export_zip(workspace, ref.id, formatting, file_type)
    size, write = _writer(workspace, thing, form)
    stem = Path(thing.name).stem if thing.kind in ("document", "cleaned") else thing.name
    return export_file(workspace.data / "exports", stem, form, size, write)


def _writer(workspace: Workspace, thing: Thing, form: str) -> tuple[int, Callable[[Path], object]]:
    """How large a thing's file gets, at most, and what writes it."""
    ref = thing.ref
    if thing.kind in ("document", "cleaned"):
        source = documents.get(workspace, ref.id).path
        return thing.bytes, lambda path: shutil.copyfile(source, path)
    if thing.kind == "cast":
        people = casts.cast(workspace, ref.id)
        return 4 * thing.bytes, lambda path: cast_files.write_cast(people, path)
    if thing.kind == "chat":
        kept = chats.path_of(workspace, ref.id)
        text = chats.chat(workspace, ref.id).text if form == "md" else kept.read_text("utf-8")
        return 2 * thing.bytes, lambda path: path.write_text(text, encoding="utf-8")
    if thing.kind == "preset":
        preset = workspace.path / "presets" / f"{ref.id}.yaml"
        return thing.bytes, lambda path: shutil.copyfile(preset, path)
    if thing.kind in ("run", "adapter"):
        return thing.bytes, lambda path: _zipped(_run_files(workspace, ref), path)
    return thing.bytes, lambda path: _rows(workspace, ref, path)


def _rows(workspace: Workspace, ref: Ref, path: Path) -> None:
    """The rows of a set that were not rejected, a JSON object a line."""
    with path.open("w", encoding="utf-8") as out:
        for row in rows.of_set(workspace.store, ref.id):
            if row.state != "rejected":
                out.write(json.dumps(row.data, ensure_ascii=False) + "\n")


def _run_files(workspace: Workspace, ref: Ref) -> Iterable[tuple[Path, str]]:
    """The files of a run beside its weights, or of its adapter: path and name in the zip."""
    folder = workspace.run_folder(ref.id)
    weights = weights_of(folder)
    if ref.family == "adapter":
        places = [folder / "adapter"] if (folder / "adapter").is_dir() else weights[-1:]
    else:
        places = [folder]
    for place in places:
        if folder_bytes(place) == 0:
            raise InputError("There is nothing to export.", "Choose a form from the list.")
        for path in sorted(place.rglob("*")):
            inside = ref.family == "run" and any(path.is_relative_to(one) for one in weights)
            if path.is_file() and not path.is_symlink() and not inside and path.name != "lock":
                yield path, path.relative_to(place).as_posix()


def _zipped(files: Iterable[tuple[Path, str]], path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as out:
        for source, name in files:
            how = zipfile.ZIP_STORED if source.suffix in STORED else zipfile.ZIP_DEFLATED
            out.write(source, name, how)
