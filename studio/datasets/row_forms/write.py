"""From the normal form to files: alpaca, sharegpt or openai rows as json, jsonl or parquet."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from studio.datasets.row_forms import formats
from studio.datasets.row_forms.chat_messages import Message
from studio.datasets.row_forms.column_map import Layout, written
from studio.datasets.row_forms.formats import Row
from studio.errors import InputError
from studio.files import write_bytes, write_text
from studio.models.chat_template import with_thought

MIXABLE = {"sft", "messages"}  # kinds that one file of conversations can hold together


def common_kind(rows: Sequence[Row]) -> str:
    """The kind all rows share; conversations with and without tools or thoughts go together.

    Raises InputError.
    """
    kinds = {formats.kind(row) for row in rows}
    if len(kinds) <= 1:
        return next(iter(kinds), "sft")
    if kinds <= MIXABLE:
        return "messages"
    raise InputError(
        "The sources mix rows of different kinds: {kinds}.",
        "Build one dataset of each kind.",
        kinds=", ".join(sorted(kinds)),
    )


def lay_out(rows: Sequence[Row], formatting: str) -> tuple[Layout, list[Row]]:
    """(layout, rows in that formatting).

    Raises InputError for kinds that do not go together, and for rows that the formatting has no
    place for: nothing is lost on the way.
    """
    kind = common_kind(rows)
    require_room(rows, formatting)
    layout = written(
        "alpaca" if kind == "text" else formatting,
        kind,
        system=any(row.get("system") or "messages" in row for row in rows),
        history=any(row.get("history") or "messages" in row for row in rows),
        tools=any(row.get("tools") for row in rows),
    )
    return layout, [laid(row, layout) for row in rows]


def laid(row: Row, layout: Layout) -> Row:
    """One row of the normal form in a layout that has room for it; of alpaca under the columns'
    usual names.
    """
    if "text" in row:
        return {layout.prompt or "text": row["text"]}
    return _alpaca(row, layout) if layout.formatting == "alpaca" else _conversation(row, layout)


def lost(row: Row, formatting: str) -> str:
    """What of a row the formatting has no place for, in a few words; "" where it holds all.

    openai holds everything. sharegpt writes a thought before its reply and a call as the text of
    its turn. alpaca has questions and replies alone, text one question and its reply. In trl's form
    the reply is what is learnt.
    """
    if formatting in ("trl", "trl_implicit", "text"):
        return _lost_plain(row, formatting)
    if "messages" not in row or formatting == "openai":
        return ""
    if formatting == "alpaca" and row.get("tools"):
        return "tools"
    before = ""
    for message in row["messages"]:
        if message.get("weight") == 0:
            return "replies that are not learnt"
        if formatting == "alpaca" and ("tool_calls" in message or message["role"] == "tool"):
            return "tool turns"
        if "tool_calls" in message and message["content"].strip():
            return "words before a call"
        if message["role"] == before == "tool":
            return "several answers of tools in a row"
        before = message["role"]
    return ""


def _lost_plain(row: Row, formatting: str) -> str:
    """Of the forms in `other_writers`, what of a row they have no place for."""
    kind = formats.kind(row)
    if formatting == "trl_implicit":
        return "" if kind == "ranking" else "single answers"
    if formatting == "trl":
        last = row["messages"][-1] if kind in ("messages", "kto") and "messages" in row else {}
        return "replies that are not learnt" if last.get("weight") == 0 else ""
    if kind == "text":
        return ""
    if kind in ("ranking", "kto"):
        return "pairs" if kind == "ranking" else "labels"
    turns = formats.messages(row)
    if row.get("tools") or any("tool_calls" in turn for turn in turns):
        return "tools"
    return "several turns" if sum(turn["role"] != "system" for turn in turns) > 2 else ""


def partly_lost(row: Row, formatting: str) -> list[str]:
    """What of a row goes into the formatting in another shape, which does not come back as it was;
    in a few words each.
    """
    found = []
    if formatting not in ("alpaca", "text") and row.get("instruction") and row.get("input"):
        found.append("instruction and input, joined into one turn")
    if formatting in ("alpaca", "sharegpt", "text") and any(
        turn.get("reasoning_content") for turn in row.get("messages", ())
    ):
        found.append("thoughts, written between <think> and </think> before the reply")
    if formatting == "trl" and "chosen" not in row and "text" not in row:
        earlier = [turn for turn in formats.prompt_messages(row) if turn["role"] == "assistant"]
        if any(turn.get("weight") != 0 for turn in earlier):
            found.append("replies before the last, which are context and no longer learnt")
    return found


def require_room(rows: Sequence[Row], formatting: str) -> None:
    """Raise InputError where the formatting has no place for some of the rows."""
    found = [reason for row in rows if (reason := lost(row, formatting))]
    if found:
        raise InputError(
            "{formatting} rows have no place for {reason} ({count} of {total} rows).",
            "Choose {names}.",
            formatting=formatting,
            reason=found[0],
            count=len(found),
            total=len(rows),
            names=_with_room(rows),
        )


def _with_room(rows: Sequence[Row]) -> str:
    """The formattings that hold all of the rows."""
    held = [name for name in ("sharegpt", "openai") if not any(lost(row, name) for row in rows)]
    return " / ".join(held)


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
    row = questions(row) if "messages" in row else row
    return {name: row.get(name, empty.get(name, "")) for name in kept}


def questions(row: Row) -> Row:
    """A conversation without tools as an instruction with its history."""
    turns = [_with_thought(message) for message in formats.prompt_messages(row)]
    system = turns.pop(0)["content"] if turns[0]["role"] == "system" else ""
    texts = [turn["content"] for turn in turns]
    made: Row = {
        "system": system,
        "instruction": texts[-1],
        "history": [list(pair) for pair in zip(texts[:-1:2], texts[1::2], strict=True)],
    }
    if "chosen" not in row:
        made["output"] = _with_thought(row["messages"][-1])["content"]
    return made | {k: row[k] for k in ("chosen", "rejected", "kto_tag") if k in row}


def _with_thought(message: Message) -> Message:
    """A message whose thought, if it has one, stands before its words as reasoning models write
    it.
    """
    thought = message.get("reasoning_content")
    if not thought:
        return message
    rest = {name: value for name, value in message.items() if name != "reasoning_content"}
    return rest | {"content": with_thought(thought, message["content"])}


def _conversation(row: Row, layout: Layout) -> Row:
    """A sharegpt row (system in a column of its own) or an openai row (system as the first
    turn).
    """
    turns = formats.prompt_messages(row) if layout.ranking else formats.messages(row)
    made: Row = {}
    if layout.formatting == "sharegpt" and layout.system:
        made["system"] = turns[0]["content"] if turns and turns[0]["role"] == "system" else ""
        turns = [turn for turn in turns if turn["role"] != "system"]
    talk: Row = {layout.messages or "messages": [turn_of(turn, layout) for turn in turns]}
    made = talk | made
    if layout.ranking:
        made |= {
            side: turn_of({"role": "assistant", "content": row[side]}, layout)
            for side in ("chosen", "rejected")
        }
    if layout.kto_tag:
        made["kto_tag"] = row.get("kto_tag")
    if layout.tools:
        made["tools"] = row.get("tools", "")
    return made


def turn_of(message: Message, layout: Layout) -> dict[str, Any]:
    """A message as a turn of a file of conversations."""
    tags = {
        "user": layout.user_tag,
        "assistant": layout.assistant_tag,
        "system": layout.system_tag,
        "tool": layout.observation_tag,
    }
    role, words = layout.role_tag or "role", layout.content_tag or "content"
    if layout.formatting == "openai":
        more = {key: value for key, value in message.items() if key not in ("role", "content")}
        if "tool_calls" in more:
            more["tool_calls"] = [_openai_call(call) for call in more["tool_calls"]]
        return {role: tags[message["role"]], words: message["content"]} | more
    if "tool_calls" in message:
        # LLaMA-Factory reads name and arguments, and passes over an id.
        called = [
            ({"id": call["id"]} if "id" in call else {}) | call["function"]
            for call in message["tool_calls"]
        ]
        text = json.dumps(called[0] if len(called) == 1 else called, ensure_ascii=False)
        thought = _with_thought(message | {"content": ""})["content"]
        return {role: layout.function_tag, words: thought + text}
    known = {key: message[key] for key in ("name", "tool_call_id") if key in message}
    return {role: tags[message["role"]], words: _with_thought(message)["content"]} | known


def _openai_call(call: Message) -> Message:
    """A call as OpenAI writes it: its arguments as JSON text, whose keys no table of a file can mix
    up.
    """
    function = call["function"]
    text = json.dumps(function["arguments"], ensure_ascii=False)
    return call | {"function": {"name": function["name"], "arguments": text}}


def _parquet(rows: Sequence[Row]) -> bytes:
    """Parquet bytes; the types are stated where they cannot be seen in the rows (an empty
    history).
    """
    import pyarrow
    import pyarrow.parquet

    names = list(rows[0]) if rows else ["instruction", "output"]
    columns = {name: [row.get(name) for row in rows] for name in names}
    text, whole = pyarrow.string(), pyarrow.int64()
    types = {
        "history": pyarrow.list_(pyarrow.list_(text)),
        "kto_tag": pyarrow.bool_(),
        "rating": whole,
        "tags": pyarrow.list_(text),
    }
    types |= dict.fromkeys((name for name in names if name.startswith("source_")), text)
    types |= dict.fromkeys(("source_start", "source_end", "source_row"), whole)
    arrays = {name: pyarrow.array(values, type=types.get(name)) for name, values in columns.items()}
    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(arrays), out)
    return out.getvalue()
