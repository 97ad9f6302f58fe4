"""The table `utterances` in sums and columns: how many lines, whose, where, and how far decided."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from studio.store.database import Reads, row, rows, value
from studio.store.utterances import DOUBTFUL, SPOKEN


class Place(NamedTuple):
    """Where a line stands."""

    document: str
    start: int
    end: int


class ReviewCounts(NamedTuple):
    """Lines of a set, those in doubt, those that a person has decided."""

    total: int
    doubtful: int
    reviewed: int


class Standing(NamedTuple):
    """What moves when a set of lines changes: the number of lines, the sums of their confidence, of
    the letters of their votes and of their speakers' names, and the newest decision's id.
    """

    lines: int
    confidence: float
    votes: float
    names: float
    decision: int


def standing(source: Reads, set_id: str) -> Standing:
    """How a set stands, in figures that tell one state from another."""
    found = row(
        source,
        "SELECT count(*), total(confidence), total(length(votes)), total(length(speaker)),"
        " (SELECT ifnull(max(id), 0) FROM utterance_edits WHERE set_id = ?)"
        " FROM utterances WHERE set_id = ?",
        (set_id, set_id),
    )
    return Standing._make(found or (0, 0.0, 0.0, 0.0, 0))


def line_of_row(source: Reads, set_id: str, row_id: int) -> int | None:
    """The ordinal of the line that a row's answer begins with; None where the set has it not."""
    found: int | None = value(
        source,
        "SELECT u.ordinal FROM utterances u JOIN rows r ON r.document = u.document"
        ' AND u."start" = r."start" WHERE r.id = ? AND u.set_id = ?',
        (row_id, set_id),
    )
    return found


def review_counts(source: Reads, set_id: str, under: float) -> ReviewCounts:
    """How far the review of a set is, with lines in doubt under a confidence."""
    found = row(
        source,
        f"SELECT count(*), ifnull(sum({DOUBTFUL}), 0), ifnull(sum(decided = 'person'), 0)"
        " FROM utterances u WHERE set_id = ?",
        (under, set_id),
    )
    return ReviewCounts._make(found or (0, 0, 0))


def speakers(source: Reads, set_id: str) -> list[tuple[str, int]]:
    """Each speaker with the number of spoken lines, most first; "" stands for the unknown ones."""
    return _pairs(
        source,
        f"SELECT ifnull(speaker, '') AS name, count(*) AS n FROM utterances u WHERE set_id = ?"
        f" AND {SPOKEN} GROUP BY name ORDER BY n DESC, name",
        (set_id,),
    )


def busiest(source: Reads, set_id: str, limit: int) -> list[tuple[str, int]]:
    """The named speakers with the number of all their lines, most first."""
    return _pairs(
        source,
        "SELECT speaker, count(*) AS n FROM utterances WHERE set_id = ? AND speaker IS NOT NULL"
        " GROUP BY speaker ORDER BY n DESC, speaker LIMIT ?",
        (set_id, limit),
    )


def spoken_by(source: Reads, set_id: str, speaker: str) -> list[int]:
    """The ordinals of a speaker's spoken lines, in the order of the text."""
    return _column(
        source,
        f"SELECT ordinal FROM utterances u WHERE set_id = ? AND speaker = ? AND {SPOKEN}"
        " ORDER BY ordinal",
        (set_id, speaker),
    )


def decided_by_person(source: Reads, set_id: str) -> set[int]:
    """The ordinals of the lines that a person has decided."""
    return set(
        _column(
            source,
            "SELECT ordinal FROM utterances WHERE set_id = ? AND decided = 'person'",
            (set_id,),
        )
    )


def decided_by_rules(source: Reads, set_id: str, document: str) -> set[int]:
    """The row ids of a document's lines that neither a person nor a model has decided."""
    return set(
        _column(
            source,
            "SELECT id FROM utterances WHERE set_id = ? AND document = ? AND decided = 'rules'",
            (set_id, document),
        )
    )


def count_decided(source: Reads, set_id: str) -> int:
    """How many lines a person or a model has decided."""
    return int(
        value(
            source,
            "SELECT count(*) FROM utterances WHERE set_id = ? AND decided <> 'rules'",
            (set_id,),
        )
    )


def documents_of(source: Reads, set_id: str, *, decided: bool = False) -> list[str]:
    """The ids of a set's documents in its order; with `decided` those of which a person or a model
    has decided a line.
    """
    having = "HAVING sum(decided <> 'rules')" if decided else ""
    return _column(
        source,
        f"SELECT document FROM utterances WHERE set_id = ? GROUP BY document {having}"
        " ORDER BY min(ordinal)",
        (set_id,),
    )


def spans(source: Reads, set_id: str, document: str) -> list[tuple[int, int]]:
    """Start and end of each of a document's lines, by their start."""
    return _pairs(
        source,
        'SELECT "start", "end" FROM utterances WHERE set_id = ? AND document = ? ORDER BY "start"',
        (set_id, document),
    )


def places(source: Reads, set_id: str) -> dict[int, Place]:
    """Ordinal → where the line stands."""
    return {
        ordinal: Place(document, start, end)
        for ordinal, document, start, end in rows(
            source,
            'SELECT ordinal, document, "start", "end" FROM utterances WHERE set_id = ?',
            (set_id,),
        )
    }


def text_length(source: Reads, set_id: str) -> int:
    """Characters of all lines of a set."""
    found = value(source, "SELECT sum(length(text)) FROM utterances WHERE set_id = ?", (set_id,))
    return int(found or 0)


def _column(source: Reads, sql: str, values: Iterable[Any]) -> list[Any]:
    return [found for (found,) in rows(source, sql, values)]


def _pairs(source: Reads, sql: str, values: Iterable[Any]) -> list[tuple[Any, int]]:
    return [(first, second) for first, second in rows(source, sql, values)]
