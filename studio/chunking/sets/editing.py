"""Borders set by hand: one taken away joins two chunks, one added parts a chunk; each can be
undone.

A chunk's border is where the one before it ends: with overlap the chunk itself begins earlier. Rows
made from a chunk stay with the chunk that holds their place. The tables on disk change in the same
breath (`studio.set_tables`). Light: the window edits too.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from studio import set_tables
from studio.chunking.sets import borders_file
from studio.errors import InputError
from studio.jobs.records import at_rest
from studio.store import loads
from studio.workspace import Workspace

CHUNK = 'id, ordinal, document, "start", "end", tokens, text, heading'


@dataclass(frozen=True)
class Edit:
    """What an edit did: the border's place in the document, whether it stands now, the chunk before
    it.
    """

    document: str
    place: int
    added: bool
    ordinal: int


def toggle(workspace: Workspace, set_id: str, document: str, place: int) -> Edit:
    """Take the border at `place` away, or add one there.

    Raises InputError, or JobError while the set is being made.
    """
    _editable(workspace, set_id)
    with set_tables.edited(workspace, set_id) as db:
        behind = _behind(db, set_id, document, place)
        edit, start = (
            _join(db, workspace, set_id, behind)
            if behind
            else _part(db, workspace, set_id, document, place)
        )
        db.execute(
            'INSERT INTO chunk_edits (set_id, document, place, added, "start") VALUES (?,?,?,?,?)',
            (set_id, document, place, int(edit.added), start),
        )
    return edit


def undo(workspace: Workspace, set_id: str) -> Edit:
    """Take the newest edit back. Raises InputError where there is none."""
    _editable(workspace, set_id)
    with set_tables.edited(workspace, set_id) as db:
        row = db.execute(
            "SELECT * FROM chunk_edits WHERE set_id = ? ORDER BY id DESC LIMIT 1", (set_id,)
        ).fetchone()
        if row is None:
            raise InputError(
                "There is no edit to undo.",
                "Click a border to remove it, or between two sentences to add one.",
            )
        if row["added"]:
            edit, _ = _join(
                db, workspace, set_id, _behind(db, set_id, row["document"], row["place"])
            )
        else:
            edit, _ = _part(db, workspace, set_id, row["document"], row["place"], row["start"])
        db.execute("DELETE FROM chunk_edits WHERE id = ?", (row["id"],))
    return edit


def edits(workspace: Workspace, set_id: str) -> int:
    """How many edits stand, all of which can be undone."""
    return int(
        workspace.store.value("SELECT count(*) FROM chunk_edits WHERE set_id = ?", (set_id,))
    )


def figures_now(workspace: Workspace, set_id: str) -> dict[str, Any]:
    """tokens_median, tokens_max and mid_sentence_share (0 … 1) as they are after the edits."""
    rows = workspace.store.all(
        'SELECT document, "end", tokens FROM chunks WHERE set_id = ? ORDER BY ordinal', (set_id,)
    )
    ends: dict[str, list[int]] = {}
    for row in rows:
        ends.setdefault(row["document"], []).append(row["end"])
    inside = 0
    for document, places in ends.items():
        known = set(borders_file.of_set(workspace, set_id, document, 0, places[-1]).places)
        inside += sum(place not in known for place in places[:-1]) if known else 0
    tokens = [row["tokens"] for row in rows]
    return (
        {
            "tokens_median": int(median(tokens)),
            "tokens_max": max(tokens),
            "mid_sentence_share": inside / len(rows),
        }
        if rows
        else {}
    )


def save_as(workspace: Workspace, set_id: str, name: str) -> str:
    """A copy of the set under a name, which is what later edits will leave alone; the copy's id.

    Raises InputError.
    """
    wanted = " ".join(name.split())[:80]
    if not wanted:
        raise InputError("The set needs a name.", "Type one and save again.")
    _editable(workspace, set_id)
    with workspace.store.write() as db:
        number = db.execute("SELECT ifnull(max(rowid), 0) + 1 FROM sets").fetchone()[0]
        made = f"{set_id.split('~')[0]}~{number}"
        db.execute(
            (
                "INSERT INTO sets (id, kind, name, meta) SELECT ?, kind, ?, meta FROM sets"
                " WHERE id = ?"
            ),
            (made, wanted, set_id),
        )
        db.execute(
            'INSERT INTO chunks (set_id, document, ordinal, "start", "end", tokens, text, heading)'
            ' SELECT ?, document, ordinal, "start", "end", tokens, text, heading FROM chunks'
            " WHERE set_id = ?",
            (made, set_id),
        )
        db.execute(
            "INSERT INTO units (set_id, key, note) SELECT ?, key, note FROM units WHERE set_id = ?",
            (made, set_id),
        )
    return made


def rename(workspace: Workspace, set_id: str, name: str) -> None:
    """Give a set another name. Raises InputError."""
    wanted = " ".join(name.split())[:80]
    if not wanted:
        raise InputError("The set needs a name.", "Type one and save again.")
    with workspace.store.write() as db:
        if not db.execute(
            "UPDATE sets SET name = ? WHERE id = ? AND kind = 'chunks'", (wanted, set_id)
        ).rowcount:
            raise InputError(
                "There is no chunk set {id}.", "Choose one from the list.", id=set_id[:80] or "—"
            )


def _editable(workspace: Workspace, set_id: str) -> None:
    if not at_rest(workspace, set_id, "chunks"):
        raise InputError(
            "There is no chunk set {id}.", "Choose one from the list.", id=str(set_id)[:80] or "—"
        )


def _behind(db: sqlite3.Connection, set_id: str, document: str, place: int) -> sqlite3.Row | None:
    """The chunk whose border is at `place`: the one after the chunk that ends there."""
    before = db.execute(
        f'SELECT {CHUNK} FROM chunks WHERE set_id = ? AND document = ? AND "end" = ?',
        (set_id, document, place),
    ).fetchone()
    return before and _at(db, set_id, document, before["ordinal"] + 1)


def _at(db: sqlite3.Connection, set_id: str, document: str, ordinal: int) -> sqlite3.Row | None:
    return db.execute(
        f"SELECT {CHUNK} FROM chunks WHERE set_id = ? AND document = ? AND ordinal = ?",
        (set_id, document, ordinal),
    ).fetchone()


def _join(
    db: sqlite3.Connection, workspace: Workspace, set_id: str, second: sqlite3.Row
) -> tuple[Edit, int]:
    """Two neighbours become one, under the first one's id."""
    first = _at(db, set_id, second["document"], second["ordinal"] - 1)
    place = first["end"]
    text = first["text"] + second["text"][place - second["start"] :]
    tokens = _counter(db, workspace, set_id)(text)
    db.execute("UPDATE rows SET chunk = ? WHERE chunk = ?", (first["id"], second["id"]))
    db.execute("DELETE FROM chunks WHERE id = ?", (second["id"],))
    db.execute(
        'UPDATE chunks SET "end" = ?, text = ?, tokens = ? WHERE id = ?',
        (second["end"], text, tokens, first["id"]),
    )
    _shift(db, set_id, second["ordinal"], -1)
    return Edit(second["document"], place, False, first["ordinal"]), second["start"]


