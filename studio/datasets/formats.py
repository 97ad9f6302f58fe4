"""One normal form for every kind of row, and the way into it.

    sft      {"system", "instruction", "input", "output", "history": [[user, assistant], …]}
    ranking  {"system", "instruction", "input", "chosen", "rejected", "history"}
    kto      sft and "kto_tag": bool
    text     {"text"}
    tools    {"messages": [{"role", "content"}, …], "tools": text}   conversations with tool turns

`normalise` raises RowProblem with the exact reason for a row that cannot be used.
"""

import json
from typing import Any

from studio.datasets.column_map import Layout

Row = dict[str, Any]
Messages = list[dict[str, str]]
# Roles seen in the wild beside the ones an entry names.
ROLES = {
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "model": "assistant",
    "bot": "assistant",
    "system": "system",
    "developer": "system",
    "tool": "tool",
    "observation": "tool",
    "function_call": "assistant",
}


class RowProblem(ValueError):
    """Why one row cannot be used, in a few plain words; example: the row as it stands in the file,
    where that is known.
    """

    def __init__(self, reason: str, example: Any = None) -> None:
        super().__init__(reason)
        self.example = example


def kind(row: Row) -> str:
    """sft, ranking, kto, text or tools."""
    if "messages" in row:
        return "tools"
    if "text" in row:
        return "text"
    if "chosen" in row:
        return "ranking"
    return "kto" if "kto_tag" in row else "sft"


def prompt_messages(row: Row) -> Messages:
    """The turns before the last reply: system, history and the question. Empty for text."""
    if "messages" in row:
        return [dict(m) for m in row["messages"][:-1]]
    if "text" in row:
        return []
    made = [{"role": "system", "content": row["system"]}] if row.get("system") else []
    for user, assistant in row.get("history") or []:
        made += [{"role": "user", "content": user}, {"role": "assistant", "content": assistant}]
    return [*made, {"role": "user", "content": question(row)}]


def question(row: Row) -> str:
    """Instruction and input as one user turn, joined by a newline as LLaMA-Factory joins them."""
    return "\n".join(part for part in (row["instruction"], row.get("input", "")) if part)


def reply(row: Row) -> str:
    """The text that is learnt: output, chosen, or the last turn."""
    text: str
    if "messages" in row:
        text = row["messages"][-1]["content"]
    else:
        text = next((row[name] for name in ("chosen", "output", "text") if name in row), "")
    return text


def messages(row: Row) -> Messages:
    """A row as chat messages with its reply (of a ranking row, the chosen one) at the end."""
    if "text" in row:
        return [{"role": "assistant", "content": row["text"]}]
    return [*prompt_messages(row), {"role": "assistant", "content": reply(row)}]


def normalise(raw: Any, layout: Layout) -> Row:
    """One row of a file in the normal form. Raises RowProblem."""
    if not isinstance(raw, dict):
        raise RowProblem("not a table of fields")
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
    return row | _reply(raw, layout)


def _reply(raw: Row, layout: Layout) -> Row:
    """The part of an alpaca row that is learnt."""
    if layout.ranking:
        return _pair(raw, layout)
    made: Row = {"output": _text(raw, layout.response)}
    if layout.kto_tag and raw.get(layout.kto_tag) is not None:
        made["kto_tag"] = _flag(raw, layout.kto_tag)
    return made


def _pair(raw: Row, layout: Layout) -> Row:
    chosen, rejected = _side(raw, layout.chosen, layout), _side(raw, layout.rejected, layout)
    if chosen.strip() == rejected.strip():
        raise RowProblem("chosen and rejected are the same")
    return {"chosen": chosen, "rejected": rejected}


def _side(raw: Row, column: str | None, layout: Layout) -> str:
    """Chosen or rejected: text, one message, or a conversation whose last turn it is."""
    value = raw.get(column or "")
    if isinstance(value, list) and value:
        value = value[-1]
    if isinstance(value, dict):
        for tag in (layout.content_tag, "content", "value"):
            if tag in value:
                return _checked(value[tag], column or "")
    return _checked(value, column or "chosen")


