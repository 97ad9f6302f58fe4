"""A chunk set as files that other tools read: chunk_N.txt in a zip, jsonl, or parquet."""

import itertools
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from studio.errors import InputError
from studio.files import export_file
from studio.store import Store, chunks, sets
from studio.workspace import Workspace

FORMS = ("txt", "jsonl", "parquet")
BATCH = 5_000


def export(workspace: Workspace, set_id: str, form: str) -> Path:
    """Write a set as it is now, edits included, under data/exports/; the file's path.

    Raises InputError, WorkspaceError.

    txt: a zip with chunk_1.txt, chunk_2.txt … in order, UTF-8; jsonl and parquet: one row a chunk
    with document (its name), chunk_id (from 0), start, end (characters of the document), text,
    tokens, heading.
    """
    wanted = sets.get(workspace.store, str(set_id), "chunks")
    if wanted is None or form not in FORMS:
        raise InputError(
            "There is nothing to export.", "Choose a chunk set and one of txt, jsonl and parquet."
        )
    writer = {"txt": _texts, "jsonl": _lines, "parquet": _table}[form]
    suffix = "zip" if form == "txt" else form
    return export_file(
        workspace.data / "exports",
        Path(wanted.name).stem,
        suffix,
        4 * chunks.total_chars(workspace.store, set_id),
        lambda path: writer(rows(workspace.store, set_id), path),
    )


def rows(store: Store, set_id: str) -> Iterator[dict[str, Any]]:
    """A set's chunks in order, read in batches."""
    last = -1
    while some := chunks.named_behind(store, set_id, last, BATCH):
        last = some[-1].ordinal
        for chunk in some:
            yield {
                "document": chunk.document,
                "chunk_id": chunk.ordinal,
                "start": chunk.start,
                "end": chunk.end,
                "text": chunk.text,
                "tokens": chunk.tokens,
                "heading": chunk.heading,
            }


def _texts(found: Iterator[dict[str, Any]], path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for row in found:
            archive.writestr(f"chunk_{row['chunk_id'] + 1}.txt", row["text"])


def _lines(found: Iterator[dict[str, Any]], path: Path) -> None:
    with path.open("w", encoding="utf-8") as lines:
        for row in found:
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")


def _table(found: Iterator[dict[str, Any]], path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    text, whole = pa.string(), pa.int64()
    names = {
        "document": text,
        "chunk_id": whole,
        "start": whole,
        "end": whole,
        "text": text,
        "tokens": whole,
        "heading": text,
    }
    schema = pa.schema(list(names.items()))
    with pq.ParquetWriter(path, schema) as writer:
        while some := list(itertools.islice(found, BATCH)):
            writer.write_table(pa.Table.from_pylist(some, schema=schema))
