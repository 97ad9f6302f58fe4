"""A guess at the columns of a file whose names nobody knows: where its questions, its answers, its
conversations may stand. A person looks at it before anything comes of it.
"""

from collections import Counter
from collections.abc import Iterator
from statistics import fmean
from typing import Any

from studio.datasets.row_forms.column_map import (
    ALIASES,
    COLUMNS,
    OPENAI_TAGS,
    TAGS,
    Layout,
)

LOOKED_AT = 200
MOST_ROLES = 8
# Parts of names, by what a column may hold; longer than the names that `column_map` is sure of.
HINTS = {
    "prompt": ("question", "instruction", "prompt", "query", "ask", "user", "问", "指令", "题"),
    "response": ("answer", "response", "reply", "output", "completion", "assistant", "答", "回复"),
    "system": ("system", "系统"),
    "query": ("context", "input", "passage", "材料", "背景"),
    "chosen": ("chosen", "prefer", "accept", "better", "good"),
    "rejected": ("reject", "dispref", "worse", "bad"),
}
SPEAKERS = ("role", "from", "speaker", "sender", "author", "name", "角色")
CONTENTS = ("content", "value", "text", "message", "内容")
PERSONS = ("user", "human", "prompter", "question", "customer", "用户", "人")
MODELS = ("assistant", "gpt", "bot", "model", "ai", "agent", "助手", "机器人")
LEADS = ("system", "developer", "系统")


def guess(rows: list[Any]) -> Layout:
    """What the columns may hold: a conversation if one holds messages, else question and answer by
    their names, by question marks and by the length of their texts, or one text alone.
    """
    tables = [row for row in rows[:LOOKED_AT] if isinstance(row, dict)]
    unset: dict[str, Any] = dict.fromkeys(COLUMNS)
    lengths = _lengths(tables)
    if talk := _conversation(tables):
        keys, roles = _parts(tables, talk)
        system = _hinted(list(lengths), "system", set())
        made = {"formatting": "sharegpt", "messages": talk, "system": system}
        return Layout(**unset | made | _tags(keys, roles))
    names, taken = list(lengths), set[str]()
    found: dict[str, str | None] = {}
    for part in ("system", "rejected", "chosen", "response", "prompt", "query"):
        found[part] = _hinted(names, part, taken)
        taken |= {found[part] or ""}
    asked = _asking(tables, [name for name in names if name not in taken])
    if not found["prompt"] and asked:
        found["prompt"] = asked
        taken.add(asked)
    pair = bool(found["chosen"] and found["rejected"])
    if not pair:
        taken -= {found["chosen"] or "", found["rejected"] or ""}
        found |= {"chosen": None, "rejected": None}
    free = [name for name in sorted(names, key=lambda name: -lengths[name]) if name not in taken]
    if not pair and not found["response"] and len(free) + bool(found["prompt"]) > 1:
        found["response"] = free.pop(0)
    if not found["prompt"] and free:
        found["prompt"] = (
            free[0] if pair or found["response"] else max(free, key=lengths.__getitem__)
        )
    if pair:
        found["response"] = None
    return Layout(**unset | found, ranking=pair)


def message_values(rows: list[Any], layout: Layout) -> tuple[list[str], list[str]]:
    """(the names of a message's parts, the names of the speakers) in the conversations of some
    rows, for the fields that ask for them; each in the order of its first appearance.
    """
    tables = [row for row in rows[:LOOKED_AT] if isinstance(row, dict)]
    talk = layout.messages if layout.formatting != "alpaca" else None
    if not talk or not any(isinstance(row.get(talk), list) for row in tables):
        return [], []
    keys, values = _parts(tables, talk)
    role = layout.role_tag if layout.role_tag in values else _key(keys, values, SPEAKERS)
    return keys, [name for name in values.get(role, {}) if name][:MOST_ROLES]


def _conversation(tables: list[dict[str, Any]]) -> str | None:
    """The column that holds lists of tables in most rows."""
    held = Counter(
        str(name)
        for row in tables
        for name, value in row.items()
        if isinstance(value, list) and value and isinstance(value[0], dict)
    )
    most = held.most_common(1)
    return most[0][0] if most and 2 * most[0][1] >= len(tables) else None


def _messages(tables: list[dict[str, Any]], talk: str) -> Iterator[dict[str, Any]]:
    for row in tables:
        for message in row.get(talk) or [] if isinstance(row.get(talk), list) else []:
            if isinstance(message, dict):
                yield message


def _parts(tables: list[dict[str, Any]], talk: str) -> tuple[list[str], dict[str, dict[str, int]]]:
    """(a message's keys, of each key the short texts that it holds and how often)."""
    values: dict[str, dict[str, int]] = {}
    for message in _messages(tables, talk):
        for key, value in message.items():
            seen = values.setdefault(str(key), {})
            if isinstance(value, str) and len(value) <= 40:
                seen[value] = seen.get(value, 0) + 1
    return list(values), values


def _key(keys: list[str], values: dict[str, dict[str, int]], named: tuple[str, ...]) -> str:
    """The key called so, else the one with the fewest texts that come again and again."""
    for name in named:
        for key in keys:
            if name == key.lower():
                return key
    again = [key for key in keys if 1 < len(values[key]) <= MOST_ROLES]
    return min(again, key=lambda key: len(values[key]), default="")


def _tags(keys: list[str], values: dict[str, dict[str, int]]) -> dict[str, Any]:
    role = _key(keys, values, SPEAKERS)
    content = next((key for name in CONTENTS for key in keys if key.lower() == name), None)
    others = [key for key in keys if key != role]
    content = content if content in others else (others[0] if others else None)
    roles = list(values.get(role, {}))
    tags: dict[str, Any] = dict.fromkeys(TAGS) | {"role_tag": role or None, "content_tag": content}
    named = {
        "system_tag": next((one for one in roles if one.lower() in LEADS), None),
        "user_tag": next((one for one in roles if one.lower() in PERSONS), None),
        "assistant_tag": next((one for one in roles if one.lower() in MODELS), None),
    }
    rest = [one for one in roles if one not in named.values()]
    for part in ("user_tag", "assistant_tag"):
        named[part] = named[part] or (rest.pop(0) if rest else OPENAI_TAGS[part])
    return tags | named


def _lengths(tables: list[dict[str, Any]]) -> dict[str, float]:
    """Column → characters of its texts on average, for columns of texts."""
    found: dict[str, list[int]] = {}
    for row in tables:
        for name, value in row.items():
            if isinstance(value, str) and value.strip():
                found.setdefault(str(name), []).append(len(value))
    return {name: fmean(sizes) for name, sizes in found.items()}


def _asking(tables: list[dict[str, Any]], names: list[str]) -> str | None:
    """The column most of whose texts end with a question mark; None where there is none."""
    for name in names:
        texts = [str(row[name]).strip() for row in tables if row.get(name)]
        if texts and 2 * sum(text.endswith(("?", "？")) for text in texts) > len(texts):
            return name
    return None


def _hinted(names: list[str], part: str, taken: set[str]) -> str | None:
    """The column whose name is, or has in it, one that such columns have."""
    free = [name for name in names if name not in taken]
    for hint in (*ALIASES.get(part, ()), *HINTS[part]):
        for name in free:
            if name.lower() == hint:
                return name
    for hint in HINTS[part]:
        for name in free:
            if hint in name.lower():
                return name
    return None
