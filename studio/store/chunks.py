"""The table `chunks`: spans of a document's text, in the order of their set.

Offsets are characters of the document; `ordinal` counts from 0 within a set and is taken once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from studio.store.database import Reads, Writes, row, rows, value

COLUMNS = 'id, ordinal, document, "start", "end", text, tokens, heading'


class Span(Protocol):
    """What is to be kept as a chunk."""

    @property
    def start(self) -> int:
        """Its first character."""

    @property
    def end(self) -> int:
        """The character behind its last."""

    @property
    def text(self) -> str:
        """The document's text from `start` to `end`."""

    @property
    def tokens(self) -> int:
        """How many tokens it has."""

    @property
    def heading(self) -> str:
        """The path of headings above it."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A kept chunk; `document` is the document's id."""

    id: int
    ordinal: int
    document: str
    start: int
    end: int
    text: str
    tokens: int
    heading: str


@dataclass(frozen=True, slots=True)
class NamedChunk:
    """A chunk as other tools get it; `document` is the document's name."""

    document: str
    ordinal: int
    start: int
    end: int
    text: str
    tokens: int
    heading: str


class Border(NamedTuple):
    """Where a chunk ends, without its text."""

    document: str
    ordinal: int
    end: int
    tokens: int


def append(db: Writes, set_id: str, document: str, spans: Iterable[Span]) -> None:
    """Keep chunks of a document (its id) behind those that the set has."""
    first = value(db, "SELECT ifnull(max(ordinal) + 1, 0) FROM chunks WHERE set_id = ?", (set_id,))
    db.executemany(
        'INSERT INTO chunks (set_id, document, ordinal, "start", "end", tokens, text, heading)'
        " VALUES (?,?,?,?,?,?,?,?)",
        (
            (set_id, document, first + number, s.start, s.end, s.tokens, s.text, s.heading)
            for number, s in enumerate(spans)
        ),
    )


def add(db: Writes, set_id: str, document: str, ordinal: int, span: Span) -> int:
    """Keep one chunk under an ordinal that is free; its id."""
    made = db.execute(
        'INSERT INTO chunks (set_id, document, ordinal, "start", "end", tokens, text, heading)'
        " VALUES (?,?,?,?,?,?,?,?)",
        (set_id, document, ordinal, span.start, span.end, span.tokens, span.text, span.heading),
    ).lastrowid
    return made or 0  # a row was inserted, so that there is an id


def copy(db: Writes, set_id: str, made: str) -> None:
    """Give the set `made` the chunks of another, under ids of their own."""
    db.execute(
        'INSERT INTO chunks (set_id, document, ordinal, "start", "end", tokens, text, heading)'
        ' SELECT ?, document, ordinal, "start", "end", tokens, text, heading FROM chunks'
        " WHERE set_id = ?",
        (made, set_id),
    )


def set_end(db: Writes, chunk: int, *, end: int, text: str, tokens: int) -> None:
    """Let a chunk end elsewhere, with the text and the tokens that it has then."""
    db.execute(
        'UPDATE chunks SET "end" = ?, text = ?, tokens = ? WHERE id = ?', (end, text, tokens, chunk)
    )


def shift(db: Writes, set_id: str, first: int, by: int) -> None:
    """Move the ordinals from `first` on; through the negatives, since every ordinal is taken
    once.
    """
    db.execute(
        "UPDATE chunks SET ordinal = -ordinal - 1 WHERE set_id = ? AND ordinal >= ?",
        (set_id, first),
    )
    db.execute(
        "UPDATE chunks SET ordinal = -ordinal - 1 + ? WHERE set_id = ? AND ordinal < 0",
        (by, set_id),
    )


def delete(db: Writes, chunk: int) -> None:
    """Delete one chunk; rows made from it stay."""
    db.execute("DELETE FROM chunks WHERE id = ?", (chunk,))


def exists(source: Reads, chunk: int) -> bool:
    """Whether there is a chunk with this id."""
    return value(source, "SELECT 1 FROM chunks WHERE id = ?", (chunk,)) is not None


def count(source: Reads, set_id: str) -> int:
    """How many chunks a set has; 0 for an unknown one."""
    return int(value(source, "SELECT count(*) FROM chunks WHERE set_id = ?", (set_id,)))


