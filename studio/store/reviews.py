"""The table `reviews`: what persons did to rows, each with the row as it was before."""

from dataclasses import dataclass
from typing import Any

from studio.store.columns import dumps, loads
from studio.store.database import Reads, Writes, row, rows, value


@dataclass(frozen=True, slots=True)
class Review:
    """One change of a row: `action` is a state it was given, "edit", "flip" or "undo".

    before: `state` and `data` of the row as they were; of an "undo" also `of`, the id of the review
    that it took back.
    """

    id: int
    row: int
    action: str
    before: dict[str, Any]


def add(db: Writes, row_id: int, action: str, before: dict[str, Any]) -> None:
    """Keep what is being done to a row."""
    db.execute(
        "INSERT INTO reviews (row_id, action, before) VALUES (?,?,?)",
        (row_id, action, dumps(before)),
    )


def of_row(source: Reads, row_id: int) -> list[Review]:
    """What was done to a row, the oldest first."""
    return [
        Review(id=one["id"], row=one["row_id"], action=one["action"], before=loads(one["before"]))
        for one in rows(
            source,
            "SELECT id, row_id, action, before FROM reviews WHERE row_id = ? ORDER BY id",
            (row_id,),
        )
    ]


def newest(source: Reads) -> int:
    """The id of the newest review of all rows; 0 where there is none."""
    return int(value(source, "SELECT ifnull(max(id), 0) FROM reviews"))


def last_standing(source: Reads, set_id: str) -> Review | None:
    """The newest review of a set's rows that nobody has taken back, or None."""
    found = row(
        source,
        "SELECT v.id, v.row_id, v.action, v.before FROM reviews v JOIN rows r ON r.id = v.row_id"
        " WHERE r.set_id = ? AND v.action <> 'undo' AND v.id NOT IN"
        " (SELECT json_extract(u.before, '$.of') FROM reviews u WHERE u.action = 'undo')"
        " ORDER BY v.id DESC LIMIT 1",
        (set_id,),
    )
    if found is None:
        return None
    return Review(found["id"], found["row_id"], found["action"], loads(found["before"]))
