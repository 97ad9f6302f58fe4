"""All things of a workspace for the window's lists, and the tab where each is worked with."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from studio import inventory
from studio.datasets import registry
from studio.errors import InputError
from studio.files import size_of
from studio.inventory import Thing, casts, chats
from studio.secrets import keys_file, names_file
from tabs.kit.session import Session, Values
from tabs.kit.tab import Window

TABLES = ("documents", "sets", "chunks", "utterances", "rows", "jobs", "marks")
# What a kind of thing is called where another tab takes it over to show it.
OPENED_AS = {
    "document": "document",
    "cleaned": "document",
    "chunks": "shown chunks",
    "lines": "shown lines",
    "pairs": "shown pairs",
    "instructions": "shown instructions",
    "preferences": "shown preferences",
    "dataset": "shown dataset",
    "run": "run",
    "adapter": "adapter",
    "cast": "cast",
    "chat": "chat",
}
# By what a thing is called there: the components that change, and what fills and opens the tab.
Ways: TypeAlias = dict[str, tuple[list[Any], Callable[[Session, Any], Values]]]


def things(session: Session) -> list[Thing]:
    """All things, the newest first, read again when something of the workspace was written."""
    workspace = session.workspace
    also = (
        registry.written(workspace),
        size_of(keys_file()),
        size_of(names_file()),
        tuple(sorted(str(path) for path in (workspace.path / "presets").glob("*/*.yaml"))),
        _times([*casts.files(workspace), *(workspace.path / chats.FOLDER).glob("*.json")]),
        _times(list(workspace.runs.iterdir())),  # adapters come and go there
    )
    found: list[Thing] = workspace.store.kept(
        "library", TABLES, lambda: inventory.things(workspace), also
    )
    return found


def ways(window: Window) -> Ways:
    """How things are handed to the tabs where they are worked with."""
    return {name: window.taking(name) for name in OPENED_AS.values() if window.takes(name)}


def filled(found: Ways) -> list[Any]:
    """The components that opening a thing may change."""
    return list(dict.fromkeys(part for parts, _ in found.values() for part in parts))


def opened(session: Session, thing: Thing, found: Ways) -> Values:
    """Open a thing in the tab where it is worked with. Raises InputError where there is none."""
    way = found.get(OPENED_AS.get(thing.kind, ""))
    if way is None:
        raise InputError("{name} is shown in no other tab.", "Look at it here.", name=thing.name)
    values: Values = way[1](session, thing.ref.id)
    return values


def _times(paths: list[Path]) -> tuple[tuple[str, int], ...]:
    """What moves when one of these files comes, goes or is written."""
    found = []
    for path in paths:
        with contextlib.suppress(OSError):
            found.append((path.name, path.stat().st_mtime_ns))
    return tuple(sorted(found))
