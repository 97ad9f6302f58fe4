"""Utterances as tables, as a job leaves them in its run folder. pyarrow is loaded when a table is
made.
"""

import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from studio.store import Reads, utterances
from studio.store.utterances import TableLine

# The columns of an export; the run folder's table, which others count on, has the first of them.
WIDE = TableLine._fields
COLUMNS = WIDE[: WIDE.index("method") + 1]
WHOLE = ("utterance_id", "start", "end", "scene")


def make(db: Reads, utterance_set: str, folder: Path) -> None:
    """utterances.parquet and dialogue.jsonl of a set (see `studio.set_tables`). `document` is the
    document's name; what nobody says aloud (quoted words, thoughts, letters) is not dialogue."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _schema(COLUMNS)
    with (
        pq.ParquetWriter(folder / "utterances.parquet", schema) as writer,
        (folder / "dialogue.jsonl").open("w", encoding="utf-8", newline="\n") as out,
    ):
        for batch in utterances.batches(db, utterance_set):
            columns = list(zip(*batch, strict=True))[: len(COLUMNS)]
            writer.write_table(
                pa.Table.from_arrays(
                    [pa.array(v, f.type) for v, f in zip(columns, schema, strict=True)],
                    schema=schema,
                )
            )
            out.writelines(f"{_line(line)}\n" for line in batch if _aloud(line))


def utterance_table(store: Reads, utterance_set: str, columns: Sequence[str] = COLUMNS) -> bytes:
    """A set's utterances as a parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _schema(columns)
    table = io.BytesIO()
    with pq.ParquetWriter(table, schema) as writer:
        for batch in batches(store, utterance_set):
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))
    return table.getvalue()


def lines_of(store: Reads, utterance_set: str) -> Iterator[str]:
    """A set's spoken lines as JSON, `{role, dialogue}`, in the order of the text."""
    for batch in utterances.batches(store, utterance_set):
        yield from (_line(line) for line in batch if _aloud(line))


def _schema(columns: Sequence[str]) -> Any:
    import pyarrow as pa

    types = {
        name: pa.int64() if name in WHOLE else pa.float64() if name == "confidence" else pa.string()
        for name in columns
    }
    return pa.schema(list(types.items()))


def _aloud(line: TableLine) -> bool:
    return line.kind == "speech" and line.method != "quoted"


def _line(line: TableLine) -> str:
    return json.dumps({"role": line.speaker or "", "dialogue": line.text}, ensure_ascii=False)


def batches(store: Reads, utterance_set: str) -> Iterator[list[dict[str, Any]]]:
    """A set's utterances with the columns WIDE, some at a time."""
    for batch in utterances.batches(store, utterance_set):
        yield [line._asdict() for line in batch]
