"""Pairs and conversations as data sets, written row by row. pyarrow is loaded when a table is
made.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from studio.dialogue.pairs.hold_out import HELD_OUT
from studio.files import replacing, write_json
from studio.store import Reads, rows

PAIR_TEXTS = ("system", "instruction", "input", "output", "document", "role", "other", "split")
PAIR_NUMBERS = ("input_start", "input_end", "start", "end", "scene", "chapter")
ALPACA = {"prompt": "instruction", "query": "input", "response": "output", "system": "system"}
BATCH = 2000  # pairs that become a group of the parquet file


class DataSet:
    """`<name>.json` of the rows to train on and `<name>_heldout.json` of those held out, as arrays.

    Rows are written as they come; the files stand in the folder when the `with` block has ended
    well. entries: name of each file written → its entry of dataset_info.json.
    """

    def __init__(self, folder: Path, name: str, entry: dict[str, Any]) -> None:
        self.folder, self.name, self.entry = folder, name, entry
        self.entries: dict[str, dict[str, Any]] = {}
        self._files: dict[str, IO[bytes]] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            for name, out in self._files.items():
                out.write(b"\n]\n" if name in self.entries else b"[]\n")
        self._open.__exit__(kind, error, trace)

    def begin(self, name: str) -> IO[bytes]:
        """The file of that name, which is there from now on, with rows or without."""
        if name not in self._files:
            self._files[name] = self._open.enter_context(replacing(self.folder / f"{name}.json"))
        return self._files[name]

    def add(self, row: dict[str, Any], *, held: bool) -> None:
        """Write a row; one with a `history` names that column in the entry."""
        name = f"{self.name}_heldout" if held else self.name
        out = self.begin(name)
        out.write(b",\n  " if name in self.entries else b"[\n  ")
        text = json.dumps(row, ensure_ascii=False, indent=2).replace("\n", "\n  ")
        out.write(text.encode("utf-8", "surrogatepass"))
        entry = self.entries.setdefault(name, {"file_name": f"{name}.json", **self.entry})
        if row.get("history"):
            entry["columns"] = entry["columns"] | {"history": "history"}


def pair_data(folder: Path) -> DataSet:
    """The data set `pairs` in alpaca form."""
    return DataSet(folder, "pairs", {"columns": ALPACA})


def conversation_data(folder: Path) -> DataSet:
    """The data set `sharegpt`; rows are those that `sharegpt` gives."""
    columns = {"messages": "conversations", "system": "system"}
    return DataSet(folder, "sharegpt", {"formatting": "sharegpt", "columns": columns})


def write_pairs(pairs: Iterable[dict[str, Any]], folder: Path) -> dict[str, dict[str, Any]]:
    """pairs.json (alpaca, an array), pairs.jsonl and pairs.parquet (with the place of each line);
    rows held out stand in pairs_heldout.json and in the parquet file. Answers the entries of
    dataset_info.json.
    """
    import pyarrow.parquet as pq

    schema, batch = _schema(), list[dict[str, Any]]()
    with (
        pair_data(folder) as data,
        replacing(folder / "pairs.jsonl") as lines,
        replacing(folder / "pairs.parquet") as table,
        pq.ParquetWriter(table, schema) as writer,
    ):
        data.begin(data.name)
        for pair in pairs:
            held = is_held(pair)
            row = alpaca(pair)
            data.add(row, held=held)
            if not held:
                text = json.dumps(row, ensure_ascii=False)
                lines.write(f"{text}\n".encode("utf-8", "surrogatepass"))
            batch.append({name: pair.get(name) for name in schema.names})
            if len(batch) == BATCH:
                writer.write_table(_table(batch, schema))
                batch = []
        writer.write_table(_table(batch, schema))
    info = {"file_name": f"{data.name}.json", "columns": ALPACA}
    return {data.name: info, **data.entries}


def write_info(folder: Path, entries: dict[str, dict[str, Any]]) -> None:
    """dataset_info.json, which names the data sets, as LLaMA-Factory reads it."""
    order = ("pairs", "pairs_heldout", "sharegpt", "sharegpt_heldout")
    write_json(
        folder / "dataset_info.json", {name: entries[name] for name in order if name in entries}
    )


def kept_pairs(db: Reads, row_set: str) -> Iterator[dict[str, Any]]:
    """The pairs of a set as they stand in the store, those that were rejected left out."""
    for row in rows.usable_named(db, row_set):
        yield flat(row.data) | {"start": row.start, "end": row.end, "document": row.document}


def make_pairs(db: Reads, row_set: str, folder: Path) -> None:
    """The files of a set of pairs (see `studio.set_tables`)."""
    write_pairs(kept_pairs(db, row_set), folder)


def is_held(row: dict[str, Any]) -> bool:
    """Whether a pair or a conversation is held out."""
    return row.get("split") == HELD_OUT


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


def _schema() -> Any:
    """Of the parquet file: the alpaca texts, document, role, other, split, both spans, scene,
    chapter, confidence.
    """
    import pyarrow as pa

    texts = [(name, pa.string()) for name in PAIR_TEXTS]
    numbers = [(name, pa.int64()) for name in PAIR_NUMBERS]
    return pa.schema([*texts, *numbers, ("confidence", pa.float64())])


def _table(pairs: list[dict[str, Any]], schema: Any) -> Any:
    import pyarrow as pa

    return pa.Table.from_pylist(pairs, schema=schema)
