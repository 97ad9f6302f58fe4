"""Finished sentence vectors, kept in the workspace: `cache/embeddings.sqlite`.

A vector lies under the SHA-256 of its model's identity and its sentence, as 16-bit floats. The file
is a convenience and never a reason to fail: one that is damaged is thrown away, one that is locked
or on a full disk is passed over. Several processes may use it at once (SQLite, "Write-Ahead
Logging").
"""

import hashlib
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from studio.store import vectors
from studio.store.vectors import Vector
from studio.workspace import Workspace

MOST_BYTES = 2 << 30
# So much is freed at once when the file is full, that it is not full again at once.
FREED_SHARE = 0.1
WRITE_EVERY_S = 0.2
LOOK_UP = 500
OFF_S = 10.0  # after a lock that did not open, or a full disk
T = TypeVar("T")
Known = dict[int, NDArray[np.float16]]


class VectorCache:
    """The vectors of one workspace; usable from several threads."""

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES) -> None:
        self.path = path
        self.most_bytes = most_bytes
        self._lock = threading.RLock()
        self._db: sqlite3.Connection | None = None
        self._waiting: list[Vector] = []
        self._written = 0.0
        self._off_until = 0.0

    def read(self, identity: str, sentences: list[str]) -> tuple[Known, list[int]]:
        """(number of the sentence → its vector, numbers of those that are not kept)."""
        places: dict[bytes, list[int]] = {}
        for number, sentence in enumerate(sentences):
            places.setdefault(_key(identity, sentence), []).append(number)
        known: Known = {}
        keys = list(places)
        for begin in range(0, len(keys), LOOK_UP):
            for key, blob in self._select(keys[begin : begin + LOOK_UP]):
                vector = (
                    np.frombuffer(blob, dtype="<f2")
                    if len(blob) % 2 == 0
                    else np.zeros(0, dtype="<f2")
                )
                if len(vector) and np.isfinite(vector).all():
                    known |= dict.fromkeys(places[key], vector)
        if len({len(vector) for vector in known.values()}) > 1:
            known = {}  # of a server whose model changed under the same name
        return known, [number for number in range(len(sentences)) if number not in known]

    def write(self, identity: str, sentences: list[str], rows: NDArray[np.float16]) -> None:
        """Keep these vectors, (sentences, width); on disk within a fifth of a second or at the next
        `flush`.
        """
        with self._lock:
            for sentence, row in zip(sentences, rows, strict=True):
                self._waiting.append(
                    Vector(_key(identity, sentence), _key(identity), row.astype("<f2").tobytes())
                )
            if time.monotonic() - self._written >= WRITE_EVERY_S:
                self.flush()

    def flush(self) -> None:
        """Put everything on disk that waits, in one transaction."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
            if waiting:
                self._try(lambda db: self._insert(db, waiting), None)
            self._written = time.monotonic()

    def forget(self, identity: str) -> None:
        """Drop every vector of this model."""
        with self._lock:
            self._waiting = [row for row in self._waiting if row.model != _key(identity)]
            self._try(lambda db: vectors.delete_model(db, _key(identity)), None)

    def close(self) -> None:
        """Write what waits and close the file; a later use opens it again."""
        with self._lock:
            self.flush()
            if self._db is not None:
                self._db.close()
                self._db = None

    def _select(self, keys: list[bytes]) -> list[tuple[bytes, bytes]]:
        return self._try(lambda db: vectors.of_keys(db, keys), [])

    def _insert(self, db: sqlite3.Connection, rows: list[Vector]) -> None:
        vectors.keep(db, rows)
        self._bound(db)

    def _bound(self, db: sqlite3.Connection) -> None:
        """Drop the oldest vectors when the file is larger than it may be; the room is used
        again.
        """
        if vectors.used_bytes(db) > self.most_bytes:
            vectors.delete_oldest(db, FREED_SHARE)

    def _try(self, work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """What `work` gives, or `otherwise` where the file cannot be used now."""
        with self._lock:
            if time.monotonic() < self._off_until:
                return otherwise
            try:
                if self._db is None:
                    self._db = vectors.connect(self.path)
                return work(self._db)
            except (sqlite3.OperationalError, OSError):  # locked, full, read-only
                self._off_until = time.monotonic() + OFF_S
                if self._db is not None:
                    vectors.undo(self._db)
            except sqlite3.DatabaseError:
                self._throw_away()
        return otherwise

    def _throw_away(self) -> None:
        """Delete a damaged file; the next use makes a new one."""
        if self._db is not None:
            self._db.close()
            self._db = None
        for ending in ("", "-wal", "-shm"):
            try:
                Path(f"{self.path}{ending}").unlink(missing_ok=True)
            except OSError:
                continue


def of_workspace(workspace: Workspace) -> VectorCache:
    """The workspace's cache; nothing is opened yet."""
    return VectorCache(workspace.path / "cache" / "embeddings.sqlite")


def _key(identity: str, sentence: str = "") -> bytes:
    return hashlib.sha256(f"{identity}\n{sentence}".encode("utf-8", "surrogatepass")).digest()
