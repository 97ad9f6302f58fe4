"""What a chunking job leaves in its run folder: chunks.parquet and chunks.jsonl. For workers only."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from studio.files import write_bytes, write_text
from studio.store import Store

BATCH = 5_000
COLUMNS = ("document", "chunk_id", "start", "end", "text", "tokens")


def write_tables(store: Store, set_id: str, folder: Path) -> Path:
    """Both files, each replaced in one step; the path of the parquet file. `document` is the document's name."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    text, whole = pa.string(), pa.int64()
    schema = pa.schema(zip(COLUMNS, (text, whole, whole, whole, text, whole), strict=True))
    table, lines = io.BytesIO(), io.StringIO()
    with pq.ParquetWriter(table, schema) as writer:
        for batch in _batches(store, set_id):
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))
            for row in batch:
                lines.write(json.dumps(row, ensure_ascii=False) + "\n")
    write_bytes(folder / "chunks.parquet", table.getvalue())
    write_text(folder / "chunks.jsonl", lines.getvalue())
    return folder / "chunks.parquet"


def _batches(store: Store, set_id: str) -> Iterator[list[dict[str, Any]]]:
    last = -1
    while rows := store.all(
        'SELECT d.name AS document, c.ordinal AS chunk_id, c."start", c."end", c.text, c.tokens'
        " FROM chunks c JOIN documents d ON d.id = c.document WHERE c.set_id = ? AND c.ordinal > ?"
        " ORDER BY c.ordinal LIMIT ?", (set_id, last, BATCH),
    ):
        last = rows[-1]["chunk_id"]
        yield rows
