"""A person's word on who speaks: assign, accept, take back; which lines are doubtful and what comes
next.

An utterance's id is its ordinal in the set. What is decided by hand has confidence 1 and is never
asked of a model or changed by one. The pieces of one speech are decided together. The tables on
disk change in the same breath (`studio.set_tables`). Light: the window calls it.
"""

import random
from dataclasses import dataclass, replace
from types import EllipsisType
from typing import Any

from studio import set_tables
from studio.dialogue.review import queries
from studio.errors import InputError
from studio.jobs.records import at_rest
from studio.store import Reads, utterance_edits, utterance_summary, utterances
from studio.store.utterances import Attribution, StoredUtterance
from studio.workspace import Workspace

KINDS = ("speech", "thought", "quoted", "read")
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
        edit = utterance_edits.newest(db, set_id)
        if edit is None:
            return None
        utterances.restore(db, set_id, edit.before)
        utterance_edits.delete(db, edit)
        return edit.utterance


def counts(workspace: Workspace, set_id: str, under: float) -> Counts:
    """How far the review is, with lines in doubt under the confidence `under` (0 to 1)."""
    total, doubtful, reviewed = utterance_summary.review_counts(workspace.store, set_id, under)
    return Counts(total, doubtful, reviewed, utterance_edits.count(workspace.store, set_id))


def next_doubtful(
    workspace: Workspace, set_id: str, under: float, after: int = -1, *, back: bool = False
) -> int | None:
    """The next line in doubt after that id, or before it; at the end of the text it begins again.

    None: there is none.
    """
    for bound in (int(after), None):
        found = utterances.next_doubtful(workspace.store, set_id, under, bound, back=back)
        if found is not None:
            return found
    return None


def hear(
    workspace: Workspace, set_id: str, speaker: str, seed: int = 0, count: int = 10
) -> list[dict[str, Any]]:
    """Lines of one person from all over the text, drawn by `seed`, in the order of the text; rows
    as `reading.page` gives.
    """
    ids = utterance_summary.spoken_by(workspace.store, set_id, speaker)
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
        line = utterances.get(db, set_id, int(utterance_id))
        if line is None:
            raise InputError(
                "There is no utterance {id} in this set.",
                "Choose one from the table.",
                id=utterance_id,
            )
        pieces = _pieces(db, line) if whole else [line]
        before = {piece.ordinal: piece.attribution for piece in pieces}
        utterance_edits.add(db, set_id, line.ordinal, before)
        utterances.attribute(
            db, {piece.id: _decided(piece.attribution, changes) for piece in pieces}
        )


def _decided(stood: Attribution, changes: dict[str, Any]) -> Attribution:
    """A line as it stands after a decision.

    Quoted words that are given to somebody are speech, and no rule of quoted words holds.
    """
    new = replace(stood, **changes, confidence=1.0, decided="person")
    if stood.kind == "quoted" and new.speaker and "speaker" in changes:
        new = replace(new, kind="speech")
    if stood.method == "quoted" and new.kind != "quoted":
        new = replace(new, method="person")
    return new


def _pieces(db: Reads, line: StoredUtterance) -> list[StoredUtterance]:
    """The pieces of the same speech, parted by `he said`, that stand with the same person and are
    not decided already.
    """
    if line.speech < 0:
        return [line]
    return utterances.same_speech(db, line) or [line]


def _decidable(workspace: Workspace, set_id: str) -> None:
    if not at_rest(workspace, set_id, "utterances"):
        raise queries.unknown(set_id)
