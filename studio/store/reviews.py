"""The table `reviews`: what persons did to rows, each with the row as it was before."""

from dataclasses import dataclass
from typing import Any

from studio.store.columns import dumps, loads
from studio.store.database import Reads, Writes, rows, value


@dataclass(frozen=True, slots=True)
class Review:
    """One change of a row: `action` is a state it was given, "edit" or "flip".

    before: `state` and `data` of the row as they were.
    """

    id: int
    row: int
    action: str
    before: dict[str, Any]


def add(db: Writes, row: int, action: str, before: dict[str, Any]) -> None:
    """Keep what is being done to a row."""
    db.execute(
        "INSERT INTO reviews (row_id, action, before) VALUES (?,?,?)",
        (row, action, dumps(before)),
    )


def of_row(source: Reads, row: int) -> list[Review]:
    """What was done to a row, the oldest first."""
    return [
        Review(id=one["id"], row=one["row_id"], action=one["action"], before=loads(one["before"]))
        for one in rows(
            source,
            "SELECT id, row_id, action, before FROM reviews WHERE row_id = ? ORDER BY id",
            (row,),
        )
    ]


def newest(source: Reads) -> int:
    """The id of the newest review of all rows; 0 where there is none."""
    return int(value(source, "SELECT ifnull(max(id), 0) FROM reviews"))
