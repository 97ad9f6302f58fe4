"""A person's word on who speaks: assign, accept, take back; which lines are doubtful and what comes
next.

An utterance's id is its ordinal in the set. What is decided by hand has confidence 1 and is never
asked of a model or changed by one. The pieces of one speech are decided together. The tables on
disk change in the same breath (`studio.set_tables`). Light: the window calls it.
"""

import random
import sqlite3
from dataclasses import dataclass
from types import EllipsisType
from typing import Any

from studio import set_tables
from studio.dialogue.review import queries
from studio.errors import InputError
from studio.jobs.records import at_rest
from studio.store import dumps, loads
from studio.workspace import Workspace

KINDS = ("speech", "thought", "quoted", "read")
KEPT = (
    "ordinal",
    "speaker",
    "addressee",
    "confidence",
    "method",
    "decided",
    "kind",
    "evidence",
    "others",
)
SET = ", ".join(f"{name} = ?" for name in KEPT[1:])
LONGEST_NAME = 80


@dataclass(frozen=True)
class Counts:
    """How a set stands: all utterances, those in doubt, those a person has decided, decisions that
    can be undone.
    """

    total: int
    doubtful: int
    reviewed: int
    edits: int


def assign(workspace: Workspace, set_id: str, utterance_id: int, speaker: str | None) -> None:
    """A person says who speaks; None: nobody that can be named.

    Raises InputError, JobError while the set is being made.
    """
    name = " ".join((speaker or "").split())
    if len(name) > LONGEST_NAME:
        raise InputError(
            "A name has at most {most} characters.", "Type a shorter one.", most=LONGEST_NAME
        )
    _decide(
        workspace, set_id, utterance_id, {"speaker": name or None, "method": "person"}, whole=True
    )


def accept(
    workspace: Workspace, set_id: str, utterance_id: int, shown: str | EllipsisType | None = ...
) -> None:
    """A person confirms what stands, or, if that has changed since it was shown, whom they were
    shown.

    Raises InputError, JobError while the set is being made.
    """
    standing = queries.lines(workspace, set_id, [utterance_id])
    if shown is not ... and standing and standing[0]["speaker"] != shown:
        assign(workspace, set_id, utterance_id, shown)
    else:
        _decide(workspace, set_id, utterance_id, {}, whole=True)


def set_kind(workspace: Workspace, set_id: str, utterance_id: int, kind: str) -> None:
    """A person says what it is: speech, thought, quoted or read.

    Raises InputError, JobError while the set is being made.
    """
    if kind not in KINDS:
        raise InputError(
            "There is no kind of line named {kind}.",
            "Use one of: {kinds}.",
            kind=kind[:40],
            kinds=", ".join(KINDS),
        )
    _decide(workspace, set_id, utterance_id, {"kind": kind}, whole=False)


def undo(workspace: Workspace, set_id: str) -> int | None:
    """Take the newest decision back; the id of its utterance, None where there is none."""
    _decidable(workspace, set_id)
    with set_tables.edited(workspace, set_id) as db:
        row = db.execute(
            "SELECT * FROM utterance_edits WHERE set_id = ? ORDER BY id DESC LIMIT 1", (set_id,)
        ).fetchone()
        if row is None:
            return None
        for before in loads(row["before"]):
            db.execute(  # what a model has answered since was no part of the decision
                (
                    f"UPDATE utterances SET {SET} WHERE set_id = ? AND ordinal = ?"
                    f" AND NOT (decided = 'model' AND ? = 'rules')"
                ),
                (
                    *(before[name] for name in KEPT[1:]),
                    set_id,
                    before["ordinal"],
                    before["decided"],
                ),
            )
        db.execute("DELETE FROM utterance_edits WHERE id = ?", (row["id"],))
        return int(row["utterance"])


def counts(workspace: Workspace, set_id: str, under: float) -> Counts:
    """How far the review is, with lines in doubt under the confidence `under` (0 to 1)."""
    row = workspace.store.one(
        f"SELECT count(*) AS total, ifnull(sum({queries.DOUBTFUL}), 0) AS doubtful,"
        f" ifnull(sum(decided = 'person'), 0) AS reviewed"
        " FROM utterances u WHERE set_id = ?",
        (under, set_id),
    )
    edits = workspace.store.value(
        "SELECT count(*) FROM utterance_edits WHERE set_id = ?", (set_id,)
    )
    return Counts(row["total"], row["doubtful"], row["reviewed"], edits)


