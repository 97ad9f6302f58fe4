"""The Library: everything of a workspace is listed with its origins, and can be renamed, noted,
deleted with what stands on it, and taken to another machine.
"""

import json
import zipfile
from pathlib import Path

import pytest

from studio import cli, documents, inventory, jobs, presets
from studio.chunking import ChunkSpec
from studio.datasets import open_dataset, registry
from studio.errors import InputError, JobError, StudioError
from studio.inventory import Ref
from studio.store import database, sets
from studio.store import jobs as job_rows
from studio.store.jobs import JobRow
from studio.training import TrainJob
from studio.workspace import Workspace
from tests.bench import used_workspace

ZIP = Path(__file__).with_name("workspace_before.zip")


@pytest.fixture
def before(tmp_path, monkeypatch):
    """A workspace with a book, its chunks, lines and pairs, and a dataset of the pairs."""
    monkeypatch.setenv("INKWELL_HOME", str(tmp_path / "home"))
    with zipfile.ZipFile(ZIP) as archive:
        archive.extractall(tmp_path / "home" / "workspaces" / "before")
    return Workspace.open(tmp_path / "home" / "workspaces" / "before")


@pytest.fixture
def used(tmp_path, monkeypatch):
    """A workspace as after months."""
    monkeypatch.setenv("INKWELL_HOME", str(tmp_path / "home"))
    sizes = used_workspace.Sizes(
        documents=3, chunk_sets=3, chunks=5, line_sets=2, lines=5, row_sets=6, rows=4, datasets=2,
        runs=4, points=3, steps=3,
    )  # fmt: skip
    return used_workspace.build(tmp_path / "home" / "workspaces" / "used", sizes)


def by_kind(workspace):
    """kind → the first thing of it."""
    return {thing.kind: thing for thing in reversed(inventory.things(workspace))}


def test_each_thing_knows_what_it_is_made_from_and_used_in(before):
    found = by_kind(before)
    book, lines, pairs = found["document"], found["lines"], found["pairs"]
    assert set(found) == {"document", "chunks", "lines", "pairs", "dataset"}
    assert (book.count, book.unit, book.bytes > book.count) == (29560, "characters", True)
    assert found["chunks"].made_from == lines.made_from == (book.ref,)
    assert set(pairs.made_from) == {book.ref, lines.ref}
    assert found["dataset"].made_from == (pairs.ref,) and pairs.used_in == (found["dataset"].ref,)
    assert set(book.used_in) == {found["chunks"].ref, lines.ref, pairs.ref}


def test_every_kind_stands_in_the_list(used):
    presets.save("chunking", "mine", ChunkSpec(max_tokens=99), used)
    found = inventory.things(used)
    assert {thing.kind for thing in found} >= {
        "document", "chunks", "lines", "pairs", "instructions", "preferences", "dataset", "run",
        "adapter", "preset",
    }  # fmt: skip
    assert [t.created for t in found] == sorted((t.created for t in found), reverse=True)
    run = next(thing for thing in found if thing.kind == "run")
    assert run.facts["dataset"] and run.facts["model_name_or_path"]
    assert all(t.name for t in found) and len({t.ref for t in found}) == len(found)


def test_a_search_takes_all_of_its_words(used):
    found = inventory.things(used)
    name = next(t for t in found if t.kind == "document").name
    hits = [t for t in found if inventory.matches(t, f"{name.upper()} document")]
    assert hits and all(t.kind == "document" and t.name == name for t in hits)
    assert not [t for t in found if inventory.matches(t, f"{name} nowhere")]


def test_renaming_reaches_each_kind_and_keeps_the_origins(before):
    found = by_kind(before)
    for kind, name in (("document", "Tale"), ("chunks", "cuts"), ("lines", "who"), ("pairs", "p")):
        assert inventory.rename(before, found[kind].ref, name) == found[kind].ref
    inventory.note(before, [found["dataset"].ref], text="first try", starred=True)
    after = inventory.rename(before, found["dataset"].ref, "oren")
    now = by_kind(before)
    assert (now["document"].name, now["chunks"].name, now["pairs"].name) == ("Tale.md", "cuts", "p")
    assert after == Ref("dataset", "oren") and open_dataset("oren", before).count == 114
    assert (now["dataset"].note, now["dataset"].starred) == ("first try", True)
    assert now["dataset"].made_from == (found["pairs"].ref,)
    assert [entry.name for entry in registry.entries(before)] == ["oren"]
    assert not (before.data / "before.json").exists()


