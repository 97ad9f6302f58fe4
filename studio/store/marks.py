"""The table `marks`: what a person noted of a thing, and the names that it had before."""

from dataclasses import dataclass, replace

from studio.store.columns import dumps, loads, record
from studio.store.database import Reads, Writes, rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What is noted of one thing. family: its kind of thing (`document`, `set`, `run` …); id: the
    name that the rest of the workspace knows it by. former: names by which it was known before.
    """

    family: str
    id: str
    note: str = ""
    starred: bool = False
    archived: bool = False
    former: tuple[str, ...] = ()


def every(source: Reads) -> list[Mark]:
    """All that is noted."""
    return [
        record(
            Mark,
            found,
            starred=bool(found["starred"]),
            archived=bool(found["archived"]),
            former=tuple(loads(found["former"]) or ()),
        )
        for found in rows(source, "SELECT family, id, note, starred, archived, former FROM marks")
    ]


def get(source: Reads, family: str, thing: str) -> Mark:
    """What is noted of a thing; nothing where nobody noted anything."""
    found = (mark for mark in every(source) if (mark.family, mark.id) == (family, thing))
    return next(found, Mark(family=family, id=thing))


def put(db: Writes, mark: Mark) -> None:
    """Keep what is noted of a thing, in place of what was."""
    db.execute(
        "INSERT OR REPLACE INTO marks (family, id, note, starred, archived, former)"
        " VALUES (?,?,?,?,?,?)",
        (mark.family, mark.id, mark.note, mark.starred, mark.archived, dumps(mark.former)),
    )


def move(db: Writes, family: str, before: str, after: str) -> None:
    """What is noted of a thing goes with it to its new name, which remembers the one before."""
    mark = get(db, family, before)
    delete(db, family, before)
    put(db, replace(mark, id=after, former=(*(n for n in mark.former if n != after), before)))


def delete(db: Writes, family: str, thing: str) -> None:
    """Forget what is noted of a thing."""
    db.execute("DELETE FROM marks WHERE family = ? AND id = ?", (family, thing))
