"""A workspace made by the state before the rooms were rebuilt opens, shows what it held, and goes
on: a story cut, its lines attributed and paired, a border and two speakers set by hand, a row
accepted, a dataset, what the window's forms held.

`workspace_before.zip` was written by the commands and functions of that state, and is never made
anew.
"""

import zipfile
from pathlib import Path

import pytest

from studio import documents, jobs, page_state
from studio.chunking.sets import editing
from studio.chunking.sets import export as chunk_export
from studio.chunking.sets import queries as chunk_queries
from studio.datasets import open_dataset, registry
from studio.dialogue.pairs import export as line_export
from studio.dialogue.pairs import job as pairing
from studio.dialogue.review import decisions, queries
from studio.dialogue.spec import PairsJob
from studio.generation import reading
from studio.workspace import Workspace
from tests.in_process import job_for

ZIP = Path(__file__).with_name("workspace_before.zip")


@pytest.fixture
def before(tmp_path):
    """The workspace, unpacked."""
    with zipfile.ZipFile(ZIP) as archive:
        archive.extractall(tmp_path / "before")
    return Workspace.open(tmp_path / "before")


def test_what_it_held_is_there(before):
    assert [document.chars for document in documents.listing(before)] == [29560]
    assert [record.state for record in jobs.recent(before)] == ["done"] * 4
    assert {record.kind for record in jobs.recent(before)} == {
        "pipeline",
        "chunk",
        "dialogue",
        "dataset",
    }
    assert [entry.name for entry in registry.entries(before)] == ["before"]
    assert open_dataset("before", before).count == 114
    assert page_state.load(before) == {"chunk-max_tokens": 333, "model": "starter"}


def test_the_book_and_its_cuts(before):
    made = chunk_queries.chunk_sets(before)[0]
    assert (made["count"], editing.edits(before, made["id"])) == (24, 1)
    document = documents.listing(before)[0]
    text = documents.text(before, document)
    page = chunk_queries.page(before, made["id"], 0, 1000)
    assert all(chunk["text"] == text[chunk["start"] : chunk["end"]] for chunk in page)
    undone = editing.undo(before, made["id"])
    assert undone.added and chunk_queries.chunk_sets(before)[0]["count"] == 25
    assert chunk_export.export(before, made["id"], "jsonl").read_text().count("\n") == 25


def test_the_lines_their_speakers_and_pairs(before):
    lines = queries.utterance_sets(before)[0]
    assert lines["utterances"] == 312
    counted = decisions.counts(before, lines["id"], 0.5)
    assert (counted.total, counted.reviewed, counted.edits) == (312, 2, 2)
    assert queries.page(before, lines["id"], 1, 1)[0]["speaker"] == "Tibby Crake"
    decisions.assign(before, lines["id"], 3, "Lucas Fenn")
    assert decisions.undo(before, lines["id"]) == 3
    assert decisions.undo(before, lines["id"]) == 2
    assert decisions.counts(before, lines["id"], 0.5).edits == 1
    rows = reading.row_sets(before)[0]
    assert (rows["rows"], rows["accepted"]) == (114, 1)
    assert line_export.export(before, lines["id"], "jsonl").stat().st_size > 0


def test_work_goes_on_from_it(before):
    """New pairs from the old lines, with the decisions that a person made before."""
    lines = queries.utterance_sets(before)[0]
    spec = PairsJob(utterances=lines["id"], target="Tibby Crake")
    result = pairing.run(spec, job_for(before, spec))
    made = reading.row_sets(before)[0]
    assert made["id"] == result["set"] and made["rows"] > 0
