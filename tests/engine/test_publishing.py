"""A dataset is handed over with its sources and its card: as a zip, and to a server that speaks the
hub's protocol; nothing leaves without being asked to, and the key is seen nowhere.
"""

import json
import zipfile
from types import SimpleNamespace

import pytest
import yaml

from studio import datasets, secrets
from studio.datasets import open_dataset, registry, window
from studio.datasets.publishing import job as publishing
from studio.datasets.publishing.spec import PublishJob
from studio.datasets.row_changes import edits, row_marks, row_work
from studio.datasets.row_changes.edits import Change
from studio.errors import InputError, SpecError, Stopped, WorkspaceError
from studio.jobs import records
from studio.jobs.control import check
from studio.store import chunks, documents, rows, sets
from studio.store import jobs as job_rows
from studio.store.documents import DocumentRow
from studio.store.rows import NewRow
from tests.fake_hub import FakeHub
from tests.in_process import job_for

COUNT = 12
FILES = {"law.jsonl", "law-heldout.jsonl", "dataset_info.json", "README.md"}


@pytest.fixture
def hub(monkeypatch):
    """The hub, with its key kept; the library may ask it."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with FakeHub() as server:
        secrets.save_key(server.address, server.key)
        yield server


@pytest.fixture
def built(workspace):
    """A dataset of twelve rows that a model wrote about a law, three of them held out."""
    from studio.chunking.spec import ChunkJob
    from studio.datasets.assembly import job as building
    from studio.datasets.spec import DatasetJob
    from studio.generation.spec import InstructionsJob

    spec = InstructionsJob(
        chunks="chunks-a", provider="ollama", model_name_or_path="qwen3:8b", seed=7
    )
    made = job_for(workspace, spec)
    cut = job_for(workspace, ChunkJob(documents=["doc-1"], method="structure"))
    with workspace.store.write() as db:
        documents.add(
            db,
            DocumentRow(
                id="doc-1",
                name="民法典.txt",
                file="documents/doc-1.txt",
                sha256="0",
                chars=1234,
                encoding="utf-8",
            ),
        )
        sets.add(db, "chunks-a", "chunks", "Articles", job=cut.id)
        sets.add(
            db,
            "rows-x",
            "rows",
            "Questions",
            job=made.id,
            meta={"format": "sft", "from": "chunks-a"},
        )
        for n in range(COUNT):
            data = {"instruction": f"问题 {n}？", "input": "", "output": f"回答 {n}。"}
            span = SimpleNamespace(
                start=n * 10, end=n * 10 + 9, text=f"第 {n} 条", tokens=4, heading=""
            )
            chunk = chunks.add(db, "chunks-a", "doc-1", n, span)
            place = {"document": "doc-1", "start": span.start, "end": span.end, "chunk": chunk}
            rows.add(db, "rows-x", NewRow(data=data, unit=f"u{n}", **place))
    spec = DatasetJob(sources=["rows-x"], name="law", val_size=0.25, seed=5, file_type="jsonl")
    job = job_for(workspace, spec)
    records.set_state(workspace, job.id, "done", result=building.run(spec, job))
    return workspace


def publish(workspace, **fields):
    spec = PublishJob(**{"dataset": "law", "license": "cc0-1.0"} | fields)
    check(workspace, spec)
    job = job_for(workspace, spec)
    result = publishing.run(spec, job)
    records.set_state(workspace, job.id, "done")
    return result, job


def opened(workspace, result):
    with zipfile.ZipFile(workspace.path / result["file"]) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def head(card):
    return yaml.safe_load(card.split("---\n")[1])


def test_the_zip_holds_rows_with_their_sources_and_a_true_card(built):
    row = edits.row(built, "law", 0) | {"output": "Better."}
    edits.change(built, "law", [Change(0, row)], "better")
    row_marks.mark(built, "law", [1], 4, ["good"])
    result, _ = publish(built, with_sources=True, with_marks=True, title="Civil code")
    files = opened(built, result)
    assert set(files) == FILES
    first, second = (json.loads(line) for line in files["law.jsonl"].splitlines()[:2])
    number = int(second["instruction"].split()[1].rstrip("？"))
    known = {
        name: second[f"source_{name}"] for name in ("document", "chunk", "start", "end", "set")
    }
    assert known == {
        "document": "民法典.txt",
        "chunk": str(number + 1),
        "start": number * 10,
        "end": number * 10 + 9,
        "set": "Questions",
    }
    assert second["source_model"] == "qwen3:8b" and second["source_edited"] is None
    assert first["source_edited"] and (second["rating"], second["tags"]) == (4, ["good"])
    card = files["README.md"].decode()
    told = head(card)
    assert told["license"] == "cc0-1.0" and told["language"] == ["zh"]
    assert told["pretty_name"] == "Civil code" and told["size_categories"] == ["n<1K"]
    assert told["configs"][0]["data_files"] == [
        {"split": "train", "path": "law.jsonl"},
        {"split": "validation", "path": "law-heldout.jsonl"},
    ]
    for words in (
        "民法典.txt (1,234 characters): 12 rows",
        '1. chunk: method "structure"',
        'provider "ollama", model_name_or_path "qwen3:8b"',
        "seed 7",
        '3. dataset: op "import", val_size 0.25, seed 5',
        "Rows changed by hand (train): 1 changed, 0 deleted",
        "`source_chunk`: the chunk of it",
    ):
        assert words in card
    assert result["rows"] == COUNT and result["address"] == ""


@pytest.mark.parametrize("file_type", ["json", "jsonl", "parquet"])
def test_the_columns_are_in_every_kind_of_file_and_passed_over_when_read(built, file_type):
    result, _ = publish(built, with_sources=True, with_marks=True, file_type=file_type)
    files = opened(built, result)
    (built.data / "back").mkdir()
    name = f"law.{file_type}"
    (built.data / "back" / name).write_bytes(files[name])
    entry = json.loads(files["dataset_info.json"])["law"]
    assert not [c for c in entry.get("columns", {}).values() if c.startswith("source_")]
    with registry.changing(built) as info:
        info["back"] = entry | {"file_name": f"back/{name}"}
    assert open_dataset("back", built).rows() == open_dataset("law", built).rows()
    raw = next(iter(open_dataset("back", built).source.read()))
    assert raw["source_document"] == "民法典.txt" and raw["rating"] is None


def test_a_set_from_elsewhere_says_what_is_known_and_no_more(workspace):
    data = b'{"instruction": "a?", "output": "b"}\n'
    datasets.register_file(workspace, "mine.jsonl", data, "law")
    result, _ = publish(workspace, license="", with_sources=True)
    files = opened(workspace, result)
    assert json.loads(files["law.jsonl"])["source_document"] is None
    card = files["README.md"].decode()
    assert "Taken in from the file `mine.jsonl`." in card and "No licence was given." in card
    assert "license" not in head(card)


def test_a_card_that_was_written_by_hand_is_kept(built):
    result, _ = publish(built, card="# Mine\n")
    assert opened(built, result)["README.md"] == b"# Mine\n"


@pytest.mark.parametrize("regular", [1_000_000, 50])
def test_it_is_sent_to_the_hub_private_and_whole(built, hub, regular, capsys):
    """As files within the commit, and as large files by their hash."""
    hub.regular = regular
    result, job = publish(
        built, to="huggingface", repo_id="me/law", endpoint=hub.address, with_sources=True
    )
    assert result["address"] == f"{hub.address}/datasets/me/law" and result["rows"] == COUNT
    kept = hub.repositories["me/law"]
    assert kept["private"] and len(kept["commits"]) == 1
    assert set(kept["files"]) == {
        "law.jsonl",
        "law-heldout.jsonl",
        "dataset_info.json",
        "README.md",
    }
    assert len(kept["files"]["law.jsonl"].splitlines()) == 9
    assert sum(map(len, kept["files"].values())) == result["bytes"]
    told = job_rows.get(built.store, job.id).progress
    assert told["unit"] == "megabytes" and told["done"] == told["total"]
    assert not [
        path
        for path, given in ((p, g) for _, p, g in hub.seen)
        if path.startswith("/object") and given
    ]
    written = [p.read_bytes() for p in job.folder.rglob("*") if p.is_file()]
    assert not [data for data in written if hub.key.encode() in data]
    assert hub.key not in "".join(capsys.readouterr()) and not (job.folder / "files").exists()


def test_what_is_there_already_is_not_written_over_unasked(built, hub):
    to = {"to": "huggingface", "repo_id": "me/law", "endpoint": hub.address}
    publish(built, **to)
    with pytest.raises(InputError, match="There is a dataset me/law on the hub already"):
        publish(built, **to)
    publish(built, **to, overwrite=True)
    assert len(hub.repositories["me/law"]["commits"]) == 2
    hub.repositories["me/law"]["private"] = False
    with pytest.raises(InputError, match="can be seen by everybody"):
        publish(built, **to, overwrite=True)
    publish(built, **to, overwrite=True, private=False)


def test_a_job_that_was_killed_goes_on_with_its_own_repository(built, hub):
    spec = PublishJob(dataset="law", to="huggingface", repo_id="me/law", endpoint=hub.address)
    job = job_for(built, spec)
    hub.repositories["me/law"] = {"private": True, "files": {}, "commits": []}
    (job.folder / "repository").touch()
    assert publishing.run(spec, job)["address"] and hub.repositories["me/law"]["files"]


def test_a_stop_ends_the_sending_and_nothing_is_visible(built, hub):
    hub.regular = 50
    spec = PublishJob(dataset="law", to="huggingface", repo_id="me/law", endpoint=hub.address)
    job = job_for(built, spec)
    hub.on_object = lambda: job.wanted_stop.append(True)
    with pytest.raises(Stopped):
        publishing.run(spec, job)
    assert hub.repositories["me/law"]["files"] == {} and not (job.folder / "files").exists()


def test_a_key_that_is_refused_or_not_there_is_told_in_a_sentence(built, hub):
    to = {"to": "huggingface", "repo_id": "me/law", "endpoint": hub.address}
    hub.refuses = True
    with pytest.raises(InputError, match="refuses the key for me/law") as refused:
        publish(built, **to)
    assert hub.key not in refused.value.sentence
    secrets.save_key(hub.address, "")
    asked = len(hub.seen)
    with pytest.raises(InputError, match="There is no key for"):
        publish(built, **to)
    with pytest.raises(InputError, match="not encrypted"):
        publish(built, **to | {"endpoint": "http://hub.example.org"})
    assert len(hub.seen) == asked
    hub.server.shutdown()


def test_a_hub_that_is_not_there_is_told_in_a_sentence(built, hub):
    address = "http://127.0.0.1:9"
    secrets.save_key(address, hub.key)
    with pytest.raises(WorkspaceError, match="did not take the dataset"):
        publish(built, to="huggingface", repo_id="me/law", endpoint=address)


def test_modelscope_without_its_library_is_told_in_a_sentence(built, hub):
    with pytest.raises(InputError, match="modelscope library is not installed"):
        publish(built, to="modelscope", repo_id="me/law", endpoint=hub.address)


@pytest.mark.parametrize("repo_id", ["", "law", "a/b/c", "../x", "me/la w"])
def test_a_repository_needs_an_owner_and_a_name(repo_id):
    with pytest.raises(SpecError, match="owner/name"):
        PublishJob.read({"dataset": "law", "to": "huggingface", "repo_id": repo_id})


def test_every_zip_of_the_window_has_a_card_and_sources_on_wish(built):
    """Read in the sandbox, as the window does."""
    for make, sourced in ((window.export_zip, False), (row_work.export_with_sources, True)):
        with zipfile.ZipFile(make(built, "law", "openai", "jsonl")) as archive:
            first = json.loads(archive.read("law.jsonl").splitlines()[0])
            card = archive.read("README.md").decode()
        assert ("source_document" in first) is sourced and "messages" in first
        assert "民法典.txt" in card and ("`source_chunk`" in card) is sourced
