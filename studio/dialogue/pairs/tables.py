"""Utterances and pairs as tables and data sets, as a job leaves them in its run folder. pyarrow is
loaded when a table is made.
"""

import io
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from studio.dialogue.pairs.hold_out import HELD_OUT
from studio.files import write_bytes, write_text
from studio.store import Store, loads

BATCH = 20_000
# The run folder's table, whose columns others count on; an export has MORE beside them.
COLUMNS = (
    "document",
    "utterance_id",
    "start",
    "end",
    "text",
    "speaker",
    "addressee",
    "confidence",
    "method",
)
MORE = ("scene", "kind", "decided")
SELECT = (
    'SELECT d.name AS document, u.ordinal AS utterance_id, u."start", u."end", u.text, u.speaker,'
    " u.addressee,"
    " u.confidence, u.method, u.scene, u.kind, u.decided FROM utterances u JOIN documents d ON "
    "d.id = u.document"
    " WHERE u.set_id = ? AND u.ordinal > ? ORDER BY u.ordinal"
)
WHOLE = ("utterance_id", "start", "end", "scene")
PAIR_TEXTS = ("system", "instruction", "input", "output", "document", "role", "other", "split")
PAIR_NUMBERS = ("input_start", "input_end", "start", "end", "scene", "chapter")
DATASET_COLUMNS = {
    "prompt": "instruction",
    "query": "input",
    "response": "output",
    "system": "system",
}


def make(db: sqlite3.Connection, utterance_set: str, folder: Path) -> None:
    """utterances.parquet and dialogue.jsonl of a set (see `studio.set_tables`). `document` is the
    document's name; what nobody says aloud (quoted words, thoughts, letters) is not dialogue."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _schema(COLUMNS)
    with (
        pq.ParquetWriter(folder / "utterances.parquet", schema) as writer,
        (folder / "dialogue.jsonl").open("w", encoding="utf-8", newline="\n") as out,
    ):
        last = -1
        while rows := db.execute(f"{SELECT} LIMIT ?", (utterance_set, last, BATCH)).fetchall():
            last = rows[-1]["utterance_id"]
            columns = list(zip(*rows, strict=True))[: len(COLUMNS)]
            writer.write_table(
                pa.Table.from_arrays(
                    [pa.array(v, f.type) for v, f in zip(columns, schema, strict=True)],
                    schema=schema,
                )
            )
            out.writelines(f"{_line(row['speaker'], row['text'])}\n" for row in rows if _aloud(row))


def utterance_table(store: Store, utterance_set: str, columns: Sequence[str] = COLUMNS) -> bytes:
    """A set's utterances as a parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _schema(columns)
    table = io.BytesIO()
    with pq.ParquetWriter(table, schema) as writer:
        for batch in batches(store, utterance_set):
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))
    return table.getvalue()


def lines_of(store: Store, utterance_set: str) -> Iterator[str]:
    """A set's spoken lines as JSON, `{role, dialogue}`, in the order of the text."""
    for batch in batches(store, utterance_set):
        yield from (_line(row["speaker"], row["text"]) for row in batch if _aloud(row))


def write_pairs(
    rows: Sequence[dict[str, Any]], conversations: Sequence[dict[str, Any]], folder: Path
) -> list[str]:
    """The data sets of a target; answers the names of the files written.

    pairs.json (alpaca, an array), pairs.jsonl, pairs.parquet (with the place of each line) and,
    with conversations, sharegpt.json; rows held out stand in pairs_heldout.json and
    sharegpt_heldout.json; dataset_info.json names them all.
    """
    files = _pair_files(rows, folder)
    info: dict[str, Any] = {}
    for name, kept in (
        ("pairs", _split(rows, held=False)),
        ("pairs_heldout", _split(rows, held=True)),
    ):
        if f"{name}.json" in files:
            info[name] = {
                "file_name": f"{name}.json",
                "columns": DATASET_COLUMNS | _history_column(kept),
            }
    for name, talks in (
        ("sharegpt", _split(conversations, held=False)),
        ("sharegpt_heldout", _split(conversations, held=True)),
    ):
        if talks:
            files[f"{name}.json"] = _json([sharegpt(talk) for talk in talks])
            info[name] = {
                "file_name": f"{name}.json",
                "formatting": "sharegpt",
                "columns": {"messages": "conversations", "system": "system"},
            }
    files["dataset_info.json"] = _json(info)
    for name, body in files.items():
        write_text(folder / name, body)
    return sorted([*files, "pairs.parquet"])


