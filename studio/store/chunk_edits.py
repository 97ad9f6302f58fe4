"""The table `chunk_edits`: borders set by hand, the newest last, for undo."""

from dataclasses import dataclass

from studio.store.columns import record
from studio.store.database import Reads, Writes, row, value


@dataclass(frozen=True)
class ChunkEdit:
    """A border taken away or added at `place` in a document (its id).

    start: where the chunk behind the border began or begins: before it, where chunks overlap.
    """

    id: int
    document: str
    place: int
    added: bool
    start: int


def add(db: Writes, set_id: str, *, document: str, place: int, added: bool, start: int) -> None:
    """Keep an edit as the set's newest."""
    db.execute(
        'INSERT INTO chunk_edits (set_id, document, place, added, "start") VALUES (?,?,?,?,?)',
        (set_id, document, place, int(added), start),
    )


def newest(source: Reads, set_id: str) -> ChunkEdit | None:
    """The newest edit of a set, or None where there is none."""
    found = row(
        source,
        'SELECT id, document, place, added, "start" FROM chunk_edits WHERE set_id = ?'
        " ORDER BY id DESC LIMIT 1",
        (set_id,),
    )
    return record(ChunkEdit, found, added=bool(found["added"])) if found is not None else None


def delete(db: Writes, edit: int) -> None:
    """Delete one edit."""
    db.execute("DELETE FROM chunk_edits WHERE id = ?", (edit,))


def count(source: Reads, set_id: str) -> int:
    """How many edits of a set stand."""
    return int(value(source, "SELECT count(*) FROM chunk_edits WHERE set_id = ?", (set_id,)))