def _part(
    db: sqlite3.Connection,
    workspace: Workspace,
    set_id: str,
    document: str,
    place: int,
    start: int | None = None,
) -> tuple[Edit, int]:
    """One chunk becomes two; the second begins at `start`, which undo sets before the border where
    there was overlap.
    """
    row = db.execute(
        (
            f'SELECT {CHUNK} FROM chunks WHERE set_id = ? AND document = ? AND "end" > ?'
            f' ORDER BY "end" LIMIT 1'
        ),
        (set_id, document, place),
    ).fetchone()
    before = row and _at(db, set_id, document, row["ordinal"] - 1)
    if row is None or place <= max(row["start"], before["end"] if before else 0):
        raise InputError(
            "There can be no border at {place}.", "Click between two sentences.", place=place
        )
    begun = max(row["start"], place if start is None else min(start, place))
    halves = row["text"][: place - row["start"]], row["text"][begun - row["start"] :]
    if not halves[0].strip() or not row["text"][place - row["start"] :].strip():
        raise InputError(
            "There can be no border at {place}.", "Click between two sentences.", place=place
        )
    count = _counter(db, workspace, set_id)
    _shift(db, set_id, row["ordinal"] + 1, 1)
    db.execute(
        'UPDATE chunks SET "end" = ?, text = ?, tokens = ? WHERE id = ?',
        (place, halves[0], count(halves[0]), row["id"]),
    )
    made = db.execute(
        (
            'INSERT INTO chunks (set_id, document, ordinal, "start", "end", tokens, text, heading)'
            " VALUES (?,?,?,?,?,?,?,?)"
        ),
        (
            set_id,
            document,
            row["ordinal"] + 1,
            begun,
            row["end"],
            count(halves[1]),
            halves[1],
            row["heading"],
        ),
    ).lastrowid
    db.execute(
        'UPDATE rows SET chunk = ? WHERE chunk = ? AND "start" >= ?', (made, row["id"], place)
    )
    return Edit(document, place, True, row["ordinal"]), begun


def _counter(db: sqlite3.Connection, workspace: Workspace, set_id: str) -> Callable[[str], int]:
    """Counts a text's tokens as the set's spec does."""
    from studio.chunking.tokens.counting import count_tokens

    meta = loads(db.execute("SELECT meta FROM sets WHERE id = ?", (set_id,)).fetchone()[0]) or {}
    spec = meta.get("spec") or {}
    counter, tokenizer = spec.get("token_counter", "estimate"), spec.get("tokenizer", "")

    def count(text: str) -> int:
        return int(
            count_tokens(text, counter, tokenizer, workspace=workspace, light=True).count(
                0, len(text)
            )
        )

    return count


def _shift(db: sqlite3.Connection, set_id: str, first: int, by: int) -> None:
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
