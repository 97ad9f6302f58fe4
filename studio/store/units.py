"""The table `units`: the marks of finished units of work, also of those that made nothing.

A mark's note is text of the job's own ("" for nothing to tell) or JSON.
"""

from typing import Any, NamedTuple

from studio.store.columns import dumps, loads
from studio.store.database import Reads, Writes, row, rows, value

Note = str | dict[str, Any] | list[Any]  # text is kept as it is, all else as JSON


class Unit(NamedTuple):
    """The mark of one finished unit."""

    key: str
    note: str

    @property
    def data(self) -> Any:
        """The note read as JSON; None where there is no note."""
        return loads(self.note)


def add(db: Writes, set_id: str, key: str, note: Note = "") -> None:
    """Mark a unit as finished. Raises sqlite3.IntegrityError for one that is marked already."""
    db.execute("INSERT INTO units (set_id, key, note) VALUES (?, ?, ?)", (set_id, key, _text(note)))


def add_once(db: Writes, set_id: str, key: str, note: Note = "") -> None:
    """Mark a unit as finished; a mark that is there already stays as it is."""
    db.execute(
        "INSERT OR IGNORE INTO units (set_id, key, note) VALUES (?, ?, ?)",
        (set_id, key, _text(note)),
    )


def put(db: Writes, set_id: str, key: str, note: Note) -> None:
    """Mark a unit; a mark that is there already gets the new note."""
    db.execute(
        "INSERT INTO units (set_id, key, note) VALUES (?, ?, ?)"
        " ON CONFLICT (set_id, key) DO UPDATE SET note = excluded.note",
        (set_id, key, _text(note)),
    )


def copy(db: Writes, set_id: str, made: str) -> None:
    """The marks of a set for a copy of it."""
    db.execute(
        "INSERT INTO units (set_id, key, note) SELECT ?, key, note FROM units WHERE set_id = ?",
        (made, set_id),
    )


def delete_noted(db: Writes, set_id: str, note: str, *, key: str = "") -> None:
    """Take away the marks whose note begins with `note` and whose key begins with `key`."""
    db.execute(
        "DELETE FROM units WHERE set_id = ? AND substr(note, 1, ?) = ? AND substr(key, 1, ?) = ?",
        (set_id, len(note), note, len(key), key),
    )


def get(source: Reads, set_id: str, key: str) -> Unit | None:
    """The mark of a unit, or None if it is not finished."""
    found = row(source, "SELECT key, note FROM units WHERE set_id = ? AND key = ?", (set_id, key))
    return Unit(*found) if found is not None else None


def is_done(source: Reads, set_id: str, key: str) -> bool:
    """Whether a unit is marked as finished."""
    return get(source, set_id, key) is not None


def of_set(source: Reads, set_id: str, *, key: str = "", note: str = "") -> list[Unit]:
    """The marks of a set in the order they were made: those whose key begins with `key` and whose
    note begins with `note`.
    """
    return [
        Unit(*found)
        for found in rows(
            source,
            "SELECT key, note FROM units WHERE set_id = ? AND substr(key, 1, ?) = ?"
            " AND substr(note, 1, ?) = ? ORDER BY rowid",
            (set_id, len(key), key, len(note), note),
        )
    ]


def of_documents(source: Reads, set_id: str) -> list[Unit]:
    """The marks of a set whose key is the id of a document, in the order they were made."""
    return [
        Unit(*found)
        for found in rows(
            source,
            "SELECT u.key, u.note FROM units u JOIN documents d ON d.id = u.key"
            " WHERE u.set_id = ? ORDER BY u.rowid",
            (set_id,),
        )
    ]


def keys(source: Reads, set_id: str) -> set[str]:
    """The keys of a set's finished units."""
    return {
        found["key"] for found in rows(source, "SELECT key FROM units WHERE set_id = ?", (set_id,))
    }


def count(source: Reads, set_id: str, *, note: str | None = None) -> int:
    """How many units of a set are finished; only those with exactly that note, if one is named."""
    return int(
        value(
            source,
            "SELECT count(*) FROM units WHERE set_id = ? AND note = ifnull(?, note)",
            (set_id, note),
        )
    )


def _text(note: Note) -> str:
    return note if isinstance(note, str) else dumps(note)
