"""The tables of a set on disk follow the store: after every change, for every reader, in every
folder that holds them.
"""

import io
import json
import threading
import time

import pyarrow.parquet as pq
import pytest
from test_decisions import PEOPLE, TEXT, lines, run

from studio import documents, generation, set_tables
from studio.chunking import job as cutting
from studio.chunking.sets import editing, queries
from studio.chunking.spec import ChunkJob
from studio.dialogue.pairs import job
from studio.dialogue.review import decisions, propagate_job
from studio.dialogue.spec import DialogueJob, PairsJob, PropagateJob
from studio.errors import WorkspaceError
from studio.files import disk_error
from studio.store import utterances

SENTENCES = "".join(f"这是第{n}句话，说的是{'锅' if n % 7 < 4 else '法'}。" for n in range(60))


@pytest.fixture
def chunked(workspace):
    """(set, document, the run folder) of a chunk job."""
    document = documents.add(workspace, "书.txt", SENTENCES.encode())
    spec = ChunkJob(
        documents=[document.id], method="length", max_tokens=80, token_counter="characters"
    )
    result, folder = run(workspace, spec, cutting.run)
    return result["set"], document.id, folder


@pytest.fixture
def spoken(workspace):
    """(set, the run folder) of a dialogue job with pairs."""
    document = documents.add(workspace, "茶馆.md", TEXT.encode())
    result, folder = run(
        workspace,
        DialogueJob(documents=[document.id], characters=PEOPLE, target="李四", layout="novel"),
    )
    return result["utterance_set"], folder


def kept_chunks(workspace, set_id):
    names = {d.id: d.name for d in documents.listing(workspace)}
    return [
        (names[r["document"]], r["chunk_id"], r["start"], r["end"], r["text"], r["tokens"])
        for r in queries.page(workspace, set_id, 0, 1000)
    ]


