"""Connections to a workspace's SQLite file, its transactions and its change counters.

A unit of work and its "done" mark are written in one transaction with a unique key, so a kill at
any instant loses nothing finished and repeats nothing finished (SQLite, "Write-Ahead Logging").
Triggers count the writes of each table, so that what was read from some tables can be kept until
one of them is written (`changes`, `kept`).
"""

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from studio.errors import WorkspaceError
from studio.files import disk_error
from studio.store.migrations import MIGRATIONS

KEPT = 200  # values of `Store.kept`
Values: TypeAlias = Iterable[Any] | dict[str, Any]


class Store:
    """Connections to one SQLite file, one a thread; every write goes through `write()`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._watch: sqlite3.Connection | None = None
        self._watching = threading.Lock()
        self._seen: tuple[int, dict[str, int]] = (-1, {})
        self._kept: OrderedDict[Any, tuple[Any, Any]] = OrderedDict()

    def migrate(self) -> None:
        """Bring the file to the newest schema.

        Raises WorkspaceError for a file from a newer version.
        """
        try:
            with self.write() as db:
                version = db.execute("PRAGMA user_version").fetchone()[0]
                if version > len(MIGRATIONS):
                    raise WorkspaceError(
                        "This workspace was written by a newer Inkwell Studio.",
                        "Update Inkwell Studio, then open it again.",
                    )
                for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
                    for statement in _statements(script):
                        db.execute(statement)
                    db.execute(f"PRAGMA user_version = {number}")
        except sqlite3.DatabaseError as error:
            raise _unreadable(error, self.path) from error

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction, begun IMMEDIATE: all of it is kept or none. Raises WorkspaceError."""
        db = self._connection()
        try:
            db.execute("BEGIN IMMEDIATE")
        except sqlite3.DatabaseError as error:
            raise _unreadable(error, self.path) from error
        try:
            yield db
            db.execute("COMMIT")
        except BaseException as error:
            if db.in_transaction:
                db.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError):
                raise _unreadable(error, self.path) from error
            raise

    def execute(self, sql: str, values: Values = ()) -> sqlite3.Cursor:
        """A reading statement on this thread's connection, outside of any transaction."""
        return self._connection().execute(sql, _plain(values))

    def all(self, sql: str, values: Values = ()) -> list[sqlite3.Row]:
        """Every row of a reading statement, for scripts that look into a workspace from outside."""
        return rows(self, sql, values)

    def changes(self) -> dict[str, int]:
        """How often each table of `COUNTED` was written so far; "commits" tells one state of the
        whole file from another.

        Where nothing was committed since the last call it costs one PRAGMA: `data_version` moves on
        this connection, which writes nothing, whenever any other commits, be it of this process or
        of another. Raises WorkspaceError.
        """
        with self._watching:
            try:
                if self._watch is None:
                    self._watch = sqlite3.connect(
                        self.path, timeout=30, isolation_level=None, check_same_thread=False
                    )
                version = self._watch.execute("PRAGMA data_version").fetchone()[0]
                if version != self._seen[0]:
                    self._seen = (
                        version,
                        dict(self._watch.execute("SELECT what, n FROM changes").fetchall()),
                    )
            except sqlite3.DatabaseError as error:
                raise _unreadable(error, self.path) from error
            return {**self._seen[1], "commits": version}

    def kept(
        self, key: Any, tables: Iterable[str], build: Callable[[], Any], also: Any = None
    ) -> Any:
        """`build()`, kept under `key` until one of the tables is written or `also` is another.

        Who gets it changes nothing in it.
        """
        now = self.changes()
        mark = (also, *(now[table] for table in tables))
        found = self._kept.get(key)
        if found is None or found[0] != mark:
            found = (mark, build())  # read after the counters: at most newer than they say
            self._kept[key] = found
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found[1]

    def copy_to(self, path: Path) -> None:
        """A whole copy of the file as it stands, written by SQLite itself (VACUUM INTO) while
        others may write. `path` must not exist. Raises WorkspaceError.
        """
        try:
            self._connection().execute("VACUUM INTO ?", (str(path),))
        except sqlite3.DatabaseError as error:
            raise _unreadable(error, self.path) from error

    def close(self) -> None:
        """Close this thread's connection, and the one that watches."""
        if db := getattr(self._local, "db", None):
            db.close()
            self._local.db = None
        with self._watching:
            if self._watch is not None:
                self._watch.close()
                self._watch, self._seen = None, (-1, {})

    def _connection(self) -> sqlite3.Connection:
        db = getattr(self._local, "db", None)
        if db is None:
            try:
                db = sqlite3.connect(self.path, timeout=30, isolation_level=None)
                db.row_factory = sqlite3.Row
                db.execute("PRAGMA journal_mode = WAL")
                db.execute("PRAGMA synchronous = FULL")
                db.execute("PRAGMA foreign_keys = ON")
            except sqlite3.DatabaseError as error:
                raise _unreadable(error, self.path) from error
            self._local.db = db
        return db


# Where a query reads: the store, or the transaction that is under way.
Reads: TypeAlias = Store | sqlite3.Connection
# Where a statement writes: the transaction that `Store.write` gives.
Writes: TypeAlias = sqlite3.Connection


def rows(source: Reads, sql: str, values: Values = ()) -> list[sqlite3.Row]:
    """Every row of a query; columns by name or place."""
    return source.execute(sql, _plain(values)).fetchall()


def row(source: Reads, sql: str, values: Values = ()) -> sqlite3.Row | None:
    """The first row of a query, or None."""
    found: sqlite3.Row | None = source.execute(sql, _plain(values)).fetchone()
    return found


def value(source: Reads, sql: str, values: Values = ()) -> Any:
    """The first column of the first row, or None."""
    found = row(source, sql, values)
    return found[0] if found is not None else None


def _plain(values: Values) -> Any:
    return values if isinstance(values, dict) else tuple(values)


def _statements(script: str) -> Iterator[str]:
    """Single statements of a script, so that a migration stays inside one transaction."""
    held = ""
    for piece in script.split(";"):
        held += piece + ";"
        if sqlite3.complete_statement(held):
            if held.strip(" \n;"):
                yield held
            held = ""


def _unreadable(error: sqlite3.DatabaseError, path: Path) -> WorkspaceError:
    text = str(error)
    if "full" in text or "disk I/O" in text:
        return disk_error(OSError(28, text), path)
    return WorkspaceError(
        "The workspace's store {path} cannot be used ({reason}).",
        "Check that the folder is writable and the disk is not full, or open another workspace.",
        path=path.name,
        reason=text,
    )
