"""From the normal form to files: alpaca, sharegpt or openai rows as json, jsonl or parquet."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from studio.datasets import formats
from studio.datasets.column_map import Layout, written
from studio.datasets.formats import Row
from studio.errors import InputError
from studio.files import write_bytes, write_text

MIXABLE = {"sft", "tools"}  # kinds that one file of conversations can hold together


def common_kind(rows: Sequence[Row]) -> str:
    """The kind all rows share; conversations with and without tools go together.

    Raises InputError.
    """
    kinds = {formats.kind(row) for row in rows}
    if len(kinds) <= 1:
        return next(iter(kinds), "sft")
    if kinds <= MIXABLE:
        return "tools"
    raise InputError(
        "The sources mix rows of different kinds: {kinds}.",
        "Build one dataset of each kind.",
        kinds=", ".join(sorted(kinds)),
    )


def lay_out(rows: Sequence[Row], formatting: str) -> tuple[Layout, list[Row]]:
    """(layout, rows in that formatting). Raises InputError for kinds that do not go together."""
    kind = common_kind(rows)
    if kind == "tools" and formatting == "alpaca":
        raise InputError("Alpaca rows cannot hold tool turns.", "Choose sharegpt or openai.")
    system = any(row.get("system") or kind == "tools" for row in rows)
    layout = written(
        "alpaca" if kind == "text" else formatting,
        kind,
        system=system,
        history=any(row.get("history") for row in rows),
    )
    if kind == "text":
        return layout, [{"text": row["text"]} for row in rows]
    if formatting == "alpaca":
        return layout, [_alpaca(row, layout) for row in rows]
    return layout, [_conversation(row, layout) for row in rows]


def save(rows: Sequence[Row], path: Path) -> None:
    """Write laid-out rows in one step; the file's ending says how. Raises WorkspaceError."""
    kind = path.suffix.lstrip(".")
    if kind == "jsonl":
        write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    elif kind == "parquet":
        write_bytes(path, _parquet(rows))
    else:
        body = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        write_text(path, f"[\n{body}\n]\n" if rows else "[]\n")


def _alpaca(row: Row, layout: Layout) -> Row:
    kept = ["instruction", "input", *(["chosen", "rejected"] if layout.ranking else ["output"])]
    kept += [name for name in ("system", "history", "kto_tag") if getattr(layout, name)]
    empty: dict[str, Any] = {"history": [], "kto_tag": None}
    return {name: row.get(name, empty.get(name, "")) for name in kept}


def _conversation(row: Row, layout: Layout) -> Row:
    """A sharegpt row (system in a column of its own) or an openai row (system as the first
    turn).
    """
    turns = formats.prompt_messages(row) if layout.ranking else formats.messages(row)
    made: Row = {}
    if layout.formatting == "sharegpt" and layout.system:
        made["system"] = turns[0]["content"] if turns and turns[0]["role"] == "system" else ""
        turns = [turn for turn in turns if turn["role"] != "system"]
    talk: Row = {layout.messages or "messages": [_turn(turn, layout) for turn in turns]}
    made = talk | made
    if layout.ranking:
        made |= {
            side: _turn({"role": "assistant", "content": row[side]}, layout)
            for side in ("chosen", "rejected")
        }
    if layout.kto_tag:
        made["kto_tag"] = row.get("kto_tag")
    if layout.tools:
        made["tools"] = row.get("tools", "")
    return made


def _turn(message: dict[str, str], layout: Layout) -> dict[str, Any]:
    tags = {
        "user": layout.user_tag,
        "assistant": layout.assistant_tag,
        "system": layout.system_tag,
        "tool": layout.observation_tag,
    }
    return {
        layout.role_tag or "role": tags[message["role"]],
        layout.content_tag or "content": message["content"],
    }


def _parquet(rows: Sequence[Row]) -> bytes:
    """Parquet bytes; the types are stated where they cannot be seen in the rows (an empty
    history).
    """
    import pyarrow
    import pyarrow.parquet

    names = list(rows[0]) if rows else ["instruction", "output"]
    columns = {name: [row.get(name) for row in rows] for name in names}
    types = {"history": pyarrow.list_(pyarrow.list_(pyarrow.string())), "kto_tag": pyarrow.bool_()}
    arrays = {name: pyarrow.array(values, type=types.get(name)) for name, values in columns.items()}
    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(arrays), out)
    return out.getvalue()
