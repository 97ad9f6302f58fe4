"""The table `sets`: named results (chunks, utterances, rows, the marks of an import or a cleaning)
and the jobs that made them.
"""

import sqlite3
from dataclasses import dataclass
from typing import Any, NamedTuple

from studio.store.columns import dumps, loads, record
from studio.store.database import Reads, Writes, row, rows, value

# Tables in which a set's content lies; the rows of each name their set and their document.
HOLDING = ("chunks", "utterances", "rows")
ROW_STATES = ("new", "accepted", "rejected")  # of `rows`, as a person decided
COLUMNS = "s.id, s.kind, s.name, s.job, s.meta, s.created"
NEWEST = "ORDER BY s.created DESC, s.rowid DESC"


@dataclass(frozen=True, slots=True)
class SetRow:
    """One set. job: the id of the job that made it, or None; created: Unix seconds."""

    id: str
    kind: str
    name: str
    job: str | None
    meta: dict[str, Any]
    created: float

    @property
    def listed(self) -> dict[str, Any]:
        """What a list of sets of one kind shows of it."""
        return {name: getattr(self, name) for name in ("id", "name", "job", "created", "meta")}


class SetAndJob(NamedTuple):
    """A set, and the state of the job that made it (None where there is no such job)."""

    set: SetRow
    job_state: str | None


class SizedSet(NamedTuple):
    """A set, and how many chunks or utterances it holds."""

    set: SetRow
    size: int


class RowSet(NamedTuple):
    """A set of rows, how many it holds, and how many of them are in each of `ROW_STATES`."""

    set: SetRow
    size: int
    by_state: dict[str, int]


class Holder(NamedTuple):
    """A set that holds something made from a document: the table it lies in, the set's name."""

    table: str
    name: str


def add(
    db: Writes,
    set_id: str,
    kind: str,
    name: str,
    *,
    job: str | None = None,
    meta: dict[str, Any] | None = None,
    created: float | None = None,
) -> None:
    """A new set; one of that id that is there already stays as it is.

    created: Unix seconds, now when left out.
    """
    db.execute(
        "INSERT OR IGNORE INTO sets (id, kind, name, job, meta, created)"
        " VALUES (?, ?, ?, ?, ?, ifnull(?, (julianday('now') - 2440587.5) * 86400.0))",
        (set_id, kind, name, job, dumps(meta or {}), created),
    )


def copy(db: Writes, set_id: str, made: str, name: str) -> None:
    """A set `made` of the same kind and meta under another name; its content is not copied."""
    db.execute(
        "INSERT INTO sets (id, kind, name, meta) SELECT ?, kind, ?, meta FROM sets WHERE id = ?",
        (made, name, set_id),
    )


def next_number(source: Reads) -> int:
    """A number that no set was given so far."""
    return int(value(source, "SELECT ifnull(max(rowid), 0) + 1 FROM sets"))


def get(source: Reads, set_id: str, kind: str = "") -> SetRow | None:
    """The set of that id, and of that kind if one is named; None if there is none."""
    found = row(
        source,
        f"SELECT {COLUMNS} FROM sets s WHERE s.id = ? AND ? IN ('', s.kind)",
        (set_id, kind),
    )
    return _set(found) if found is not None else None


def with_job(source: Reads, set_id: str, kind: str = "") -> SetAndJob | None:
    """As `get`, with the state of its job."""
    found = row(
        source,
        f"SELECT {COLUMNS}, j.state FROM sets s LEFT JOIN jobs j ON j.id = s.job"
        " WHERE s.id = ? AND ? IN ('', s.kind)",
        (set_id, kind),
    )
    return SetAndJob(_set(found), found["state"]) if found is not None else None


def find(source: Reads, kind: str, wanted: str) -> SetRow | None:
    """The set of that id, else the newest of that name; None if there is none of the kind."""
    found = row(
        source,
        f"SELECT {COLUMNS} FROM sets s WHERE s.kind = ? AND (s.id = ? OR s.name = ?)"
        " ORDER BY s.id = ? DESC, s.created DESC, s.rowid DESC LIMIT 1",
        (kind, wanted, wanted, wanted),
    )
    return _set(found) if found is not None else None


def newest_first(source: Reads, kind: str = "") -> list[SetRow]:
    """The sets of a kind, or all of them."""
    return [
        _set(found)
        for found in rows(
            source, f"SELECT {COLUMNS} FROM sets s WHERE ? IN ('', s.kind) {NEWEST}", (kind,)
        )
    ]


def newest(source: Reads, kind: str, *job_kinds: str) -> SetRow | None:
    """The newest set of a kind; with `job_kinds` of those that jobs of these kinds made."""
    made = " OR ".join(["s.job LIKE ?"] * len(job_kinds)) or "1"
    found = row(
        source,
        f"SELECT {COLUMNS} FROM sets s WHERE s.kind = ? AND ({made}) {NEWEST} LIMIT 1",
        (kind, *(f"{job}-%" for job in job_kinds)),
    )
    return _set(found) if found is not None else None


def with_rows(source: Reads) -> list[SetRow]:
    """The sets that hold rows or whose job is at work, the newest first."""
    return [
        _set(found)
        for found in rows(
            source,
            f"SELECT {COLUMNS} FROM sets s WHERE s.kind = 'rows'"
            " AND (EXISTS (SELECT 1 FROM rows r WHERE r.set_id = s.id)"
            " OR EXISTS (SELECT 1 FROM jobs j WHERE j.id = s.job"
            f" AND j.state IN ('queued', 'running'))) {NEWEST}",
        )
    ]