def next_doubtful(
    workspace: Workspace, set_id: str, under: float, after: int = -1, *, back: bool = False
) -> int | None:
    """The next line in doubt after that id, or before it; at the end of the text it begins again.

    None: there is none.
    """
    side, order = ("<", "DESC") if back else (">", "ASC")
    for bound, value in ((f"AND ordinal {side} ?", [int(after)]), ("", [])):
        found = workspace.store.value(
            (
                f"SELECT ordinal FROM utterances u WHERE set_id = ? AND {queries.DOUBTFUL} {bound}"
                f" ORDER BY ordinal {order} LIMIT 1"
            ),
            [set_id, under, *value],
        )
        if found is not None:
            return int(found)
    return None


def hear(
    workspace: Workspace, set_id: str, speaker: str, seed: int = 0, count: int = 10
) -> list[dict[str, Any]]:
    """Lines of one person from all over the text, drawn by `seed`, in the order of the text; rows
    as `reading.page` gives.
    """
    ids = [
        row["ordinal"]
        for row in workspace.store.all(
            (
                f"SELECT ordinal FROM utterances u WHERE set_id = ? AND speaker = ?"
                f" AND {queries.SPOKEN} ORDER BY ordinal"
            ),
            (set_id, speaker),
        )
    ]
    drawn = sorted(random.Random(seed).sample(ids, min(count, len(ids))))
    return queries.lines(workspace, set_id, drawn)


def names(workspace: Workspace, set_id: str) -> list[str]:
    """Every name that a line can be given to: who speaks in the set and who stands in its table,
    the busiest first.
    """
    spoken = [name for name, _ in queries.speakers(workspace, set_id) if name]
    return list(dict.fromkeys([*spoken, *queries.table_names(workspace, set_id)]))


def _decide(
    workspace: Workspace, set_id: str, utterance_id: int, changes: dict[str, Any], *, whole: bool
) -> None:
    """Write a decision with what stood before; with `whole`, for all pieces of the speech that have
    the same speaker.
    """
    _decidable(workspace, set_id)
    with set_tables.edited(workspace, set_id) as db:
        row = db.execute(
            "SELECT * FROM utterances WHERE set_id = ? AND ordinal = ?", (set_id, int(utterance_id))
        ).fetchone()
        if row is None:
            raise InputError(
                "There is no utterance {id} in this set.",
                "Choose one from the table.",
                id=utterance_id,
            )
        rows = _pieces(db, row) if whole else [row]
        before = [{name: piece[name] for name in KEPT} for piece in rows]
        remember(db, set_id, int(utterance_id), before)
        for piece in rows:
            new = _decided({name: piece[name] for name in KEPT[1:]}, changes)
            db.execute(
                f"UPDATE utterances SET {SET} WHERE id = ?",
                (*(new[name] for name in KEPT[1:]), piece["id"]),
            )


def _decided(stood: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A line as it stands after a decision.

    Quoted words that are given to somebody are speech, and no rule of quoted words holds.
    """
    new = stood | changes | {"confidence": 1.0, "decided": "person"}
    if stood["kind"] == "quoted" and changes.get("speaker"):
        new["kind"] = "speech"
    if stood["method"] == "quoted" and new["kind"] != "quoted":
        new["method"] = "person"
    return new


def remember(
    db: sqlite3.Connection, set_id: str, utterance_id: int, before: list[dict[str, Any]]
) -> None:
    """Keep what stood before a change, the columns KEPT of each line, so that `undo` can bring it
    back.
    """
    db.execute(
        "INSERT INTO utterance_edits (set_id, utterance, before) VALUES (?,?,?)",
        (set_id, utterance_id, dumps(before)),
    )


def _pieces(db: sqlite3.Connection, row: sqlite3.Row) -> list[sqlite3.Row]:
    """The pieces of the same speech, parted by `he said`, that stand with the same person and are
    not decided already.
    """
    if row["speech"] < 0:
        return [row]
    same = db.execute(
        "SELECT * FROM utterances WHERE set_id = ? AND document = ? AND speech = ? AND speaker IS ?"
        " AND (id = ? OR decided <> 'person') ORDER BY ordinal",
        (row["set_id"], row["document"], row["speech"], row["speaker"], row["id"]),
    ).fetchall()
    return same or [row]


def _decidable(workspace: Workspace, set_id: str) -> None:
    if not at_rest(workspace, set_id, "utterances"):
        raise InputError(
            "There is no set of lines {id}.",
            "Choose one from the list.",
            id=str(set_id)[:80] or "—",
        )