def test_a_dataset_that_is_renamed_is_still_the_runs_own(used):
    found = inventory.things(used)
    run = next(t for t in found if t.kind == "run" and t.made_from)
    dataset = next(ref for ref in run.made_from if ref.family == "dataset")
    inventory.rename(used, dataset, "other name")
    again = inventory.find(used, run.ref)
    assert Ref("dataset", "other name") in again.made_from
    assert run.ref in inventory.find(used, Ref("dataset", "other name")).used_in


@pytest.mark.parametrize("name", ["", "   "])
def test_an_empty_name_is_refused(before, name):
    with pytest.raises(InputError, match="empty"):
        inventory.rename(before, by_kind(before)["chunks"].ref, name)


def test_a_name_that_is_taken_is_refused(used):
    runs = [t for t in inventory.things(used) if t.kind == "run"]
    inventory.rename(used, runs[0].ref, "first")
    with pytest.raises(InputError, match="taken"):
        inventory.rename(used, runs[1].ref, "FIRST")
    assert inventory.find(used, Ref("adapter", runs[0].ref.id)).name == "first"


def test_a_document_goes_with_what_holds_its_text_and_no_more(before):
    book = by_kind(before)["document"]
    plan = inventory.deletion(before, [book.ref])
    assert {t.kind for t in plan.things} == {"document", "chunks", "lines", "pairs"}
    assert plan.things[-1].ref == book.ref and [t.kind for t in plan.left] == ["dataset"]
    assert plan.bytes >= book.bytes
    assert [t.ref for t in inventory.delete(before, plan)] == [t.ref for t in plan.things]
    assert [t.kind for t in inventory.things(before)] == ["dataset"]
    assert documents.listing(before) == [] and not book_files(before)
    assert open_dataset("before", before).count == 114
    assert inventory.delete(before, plan) == []  # gone already


def book_files(workspace):
    """What is left in the folder of documents."""
    return [path for path in workspace.documents.rglob("*") if path.is_file()]


def test_a_cleaned_copy_goes_before_its_original(before):
    book = documents.listing(before)[0]
    copy = documents.add_text(before, "clean.txt", "One. Two.", parent=book.id)
    plan = inventory.deletion(before, [Ref("document", book.id)])
    refs = [t.ref for t in plan.things]
    assert refs.index(Ref("document", copy.id)) < refs.index(Ref("document", book.id))
    inventory.delete(before, plan)
    assert documents.listing(before) == []


def test_a_run_takes_its_adapter_and_an_adapter_leaves_its_run(used):
    first, second = [t for t in inventory.things(used) if t.kind == "run"][:2]
    alone = inventory.deletion(used, [Ref("adapter", first.ref.id)])
    assert [t.kind for t in alone.things] == ["adapter"] and alone.bytes > 0
    inventory.delete(used, alone)
    assert inventory.find(used, first.ref).used_in == ()
    whole = inventory.deletion(used, [second.ref])
    assert [t.kind for t in whole.things] == ["adapter", "run"]
    inventory.delete(used, whole)
    assert not used.run_folder(second.ref.id).exists()
    assert second.ref not in {t.ref for t in inventory.things(used)}


def test_what_a_job_works_on_is_not_deleted(before):
    chunks = by_kind(before)["chunks"]
    with before.store.write() as db:
        spec = {"chunks": chunks.ref.id, "name": "x"}
        job_rows.add(db, JobRow(id="i-1", kind="instructions", state="running", spec=spec,
                                fingerprint="f"))  # fmt: skip
    with pytest.raises(JobError, match="working on"):
        inventory.delete(before, inventory.deletion(before, [chunks.ref]))
    assert sets.get(before.store, chunks.ref.id) is not None


