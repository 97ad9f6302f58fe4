"""Borders set by hand: nothing is lost, rows keep their chunk, each edit can be undone; exports."""

import io
import json
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio import documents
from studio.chunking import chunk_text
from studio.chunking.sets import editing, export, queries
from studio.chunking.spec import ChunkSpec
from studio.errors import InputError, JobError
from studio.store import chunks, rows, sets
from studio.store import jobs as job_rows
from studio.store.jobs import JobRow
from studio.store.rows import NewRow
from studio.workspace import Workspace

SENTENCES = [f"这是第{n}句话，说的是{'锅' if n % 7 < 4 else '法'}。" for n in range(60)]
TEXT = "".join(SENTENCES)


def cut(workspace, overlap=0, text=TEXT, name="书.txt"):
    """A document's chunks as a set, without the job."""
    document = documents.add(workspace, name, text.encode())
    spec = ChunkSpec(method="length", max_tokens=80, overlap=overlap, token_counter="characters")
    with workspace.store.write() as db:
        sets.add(db, "s", "chunks", "书.txt", meta={"spec": spec.plain()})
        chunks.append(db, "s", document.id, chunk_text(text, spec))
    return document.id


def shape(workspace, set_id="s"):
    """What a set is: the chunks with their places, sizes and texts."""
    return [
        (r["chunk_id"], r["start"], r["end"], r["tokens"], r["text"])
        for r in queries.page(workspace, set_id, 0, 1000)
    ]


def test_a_border_is_taken_away_and_set_again(workspace):
    document = cut(workspace)
    before = shape(workspace)
    place = before[2][1]
    removed = editing.toggle(workspace, "s", document, place)
    assert (removed.added, removed.ordinal) == (False, 1)
    joined = shape(workspace)
    assert len(joined) == len(before) - 1
    assert joined[1][4] == before[1][4] + before[2][4] and joined[1][3] == len(joined[1][4])
    assert [row[0] for row in joined] == list(range(len(joined)))
    assert editing.toggle(workspace, "s", document, place).added
    assert shape(workspace) == before
    assert editing.edits(workspace, "s") == 2


@pytest.mark.parametrize("overlap", [0, 20])
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sentences=st.lists(st.integers(0, 61), min_size=1, max_size=12))
def test_any_edits_lose_nothing_and_can_all_be_undone(tmp_path_factory, overlap, sentences):
    workspace = Workspace.open(tmp_path_factory.mktemp("edits") / "w")
    document = cut(workspace, overlap)
    before, done = shape(workspace), 0
    for number in sentences:
        place = sum(len(s) for s in SENTENCES[:number])
        try:
            editing.toggle(workspace, "s", document, place)
            done += 1
        except InputError:
            assert place in (0, len(TEXT))
        now = shape(workspace)
        assert all(
            text == TEXT[start:end] and tokens == len(text) for _, start, end, tokens, text in now
        )
        ends = [0, *(row[2] for row in now)]
        assert "".join(TEXT[a:b] for a, b in zip(ends, ends[1:], strict=False)) == TEXT
        assert all(row[1] <= end for row, end in zip(now, ends, strict=False))
    assert editing.edits(workspace, "s") == done
    for _ in range(done):
        editing.undo(workspace, "s")
    assert shape(workspace) == before
    with pytest.raises(InputError, match="no edit to undo"):
        editing.undo(workspace, "s")


def test_rows_stay_with_the_chunk_that_holds_their_place(workspace):
    document = cut(workspace)
    first, second, third = chunks.page(workspace.store, "s", offset=0, limit=3)
    with workspace.store.write() as db:
        sets.add(db, "r", "rows", "r")
        for chunk in (first, second, third):
            row = NewRow(
                unit=str(chunk.ordinal),
                data={},
                document=document,
                start=chunk.start,
                end=chunk.end,
                chunk=chunk.id,
            )
            rows.add(db, "r", row)

    def held():
        return [row.chunk for row in rows.of_set(workspace.store, "r")]

    editing.toggle(workspace, "s", document, second.start)
    assert held() == [first.id, first.id, third.id]
    editing.undo(workspace, "s")
    (made,) = chunks.page(workspace.store, "s", offset=1, limit=1)
    assert held() == [first.id, made.id, third.id]


def test_what_cannot_be_edited_says_so(workspace):
    document = cut(workspace)
    for place in (0, len(TEXT), -4, 10**9):
        with pytest.raises(InputError, match="no border"):
            editing.toggle(workspace, "s", document, place)
    for name in ("t", ""):
        with pytest.raises(InputError, match="no chunk set"):
            editing.toggle(workspace, name, document, 30)
    with pytest.raises(InputError, match="no border"):
        editing.toggle(workspace, "s", "doc-of-nobody", 30)
    with workspace.store.write() as db:
        job_rows.add(db, JobRow(id="j", kind="chunk", state="running", spec={}, fingerprint="f"))
        sets.add(db, "making", "chunks", "书.txt", job="j")
    with pytest.raises(JobError, match="still being made"):
        editing.toggle(workspace, "making", document, 30)


def test_a_saved_copy_keeps_what_the_edits_change(workspace):
    document = cut(workspace)
    before = shape(workspace)
    copy = editing.save_as(workspace, "s", "  by  hand ")
    editing.toggle(workspace, "s", document, before[1][1])
    assert shape(workspace, copy) == before != shape(workspace)
    assert {s["id"]: s["name"] for s in queries.chunk_sets(workspace)} == {
        "s": "书.txt",
        copy: "by hand",
    }
    assert editing.save_as(workspace, copy, "another") not in ("s", copy)
    editing.rename(workspace, copy, "三国")
    assert sets.get(workspace.store, copy).name == "三国"
    for bad in ("", "   "):
        with pytest.raises(InputError, match="needs a name"):
            editing.save_as(workspace, "s", bad)
        with pytest.raises(InputError, match="needs a name"):
            editing.rename(workspace, "s", bad)


def test_exports_hold_the_chunks_as_they_are_now(workspace):
    import pyarrow.parquet

    document = cut(workspace)
    editing.toggle(workspace, "s", document, shape(workspace)[1][1])
    now = shape(workspace)
    packed = export.export(workspace, "s", "txt")
    with zipfile.ZipFile(io.BytesIO(packed.read_bytes())) as archive:
        assert archive.namelist()[0] == "chunk_1.txt"
        assert [archive.read(name).decode() for name in archive.namelist()] == [
            row[4] for row in now
        ]
    lines = [
        json.loads(line)
        for line in export.export(workspace, "s", "jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert [(r["chunk_id"], r["start"], r["end"], r["tokens"], r["text"]) for r in lines] == now
    assert pyarrow.parquet.read_table(export.export(workspace, "s", "parquet")).to_pylist() == lines
    assert not [p for p in packed.parent.iterdir() if p.name.startswith(".")]
    for set_id, form in (("s", "../x"), ("nothing", "txt")):
        with pytest.raises(InputError, match="nothing to export"):
            export.export(workspace, set_id, form)
