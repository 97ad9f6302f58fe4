"""The tables of a chunk set, as its run folder holds them: chunks.parquet and chunks.jsonl (see
`studio.set_tables`).
"""

import json
from collections.abc import Iterator
from pathlib import Path

from studio.store import Reads, Writes, chunks
from studio.store.chunks import NamedChunk

Row = tuple[str, int, int, int, str, int]  # of COLUMNS

BATCH_CHARS = 4_000_000
COLUMNS = ("document", "chunk_id", "start", "end", "text", "tokens")


def make(db: Writes, set_id: str, folder: Path) -> None:
    """Write both files into `folder`. `document` is the document's name."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    text, whole = pa.string(), pa.int64()
    schema = pa.schema(zip(COLUMNS, (text, whole, whole, whole, text, whole), strict=True))
    with (
        pq.ParquetWriter(folder / "chunks.parquet", schema) as writer,
        (folder / "chunks.jsonl").open("w", encoding="utf-8", newline="\n") as out,
    ):
        for some in _batches(db, set_id):
            rows = [_row(chunk) for chunk in some]
            columns = [
                pa.array(values, field.type)
                for values, field in zip(zip(*rows, strict=True), schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
            out.writelines(
                json.dumps(dict(zip(COLUMNS, row, strict=True)), ensure_ascii=False) + "\n"
                for row in rows
            )


def _row(chunk: NamedChunk) -> Row:
    return (chunk.document, chunk.ordinal, chunk.start, chunk.end, chunk.text, chunk.tokens)


def _batches(source: Reads, set_id: str) -> Iterator[list[NamedChunk]]:
    """The chunks in order, about four million characters at a time."""
    mean = chunks.mean_chars(source, set_id) or 1
    last, most = -1, max(1, int(BATCH_CHARS / mean))
    while some := chunks.named_behind(source, set_id, last, most):
        last = some[-1].ordinal
        yield some
