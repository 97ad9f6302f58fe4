"""Borders set by hand: one taken away joins two chunks, one added parts a chunk; each can be
undone.

A chunk's border is where the one before it ends: with overlap the chunk itself begins earlier. Rows
made from a chunk stay with the chunk that holds their place. The tables on disk change in the same
breath (`studio.set_tables`). Light: the window edits too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from studio import documents, set_tables
from studio.chunking.records import Chunk
from studio.chunking.sets import borders_file, queries
from studio.errors import InputError
from studio.store import Reads, Writes, chunk_edits, chunks, rows, sets, units
from studio.store.chunks import Chunk as KeptChunk
from studio.text.quoted import inside_quotations
from studio.workspace import Workspace


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
    queries.require_at_rest(workspace, set_id)
    with set_tables.edited(workspace, set_id) as db:
        behind = _behind(db, set_id, document, place)
        edit, start = (
            _join(db, workspace, set_id, behind)
            if behind
            else _part(db, workspace, set_id, document, place)
        )
        chunk_edits.add(db, set_id, document=document, place=place, added=edit.added, start=start)
    return edit


def undo(workspace: Workspace, set_id: str) -> Edit:
    """Take the newest edit back. Raises InputError where there is none."""
    queries.require_at_rest(workspace, set_id)
    with set_tables.edited(workspace, set_id) as db:
        last = chunk_edits.newest(db, set_id)
        if last is None:
            raise InputError(
                "There is no edit to undo.",
                "Click a border to remove it, or between two sentences to add one.",
            )
        if last.added:
            behind = _behind(db, set_id, last.document, last.place)
            assert behind is not None, "the newest edit's border stands"
            edit, _ = _join(db, workspace, set_id, behind)
        else:
            edit, _ = _part(db, workspace, set_id, last.document, last.place, last.start)
        chunk_edits.delete(db, last.id)
    return edit


def edits(workspace: Workspace, set_id: str) -> int:
    """How many edits stand, all of which can be undone."""
    return chunk_edits.count(workspace.store, set_id)


def figures_now(workspace: Workspace, set_id: str) -> dict[str, Any]:
    """tokens_median, tokens_max and mid_sentence_share (0 … 1) as they are after the edits."""
    borders = chunks.borders(workspace.store, set_id)
    ends: dict[str, list[int]] = {}
    for border in borders:
        ends.setdefault(border.document, []).append(border.end)
    inside = 0
    for document, places in ends.items():
        known = set(borders_file.of_set(workspace, set_id, document, 0, places[-1]).places)
        if known:
            spoken = _in_speech(workspace, document, places[:-1])
            inside += sum(
                place not in known or within
                for place, within in zip(places[:-1], spoken, strict=True)
            )
    tokens = [border.tokens for border in borders]
    return (
        {
            "tokens_median": int(median(tokens)),
            "tokens_max": max(tokens),
            "mid_sentence_share": inside / len(borders),
        }
        if borders
        else {}
    )


def _in_speech(workspace: Workspace, document: str, places: list[int]) -> list[bool]:
    """Whether each place stands inside a speech; a document that is gone has none."""
    try:
        text = documents.text(workspace, documents.get(workspace, document))
    except InputError:
        return [False] * len(places)
    return inside_quotations(text, places)


def save_as(workspace: Workspace, set_id: str, name: str) -> str:
    """A copy of the set under a name, which is what later edits will leave alone; the copy's id.

    Raises InputError.
    """
    wanted = " ".join(name.split())[:80]
    if not wanted:
        raise InputError("The set needs a name.", "Type one and save again.")
    queries.require_at_rest(workspace, set_id)
    with workspace.store.write() as db:
        made = f"{set_id.split('~')[0]}~{sets.next_number(db)}"
        sets.copy(db, set_id, made, wanted)
        chunks.copy(db, set_id, made)
        units.copy(db, set_id, made)
    return made


def rename(workspace: Workspace, set_id: str, name: str) -> None:
    """Give a set another name. Raises InputError."""
    wanted = " ".join(name.split())[:80]
    if not wanted:
        raise InputError("The set needs a name.", "Type one and save again.")
    with workspace.store.write() as db:
        if not sets.rename(db, set_id, "chunks", wanted):
            raise queries.unknown(set_id)


def _behind(db: Reads, set_id: str, document: str, place: int) -> KeptChunk | None:
    """The chunk whose border is at `place`: the one after the chunk that ends there."""
    before = chunks.ending_at(db, set_id, document, place)
    return before and chunks.at(db, set_id, document, before.ordinal + 1)


def _join(db: Writes, workspace: Workspace, set_id: str, second: KeptChunk) -> tuple[Edit, int]:
    """Two neighbours become one, under the first one's id."""
    first = chunks.at(db, set_id, second.document, second.ordinal - 1)
    assert first is not None, "a border lies between two chunks of a document"
    place = first.end
    text = first.text + second.text[place - second.start :]
    tokens = _counter(db, workspace, set_id)(text)
    rows.move(db, second.id, first.id)
    chunks.delete(db, second.id)
    chunks.set_end(db, first.id, end=second.end, text=text, tokens=tokens)
    chunks.shift(db, set_id, second.ordinal, -1)
    return Edit(second.document, place, False, first.ordinal), second.start


def _part(
    db: Writes,
    workspace: Workspace,
    set_id: str,
    document: str,
    place: int,
    start: int | None = None,
) -> tuple[Edit, int]:
    """One chunk becomes two; the second begins at `start`, which undo sets before the border where
    there was overlap.
    """
    chunk = chunks.first_ending_behind(db, set_id, document, place)
    before = chunk and chunks.at(db, set_id, document, chunk.ordinal - 1)
    if chunk is None or place <= max(chunk.start, before.end if before else 0):
        raise InputError(
            "There can be no border at {place}.", "Click between two sentences.", place=place
        )
    begun = max(chunk.start, place if start is None else min(start, place))
    halves = chunk.text[: place - chunk.start], chunk.text[begun - chunk.start :]
    if not halves[0].strip() or not chunk.text[place - chunk.start :].strip():
        raise InputError(
            "There can be no border at {place}.", "Click between two sentences.", place=place
        )
    count = _counter(db, workspace, set_id)
    chunks.shift(db, set_id, chunk.ordinal + 1, 1)
    chunks.set_end(db, chunk.id, end=place, text=halves[0], tokens=count(halves[0]))
    second = Chunk(begun, chunk.end, halves[1], count(halves[1]), chunk.heading)
    made = chunks.add(db, set_id, document, chunk.ordinal + 1, second)
    rows.move(db, chunk.id, made, start=place)
    return Edit(document, place, True, chunk.ordinal), begun


def _counter(db: Reads, workspace: Workspace, set_id: str) -> Callable[[str], int]:
    """Counts a text's tokens as the set's spec does."""
    from studio.chunking.tokens.counting import count_tokens

    spec = sets.meta_of(db, set_id).get("spec") or {}
    counter, tokenizer = spec.get("token_counter", "estimate"), spec.get("tokenizer", "")

    def count(text: str) -> int:
        return int(
            count_tokens(text, counter, tokenizer, workspace=workspace, light=True).count(
                0, len(text)
            )
        )

    return count
