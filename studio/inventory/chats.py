"""Chats: what was said to the models, kept conversation by conversation. Each is a JSON file in the
workspace's `chats/`, written anew after each reply.
"""

import functools
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio.errors import InputError
from studio.files import write_json
from studio.workspace import Workspace, safe_name

FOLDER = "chats"
LONGEST = 60  # characters of a name made from the first message
Turns = Mapping[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Conversation:
    """One conversation. turns: what was said, by voice ("base", "tuned"): messages with role and
    content. adapter: its name in specs, "" for none. created: Unix seconds.
    """

    id: str
    name: str
    created: float
    model: str = ""
    adapter: str = ""
    turns: Turns = field(default_factory=dict)

    @property
    def messages(self) -> int:
        """How many messages the longest column has."""
        return max((len(turns) for turns in self.turns.values()), default=0)

    @property
    def text(self) -> str:
        """All of it as Markdown, a heading a voice."""
        parts = [f"# {self.name}"]
        for voice, turns in self.turns.items():
            parts.append(f"## {voice}")
            parts += [f"**{turn['role']}**: {turn['content']}" for turn in turns]
        return "\n\n".join(parts) + "\n"


def keep(workspace: Workspace, chat_id: str, turns: Turns, *, model: str, adapter: str) -> str:
    """Keep a conversation under its id, a new one where it has none yet; the id.

    It is called by its first message until a person names it. Nothing is kept of an empty one: "".
    """
    said = {voice: list(found) for voice, found in turns.items() if found}
    if not said:
        return ""
    known = _read(path_of(workspace, chat_id)) if chat_id else None
    first = next((t["content"] for found in said.values() for t in found), "")
    name = known.name if known else " ".join(str(first).split())[:LONGEST] or "…"
    wanted = chat_id or f"chat-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"
    created = known.created if known else time.time()
    _write(workspace, Conversation(wanted, name, created, model, adapter, said))
    return wanted


def chat(workspace: Workspace, chat_id: str) -> Conversation:
    """A conversation. Raises InputError where it is no more or cannot be read."""
    found = _read(path_of(workspace, chat_id))
    if found is None:
        raise InputError("{name} is not there any more.", "Look at the list again.", name=chat_id)
    return found


def every(workspace: Workspace) -> list[Conversation]:
    """All conversations; a file that is none is passed over."""
    paths = sorted((workspace.path / FOLDER).glob("*.json"))
    return [found for path in paths if (found := _read(path)) is not None]


def rename(workspace: Workspace, chat_id: str, name: str) -> None:
    """Call a conversation otherwise. Raises InputError where it is no more."""
    known = chat(workspace, chat_id)
    _write(
        workspace,
        Conversation(chat_id, name, known.created, known.model, known.adapter, known.turns),
    )


def delete(workspace: Workspace, chat_id: str) -> None:
    """Delete a conversation; nothing happens where it is gone."""
    path_of(workspace, chat_id).unlink(missing_ok=True)


def path_of(workspace: Workspace, chat_id: str) -> Path:
    """Where a conversation lies, or would."""
    return workspace.path / FOLDER / f"{safe_name(chat_id)}.json"


def _write(workspace: Workspace, found: Conversation) -> None:
    plain = {
        "name": found.name,
        "created": found.created,
        "model": found.model,
        "adapter": found.adapter,
        "turns": {voice: list(turns) for voice, turns in found.turns.items()},
    }
    write_json(path_of(workspace, found.id), plain)


def _read(path: Path) -> Conversation | None:
    try:
        return _parsed(path, path.stat().st_mtime_ns)
    except OSError:
        return None


@functools.lru_cache(maxsize=500)
def _parsed(path: Path, changed: int) -> Conversation | None:
    """The file's conversation, read again only when it has another time."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        turns = {
            str(voice): [
                {"role": str(turn["role"]), "content": str(turn["content"])} for turn in found
            ]
            for voice, found in data["turns"].items()
        }
        return Conversation(
            id=path.stem,
            name=str(data.get("name") or path.stem),
            created=float(data.get("created") or 0.0),
            model=str(data.get("model") or ""),
            adapter=str(data.get("adapter") or ""),
            turns=turns,
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
