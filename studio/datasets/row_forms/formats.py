"""One normal form for every kind of row, and the way into it.

    sft       {"system", "instruction", "input", "output", "history": [[user, assistant], …]}
    ranking   {"system", "instruction", "input", "chosen", "rejected", "history"}
    kto       sft and "kto_tag": bool
    text      {"text"}
    messages  {"messages": [message, …], "tools": text}   conversations with tools, thoughts or
              turns that are not learnt (see `chat_messages`); of a ranking row the turns before
              its sides

`normalise` raises RowProblem with the exact reason for a row that cannot be used.
"""

from typing import Any

from studio.datasets.row_forms.chat_messages import (
    Message,
    check_order,
    plain,
    read_tools,
    read_turn,
    read_turns,
    refuse_media,
    words,
)
from studio.datasets.row_forms.column_map import Layout
from studio.datasets.row_forms.flags import flag_of
from studio.datasets.source_files.row_problem import RowProblem, checked
from studio.models.chat_template import with_thought

Row = dict[str, Any]
Messages = list[Message]
__all__ = [
    "Messages",
    "Row",
    "RowProblem",
    "kind",
    "messages",
    "normalise",
    "prompt_messages",
    "question",
    "reply",
    "words",
]


def kind(row: Row) -> str:
    """sft, ranking, kto, text or messages."""
    if "chosen" in row:
        return "ranking"
    if "kto_tag" in row:
        return "kto"
    if "messages" in row:
        return "messages"
    return "text" if "text" in row else "sft"


def prompt_messages(row: Row) -> Messages:
    """The turns before the last reply: system, history and the question. Empty for text."""
    if "messages" in row:
        turns = row["messages"] if "chosen" in row else row["messages"][:-1]
        return [dict(m) for m in turns]
    if "text" in row:
        return []
    made = [{"role": "system", "content": row["system"]}] if row.get("system") else []
    for user, assistant in row.get("history") or []:
        made += [{"role": "user", "content": user}, {"role": "assistant", "content": assistant}]
    return [*made, {"role": "user", "content": question(row)}]


def question(row: Row) -> str:
    """Instruction and input as one user turn, joined by a newline as LLaMA-Factory joins them; of a
    conversation in messages, the last turn before the reply.
    """
    if "messages" in row:
        turns = prompt_messages(row)
        return words(turns[-1]) if turns else ""
    return "\n".join(part for part in (row["instruction"], row.get("input", "")) if part)


def reply(row: Row) -> str:
    """The text that is learnt: output, chosen, or the last turn with its thoughts and calls."""
    if "messages" in row and "chosen" not in row:
        return words(row["messages"][-1])
    return next((row[name] for name in ("chosen", "output", "text") if name in row), "")


def messages(row: Row) -> Messages:
    """A row as chat messages with its reply (of a ranking row, the chosen one) at the end."""
    if "text" in row:
        return [{"role": "assistant", "content": row["text"]}]
    if "messages" in row and "chosen" not in row:
        return [dict(m) for m in row["messages"]]
    return [*prompt_messages(row), {"role": "assistant", "content": reply(row)}]


def normalise(raw: Any, layout: Layout) -> Row:
    """One row of a file in the normal form. Raises RowProblem."""
    if not isinstance(raw, dict):
        raise RowProblem("not a table of fields")
    refuse_media(raw, layout.media)
    if layout.formatting != "alpaca":
        return _conversation(raw, layout)
    if layout.prompt and not layout.response and not layout.ranking:
        return {"text": _text(raw, layout.prompt)}
    row: Row = {
        "system": _text(raw, layout.system, optional=True),
        "instruction": _text(raw, layout.prompt, optional=True),
        "input": _text(raw, layout.query, optional=True),
        "history": _history(raw, layout.history),
    }
    if not (row["instruction"].strip() or row["input"].strip()):
        raise RowProblem(f"{layout.prompt or 'instruction'} is empty")
    row |= _reply(raw, layout)
    tools = read_tools(raw.get(layout.tools)) if layout.tools else ""
    return _as_messages(row, tools) if tools else row


