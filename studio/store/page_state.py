"""The table `page_state`: what the window's forms held last, value by value."""

from collections.abc import Iterable
from typing import NamedTuple

from studio.store.database import Reads, Writes, rows


class Value(NamedTuple):
    """One value as JSON text; changed: Unix seconds."""

    text: str
    changed: float


def load(source: Reads) -> dict[str, Value]:
    """All that is kept, by key."""
    return {
        found["key"]: Value(found["value"], found["changed"])
        for found in rows(source, "SELECT key, value, changed FROM page_state")
    }


def save(db: Writes, values: Iterable[tuple[str, Value]]) -> None:
    """Keep values by their keys, unless a value that was changed later stands there."""
    db.executemany(
        "INSERT INTO page_state (key, value, changed) VALUES (?, ?, ?) ON CONFLICT (key)"
        " DO UPDATE SET value = excluded.value, changed = excluded.changed"
        " WHERE excluded.changed >= page_state.changed",
        [(key, value.text, value.changed) for key, value in values],
    )
