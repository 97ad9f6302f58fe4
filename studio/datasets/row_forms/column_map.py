"""How a dataset file is laid out: which column holds what, read from `dataset_info.json` as
LLaMA-Factory does, or found out from the first rows of a file.

Its one trap is kept on purpose: once an entry lists `columns` (or `tags`), every key that is not
listed is unset; the defaults hold only for an entry that lists none.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from studio.datasets.row_forms.flags import flag_of, is_spoken
from studio.errors import InputError

Formatting = Literal["alpaca", "sharegpt", "openai"]
FORMATTINGS = ("alpaca", "sharegpt", "openai")
COLUMNS = (
    "prompt",
    "query",
    "response",
    "history",
    "messages",
    "system",
    "tools",
    "chosen",
    "rejected",
    "kto_tag",
    "images",
    "videos",
    "audios",
)
MEDIA = {"images": "pictures", "videos": "video", "audios": "sound"}
TAGS = (
    "role_tag",
    "content_tag",
    "user_tag",
    "assistant_tag",
    "observation_tag",
    "function_tag",
    "system_tag",
)
OPENAI_TAGS = {
    "role_tag": "role",
    "content_tag": "content",
    "user_tag": "user",
    "assistant_tag": "assistant",
    "observation_tag": "tool",
    "function_tag": "function_call",
    "system_tag": "system",
}
# Column names met in the wild, by what they hold; the first that a file has is taken.
ALIASES = {
    "prompt": ("instruction", "prompt", "question", "query", "user", "问题", "指令"),
    "query": ("input", "context"),
    "response": (
        "output",
        "response",
        "answer",
        "completion",
        "reply",
        "assistant",
        "target",
        "回答",
        "输出",
    ),
    "history": ("history",),
    "messages": ("messages", "conversations", "conversation", "dialogue", "dialog"),
    "system": ("system", "system_prompt"),
    "tools": ("tools", "functions"),
    "chosen": ("chosen", "preferred", "accepted"),
    "rejected": ("rejected", "dispreferred", "refused"),
    "kto_tag": ("kto_tag", "label"),
}
TEXT = ("text", "content")


@dataclass(frozen=True)
class Layout:
    """The columns and tags of one dataset; the defaults are LLaMA-Factory's."""

    formatting: str = "alpaca"
    ranking: bool = False
    prompt: str | None = "instruction"
    query: str | None = "input"
    response: str | None = "output"
    history: str | None = None
    messages: str | None = "conversations"
    system: str | None = None
    tools: str | None = None
    chosen: str | None = None
    rejected: str | None = None
    kto_tag: str | None = None
    images: str | None = None
    videos: str | None = None
    audios: str | None = None
    role_tag: str | None = "from"
    content_tag: str | None = "value"
    user_tag: str | None = "human"
    assistant_tag: str | None = "gpt"
    observation_tag: str | None = "observation"
    function_tag: str | None = "function_call"
    system_tag: str | None = "system"

    @property
    def columns(self) -> dict[str, str]:
        """What each named column of the file holds, for those that are set."""
        found = {name: getattr(self, name) for name in COLUMNS}
        skip = (
            ("messages",)
            if self.formatting == "alpaca"
            else ("prompt", "query", "response", "history")
        )
        return {name: value for name, value in found.items() if value and name not in skip}

    @property
    def media(self) -> dict[str, str]:
        """Columns that hold what is no text: {column: "pictures", "video" or "sound"}."""
        named = {getattr(self, name): what for name, what in MEDIA.items()}
        return {column: what for column, what in named.items() if column}


def from_entry(entry: dict[str, Any], name: str) -> Layout:
    """The layout of one entry of `dataset_info.json`. Raises InputError for a form nobody knows."""
    formatting = entry.get("formatting", "alpaca")
    if formatting not in FORMATTINGS:
        raise InputError(
            "The dataset {name} has the unknown formatting {formatting}.",
            "Use alpaca, sharegpt or openai in dataset_info.json.",
            name=name,
            formatting=repr(formatting)[:40],
        )
    values: dict[str, Any] = {
        "formatting": formatting,
        "ranking": bool(entry.get("ranking", False)),
    }
    for part, names in (("columns", COLUMNS), ("tags", TAGS)):
        if part not in entry:
            continue
        given = entry[part]
        if not isinstance(given, dict) or not all(
            isinstance(v, str) for v in given.values() if v is not None
        ):
            raise InputError(
                "The {part} of the dataset {name} are not a table of names.",
                "Correct dataset_info.json.",
                part=part,
                name=name,
            )
        values |= {key: given.get(key) for key in names}
    return Layout(**values)


def said(given: dict[str, Any], rows: Iterable[Any]) -> Layout:
    """The layout that somebody states for a file, as an entry would: formatting ("" for whichever
    fits its rows), ranking, columns, tags.

    Raises InputError for a form nobody knows, or a column that is no text.
    """
    entry = {key: value for key, value in given.items() if value or key in ("columns", "tags")}
    talk = (entry.get("columns") or {}).get("messages")
    form = entry.get("formatting")
    if talk and form in (None, "openai") and "tags" not in entry:
        value = first_values(rows).get(talk)
        roles = isinstance(value, list) and any(isinstance(m, dict) and "role" in m for m in value)
        form = form or ("openai" if roles else "sharegpt")
        if form == "openai":
            entry["tags"] = OPENAI_TAGS
    return from_entry(entry | {"formatting": form or ("sharegpt" if talk else "alpaca")}, "")


