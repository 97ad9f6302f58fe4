"""The index of a dataset's rows: a DuckDB file with a line for each row of the dataset, its place,
lengths, kind and texts; and the only place with DuckDB's SQL.

Texts are kept case-folded, one column a field, for searching only: what is shown is read from the
dataset. Values are always bound, names of columns come from the tables below, and the connection
reads and writes nothing but its own file. DuckDB stores the texts uncompressed: searching a
gigabyte of them is three times as fast as it is with its compression, writing them four times.
"""

import json
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.datasets.paging.row_query import FIELDS, FILE_ORDER, NUMBERS, Condition, Query
from studio.errors import WorkspaceError

if TYPE_CHECKING:
    import duckdb
    import numpy

THREADS = 2
READ_MB, WRITE_MB = 1536, 384  # of DuckDB's own memory
BATCH = 4096
ANSWERS = 8  # of whole queries, kept as numbers
SORTED_BY = 64  # characters of a text
EXAMPLE = "example"
TEXTS = {name: f"text_{name}" for name in FIELDS}
LENGTHS = {name: f"length_{name}" for name in FIELDS}
# line: the row's number in the file from 1, blank lines included; number: among the good rows from
# 0, NULL for a bad one; place: where it begins in the file that pages are read from.
COLUMNS = {
    "line": "BIGINT",
    "number": "BIGINT",
    "place": "BIGINT",
    "kind": "VARCHAR",
    "reason": "VARCHAR",
    EXAMPLE: "VARCHAR",
    **dict.fromkeys(NUMBERS, "INTEGER"),
    **dict.fromkeys(LENGTHS.values(), "INTEGER"),
    **dict.fromkeys(TEXTS.values(), "VARCHAR"),
}


@dataclass(frozen=True)
class Place:
    """One row of a page: its line from 1, its number among the good rows from 0 (None for a bad
    one), where it begins, and for a bad one the reason and how it begins.
    """

    line: int
    number: int | None
    place: int
    reason: str | None
    example: str | None


class Writer:
    """An index that is being made: `add` each row in the file's order, then `finish`."""

    def __init__(self, path: Path | None) -> None:
        """path: None for one in memory, which `finish` hands over."""
        self.path = path
        self.db = _connected(path, WRITE_MB)
        with _told():
            self.db.execute(
                f"CREATE TABLE rows ({', '.join(f'{n} {kind}' for n, kind in COLUMNS.items())})"
            )
            self.db.execute("CREATE TABLE facts (value VARCHAR)")
        self.waiting: dict[str, list[Any]] = {name: [] for name in COLUMNS}

    def add(self, values: dict[str, Any]) -> None:
        """One row, by the names of COLUMNS; what is not named is NULL. Raises WorkspaceError."""
        for name, column in self.waiting.items():
            column.append(values.get(name))
        if len(self.waiting["line"]) >= BATCH:
            self._flush()

    def _flush(self) -> None:
        import pyarrow

        kinds = {
            "BIGINT": pyarrow.int64(),
            "INTEGER": pyarrow.int32(),
            "VARCHAR": pyarrow.string(),
        }
        batch = pyarrow.table(
            {
                name: pyarrow.array(column, kinds[COLUMNS[name]])
                for name, column in self.waiting.items()
            }
        )
        with _told():
            self.db.register("batch", batch)
            self.db.execute("INSERT INTO rows SELECT * FROM batch")
            self.db.unregister("batch")
        for column in self.waiting.values():
            column.clear()

    def finish(self, facts: dict[str, Any]) -> "RowIndex | None":
        """Write what is left and the facts of the whole; the index itself if it is in memory."""
        self._flush()
        with _told():
            self.db.execute("INSERT INTO facts VALUES (?)", [json.dumps(facts)])
        if self.path is None:
            return RowIndex(self.db)
        self.close()
        return None

    def close(self) -> None:
        """Close the file; of one that was not finished nothing can be used."""
        with _told():
            self.db.close()