def any_of_set(source: Reads, set_id: str) -> bool:
    """Whether a set has a chunk."""
    return value(source, "SELECT 1 FROM chunks WHERE set_id = ? LIMIT 1", (set_id,)) is not None


def of_set(source: Reads, set_id: str) -> list[Chunk]:
    """Every chunk of a set, in order."""
    return _chunks(source, "WHERE set_id = ? ORDER BY ordinal", (set_id,))


def page(source: Reads, set_id: str, *, offset: int, limit: int) -> list[Chunk]:
    """`limit` chunks of a set from `offset` on, in order."""
    return _chunks(
        source, "WHERE set_id = ? ORDER BY ordinal LIMIT ? OFFSET ?", (set_id, limit, offset)
    )


def within(
    source: Reads, set_id: str, document: str, start: int, end: int, *, limit: int
) -> list[Chunk]:
    """The chunks that reach into a stretch of a document, in order, `limit` at most."""
    return _chunks(
        source,
        'WHERE set_id = ? AND document = ? AND "start" < ? AND "end" > ? ORDER BY ordinal LIMIT ?',
        (set_id, document, end, start, limit),
    )


def at(source: Reads, set_id: str, document: str, ordinal: int) -> Chunk | None:
    """The chunk with this ordinal, if it is one of the document."""
    return _chunk(
        source, "WHERE set_id = ? AND document = ? AND ordinal = ?", (set_id, document, ordinal)
    )


def ending_at(source: Reads, set_id: str, document: str, place: int) -> Chunk | None:
    """The chunk of a document that ends at `place`."""
    return _chunk(
        source, 'WHERE set_id = ? AND document = ? AND "end" = ?', (set_id, document, place)
    )


def first_ending_behind(source: Reads, set_id: str, document: str, place: int) -> Chunk | None:
    """The first chunk of a document that ends behind `place`."""
    return _chunk(
        source,
        'WHERE set_id = ? AND document = ? AND "end" > ? ORDER BY "end" LIMIT 1',
        (set_id, document, place),
    )


def tokens(source: Reads, set_id: str) -> list[int]:
    """How many tokens each chunk of a set has, in no order."""
    return [one[0] for one in rows(source, "SELECT tokens FROM chunks WHERE set_id = ?", (set_id,))]


def borders(source: Reads, set_id: str, document: str | None = None) -> list[Border]:
    """Where the chunks of a set end, or those of one document of it, in order."""
    where, values = (
        ("", (set_id,)) if document is None else (" AND document = ?", (set_id, document))
    )
    return [
        Border(*one)
        for one in rows(
            source,
            'SELECT document, ordinal, "end", tokens FROM chunks'
            f" WHERE set_id = ?{where} ORDER BY ordinal",
            values,
        )
    ]


def total_chars(source: Reads, set_id: str) -> int:
    """Characters of all chunks of a set together; 0 for an empty or unknown one."""
    return int(
        value(source, "SELECT ifnull(sum(length(text)), 0) FROM chunks WHERE set_id = ?", (set_id,))
    )


def mean_chars(source: Reads, set_id: str) -> float:
    """Characters of a chunk of a set on average; 0.0 for an empty or unknown one."""
    return float(
        value(
            source, "SELECT ifnull(avg(length(text)), 0.0) FROM chunks WHERE set_id = ?", (set_id,)
        )
    )


def named_behind(source: Reads, set_id: str, ordinal: int, limit: int) -> list[NamedChunk]:
    """The next `limit` chunks behind an ordinal, in order, each with its document's name."""
    return [
        NamedChunk(*one)
        for one in rows(
            source,
            'SELECT d.name, c.ordinal, c."start", c."end", c.text, c.tokens, c.heading'
            " FROM chunks c JOIN documents d ON d.id = c.document"
            " WHERE c.set_id = ? AND c.ordinal > ? ORDER BY c.ordinal LIMIT ?",
            (set_id, ordinal, limit),
        )
    ]


def _chunk(source: Reads, where: str, values: tuple[str | int, ...]) -> Chunk | None:
    found = row(source, f"SELECT {COLUMNS} FROM chunks {where}", values)
    return Chunk(*found) if found is not None else None


def _chunks(source: Reads, where: str, values: tuple[str | int, ...]) -> list[Chunk]:
    return [
        Chunk(*found) for found in rows(source, f"SELECT {COLUMNS} FROM chunks {where}", values)
    ]