def chunk_sets(source: Reads) -> list[SizedSet]:
    """The sets of chunks with the number of their chunks, the newest first."""
    return _sized(source, "chunks")


def utterance_sets(source: Reads) -> list[SizedSet]:
    """The sets of lines with the number of their utterances, the newest first."""
    return _sized(source, "utterances")


def row_sets(source: Reads) -> list[RowSet]:
    """The sets that hold rows or whose job is at work, the newest first."""
    tally = ", ".join(f"ifnull(sum(r.state = '{state}'), 0) AS n_{state}" for state in ROW_STATES)
    return [
        RowSet(_set(found), found["n"], {state: found[f"n_{state}"] for state in ROW_STATES})
        for found in rows(
            source,
            f"SELECT {COLUMNS}, count(r.id) AS n, {tally} FROM sets s"
            " LEFT JOIN rows r ON r.set_id = s.id WHERE s.kind = 'rows' GROUP BY s.id"
            " HAVING n > 0 OR EXISTS (SELECT 1 FROM jobs j WHERE j.id = s.job"
            f" AND j.state IN ('queued', 'running')) {NEWEST}",
        )
    ]


def documents_by_set(source: Reads) -> dict[str, list[str]]:
    """Of each set of chunks or lines the ids of the documents that it was made from."""
    found: dict[str, list[str]] = {}
    for table in ("chunks", "utterances"):
        for one in rows(source, f"SELECT DISTINCT set_id, document FROM {table}"):
            found.setdefault(one["set_id"], []).append(one["document"])
    return found


def meta_of(source: Reads, set_id: str) -> dict[str, Any]:
    """A set's meta; {} for an unknown set."""
    return loads(value(source, "SELECT meta FROM sets WHERE id = ?", (set_id,))) or {}


def set_meta(db: Writes, set_id: str, meta: dict[str, Any]) -> None:
    """Put a set's meta in place of what it was."""
    db.execute("UPDATE sets SET meta = ? WHERE id = ?", (dumps(meta), set_id))


def add_tables(db: Writes, set_id: str, run: str) -> None:
    """Remember in the meta ("tables") a run folder that keeps the set's tables."""
    db.execute(
        "UPDATE sets SET meta = json_insert(json_set(meta, '$.tables',"
        " ifnull(json_extract(meta, '$.tables'), json('[]'))), '$.tables[#]', ?) WHERE id = ?",
        (run, set_id),
    )


def rename(db: Writes, set_id: str, kind: str, name: str) -> bool:
    """Give a set of that kind another name; whether there is one."""
    changed = db.execute(
        "UPDATE sets SET name = ? WHERE id = ? AND kind = ?", (name, set_id, kind)
    ).rowcount
    return changed > 0


def delete(db: Writes, set_id: str, kind: str) -> bool:
    """Delete a set of that kind with all it holds; whether there was one."""
    changed = db.execute("DELETE FROM sets WHERE id = ? AND kind = ?", (set_id, kind)).rowcount
    return changed > 0


def delete_empty(db: Writes, job: str, *, keep_marked: bool) -> None:
    """Delete the sets of a job that hold no chunk, utterance or row.

    keep_marked: those that have marks of finished work stay.
    """
    held = (*HOLDING, *(("units",) if keep_marked else ()))
    db.execute(
        "DELETE FROM sets WHERE job = ? AND kind IN ('chunks', 'utterances', 'rows')"
        + "".join(
            f" AND NOT EXISTS (SELECT 1 FROM {table} t WHERE t.set_id = sets.id)" for table in held
        ),
        (job,),
    )


def of_document(source: Reads, document: str) -> list[str]:
    """The ids of the sets of chunks and of lines that were made from a document."""
    return [
        found["set_id"]
        for found in rows(
            source,
            "SELECT DISTINCT set_id FROM chunks WHERE document = ?"
            " UNION SELECT DISTINCT set_id FROM utterances WHERE document = ?",
            (document, document),
        )
    ]


def holding_rows_of(source: Reads, document: str) -> list[str]:
    """The ids of the sets of rows that point into a document."""
    found = rows(source, "SELECT DISTINCT set_id FROM rows WHERE document = ?", (document,))
    return [one["set_id"] for one in found]


def holder(source: Reads, document: str) -> Holder | None:
    """A set that holds something made from a document, or None."""
    for table in HOLDING:
        found = row(
            source,
            f"SELECT s.name FROM {table} t LEFT JOIN sets s ON s.id = t.set_id"
            " WHERE t.document = ? LIMIT 1",
            (document,),
        )
        if found is not None:
            return Holder(table, found["name"] or "")
    return None


def _sized(source: Reads, table: str) -> list[SizedSet]:
    return [
        SizedSet(_set(found), found["n"])
        for found in rows(
            source,
            f"SELECT {COLUMNS}, (SELECT count(*) FROM {table} t WHERE t.set_id = s.id) AS n"
            f" FROM sets s WHERE s.kind = ? {NEWEST}",
            (table,),
        )
    ]


def _set(found: sqlite3.Row) -> SetRow:
    return record(SetRow, found, meta=loads(found["meta"]) or {})
