"""What a chunking job leaves in its run folder: chunks.parquet and chunks.jsonl. For workers only."""

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from studio.files import disk_error, sync_folder
from studio.store import Store

BATCH_CHARS = 4_000_000
COLUMNS = ("document", "chunk_id", "start", "end", "text", "tokens")


def write_tables(store: Store, set_id: str, folder: Path) -> Path:
    """Both files, each replaced in one step; the path of the parquet file. `document` is the document's name.

    Raises WorkspaceError where the disk is full.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    text, whole = pa.string(), pa.int64()
    schema = pa.schema(zip(COLUMNS, (text, whole, whole, whole, text, whole), strict=True))
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".tables-") as work:
            table, lines = Path(work) / "chunks.parquet", Path(work) / "chunks.jsonl"
            with pq.ParquetWriter(table, schema) as writer, lines.open("w", encoding="utf-8", newline="\n") as out:
                for batch in _batches(store, set_id):
                    writer.write_table(pa.Table.from_pylist(batch, schema=schema))
                    out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in batch)
            for made in (lines, table):
                with made.open("rb") as file:
                    os.fsync(file.fileno())
                made.replace(folder / made.name)
        sync_folder(folder)
    except OSError as error:
        raise disk_error(error, folder) from error
    return folder / "chunks.parquet"


def _batches(store: Store, set_id: str) -> Iterator[list[dict[str, Any]]]:
    """The chunks in order, about four million characters at a time."""
    mean = store.value("SELECT avg(length(text)) FROM chunks WHERE set_id = ?", (set_id,)) or 1
    last, most = -1, max(1, int(BATCH_CHARS / mean))
    while rows := store.all(
        'SELECT d.name AS document, c.ordinal AS chunk_id, c."start", c."end", c.text, c.tokens'
        " FROM chunks c JOIN documents d ON d.id = c.document WHERE c.set_id = ? AND c.ordinal > ?"
        " ORDER BY c.ordinal LIMIT ?", (set_id, last, most),
    ):
        last = rows[-1]["chunk_id"]
        yield rows
