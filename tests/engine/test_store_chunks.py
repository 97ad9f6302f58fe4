"""The store's functions on chunks, the rows made from them, and what persons did to both."""

import sqlite3

import pytest

from studio.store import chunk_edits, chunks, reviews, rows, sets, vectors
from studio.store.chunks import Border
from studio.store.rows import NewRow
from studio.store.vectors import Vector
from tests.filling import Piece, add_chunk_set, add_document


@pytest.fixture
def store(workspace):
    """A set of four chunks of the document "d" and a set of one row for each of them."""
    with workspace.store.write() as db:
        add_document(db)
        add_chunk_set(db, ["one", "two", "three", "four"])
        sets.add(db, "rows-1", "rows", "r")
        for chunk in chunks.of_set(db, "chunks-1"):
            new = NewRow(
                unit=chunk.text, data={"output": chunk.text}, start=chunk.start, chunk=chunk.id
            )
            rows.add(db, "rows-1", new)
    return workspace.store


def texts(store):
    return [(chunk.ordinal, chunk.text) for chunk in chunks.of_set(store, "chunks-1")]


def test_chunks_move_up_and_make_room_without_two_of_one_ordinal(store):
    with store.write() as db:
        chunks.shift(db, "chunks-1", 2, 1)
        made = chunks.add(db, "chunks-1", "d", 2, Piece(9, 12, "new", 1))
    assert texts(store) == [(0, "one"), (1, "two"), (2, "new"), (3, "three"), (4, "four")]
    with store.write() as db:
        chunks.delete(db, made)
        assert not chunks.exists(db, made)
        chunks.shift(db, "chunks-1", 3, -1)
        chunks.append(db, "chunks-1", "d", [Piece(4, 5, "five")])
    assert texts(store)[2:] == [(2, "three"), (3, "four"), (4, "five")]
    assert chunks.count(store, "chunks-1") == 5
    with pytest.raises(sqlite3.IntegrityError), store.write() as db:
        chunks.add(db, "chunks-1", "d", 0, Piece(0, 1, "again"))


def test_chunks_are_found_by_place_and_in_stretches(store):
    assert chunks.borders(store, "chunks-1")[0] == Border("d", 0, 1, 9)
    assert chunks.borders(store, "chunks-1", "other") == []
    assert chunks.ending_at(store, "chunks-1", "d", 2).text == "two"
    assert chunks.first_ending_behind(store, "chunks-1", "d", 2).text == "three"
    assert chunks.at(store, "chunks-1", "other", 0) is None
    assert [c.text for c in chunks.within(store, "chunks-1", "d", 1, 3, limit=9)] == [
        "two",
        "three",
    ]
    assert [c.ordinal for c in chunks.named_behind(store, "chunks-1", 0, 2)] == [1, 2]
    assert (chunks.total_chars(store, "chunks-1"), chunks.mean_chars(store, "none")) == (15, 0.0)
    assert chunks.any_of_set(store, "chunks-1") and not chunks.any_of_set(store, "none")


def test_rows_follow_a_chunk_from_a_place_on_and_outlive_it(store):
    first, second, *_ = chunks.of_set(store, "chunks-1")
    with store.write() as db:
        rows.move(db, second.id, first.id, start=2)  # the second's row begins before
    assert [row.chunk for row in rows.of_set(store, "rows-1")][:2] == [first.id, second.id]
    with store.write() as db:
        rows.move(db, second.id, first.id)
        chunks.delete(db, first.id)
    assert [row.chunk for row in rows.of_set(store, "rows-1")][:2] == [None, None]


def test_a_row_that_is_no_json_is_told_and_one_rejected_left_out(store):
    found = rows.of_set(store, "rows-1")
    with store.write() as db:
        rows.set_state(db, found[0].id, "rejected")
        db.execute("UPDATE rows SET data = '{' WHERE id = ?", (found[1].id,))
    broken, whole, _ = rows.usable_behind(store, "rows-1", 0, 9)
    assert broken.data is None and "line 1" in broken.fault
    assert (whole.data, whole.fault) == ({"output": "three"}, "")
    assert rows.usable_behind(store, "rows-1", whole.id, 9)[0].data == {"output": "four"}
    assert rows.count_by_state(store, "rows-1") == {"new": 3, "rejected": 1}


def test_rows_are_searched_by_their_text_alone(store):
    with store.write() as db:
        rows.add(db, "rows-1", NewRow(unit="u", data={"output": '100% "_~"'}))
    for search, count in (("100%", 1), ('"_~"', 1), ("0_%", 0), ("", 5)):
        found, total = rows.page(store, "rows-1", offset=0, limit=2, search=search)
        assert (total, len(found)) == (count, min(count, 2)), search
    shown = rows.page(store, "rows-1", offset=0, limit=9, search="three", state="new")[0][0]
    assert (shown.source, shown.source_start, shown.document) == ("three", 2, None)


def test_edits_and_reviews_are_kept_in_their_order(store):
    row = rows.of_set(store, "rows-1")[0].id
    assert chunk_edits.newest(store, "chunks-1") is None and reviews.newest(store) == 0
    with store.write() as db:
        for place in (1, 2):
            chunk_edits.add(db, "chunks-1", document="d", place=place, added=place > 1, start=0)
            reviews.add(db, row, "edit", {"state": "new", "data": {"n": place}})
    last = chunk_edits.newest(store, "chunks-1")
    assert (last.place, last.added, chunk_edits.count(store, "chunks-1")) == (2, True, 2)
    with store.write() as db:
        chunk_edits.delete(db, last.id)
    assert chunk_edits.newest(store, "chunks-1").added is False
    assert [review.before["data"]["n"] for review in reviews.of_row(store, row)] == [1, 2]
    assert reviews.newest(store) == reviews.of_row(store, row)[-1].id


def test_vectors_are_replaced_forgotten_and_dropped_from_the_oldest_on(tmp_path):
    db = vectors.connect(tmp_path / "deep" / "v.sqlite")
    vectors.keep(db, [Vector(bytes([n]), b"a" if n < 8 else b"b", b"x") for n in range(10)])
    vectors.keep(db, [Vector(b"\0", b"a", b"y")])
    assert vectors.of_keys(db, [b"\0", b"?"]) == [(b"\0", b"y")]
    vectors.delete_model(db, b"b")
    assert vectors.of_keys(db, [b"\x08", b"\x09"]) == []
    vectors.delete_oldest(db, 0.5)
    assert sorted(key for key, _ in vectors.of_keys(db, [bytes([n]) for n in range(10)])) == [
        b"\0",  # was put in again, as the newest
        b"\x07",
    ]
    assert vectors.used_bytes(db) > 0
    db.close()