def test_presets_are_renamed_and_deleted(used):
    presets.save("chunking", "mine", ChunkSpec(max_tokens=99), used)
    after = inventory.rename(used, Ref("preset", "chunking/mine"), "ours")
    assert presets.load("chunking", "ours", used)["max_tokens"] == 99
    inventory.delete(used, inventory.deletion(used, [after]))
    assert "ours" not in presets.names("chunking", used)
    with pytest.raises(InputError, match="no more|not there"):
        inventory.find(used, after)


def test_archived_things_stay_and_are_left_out_of_the_list(before, capsys):
    inventory.note(before, [by_kind(before)["chunks"].ref], archived=True)
    assert cli.listing(["--workspace", str(before.path), "--json"]) == 0
    shown = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {line["kind"] for line in shown} == {"document", "lines", "pairs", "dataset"}
    assert cli.listing(["--workspace", str(before.path), "--archived", "--kind", "chunks"]) == 0
    assert "24 chunks" in capsys.readouterr().out


def test_a_workspace_goes_to_another_machine_and_back(used, tmp_path, monkeypatch):
    inventory.note(used, [inventory.things(used)[0].ref], text="带走")
    (used.path / "cache").mkdir(exist_ok=True)
    (used.path / "cache" / "big").write_bytes(b"x" * 100_000)
    made = inventory.pack(used, tmp_path / "out" / "used.zip")
    monkeypatch.setenv("INKWELL_HOME", str(tmp_path / "elsewhere"))
    first, second = inventory.unpack(made), inventory.unpack(made)
    assert (first.name, second.name) == ("used", "used-2")
    assert not (first.path / "cache" / "big").exists()
    plain = {t.ref: (t.name, t.count, t.note, {*t.used_in}) for t in inventory.things(used)}
    came = inventory.things(first)
    assert {t.ref: (t.name, t.count, t.note, {*t.used_in}) for t in came} == plain


def test_no_job_may_be_at_work_while_it_is_packed(used, tmp_path):
    with used.store.write() as db:
        job_rows.add(db, JobRow(id="t-1", kind="train", state="running", spec={}, fingerprint="g"))
    with pytest.raises(JobError, match="at work"):
        inventory.pack(used, tmp_path / "used.zip")
    assert not (tmp_path / "used.zip").exists()
    assert jobs.records.running(used)


@pytest.mark.parametrize("case", ["text", "other", "above", "link", "bomb", "newer"])
def test_what_is_no_packed_workspace_is_refused_and_leaves_nothing(
    used, tmp_path, monkeypatch, case
):
    path = tmp_path / "bad.zip"
    if case == "text":
        path.write_text("not a zip")
    elif case == "newer":
        with monkeypatch.context() as later:
            later.setattr(database, "MIGRATIONS", (*database.MIGRATIONS, ""))
            used.store.migrate()
        inventory.pack(used, path)
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
            if case != "other":
                out.writestr("inkwell.json", json.dumps({"form": 1, "name": "bad"}))
                out.writestr("inkwell.db", b"")
            if case == "above":
                out.writestr("../above.txt", "no")
            if case == "link":
                link = zipfile.ZipInfo("link")
                link.external_attr = 0o120777 << 16
                out.writestr(link, "/etc/passwd")
            if case == "bomb":
                out.writestr("big", b"0" * 300_000_000)
    before = sorted(used.path.parent.iterdir())
    with pytest.raises(StudioError):
        inventory.unpack(path)
    assert sorted(used.path.parent.iterdir()) == before
    assert not (tmp_path / "home" / "above.txt").exists()


def test_runs_of_one_name_are_told_apart(used):
    spec = {"dataset": "demo", "name": "emma", "max_steps": 3}
    made = [
        jobs.records.create(used, TrainJob.read({**spec, "seed": seed}), parent=None, step=None)[0]
        for seed in (1, 2, 3)
    ]
    assert [record.title for record in made] == ["emma", "emma 2", "emma 3"]
