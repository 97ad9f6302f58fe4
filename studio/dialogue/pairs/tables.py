"""Utterances and pairs as tables and data sets, as a job leaves them in its run folder. pyarrow is
loaded when a table is made.
"""

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from studio.dialogue.pairs.hold_out import HELD_OUT
from studio.files import write_bytes, write_text
from studio.store import Reads, rows, utterances
from studio.store.utterances import TableLine

# The columns of an export; the run folder's table, which others count on, has the first of them.
WIDE = TableLine._fields
COLUMNS = WIDE[: WIDE.index("method") + 1]
WHOLE = ("utterance_id", "start", "end", "scene")
PAIR_TEXTS = ("system", "instruction", "input", "output", "document", "role", "other", "split")
PAIR_NUMBERS = ("input_start", "input_end", "start", "end", "scene", "chapter")
DATASET_COLUMNS = {
    "prompt": "instruction",
    "query": "input",
    "response": "output",
    "system": "system",
}


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


def write_pairs(
    pairs: Sequence[dict[str, Any]], conversations: Sequence[dict[str, Any]], folder: Path
) -> list[str]:
    """The data sets of a target; answers the names of the files written.

    pairs.json (alpaca, an array), pairs.jsonl, pairs.parquet (with the place of each line) and,
    with conversations, sharegpt.json; rows held out stand in pairs_heldout.json and
    sharegpt_heldout.json; dataset_info.json names them all.
    """
    files = _pair_files(pairs, folder)
    info: dict[str, Any] = {}
    for name, kept in (
        ("pairs", _split(pairs, held=False)),
        ("pairs_heldout", _split(pairs, held=True)),
    ):
        if f"{name}.json" in files:
            info[name] = {
                "file_name": f"{name}.json",
                "columns": DATASET_COLUMNS | _history_column(kept),
            }
    for name, kept in (
        ("sharegpt", _split(conversations, held=False)),
        ("sharegpt_heldout", _split(conversations, held=True)),
    ):
        if kept:
            files[f"{name}.json"] = _json([sharegpt(conversation) for conversation in kept])
            info[name] = {
                "file_name": f"{name}.json",
                "formatting": "sharegpt",
                "columns": {"messages": "conversations", "system": "system"},
            }
    files["dataset_info.json"] = _json(info)
    for name, body in files.items():
        write_text(folder / name, body)
    return sorted([*files, "pairs.parquet"])


def make_pairs(db: Reads, row_set: str, folder: Path) -> None:
    """The pairs of a set as they stand in the store, those that were rejected left out (see
    `studio.set_tables`).
    """
    pairs = [
        flat(row.data) | {"start": row.start, "end": row.end, "document": row.document}
        for row in rows.usable_named(db, row_set)
    ]
    for name, body in _pair_files(pairs, folder).items():
        write_text(folder / name, body)


def _pair_files(pairs: Sequence[dict[str, Any]], folder: Path) -> dict[str, str]:
    """The pairs as name of a file → its text; the parquet file is written."""
    write_bytes(folder / "pairs.parquet", pair_table(pairs))
    kept, held = _split(pairs, held=False), _split(pairs, held=True)
    files = {
        "pairs.json": _json([alpaca(row) for row in kept]),
        "pairs.jsonl": "".join(json.dumps(alpaca(row), ensure_ascii=False) + "\n" for row in kept),
    }
    return files | ({"pairs_heldout.json": _json([alpaca(row) for row in held])} if held else {})


def flat(data: dict[str, Any]) -> dict[str, Any]:
    """A kept pair with what is known of it beside its texts instead of under `source`."""
    texts = {name: text for name, text in data.items() if name != "source"}
    return {**texts, **data.get("source", {})}


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


def sharegpt(conversation: dict[str, Any]) -> dict[str, Any]:
    """A conversation as `conversations` of from and value, and `system`; `source` holds the
    document and the span of each message."""
    place = {"document": conversation.get("document"), "spans": conversation["spans"]}
    return {
        "conversations": conversation["conversations"],
        "system": conversation["system"],
        "source": place,
    }


def pair_table(pairs: Iterable[dict[str, Any]]) -> bytes:
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
            [{name: pair.get(name) for name in schema.names} for pair in pairs], schema=schema
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


def _aloud(line: TableLine) -> bool:
    return line.kind == "speech" and line.method != "quoted"


def _line(line: TableLine) -> str:
    return json.dumps({"role": line.speaker or "", "dialogue": line.text}, ensure_ascii=False)


def _split(made: Sequence[dict[str, Any]], *, held: bool) -> list[dict[str, Any]]:
    return [one for one in made if (one.get("split") == HELD_OUT) is held]


def _history_column(pairs: Sequence[dict[str, Any]]) -> dict[str, str]:
    return {"history": "history"} if any(pair.get("history") for pair in pairs) else {}


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def batches(store: Reads, utterance_set: str) -> Iterator[list[dict[str, Any]]]:
    """A set's utterances with the columns WIDE, some at a time."""
    for batch in utterances.batches(store, utterance_set):
        yield [line._asdict() for line in batch]