class RowIndex:
    """An index that is whole."""

    def __init__(self, db: "duckdb.DuckDBPyConnection") -> None:
        self.db = db
        with _told():
            found = self.db.execute("SELECT value FROM facts").fetchone()
        self.facts: dict[str, Any] = json.loads(found[0]) if found else {}
        self._answers: OrderedDict[Query, numpy.ndarray[Any, Any]] = OrderedDict()

    @staticmethod
    def open(path: Path) -> "RowIndex":
        """The index at a path. Raises WorkspaceError where it cannot be read."""
        return RowIndex(_connected(path, READ_MB, read_only=True))

    def count(self, query: Query) -> int:
        """How many rows a query finds."""
        return int(self.facts["good"]) if query.plain else len(self._lines(query))

    def page(self, query: Query, offset: int, limit: int) -> list[Place]:
        """The rows from `offset` on of those that a query finds, in its order."""
        if query.plain:
            return self._places("number >= ? AND number < ?", [offset, offset + limit])
        wanted = [int(line) for line in self._lines(query)[offset : offset + limit]]
        if not wanted:
            return []
        marks = ", ".join("?" for _ in wanted)
        found = self._places(
            f"line >= ? AND line <= ? AND line IN ({marks})", [min(wanted), max(wanted), *wanted]
        )
        by_line = {place.line: place for place in found}
        return [by_line[line] for line in wanted if line in by_line]

    def offset_of(self, query: Query, number: int) -> int:
        """Where the good row of a number from 0 stands among what a query finds, or, in the file's
        order, the next one after it; 0 where neither is there.
        """
        if query.plain:
            return max(0, min(number, self.count(query) - 1))
        lines = self._lines(query)
        with _told():
            found = self.db.execute("SELECT line FROM rows WHERE number = ?", [number]).fetchone()
        if found is None or not len(lines):
            return 0
        exact = (lines == found[0]).nonzero()[0]
        if len(exact):
            return int(exact[0])
        after = (
            int(lines.searchsorted(found[0])) if query.by == FILE_ORDER and not query.down else 0
        )
        return min(after, len(lines) - 1)

    def _places(self, condition: str, values: Sequence[int]) -> list[Place]:
        with _told():
            found = self.db.execute(
                f"SELECT line, number, place, reason, {EXAMPLE} FROM rows WHERE {condition} "
                "ORDER BY line",
                list(values),
            ).fetchall()
        return [Place(*row) for row in found]

    def _lines(self, query: Query) -> "numpy.ndarray[Any, Any]":
        """The lines of all rows that a query finds, in its order."""
        if query in self._answers:
            self._answers.move_to_end(query)
            return self._answers[query]
        condition, values = _condition(query, self.facts["fields"])
        with _told():
            found = self.db.execute(
                f"SELECT line FROM rows WHERE {condition} ORDER BY {_order(query)}", values
            ).fetchnumpy()["line"]
        self._answers[query] = found
        while len(self._answers) > ANSWERS:
            self._answers.popitem(last=False)
        return found


def _condition(query: Query, fields: Sequence[str]) -> tuple[str, list[Any]]:
    """(the condition, its values) of a query. fields: those that any row has something in."""
    parts = ["reason IS NOT NULL" if query.bad else "number IS NOT NULL"]
    values: list[Any] = []
    if query.search:
        text = query.search.casefold()
        searched = [TEXTS[name] for name in FIELDS if name in fields]
        columns = ([] if not query.bad else [f"lower({EXAMPLE})"]) or searched or [EXAMPLE]
        parts.append("(" + " OR ".join(f"contains({column}, ?)" for column in columns) + ")")
        values += [text] * len(columns)
    for one in query.where:
        part, given = _compared(one)
        parts.append(part)
        values += given
    for among, numbers in query.numbered:
        parts.append(f"number {'' if among else 'NOT '}IN (SELECT unnest(?::BIGINT[]))")
        values.append(list(numbers))
    return " AND ".join(parts), values


def _compared(one: Condition) -> tuple[str, list[Any]]:
    """One condition and its values."""
    if one.field == "bad":
        return "TRUE", []
    if one.field == "kind":
        return "kind = ?", [one.value]
    sign = {"over": ">", "under": "<", "equals": "="}.get(one.test, "")
    if one.field in NUMBERS:
        return f"{one.field} {sign} ?", [one.number]
    text, length = TEXTS[one.field], LENGTHS[one.field]
    if one.test in ("over", "under"):
        return f"coalesce({length}, 0) {sign} ?", [one.number]
    if one.test in ("empty", "filled"):
        return f"coalesce({length}, 0) {'=' if one.test == 'empty' else '>'} 0", []
    if one.test == "equals":
        return f"coalesce({text}, '') = ?", [one.value.casefold()]
    found = f"contains(coalesce({text}, ''), ?)"
    return found if one.test == "contains" else f"NOT {found}", [one.value.casefold()]


def _order(query: Query) -> str:
    way = "DESC" if query.down else "ASC"
    if query.by == FILE_ORDER:
        return f"line {way}"
    by = query.by if query.by in NUMBERS else f"left({TEXTS[query.by]}, {SORTED_BY})"
    return f"{by} {way} NULLS LAST, line"


def _connected(
    path: Path | None, memory_mb: int, *, read_only: bool = False
) -> "duckdb.DuckDBPyConnection":
    """A connection that reaches no other file, loads no extension and stays within its memory."""
    import duckdb
    import psutil

    spilled = {"temp_directory": str(path.with_suffix(".spill"))} if path else {}
    with _told():
        db = duckdb.connect(
            str(path) if path else ":memory:",
            read_only=read_only,
            config={
                "threads": THREADS,
                "memory_limit": f"{min(memory_mb, psutil.virtual_memory().total >> 23)}MB",
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "python_enable_replacements": False,
                **spilled,
            },
        )
        for setting in (
            "force_compression = 'uncompressed'",
            "enable_external_access = false",
            "lock_configuration = true",
        ):
            db.execute(f"SET {setting}")
    return db


@contextmanager
def _told() -> Iterator[None]:
    """What DuckDB raises, in a sentence."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        raise WorkspaceError(
            "The index of the rows cannot be used ({reason}).",
            "Make some space on the workspace's disk, then open the dataset again.",
            reason=str(error).split("\n", 1)[0][:160],
        ) from error
