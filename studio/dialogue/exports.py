"""A set of lines as files that other tools read: {role, dialogue} lines, tables, and the data sets of its pairs."""

import csv
import re
import shutil
import tempfile
import zipfile
from pathlib import Path

from studio.dialogue.tables import COLUMNS, batches, lines_of, utterance_table
from studio.errors import InputError
from studio.files import require_space
from studio.store import Store, loads
from studio.workspace import Workspace

FORMS = ("jsonl", "csv", "parquet", "pairs")
DATA = (".json", ".jsonl", ".parquet")


def export(workspace: Workspace, set_id: str, form: str) -> Path:
    """Write a set as it is now, decisions included, under data/exports/; the file's path. Raises InputError, WorkspaceError.

    jsonl: a line `{role, dialogue}` for each that is spoken aloud. csv, parquet: a row an utterance with document (its
    name), utterance_id, start, end (characters of the document), text, speaker, addressee, confidence, method, scene,
    kind, decided. pairs: a zip with the data sets of the newest pairs made from it (alpaca, sharegpt, parquet,
    dataset_info.json).
    """
    row = workspace.store.one("SELECT name FROM sets WHERE id = ? AND kind = 'utterances'", (str(set_id),))
    if row is None or form not in FORMS:
        raise InputError("There is nothing to export.", "Choose a set of lines and one of jsonl, csv, parquet and pairs.")
    target = workspace.data / "exports"
    target.mkdir(parents=True, exist_ok=True)
    size = workspace.store.value("SELECT sum(length(text)) FROM utterances WHERE set_id = ?", (set_id,)) or 0
    require_space(target, 6 * size)
    work = Path(tempfile.mkdtemp(dir=target, prefix=".export-"))
    try:
        stem = re.sub(r"[^\w .-]+", "_", Path(row["name"]).stem).strip(" .") or "lines"
        made = work / f"{stem}.{'zip' if form == 'pairs' else form}"
        _write(workspace, set_id, form, made)
        return made.replace(target / made.name)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _write(workspace: Workspace, set_id: str, form: str, path: Path) -> None:
    if form == "jsonl":
        path.write_text("".join(f"{line}\n" for line in lines_of(workspace.store, set_id)), encoding="utf-8")
    elif form == "csv":
        _csv(workspace.store, set_id, path)
    elif form == "parquet":
        path.write_bytes(utterance_table(workspace.store, set_id))
    else:
        _pairs(workspace, set_id, path)


def _csv(store: Store, set_id: str, path: Path) -> None:
    """With a byte order mark, by which spreadsheets know UTF-8."""
    with path.open("w", encoding="utf-8-sig", newline="") as table:
        writer = csv.DictWriter(table, COLUMNS)
        writer.writeheader()
        for batch in batches(store, set_id):
            writer.writerows(batch)


def _pairs(workspace: Workspace, set_id: str, path: Path) -> None:
    """The data files in the run folder of the newest job that made pairs of the set."""
    made = workspace.store.all("SELECT job, meta FROM sets WHERE kind = 'rows' AND job IS NOT NULL ORDER BY created DESC, rowid DESC")
    folders = [workspace.run_folder(row["job"]) for row in made if (loads(row["meta"]) or {}).get("utterances") == set_id]
    folder = next((folder for folder in folders if (folder / "dataset_info.json").is_file()), None)
    if folder is None:
        raise InputError("No pairs were made of this set.", "Name a role and build its pairs first.")
    files = sorted(p for p in folder.iterdir() if p.suffix in DATA and p.stem.split("_")[0] in ("pairs", "sharegpt", "dataset"))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, file.name)