def plain(layout: Layout) -> dict[str, Any]:
    """A layout as plain data: formatting, ranking, and the columns and tags that are set."""
    return {
        "formatting": layout.formatting,
        "ranking": layout.ranking,
        "columns": {name: getattr(layout, name) for name in COLUMNS if getattr(layout, name)},
        "tags": {name: value for name, value in _tags(layout).items() if value},
    }


def entry_of(layout: Layout, file_name: str) -> dict[str, Any]:
    """The entry of `dataset_info.json` that reads back as `layout`."""
    plain = Layout(formatting=layout.formatting, ranking=layout.ranking)
    entry: dict[str, Any] = {"file_name": file_name}
    if layout.formatting != "alpaca":
        entry["formatting"] = layout.formatting
    if layout.ranking:
        entry["ranking"] = True
    if layout != plain:
        entry["columns"] = layout.columns
        if layout.formatting != "alpaca" and _tags(layout) != _tags(plain):
            entry["tags"] = {key: value for key, value in _tags(layout).items() if value}
    return entry


def written(
    formatting: str, kind: str, *, system: bool = True, history: bool = True, tools: bool = False
) -> Layout:
    """The layout of the files we write ourselves. kind: sft, ranking, kto, text or messages (see
    `formats.kind`).

    system, history, tools: whether any row has them; a column that would be empty throughout is
    left out.
    """
    unset: dict[str, Any] = dict.fromkeys(COLUMNS)
    if kind == "text":
        return Layout(**unset | {"prompt": "text"})
    more: dict[str, Any] = {"ranking": kind == "ranking"}
    if kind == "ranking":
        more |= {"chosen": "chosen", "rejected": "rejected"}
    if kind == "kto":
        more |= {"kto_tag": "kto_tag"}
    if tools:
        more |= {"tools": "tools"}
    if formatting == "alpaca":
        base = {"prompt": "instruction", "query": "input"}
        base |= {"response": "output"} if kind != "ranking" else {}
        base |= {"system": "system"} if system else {}
        base |= {"history": "history"} if history else {}
        return Layout(**unset | base | more)
    if formatting == "sharegpt":
        base = {"messages": "conversations"} | ({"system": "system"} if system else {})
        return Layout(**unset | {"formatting": "sharegpt"} | base | more)
    return Layout(**unset | {"formatting": "openai", "messages": "messages"} | OPENAI_TAGS | more)


def first_values(rows: Iterable[Any]) -> dict[str, Any]:
    """The first value of each column of some rows that says anything."""
    seen: dict[str, Any] = {}
    for row in rows:
        for key, value in row.items() if isinstance(row, dict) else ():
            if seen.get(key) in (None, "", [], {}):
                seen[key] = value
    return seen


def sniff(rows: Iterable[Any]) -> Layout:
    """The layout of a file, from its first rows.

    Raises InputError when no known columns are there.
    """
    seen = first_values(rows)
    found: dict[str, str | None] = {
        name: next((alias for alias in names if alias in seen), None)
        for name, names in ALIASES.items()
    }
    if not found["prompt"]:  # DISC-Law, Firefly: the question alone, called input
        found |= {"prompt": found["query"], "query": None}
    if not _tags_wishes(found, seen):
        found["kto_tag"] = None
    ranking = bool(found["chosen"] and found["rejected"])
    if not ranking:
        found |= {"chosen": None, "rejected": None}
    talk = found["messages"]
    if talk is not None and isinstance(seen[talk], list):
        return _conversation(seen[talk], found, ranking)
    found["messages"] = None
    if ranking or (found["prompt"] and found["response"]):
        kept: dict[str, Any] = found | ({"response": None} if ranking else {})
        return Layout(formatting="alpaca", ranking=ranking, **kept)
    if text := next((name for name in TEXT if isinstance(seen.get(name), str)), None):
        only: dict[str, Any] = dict.fromkeys(COLUMNS) | {"prompt": text}
        return Layout(**only)
    raise InputError(
        "No known columns were found, only {columns}.",
        "Say in columns which one is what, or name them instruction/output, messages or text.",
        columns=", ".join(str(name)[:40] for name in list(seen)[:8]) or "none",
    )


def _tags_wishes(found: dict[str, str | None], seen: dict[str, Any]) -> bool:
    """Whether the column found for KTO's tag holds flags. A number may as well be the label of
    something else: it is a flag under KTO's own name, or beside a completion, as trl writes it.
    """
    column = found["kto_tag"]
    value = seen.get(column) if column else None
    if is_spoken(value):
        return True
    own = column == "kto_tag" or found["response"] == "completion"
    return own and flag_of(value) is not None


def _conversation(messages: list[Any], found: dict[str, Any], ranking: bool) -> Layout:
    """Sharegpt or openai: told apart by how a message names its speaker."""
    first = next((m for m in messages if isinstance(m, dict)), {})
    kept = {
        name: value
        for name, value in found.items()
        if name not in ("prompt", "query", "response", "history")
    }
    rest = dict.fromkeys(("prompt", "query", "response", "history"))
    if "role" in first:
        return Layout(formatting="openai", ranking=ranking, **rest, **kept, **OPENAI_TAGS)
    return Layout(formatting="sharegpt", ranking=ranking, **rest, **kept)


def _tags(layout: Layout) -> dict[str, Any]:
    return {name: getattr(layout, name) for name in TAGS}