def _reply(raw: Row, layout: Layout) -> Row:
    """The part of an alpaca row that is learnt."""
    if layout.ranking:
        return _pair(raw, layout)
    return {"output": _text(raw, layout.response)} | _tag(raw, layout)


def _as_messages(row: Row, tools: str) -> Row:
    """A row in messages, since it has tools."""
    turns = prompt_messages(row)
    if "chosen" not in row:
        turns.append({"role": "assistant", "content": row["output"]})
    rest: Row = {name: row[name] for name in ("chosen", "rejected", "kto_tag") if name in row}
    return {"messages": turns, "tools": tools} | rest


def _pair(raw: Row, layout: Layout) -> Row:
    chosen, rejected = _side(raw, layout.chosen, layout), _side(raw, layout.rejected, layout)
    if chosen.strip() == rejected.strip():
        raise RowProblem("chosen and rejected are the same")
    return {"chosen": chosen, "rejected": rejected}


def _side(raw: Row, column: str | None, layout: Layout) -> str:
    """Chosen or rejected: text, one message, or a conversation whose last turn it is; a thought
    stands before it as reasoning models write it.
    """
    value = raw.get(column or "")
    if isinstance(value, list) and value:
        value = value[-1]
    if not isinstance(value, dict):
        return checked(value, column or "chosen")
    named = {"role": "assistant"} | value if "from" not in value else value
    message = read_turn(named, layout, 1)
    if "tool_calls" in message:
        raise RowProblem(f"{column} is a function call, which a pair cannot hold")
    text = checked(message["content"], column or "chosen")
    thought = message.get("reasoning_content")
    return with_thought(thought, text) if thought else text


def _conversation(raw: Row, layout: Layout) -> Row:
    """A sharegpt or openai row."""
    said = read_turns(raw.get(layout.messages or ""), layout, layout.messages or "messages")
    system = _text(raw, layout.system, optional=True)
    if said[0]["role"] == "system":
        system, said = said[0]["content"] or system, said[1:]
    check_order(said, open_end=layout.ranking)
    tools = read_tools(raw.get(layout.tools)) if layout.tools else ""
    if tools or not all(plain(message) for message in said):
        head = [{"role": "system", "content": system}] if system else []
        rest = _pair(raw, layout) if layout.ranking else _tag(raw, layout)
        return {"messages": head + said, "tools": tools} | rest
    return _from_turns(system, said, raw, layout)


def _from_turns(system: str, said: Messages, raw: Row, layout: Layout) -> Row:
    """Alternating turns of user and assistant as an instruction with its history."""
    asked = said if layout.ranking else said[:-1]
    texts = [m["content"] for m in asked]
    row: Row = {
        "system": system,
        "instruction": texts[-1],
        "input": "",
        "history": [list(pair) for pair in zip(texts[:-1:2], texts[1::2], strict=True)],
    }
    if layout.ranking:
        return row | _pair(raw, layout)
    return row | {"output": said[-1]["content"]} | _tag(raw, layout)


def _tag(raw: Row, layout: Layout) -> Row:
    """{"kto_tag": whether the reply is wanted}, where the row says so. Raises RowProblem."""
    value = raw.get(layout.kto_tag) if layout.kto_tag else None
    if value is None or value == "":
        return {}
    found = flag_of(value)
    if found is None:
        raise RowProblem(f"{layout.kto_tag} is not true or false")
    return {"kto_tag": found}


def _history(raw: Row, column: str | None) -> list[list[str]]:
    value = raw.get(column) if column else None
    if value is None or value == "":
        return []
    if not isinstance(value, list):
        raise RowProblem("history is not a list")
    for pair in value:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise RowProblem("history is not a list of pairs")
    return [[checked(part, "history") for part in pair] for pair in value]


def _text(raw: Row, column: str | None, *, optional: bool = False) -> str:
    if column is None or raw.get(column) is None:
        if optional:
            return ""
        raise RowProblem(f"{column or 'output'} is missing")
    return checked(raw[column], column, empty=optional)
