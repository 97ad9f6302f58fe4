"""The tables of a chunk set, as its run folder holds them: chunks.parquet and chunks.jsonl (see
`studio.set_tables`).
"""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BATCH_CHARS = 4_000_000
COLUMNS = ("document", "chunk_id", "start", "end", "text", "tokens")


def make(db: sqlite3.Connection, set_id: str, folder: Path) -> None:
    """Write both files into `folder`. `document` is the document's name."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    text, whole = pa.string(), pa.int64()
    schema = pa.schema(zip(COLUMNS, (text, whole, whole, whole, text, whole), strict=True))
    with (
        pq.ParquetWriter(folder / "chunks.parquet", schema) as writer,
        (folder / "chunks.jsonl").open("w", encoding="utf-8", newline="\n") as out,
    ):
        for rows in _batches(db, set_id):
            columns = [
                pa.array(values, field.type)
                for values, field in zip(zip(*rows, strict=True), schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
            out.writelines(
                json.dumps(dict(zip(COLUMNS, row, strict=True)), ensure_ascii=False) + "\n"
                for row in rows
            )


def _batches(db: sqlite3.Connection, set_id: str) -> Iterator[list[Any]]:
    """The chunks in order, about four million characters at a time."""
    mean = (
        db.execute("SELECT avg(length(text)) FROM chunks WHERE set_id = ?", (set_id,)).fetchone()[0]
        or 1
    )
    last, most = -1, max(1, int(BATCH_CHARS / mean))
    while rows := db.execute(
        'SELECT d.name, c.ordinal, c."start", c."end", c.text, c.tokens FROM chunks c'
        " JOIN documents d ON d.id = c.document"
        " WHERE c.set_id = ? AND c.ordinal > ? ORDER BY c.ordinal LIMIT ?",
        (set_id, last, most),
    ).fetchall():
        last = rows[-1][1]
        yield rows
