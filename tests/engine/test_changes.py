"""The store's change counters, and what is kept by them."""

import subprocess
import sys

import pytest

from studio import documents, jobs
from studio.chunking.spec import ChunkJob
from studio.jobs.records import create, set_state
from studio.store import COUNTED, sets
from studio.store import jobs as job_rows
from studio.workspace import Workspace
from tests.filling import add_chunk_set


def test_each_table_counts_its_own_writes(workspace):
    before = workspace.store.changes()
    assert set(before) == {*COUNTED, "commits"}
    documents.add(workspace, "a.txt", b"A text.")
    after = workspace.store.changes()
    assert {what for what in before if after[what] != before[what]} == {"documents", "commits"}
    assert workspace.store.changes() == after


def test_writes_of_another_process_are_seen(workspace):
    before = workspace.store.changes()
    code = (
        "import sys; from studio import documents; from studio.workspace import Workspace; "
        "documents.add(Workspace.open(sys.argv[1]), 'b.txt', b'B')"
    )
    subprocess.run([sys.executable, "-c", code, str(workspace.path)], check=True)
    assert workspace.store.changes()["documents"] == before["documents"] + 1


def test_progress_moves_no_list(workspace):
    record, _ = create(workspace, ChunkJob(documents=["x"]), parent=None, step=None)
    before = workspace.store.changes()
    with workspace.store.write() as db:
        job_rows.set_progress(db, record.id, {"done": 1})
    assert (
        workspace.store.changes()
        == before | {"commits": workspace.store.changes()["commits"]}
        != before
    )
    set_state(workspace, record.id, "done")
    assert workspace.store.changes()["jobs"] == before["jobs"] + 1
    assert not jobs.records.running(workspace)


def test_what_cascades_is_counted_too(workspace):
    document = documents.add(workspace, "a.txt", b"A text.")
    with workspace.store.write() as db:
        add_chunk_set(db, ["A"], document=document.id, set_id="c")
    before = workspace.store.changes()
    with workspace.store.write() as db:
        sets.delete(db, "c", "chunks")
    after = workspace.store.changes()
    assert {what for what in COUNTED if after[what] != before[what]} == {"sets", "chunks"}


def test_a_value_is_kept_until_its_tables_are_written(workspace):
    read = []

    def count():
        read.append(1)
        return len(documents.listing(workspace))

    def kept(also=None):
        return workspace.store.kept("n", ("documents",), count, also)

    assert [kept(), kept()] == [0, 0] and len(read) == 1
    with workspace.store.write() as db:
        sets.add(db, "c", "chunks", "c")
    assert kept() == 0 and len(read) == 1
    documents.add(workspace, "a.txt", b"A text.")
    assert [kept(), kept()] == [1, 1] and len(read) == 2
    assert kept("other") == 1 and len(read) == 3


@pytest.mark.parametrize("version", [1, 3])
def test_an_older_workspace_begins_to_count(tmp_path, monkeypatch, version):
    from studio.store import database as store

    with monkeypatch.context() as then:
        then.setattr(store, "MIGRATIONS", store.MIGRATIONS[:version])
        Workspace.open(tmp_path / "old").store.close()
    workspace = Workspace.open(tmp_path / "old")
    documents.add(workspace, "a.txt", b"A text.")
    assert workspace.store.changes()["documents"] == 1
