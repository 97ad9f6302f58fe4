"""The store: one SQLite file a workspace, in WAL mode, opened by the window and by every worker.

A unit of work and its "done" mark are written in one transaction with a unique key, so a kill at
any instant loses nothing finished and repeats nothing finished (SQLite, "Write-Ahead Logging").
Migrations are numbered, append-only and recorded in `user_version`. Triggers count the writes of
each table, so that what was read from some tables can be kept until one of them is written
(`changes`, `kept`).
"""

import json
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from studio.errors import WorkspaceError
from studio.files import disk_error

# What triggers count. A job's progress is written twice a second and changes no list: only `beat`
# tells of it.
COUNTED = {
    "documents": "UPDATE",
    "sets": "UPDATE",
    "chunks": "UPDATE",
    "chunk_edits": "UPDATE",
    "utterances": "UPDATE",
    "utterance_edits": "UPDATE",
    "rows": "UPDATE",
    "reviews": "UPDATE",
    "jobs": "UPDATE OF state, title, parent, step, result, error, created, started, ended",
}
KEPT = 200  # values of `Store.kept`

MIGRATIONS = (
    """
    CREATE TABLE documents (
        id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, file TEXT NOT NULL, sha256 TEXT NOT NULL,
        chars INTEGER NOT NULL, encoding TEXT NOT NULL,
        created REAL NOT NULL DEFAULT ((julianday('now') - 2440587.5) * 86400.0)
    );
    CREATE TABLE sets (              -- a named result: chunks, utterances, rows
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, job TEXT,
        meta TEXT NOT NULL DEFAULT '{}',
        created REAL NOT NULL DEFAULT ((julianday('now') - 2440587.5) * 86400.0)
    );
    CREATE TABLE chunks (
        id INTEGER PRIMARY KEY, set_id TEXT NOT NULL REFERENCES sets(id) ON DELETE CASCADE,
        document TEXT NOT NULL REFERENCES documents(id), ordinal INTEGER NOT NULL,
        "start" INTEGER NOT NULL, "end" INTEGER NOT NULL, tokens INTEGER NOT NULL,
        text TEXT NOT NULL,
        heading TEXT NOT NULL DEFAULT '', UNIQUE (set_id, ordinal)
    );
    CREATE TABLE utterances (
        id INTEGER PRIMARY KEY, set_id TEXT NOT NULL REFERENCES sets(id) ON DELETE CASCADE,
        document TEXT NOT NULL REFERENCES documents(id), ordinal INTEGER NOT NULL,
        "start" INTEGER NOT NULL, "end" INTEGER NOT NULL,
        text TEXT NOT NULL, speaker TEXT, addressee TEXT,
        confidence REAL NOT NULL, method TEXT NOT NULL, scene INTEGER NOT NULL DEFAULT 0,
        UNIQUE (set_id, ordinal)
    );
    -- Training rows: sft {system,instruction,input,output}, ranking {…,chosen,rejected}.
    CREATE TABLE rows (
        id INTEGER PRIMARY KEY, set_id TEXT NOT NULL REFERENCES sets(id) ON DELETE CASCADE,
        unit TEXT NOT NULL, part INTEGER NOT NULL DEFAULT 0, data TEXT NOT NULL,
        document TEXT, "start" INTEGER, "end" INTEGER,
        chunk INTEGER REFERENCES chunks(id) ON DELETE SET NULL,
        state TEXT NOT NULL DEFAULT 'new',
        created REAL NOT NULL DEFAULT ((julianday('now') - 2440587.5) * 86400.0),
        UNIQUE (set_id, unit, part)
    );
    CREATE INDEX rows_by_set ON rows (set_id, id);
    CREATE TABLE units (             -- finished units of work, also those that made no row
        set_id TEXT NOT NULL REFERENCES sets(id) ON DELETE CASCADE, key TEXT NOT NULL,
        note TEXT NOT NULL DEFAULT '', PRIMARY KEY (set_id, key)
    );
    CREATE TABLE reviews (
        id INTEGER PRIMARY KEY, row_id INTEGER NOT NULL REFERENCES rows(id) ON DELETE CASCADE,
        action TEXT NOT NULL, before TEXT,
        created REAL NOT NULL DEFAULT ((julianday('now') - 2440587.5) * 86400.0)
    );
    CREATE TABLE jobs (
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, state TEXT NOT NULL, spec TEXT NOT NULL,
        fingerprint TEXT NOT NULL, parent TEXT, step TEXT, title TEXT NOT NULL DEFAULT '',
        progress TEXT NOT NULL DEFAULT '{}', result TEXT, error TEXT,
        created REAL NOT NULL DEFAULT ((julianday('now') - 2440587.5) * 86400.0),
        started REAL, ended REAL, beat REAL
    );
    CREATE UNIQUE INDEX one_active_job ON jobs (fingerprint, ifnull(parent, ''))
        WHERE state IN ('queued', 'running');
    CREATE INDEX jobs_by_kind ON jobs (kind, created);
    CREATE TABLE events (
        id INTEGER PRIMARY KEY, job TEXT NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,
        kind TEXT NOT NULL, data TEXT NOT NULL DEFAULT '{}',
        at REAL NOT NULL DEFAULT ((julianday('now') - 2440587.5) * 86400.0)
    );
    CREATE INDEX events_by_job ON events (job, id);
    """,
    """
    -- Of a cleaned text: the document it came from.
    ALTER TABLE documents ADD COLUMN parent TEXT;
    -- Form, source, places, offsets, cleaning.
    ALTER TABLE documents ADD COLUMN meta TEXT NOT NULL DEFAULT '{}';
    CREATE INDEX chunks_by_place ON chunks (set_id, document, "start");
    CREATE INDEX rows_by_chunk ON rows (chunk);
    CREATE TABLE chunk_edits (       -- borders set by hand, newest last, for undo
        id INTEGER PRIMARY KEY, set_id TEXT NOT NULL REFERENCES sets(id) ON DELETE CASCADE,
        document TEXT NOT NULL, place INTEGER NOT NULL, added INTEGER NOT NULL,
        -- Where the chunk behind the border began or begins: before it, where chunks overlap.
        "start" INTEGER NOT NULL,
        at REAL NOT NULL DEFAULT ((julianday('now') - 2440587.5) * 86400.0)
    );
    """,
    """
    ALTER TABLE utterances ADD COLUMN kind TEXT NOT NULL DEFAULT 'speech';
    ALTER TABLE utterances ADD COLUMN speech INTEGER NOT NULL DEFAULT -1;
    ALTER TABLE utterances ADD COLUMN paragraph INTEGER NOT NULL DEFAULT 0;
    -- [[what spoke for the speaker, nats], …].
    ALTER TABLE utterances ADD COLUMN evidence TEXT NOT NULL DEFAULT '[]';
    -- [[next best speaker, probability], …].
    ALTER TABLE utterances ADD COLUMN others TEXT NOT NULL DEFAULT '[]';
    -- By rules, a model or a person.
    ALTER TABLE utterances ADD COLUMN decided TEXT NOT NULL DEFAULT 'rules';
    -- What a model answered: {name or ?: times}.
    ALTER TABLE utterances ADD COLUMN votes TEXT NOT NULL DEFAULT '{}';
    -- Lines from before: quoted words are told by their method; no two are known to share a
    -- paragraph.
    UPDATE utterances SET paragraph = ordinal,
        kind = CASE method WHEN 'quoted' THEN 'quoted' ELSE 'speech' END;
    -- The spec, with its table of persons, stood with the job alone.
    UPDATE sets SET meta = (
        SELECT json_set(sets.meta, '$.spec', json(j.spec), '$.characters',
            ifnull(json_extract(j.spec, '$.characters'), ''))
        FROM jobs j WHERE j.id = sets.job
    ) WHERE kind = 'utterances' AND job IN (SELECT id FROM jobs WHERE json_valid(spec));
    -- Pairs were kept in one transaction with their document's lines.
    INSERT OR IGNORE INTO units (set_id, key) SELECT DISTINCT r.set_id, r.unit
        FROM rows r JOIN sets s ON s.id = r.set_id
        JOIN jobs j ON j.id = s.job WHERE j.kind = 'dialogue';
    CREATE INDEX utterances_by_place ON utterances (set_id, document, "start");
    CREATE TABLE utterance_edits (   -- decisions by hand, newest last, each with what stood before
        id INTEGER PRIMARY KEY, set_id TEXT NOT NULL REFERENCES sets(id) ON DELETE CASCADE,
        utterance INTEGER NOT NULL, before TEXT NOT NULL,
        created REAL NOT NULL DEFAULT ((julianday('now') - 2440587.5) * 86400.0)
    );
    CREATE INDEX utterance_edits_by_set ON utterance_edits (set_id, id);
    """,
    # Writes of each table so far.
    "CREATE TABLE changes (what TEXT PRIMARY KEY, n INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;"
    + "".join(
        f"INSERT INTO changes (what) VALUES ('{table}');"
        + "".join(
            f"CREATE TRIGGER {table}_{how.split()[0].lower()} AFTER {how} ON {table}"
            f" BEGIN UPDATE changes SET n = n + 1 WHERE what = '{table}'; END;"
            for how in ("INSERT", update, "DELETE")
        )
        for table, update in COUNTED.items()
    ),
    """
    -- The window's forms as they stood.
    CREATE TABLE page_state (key TEXT PRIMARY KEY, value TEXT NOT NULL, changed REAL NOT NULL);
    """,
)


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

    def all(self, sql: str, values: Iterable[Any] | dict[str, Any] = ()) -> list[dict[str, Any]]:
        """Every row of a query as dicts."""
        return [dict(row) for row in self._connection().execute(sql, _plain(values))]

    def one(self, sql: str, values: Iterable[Any] | dict[str, Any] = ()) -> dict[str, Any] | None:
        """The first row of a query, or None."""
        row = self._connection().execute(sql, _plain(values)).fetchone()
        return dict(row) if row else None

    def value(self, sql: str, values: Iterable[Any] | dict[str, Any] = ()) -> Any:
        """The first column of the first row, or None."""
        row = self._connection().execute(sql, _plain(values)).fetchone()
        return row[0] if row else None

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


def dumps(data: Any) -> str:
    """JSON as it is kept in the store's text columns."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def loads(text: str | None) -> Any:
    """The reverse of `dumps`; None stays None."""
    return json.loads(text) if text else None


def _plain(values: Iterable[Any] | dict[str, Any]) -> Any:
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
