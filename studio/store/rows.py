"""The table `rows`: what models are trained on, one question and its answer (or pair of answers)
each.
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from studio.store import database
from studio.store.columns import dumps, loads, record
from studio.store.database import Reads, Writes, row, value

COLUMNS = 'id, set_id, unit, part, data, document, "start", "end", chunk, state'
BATCH = 2000  # rows that are read at a time where all are wanted
# What a person reads of a row: its chunk and its document with it.
SHOWN = """
    SELECT r.id, r.set_id, r.state, r.data, r."start", r."end", r.chunk,
        r.document AS document_id, d.name AS document,
        c.text AS source, c."start" AS source_start, c.heading
    FROM rows r LEFT JOIN documents d ON d.id = r.document LEFT JOIN chunks c ON c.id = r.chunk
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRow:
    """A row to keep. unit and part: the unit of work that made it, and which of its rows it is.

    document (its id), start, end: where it comes from, in characters; chunk: a chunk's id.
    """

    unit: str
    data: dict[str, Any]
    part: int = 0
    document: str | None = None
    start: int | None = None
    end: int | None = None
    chunk: int | None = None
    state: str = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A kept row; `document` is the document's id."""

    id: int
    set_id: str
    unit: str
    part: int
    data: dict[str, Any]
    document: str | None
    start: int | None
    end: int | None
    chunk: int | None
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UsableRow:
    """A row that was not rejected, as others read it.

    fault: why `data` is not JSON and None, "" where it is.
    """

    id: int
    data: Any
    fault: str
    document: str | None
    start: int | None
    end: int | None
    chunk: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRow:
    """A row's data and its place; `document` is the document's name."""

    data: dict[str, Any]
    document: str | None
    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRow:
    """A row with what it was made from.

    document: the document's name; source, source_start, heading: text, first character and
    headings of its chunk.
    """

    id: int
    set_id: str
    state: str
    data: dict[str, Any]
    start: int | None
    end: int | None
    chunk: int | None
    document_id: str | None
    document: str | None
    source: str | None
    source_start: int | None
    heading: str | None


def add(db: Writes, set_id: str, *new: NewRow) -> None:
    """Keep rows of a set. Raises sqlite3.IntegrityError where its unit and part are kept."""
    db.executemany(
        'INSERT INTO rows (set_id, unit, part, data, document, "start", "end", chunk, state)'
        " VALUES (?,?,?,?,?,?,?,?,?)",
        (
            (
                set_id,
                one.unit,
                one.part,
                dumps(one.data),
                one.document,
                one.start,
                one.end,
                one.chunk,
                one.state,
            )
            for one in new
        ),
    )


def set_state(db: Writes, row_id: int, state: str) -> None:
    """Give a row another state."""
    db.execute("UPDATE rows SET state = ? WHERE id = ?", (state, row_id))


def set_data(db: Writes, row_id: int, data: dict[str, Any]) -> None:
    """Put a row's data in place of what it was."""
    db.execute("UPDATE rows SET data = ? WHERE id = ?", (dumps(data), row_id))


def delete(db: Writes, row_id: int) -> None:
    """Delete one row."""
    db.execute("DELETE FROM rows WHERE id = ?", (row_id,))


def move(db: Writes, chunk: int, to: int, *, start: int | None = None) -> None:
    """Give the rows of a chunk to another one: all, or those from the character `start` on."""
    if start is None:
        db.execute("UPDATE rows SET chunk = ? WHERE chunk = ?", (to, chunk))
    else:
        db.execute('UPDATE rows SET chunk = ? WHERE chunk = ? AND "start" >= ?', (to, chunk, start))


def get(source: Reads, row_id: int) -> Row | None:
    """The row of that id, or None."""
    found = row(source, f"SELECT {COLUMNS} FROM rows WHERE id = ?", (row_id,))
    return _row(found) if found is not None else None


def count(source: Reads, set_id: str) -> int:
    """How many rows a set has; 0 for an unknown one."""
    return int(value(source, "SELECT count(*) FROM rows WHERE set_id = ?", (set_id,)))


def count_by_state(source: Reads, set_id: str) -> dict[str, int]:
    """How many rows of a set are in each state that one is in."""
    return {
        one["state"]: one["n"]
        for one in database.rows(
            source,
            "SELECT state, count(*) AS n FROM rows WHERE set_id = ? GROUP BY state",
            (set_id,),
        )
    }


