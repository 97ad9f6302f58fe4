"""The table `vectors`: sentence vectors, in an SQLite file of their own beside the store.

The file may be lost at any time and is made anew; whoever calls handles `sqlite3.DatabaseError`.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

LOCK_WAIT_S = 5.0
SCHEMA = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = OFF",  # a power cut may cost the file, which is then made anew
    "CREATE TABLE IF NOT EXISTS vectors"
    " (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, model BLOB NOT NULL, "
    "vector BLOB NOT NULL)",
)


class Vector(NamedTuple):
    """The bytes of one vector, under the digest of its model and sentence and that of its model
    alone.
    """

    key: bytes
    model: bytes
    vector: bytes


def connect(path: Path) -> sqlite3.Connection:
    """Open the file, or make it, for use from any thread.

    Raises sqlite3.DatabaseError, OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path, timeout=LOCK_WAIT_S, isolation_level=None, check_same_thread=False)
    try:
        for statement in SCHEMA:
            db.execute(statement)
    except sqlite3.DatabaseError:
        db.close()
        raise
    return db


def of_keys(db: sqlite3.Connection, keys: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
    """(key, vector) of the keys that are kept, in no order; some hundred keys at a time."""
    marks = ",".join("?" * len(keys))
    return db.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", keys).fetchall()


def keep(db: sqlite3.Connection, found: Iterable[Vector]) -> None:
    """Keep vectors in one transaction, each instead of what stands under its key."""
    db.execute("BEGIN IMMEDIATE")
    db.executemany("INSERT OR REPLACE INTO vectors (key, model, vector) VALUES (?, ?, ?)", found)
    db.execute("COMMIT")


def undo(db: sqlite3.Connection) -> None:
    """End a transaction that a fault left open, with nothing kept of it."""
    if db.in_transaction:
        db.execute("ROLLBACK")


def delete_model(db: sqlite3.Connection, model: bytes) -> None:
    """Delete every vector of a model."""
    db.execute("DELETE FROM vectors WHERE model = ?", (model,))


def used_bytes(db: sqlite3.Connection) -> int:
    """Bytes of the file that hold something."""
    pages, free, size = (
        int(db.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * size


def delete_oldest(db: sqlite3.Connection, share: float) -> None:
    """Delete the oldest vectors, this share of all (0 … 1); the file's room is used again."""
    low, high = db.execute("SELECT min(id), max(id) FROM vectors").fetchone()
    db.execute("DELETE FROM vectors WHERE id <= ?", (low + int((high - low + 1) * share),))
