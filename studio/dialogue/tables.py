"""What a dialogue job leaves in its run folder: utterances.parquet and dialogue.jsonl. For workers only."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from studio.files import write_bytes, write_text
from studio.store import Store

BATCH = 20_000
COLUMNS = ("document", "utterance_id", "start", "end", "text", "speaker", "addressee", "confidence", "method")


def write_tables(store: Store, utterance_set: str, folder: Path) -> None:
    """Both files, each replaced in one step. `document` is the document's name; quoted words are not dialogue."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    text, whole = pa.string(), pa.int64()
    schema = pa.schema(zip(COLUMNS, (text, whole, whole, whole, text, text, text, pa.float64(), text), strict=True))
    table, lines = io.BytesIO(), []
    with pq.ParquetWriter(table, schema) as writer:
        for batch in _batches(store, utterance_set):
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))
            lines += [
                json.dumps({"role": row["speaker"] or "", "dialogue": row["text"]}, ensure_ascii=False)
                for row in batch if row["method"] != "quoted"
            ]
    write_bytes(folder / "utterances.parquet", table.getvalue())
    write_text(folder / "dialogue.jsonl", "".join(f"{line}\n" for line in lines))


def _batches(store: Store, utterance_set: str) -> Iterator[list[dict[str, Any]]]:
    last = -1
    while rows := store.all(
        'SELECT d.name AS document, u.ordinal AS utterance_id, u."start", u."end", u.text, u.speaker, u.addressee,'
        " u.confidence, u.method FROM utterances u JOIN documents d ON d.id = u.document"
        " WHERE u.set_id = ? AND u.ordinal > ? ORDER BY u.ordinal LIMIT ?", (utterance_set, last, BATCH),
    ):
        last = rows[-1]["utterance_id"]
        yield rows