def any_usable(source: Reads, set_id: str) -> bool:
    """Whether a set has a row that was not rejected."""
    found = value(
        source, "SELECT 1 FROM rows WHERE set_id = ? AND state <> 'rejected' LIMIT 1", (set_id,)
    )
    return found is not None


def of_set(source: Reads, set_id: str, *, document: str | None = None) -> list[Row]:
    """The rows of a set, or those of one document among them, in the order they were made."""
    return list(each_of_set(source, set_id, document=document))


def each_of_set(source: Reads, set_id: str, *, document: str | None = None) -> Iterator[Row]:
    """What `of_set` gives, with BATCH rows held at a time."""
    where, values = ("", ()) if document is None else (" AND document = ?", (document,))
    last = 0
    while found := database.rows(
        source,
        f"SELECT {COLUMNS} FROM rows WHERE set_id = ? AND id > ?{where} ORDER BY id LIMIT ?",
        (set_id, last, *values, BATCH),
    ):
        last = int(found[-1]["id"])
        yield from map(_row, found)


def data_of_set(source: Reads, set_id: str) -> Iterator[dict[str, Any]]:
    """The data of every row of a set, in the order they were made."""
    return (row.data for row in each_of_set(source, set_id))


def usable_behind(source: Reads, set_id: str, row_id: int, limit: int) -> list[UsableRow]:
    """The next `limit` rows of a set behind one, those that were rejected left out."""
    return [
        _usable(found)
        for found in database.rows(
            source,
            'SELECT id, data, document, "start", "end", chunk FROM rows'
            " WHERE set_id = ? AND id > ? AND state != 'rejected' ORDER BY id LIMIT ?",
            (set_id, row_id, limit),
        )
    ]


def usable_named(source: Reads, set_id: str) -> Iterator[NamedRow]:
    """The rows of a set that were not rejected, with their documents' names, in the order they
    were made; BATCH of them are held at a time.
    """
    last = 0
    while found := database.rows(
        source,
        'SELECT r.id, r.data, r."start", r."end", d.name AS document FROM rows r'
        " LEFT JOIN documents d ON d.id = r.document"
        " WHERE r.set_id = ? AND r.id > ? AND r.state <> 'rejected' ORDER BY r.id LIMIT ?",
        (set_id, last, BATCH),
    ):
        last = int(found[-1]["id"])
        for one in found:
            yield record(NamedRow, one, data=loads(one["data"]))


def page(
    source: Reads, set_id: str, *, offset: int, limit: int, state: str = "", search: str = ""
) -> tuple[list[ShownRow], int]:
    """(`limit` rows from `offset` on, how many there are), in the order of their source.

    state: only those in it; search: only those whose data holds this text; "" for all.
    """
    where, values = "r.set_id = ?", [set_id]
    if state:
        where, values = f"{where} AND r.state = ?", [*values, state]
    if search:
        where, values = f"{where} AND r.data LIKE ? ESCAPE '~'", [*values, _pattern(search)]
    total = int(value(source, f"SELECT count(*) FROM rows r WHERE {where}", values))
    found = database.rows(
        source,
        f'{SHOWN} WHERE {where} ORDER BY r.document, r."start", r.id LIMIT ? OFFSET ?',
        [*values, limit, offset],
    )
    return [_shown(one) for one in found], total


def _pattern(search: str) -> str:
    """A LIKE pattern for text inside the JSON of a row."""
    inside = dumps(search)[1:-1]
    for sign in ("~", "%", "_"):
        inside = inside.replace(sign, f"~{sign}")
    return f"%{inside}%"


def _row(found: sqlite3.Row) -> Row:
    return record(Row, found, data=loads(found["data"]))


def _usable(found: sqlite3.Row) -> UsableRow:
    data, fault = None, ""
    try:
        data = json.loads(found["data"])
    except ValueError as error:  # broken by someone else: one row less, not a set less
        fault = str(error)
    return record(UsableRow, found, data=data, fault=fault)


def _shown(found: sqlite3.Row) -> ShownRow:
    return record(ShownRow, found, data=loads(found["data"]))