def make_pairs(db: sqlite3.Connection, row_set: str, folder: Path) -> None:
    """The pairs of a set as they stand in the store, those that were rejected left out (see
    `studio.set_tables`).
    """
    rows = []
    for row in db.execute(
        'SELECT r.data, r."start", r."end", d.name AS document FROM rows r LEFT'
        " JOIN documents d ON d.id = r.document"
        " WHERE r.set_id = ? AND r.state <> 'rejected' ORDER BY r.id",
        (row_set,),
    ):
        data = loads(row["data"])
        rows.append(
            data
            | data.pop("source", {})
            | {name: row[name] for name in ("start", "end", "document")}
        )
    for name, body in _pair_files(rows, folder).items():
        write_text(folder / name, body)


def _pair_files(rows: Sequence[dict[str, Any]], folder: Path) -> dict[str, str]:
    """The pairs as name of a file → its text; the parquet file is written."""
    write_bytes(folder / "pairs.parquet", pair_table(rows))
    kept, held = _split(rows, held=False), _split(rows, held=True)
    files = {
        "pairs.json": _json([alpaca(row) for row in kept]),
        "pairs.jsonl": "".join(json.dumps(alpaca(row), ensure_ascii=False) + "\n" for row in kept),
    }
    return files | ({"pairs_heldout.json": _json([alpaca(row) for row in held])} if held else {})


def alpaca(row: dict[str, Any]) -> dict[str, Any]:
    """A pair as `system, instruction, input, output` and, where there is one, `history`; `source`
    says where it stands:
    document, start and end of the output, input_start and input_end, in characters. Trainers pass
    over it.
    """
    kept = {name: row[name] for name in ("system", "instruction", "input", "output")}
    place = {
        name: row.get(name) for name in ("document", "input_start", "input_end", "start", "end")
    }
    return kept | ({"history": row["history"]} if row.get("history") else {}) | {"source": place}


def sharegpt(talk: dict[str, Any]) -> dict[str, Any]:
    """A conversation as `conversations` of from and value, and `system`; `source` holds the
    document and the span of each message."""
    place = {"document": talk.get("document"), "spans": talk["spans"]}
    return {"conversations": talk["conversations"], "system": talk["system"], "source": place}


def pair_table(rows: Iterable[dict[str, Any]]) -> bytes:
    """Pairs as a parquet file: the alpaca texts, document, role, other, split, both spans, scene,
    chapter, confidence.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    fields = [(name, pa.string()) for name in PAIR_TEXTS] + [
        (name, pa.int64()) for name in PAIR_NUMBERS
    ]
    schema = pa.schema([*fields, ("confidence", pa.float64())])
    table = io.BytesIO()
    pq.write_table(
        pa.Table.from_pylist(
            [{name: row.get(name) for name in schema.names} for row in rows], schema=schema
        ),
        table,
    )
    return table.getvalue()


def _schema(columns: Sequence[str]) -> Any:
    import pyarrow as pa

    types = {
        name: pa.int64() if name in WHOLE else pa.float64() if name == "confidence" else pa.string()
        for name in columns
    }
    return pa.schema(list(types.items()))


def _aloud(row: Any) -> bool:
    return row["kind"] == "speech" and row["method"] != "quoted"


def _line(speaker: str | None, text: str) -> str:
    return json.dumps({"role": speaker or "", "dialogue": text}, ensure_ascii=False)


def _split(rows: Sequence[dict[str, Any]], *, held: bool) -> list[dict[str, Any]]:
    return [row for row in rows if (row.get("split") == HELD_OUT) is held]


def _history_column(rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    return {"history": "history"} if any(row.get("history") for row in rows) else {}


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def batches(store: Store, utterance_set: str) -> Iterator[list[dict[str, Any]]]:
    """A set's utterances with the columns COLUMNS and MORE, some at a time."""
    last = -1
    while rows := store.all(f"{SELECT} LIMIT ?", (utterance_set, last, BATCH)):
        last = rows[-1]["utterance_id"]
        yield rows