def _conversation(raw: Row, layout: Layout) -> Row:
    """A sharegpt or openai row."""
    turns = raw.get(layout.messages or "")
    if not isinstance(turns, list) or not turns:
        raise RowProblem(f"{layout.messages or 'messages'} is not a list of turns")
    said = [_turn(turn, layout, number) for number, turn in enumerate(turns, start=1)]
    system = _text(raw, layout.system, optional=True)
    if said[0]["role"] == "system":
        system, said = said[0]["content"] or system, said[1:]
    _check_turns(said, odd=layout.ranking)
    if any(m["role"] == "tool" for m in said):
        if layout.ranking:
            raise RowProblem("preferences with tool turns are not supported")
        head = [{"role": "system", "content": system}] if system else []
        return {"messages": head + said, "tools": _tools(raw, layout.tools)}
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
    row["output"] = said[-1]["content"]
    if layout.kto_tag and raw.get(layout.kto_tag) is not None:
        row["kto_tag"] = _flag(raw, layout.kto_tag)
    return row


def _turn(turn: Any, layout: Layout, number: int) -> dict[str, str]:
    if not isinstance(turn, dict):
        raise RowProblem(f"turn {number} is not a message")
    role = turn.get(layout.role_tag or "role")
    named = {
        layout.user_tag: "user",
        layout.assistant_tag: "assistant",
        layout.system_tag: "system",
        layout.observation_tag: "tool",
        layout.function_tag: "assistant",
    }
    known = (named.get(role) or ROLES.get(role)) if isinstance(role, str) and role else None
    if known is None:
        raise RowProblem(f"turn {number} has the unknown role {str(role)[:30]!r}")
    content = turn.get(layout.content_tag or "content")
    if isinstance(content, list):  # openai's parts; only text can be trained here
        content = "".join(
            p.get("text", "")
            for p in content
            if isinstance(p, dict) and isinstance(p.get("text"), str)
        )
    if not content and isinstance(turn.get("tool_calls"), list):
        content = json.dumps(
            [c.get("function") for c in turn["tool_calls"] if isinstance(c, dict)],
            ensure_ascii=False,
        )
    return {"role": known, "content": _checked(content, f"turn {number}", empty=known == "system")}


def _check_turns(said: Messages, *, odd: bool) -> None:
    """User and assistant must take turns; a reply must come last unless chosen and rejected
    follow.
    """
    for number, message in enumerate(said, start=1):
        asks = message["role"] in ("user", "tool")
        if message["role"] == "system":
            raise RowProblem("a system turn stands after the first")
        if asks != (number % 2 == 1):
            raise RowProblem(f"user and assistant do not take turns at turn {number}")
    if not said:
        raise RowProblem("there is no turn but the system's")
    if len(said) % 2 != int(odd):
        raise RowProblem(
            "the last turn is already a reply" if odd else "the last turn is not a reply"
        )


def _history(raw: Row, column: str | None) -> list[list[str]]:
    value = raw.get(column) if column else None
    if value is None or value == "":
        return []
    if not isinstance(value, list):
        raise RowProblem("history is not a list")
    for pair in value:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise RowProblem("history is not a list of pairs")
    return [[_checked(part, "history") for part in pair] for pair in value]


def _text(raw: Row, column: str | None, *, optional: bool = False) -> str:
    if column is None or raw.get(column) is None:
        if optional:
            return ""
        raise RowProblem(f"{column or 'output'} is missing")
    return _checked(raw[column], column, empty=optional)


def _checked(value: Any, column: str, *, empty: bool = False) -> str:
    """Text that a tokenizer can take; lone surrogates, left by broken escapes, are refused."""
    if value is None:
        raise RowProblem(f"{column} is missing")
    if not isinstance(value, str):
        raise RowProblem(f"{column} is not text")
    if not empty and not value.strip():
        raise RowProblem(f"{column} is empty")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise RowProblem(f"{column} holds a broken character") from error
    return value


def _flag(raw: Row, column: str) -> bool:
    value = raw.get(column)
    if not isinstance(value, bool):
        raise RowProblem(f"{column} is not true or false")
    return value


def _tools(raw: Row, column: str | None) -> str:
    value = raw.get(column) if column else None
    return (
        value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) if value else ""
    )
