"""A set of lines as files that other tools read: {role, dialogue} lines, tables, and the data sets
of its pairs.
"""

import csv
import zipfile
from pathlib import Path

from studio.dialogue.pairs.tables import WIDE, batches, lines_of, utterance_table
from studio.errors import InputError
from studio.files import export_file
from studio.store import sets, utterance_summary
from studio.workspace import Workspace

FORMS = ("jsonl", "csv", "parquet", "pairs")
DATA = (".json", ".jsonl", ".parquet")


def export(workspace: Workspace, set_id: str, form: str) -> Path:
    """Write a set as it is now, decisions included, under data/exports/; the file's path.

    Raises InputError, WorkspaceError.

    jsonl: a line `{role, dialogue}` for each that is spoken aloud. csv, parquet: a row an utterance
    with document (its name), utterance_id, start, end (characters of the document), text, speaker,
    addressee, confidence, method, scene, kind, decided. pairs: a zip with the data sets of the
    newest pairs made from it (alpaca, sharegpt, parquet, dataset_info.json).
    """
    found = sets.get(workspace.store, str(set_id), "utterances")
    if found is None or form not in FORMS:
        raise InputError(
            "There is nothing to export.",
            "Choose a set of lines and one of jsonl, csv, parquet and pairs.",
        )
    size = utterance_summary.text_length(workspace.store, found.id)
    writer = {"jsonl": _lines, "csv": _csv, "parquet": _table, "pairs": _pairs}[form]
    suffix = "zip" if form == "pairs" else form
    return export_file(
        workspace.data / "exports",
        Path(found.name).stem,
        suffix,
        6 * size,
        lambda path: writer(workspace, set_id, path),
    )


def _lines(workspace: Workspace, set_id: str, path: Path) -> None:
    with path.open("w", encoding="utf-8") as out:
        out.writelines(f"{line}\n" for line in lines_of(workspace.store, set_id))


def _table(workspace: Workspace, set_id: str, path: Path) -> None:
    path.write_bytes(utterance_table(workspace.store, set_id, WIDE))


def _csv(workspace: Workspace, set_id: str, path: Path) -> None:
    """With a byte order mark, by which spreadsheets know UTF-8."""
    with path.open("w", encoding="utf-8-sig", newline="") as table:
        writer = csv.DictWriter(table, WIDE)
        writer.writeheader()
        for batch in batches(workspace.store, set_id):
            writer.writerows(batch)


def _pairs(workspace: Workspace, set_id: str, path: Path) -> None:
    """The data files in the run folder of the newest job that made pairs of the set."""
    folders = [
        workspace.run_folder(made.job)
        for made in sets.newest_first(workspace.store, "rows")
        if made.job is not None and made.meta.get("utterances") == set_id
    ]
    folder = next((folder for folder in folders if (folder / "dataset_info.json").is_file()), None)
    if folder is None:
        raise InputError(
            "No pairs were made of this set.", "Name a role and build its pairs first."
        )
    files = sorted(
        p
        for p in folder.iterdir()
        if p.suffix in DATA and p.stem.split("_")[0] in ("pairs", "sharegpt", "dataset")
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, file.name)