def chunks_on_disk(folder):
    table = [tuple(row.values()) for row in pq.read_table(folder / "chunks.parquet").to_pylist()]
    assert table == [
        tuple(json.loads(line).values())
        for line in (folder / "chunks.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    return table


def speakers(workspace, set_id):
    return [
        (line.ordinal, line.speaker, line.method)
        for line in utterances.page(workspace.store, set_id, offset=0, limit=1000)
    ]


def speakers_on_disk(folder):
    rows = pq.read_table(folder / "utterances.parquet").to_pylist()
    aloud = [
        json.loads(line)
        for line in (folder / "dialogue.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    said = {(row["speaker"] or "", row["text"]) for row in rows}
    assert aloud and all((line["role"], line["dialogue"]) in said for line in aloud)
    return [(row["utterance_id"], row["speaker"], row["method"]) for row in rows]


def test_borders_set_taken_and_undone(workspace, chunked):
    set_id, document, folder = chunked
    assert chunks_on_disk(folder) == kept_chunks(workspace, set_id)
    place = kept_chunks(workspace, set_id)[2][2]
    for step in (
        lambda: editing.toggle(workspace, set_id, document, place),
        lambda: editing.toggle(workspace, set_id, document, 9),
        lambda: editing.undo(workspace, set_id),
        lambda: editing.undo(workspace, set_id),
    ):
        before = chunks_on_disk(folder)
        step()
        assert chunks_on_disk(folder) == kept_chunks(workspace, set_id) != before
    copy = editing.save_as(workspace, set_id, "by hand")
    editing.toggle(
        workspace, copy, document, place
    )  # a copy has no table: that of the first set stays
    assert chunks_on_disk(folder) == kept_chunks(workspace, set_id) != kept_chunks(workspace, copy)
    documents.library.rename(workspace, document, "新名.txt")
    assert (
        chunks_on_disk(folder) == kept_chunks(workspace, set_id)
        and chunks_on_disk(folder)[0][0] == "新名.txt"
    )
    queries.delete_set(workspace, set_id)
    assert not (folder / "chunks.parquet").exists() and not (folder / "chunks.jsonl").exists()


def test_decisions_in_every_folder_that_holds_the_lines(workspace, spoken):
    set_id, folder = spoken
    _, pairs = run(workspace, PairsJob(utterances=set_id, target="李四"), job.run)
    line = lines(workspace, set_id)["今天不饿。"]["utterance_id"]
    decisions.assign(workspace, set_id, line, "王成")
    decisions.accept(workspace, set_id, line + 1)
    decisions.set_kind(workspace, set_id, line, "thought")
    decisions.undo(workspace, set_id)
    for place in (folder, pairs):
        assert speakers_on_disk(place) == speakers(workspace, set_id) and (
            line,
            "王成",
            "person",
        ) in speakers_on_disk(place)
    run(workspace, PropagateJob(utterances=set_id), propagate_job.run)
    assert speakers_on_disk(folder) == speakers_on_disk(pairs) == speakers(workspace, set_id)
    assert not list(workspace.runs.glob(".tables-*"))


def test_pairs_edited_rejected_and_deleted(workspace, spoken):
    set_id, _ = spoken
    result, folder = run(workspace, PairsJob(utterances=set_id, target="李四", held_out=0), job.run)
    rows, total = generation.rows_page(workspace, result["set"])
    first, second = rows[0], rows[1]
    generation.edit(workspace, first["id"], {"output": "换一句。"})
    generation.set_state(workspace, second["id"], "rejected")
    outputs = [
        row["output"] for row in json.loads((folder / "pairs.json").read_text(encoding="utf-8"))
    ]
    assert (
        outputs[0] == "换一句。"
        and len(outputs) == total - 1
        and second["data"]["output"] not in outputs
    )
    assert [
        json.loads(line)["output"]
        for line in (folder / "pairs.jsonl").read_text(encoding="utf-8").splitlines()
    ] == outputs
    assert pq.read_table(folder / "pairs.parquet").column("output").to_pylist() == outputs
    generation.set_state(workspace, second["id"], "new")
    generation.delete(workspace, first["id"])
    assert len(json.loads((folder / "pairs.json").read_text(encoding="utf-8"))) == total - 1
    info = json.loads((folder / "dataset_info.json").read_text(encoding="utf-8"))
    assert {entry["file_name"] for entry in info.values()} == {
        p.name for p in folder.glob("*.json")
    } & {"pairs.json", "pairs_heldout.json", "sharegpt.json"}


def test_many_decisions_write_the_tables_once_and_none_is_old_meanwhile(
    workspace, spoken, monkeypatch
):
    set_id, folder = spoken
    written, make = [], set_tables._put
    monkeypatch.setattr(set_tables, "_put", lambda *given: (written.append(1), make(*given)))
    with set_tables.together():
        for line in range(4):
            decisions.assign(workspace, set_id, line, f"Name {line}")
            assert (
                not (folder / "utterances.parquet").exists()
                and not (folder / "dialogue.jsonl").exists()
            )
    assert written == [1] and speakers_on_disk(folder) == speakers(workspace, set_id)


def test_a_kill_or_a_full_disk_leaves_no_old_table(workspace, chunked, monkeypatch):
    set_id, document, folder = chunked

    def full(*_):
        raise disk_error(OSError(28, "full"), folder / "chunks.parquet")

    with monkeypatch.context() as patch:
        patch.setattr(set_tables, "_put", full)
        editing.toggle(workspace, set_id, document, 9)
        assert (
            editing.edits(workspace, set_id) == 1
            and not (folder / "chunks.parquet").exists()
            and not (folder / "chunks.jsonl").exists()
        )
    editing.undo(workspace, set_id)  # the next change writes them again
    assert chunks_on_disk(folder) == kept_chunks(workspace, set_id)


def test_a_change_that_cannot_take_the_old_table_away_is_not_made(workspace, chunked, monkeypatch):
    set_id, document, folder = chunked

    def held(path):
        raise disk_error(OSError(13, "in use"), path)

    monkeypatch.setattr(set_tables, "_away", held)
    with pytest.raises(WorkspaceError, match=r"chunks\.parquet cannot be written"):
        editing.toggle(workspace, set_id, document, 9)
    assert editing.edits(workspace, set_id) == 0 and chunks_on_disk(folder) == kept_chunks(
        workspace, set_id
    )


def test_whoever_reads_meanwhile_never_reads_an_old_table(workspace, chunked):
    set_id, document, folder = chunked
    done, wrong, read = threading.Event(), [], []

    def watch():
        while not done.is_set():
            before = editing.edits(workspace, set_id)
            try:
                rows = pq.read_table(
                    io.BytesIO((folder / "chunks.parquet").read_bytes())
                ).num_rows  # opened once
            except FileNotFoundError:
                continue
            count = len(queries.page(workspace, set_id, 0, 1000))
            if editing.edits(workspace, set_id) == before:  # nothing was changed while it was read
                read.append(rows)
                wrong.extend([(rows, count)] if rows != count else [])
        workspace.store.close()

    watcher = threading.Thread(target=watch)
    watcher.start()
    places = [row[2] for row in kept_chunks(workspace, set_id)[1:]]
    until = time.monotonic() + 60
    while len(read) < 5 and time.monotonic() < until:
        for place in places * 2:
            editing.toggle(workspace, set_id, document, place)
    done.set()
    watcher.join()
    assert read and not wrong
