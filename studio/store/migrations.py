"""The schema: numbered, append-only migrations; how many have run stands in `user_version`."""

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
    "marks": "UPDATE",
    "queue": "UPDATE",
    "queue_hold": "UPDATE",
    "jobs": "UPDATE OF state, title, parent, step, result, error, created, started, ended",
}
ADDED = ("marks", "queue", "queue_hold")  # tables that came after the counters


def _counting(table: str) -> str:
    """Statements that count the writes of a table from now on."""
    return f"INSERT INTO changes (what) VALUES ('{table}');" + "".join(
        f"CREATE TRIGGER {table}_{how.split()[0].lower()} AFTER {how} ON {table}"
        f" BEGIN UPDATE changes SET n = n + 1 WHERE what = '{table}'; END;"
        for how in ("INSERT", COUNTED[table], "DELETE")
    )


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
    + "".join(_counting(table) for table in COUNTED if table not in ADDED),
    """
    -- The window's forms as they stood.
    CREATE TABLE page_state (key TEXT PRIMARY KEY, value TEXT NOT NULL, changed REAL NOT NULL);
    """,
    """
    -- What a person noted of a thing of the workspace, and the names that it had before.
    CREATE TABLE marks (
        family TEXT NOT NULL, id TEXT NOT NULL, note TEXT NOT NULL DEFAULT '',
        starred INTEGER NOT NULL DEFAULT 0, archived INTEGER NOT NULL DEFAULT 0,
        former TEXT NOT NULL DEFAULT '[]', PRIMARY KEY (family, id)
    );
    """
    + _counting("marks"),
    """
    -- Jobs in the state 'queued' that wait for their turn, by their place. taken: when one was let
    -- go, until its worker says that it runs; NULL while it waits.
    CREATE TABLE queue (
        job TEXT PRIMARY KEY REFERENCES jobs(id) ON DELETE CASCADE, place REAL NOT NULL, taken REAL
    );
    CREATE TRIGGER queue_left AFTER UPDATE OF state ON jobs WHEN NEW.state <> 'queued'
        BEGIN DELETE FROM queue WHERE job = NEW.id; END;
    -- Whether the queue is held, after which failed job that was, and whether a failure holds it.
    CREATE TABLE queue_hold (
        id INTEGER PRIMARY KEY CHECK (id = 1), held INTEGER NOT NULL DEFAULT 0,
        after TEXT NOT NULL DEFAULT '', on_failure INTEGER NOT NULL DEFAULT 0
    );
    INSERT INTO queue_hold (id) VALUES (1);
    """
    + _counting("queue")
    + _counting("queue_hold"),
)
