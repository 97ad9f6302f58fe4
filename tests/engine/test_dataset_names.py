"""No dataset is overwritten unasked: names are one where a disk takes them for one; the same work
may write its own again.
"""

import json
import unicodedata

import pytest
from test_datasets import write  # noqa: F401

from studio import datasets, jobs
from studio.datasets import naming, open_dataset, register_file, registry
from studio.datasets.assembly import build as writing
from studio.datasets.assembly import job as building
from studio.datasets.spec import DatasetJob
from studio.errors import InputError, WorkspaceError
from studio.jobs import records
from studio.jobs.control import check
from studio.jobs.kinds import read_spec
from studio.store import jobs as job_rows
from studio.workspace import Workspace
from tests.in_process import job_for

ROWS = [{"instruction": f"Question {n}?", "input": "", "output": f"Answer {n}."} for n in range(20)]


def upload(workspace, name, count=20):
    return register_file(workspace, f"{name}.json", json.dumps(ROWS[:count]).encode(), name)


def build(workspace, job=None, **fields):
    """A dataset job in this process; (result, job)."""
    spec = DatasetJob(**{"sources": ["raw"], "formatting": "alpaca"} | fields)
    job = job or job_for(workspace, spec)
    result = building.run(spec, job)
    records.set_state(workspace, job.id, "done")
    return result, job


def names(workspace):
    return sorted(registry.names(workspace))


def content(workspace):
    """Every file of data/ and what it holds."""
    return {
        p.name: p.read_bytes()
        for p in workspace.data.iterdir()
        if p.is_file() and not p.name.endswith(".lock")
    }


@pytest.fixture
def emma(workspace):
    """A set "Emma" of 14 rows with its held-out part of 6."""
    upload(workspace, "raw")
    build(workspace, name="Emma", val_size=0.3)
    assert names(workspace) == ["Emma", "Emma-heldout", "raw"]
    return workspace


SAME = ["Emma", "emma", "EMMA", " Emma ", "emma-heldout", "ＥＭＭＡ"]


@pytest.mark.parametrize("name", SAME[:5])
def test_a_name_that_is_taken_is_refused_before_and_in_the_job(emma, name):
    upload(emma, "few", 5)
    before = content(emma)
    spec = DatasetJob(sources=["few"], name=name)
    with pytest.raises(
        InputError,
        match=(
            r"There is a dataset named Emma.* already\. Choose another name, for example .*-2,"
            r" or tick"
        ),
    ) as refused:
        check(emma, spec)
    assert (refused.value.spec_kind, refused.value.fields) == (
        "dataset",
        ("name",),
    ) and not [j for j in job_rows.recent(emma.store) if "few" in j.spec["sources"]]
    with pytest.raises(InputError, match="already"):
        jobs.start(emma, spec)
    with pytest.raises(InputError, match="already"):
        build(emma, sources=["few"], name=name)
    assert content(emma) == before


def test_composed_and_decomposed_letters_are_one_name(workspace):
    upload(workspace, "raw")
    build(workspace, name=unicodedata.normalize("NFD", "Zoé"))
    assert names(workspace) == ["Zoé", "raw"]
    for name in (unicodedata.normalize("NFD", "Zoé"), "ZOÉ", "zoé"):
        with pytest.raises(InputError, match="already"):
            build(workspace, name=name, formatting="openai")
    assert naming.free_name(workspace, "zoé") == "zoé-2" and naming.fold("STRASSE") == naming.fold(
        "straße"
    )


def test_the_free_name_is_free_with_its_held_out_part(emma):
    for taken in ("Emma", "emma"):
        assert datasets.free_name(emma, taken) == f"{taken}-2"
    build(emma, name="Emma-2")
    upload(emma, "emma-3-heldout")
    assert naming.free_name(emma, "EMMA") == "EMMA-4" and naming.free_name(emma, "other") == "other"
    long = "x" * 80
    upload(emma, long)
    free = naming.free_name(emma, long)
    assert (
        len(free) <= 80 - len(naming.HELD_OUT) and free.endswith("-2") and naming.require_name(free)
    )
    with pytest.raises(WorkspaceError):
        naming.require_name(long)  # with -heldout behind it no file can be called so


@pytest.mark.parametrize("name", ["Emma", "emma"])
def test_a_set_that_is_replaced_takes_its_held_out_part_with_it(emma, name):
    upload(emma, "few", 5)
    result, _ = build(emma, sources=["few"], name=name, overwrite=True, file_type="jsonl")
    assert result["replaced"] == ["Emma", "Emma-heldout"] and (
        result["rows"],
        result["heldout"],
    ) == (5, "")
    assert names(emma) == sorted([name, "few", "raw"]) and open_dataset(name, emma).count == 5
    assert {p for p in content(emma) if p.lower().startswith("emma")} == {
        f"{name}.jsonl",
        f"{name}.source.jsonl",
    }


def test_the_same_job_again_writes_its_own_set_again(emma):
    before = content(emma)
    again, _ = build(emma, name="Emma", val_size=0.3)
    assert (again["rows"], again["heldout_rows"], again["replaced"]) == (14, 6, []) and content(
        emma
    ) == before
    with pytest.raises(InputError, match="already"):  # another share is another set
        build(emma, name="Emma", val_size=0.2)
    fresh = build(emma, name="Emma", val_size=0.3, overwrite=True)[0]
    assert fresh["replaced"] == [] and content(emma) == before


@pytest.mark.parametrize("stop", ["sidecar", "file", "entry"])
def test_a_job_killed_in_the_middle_of_writing_goes_on(workspace, monkeypatch, stop):
    upload(workspace, "raw")
    wanted, target = (
        {"sidecar": "write_text", "file": "save", "entry": "store_part"}[stop],
        building if stop == "entry" else writing,
    )
    plain, calls = getattr(target, wanted), []

    def killed(*given, **named):
        made = plain(*given, **named)
        calls.append(1)
        raise KeyboardInterrupt if len(calls) == 1 else RuntimeError(made)

    spec = DatasetJob(sources=["raw"], name="Emma", val_size=0.3)
    job = job_for(workspace, spec)
    with monkeypatch.context() as patch:
        patch.setattr(target, wanted, killed)
        with pytest.raises(KeyboardInterrupt):
            building.run(spec, job)
    assert building.run(spec, job)["rows"] == 14 and names(workspace) == [
        "Emma",
        "Emma-heldout",
        "raw",
    ]
    with pytest.raises(InputError, match="already"):
        build(workspace, sources=["raw"], name="emma")


def test_a_file_that_a_person_put_there_is_not_overwritten(workspace):
    upload(workspace, "raw")
    (workspace.data / "Emma.jsonl").write_text("mine\n")
    with pytest.raises(InputError, match=r"Emma\.jsonl already"):
        build(workspace, name="emma")
    with pytest.raises(InputError, match=r"Emma\.jsonl already"):
        upload(workspace, "Emma")
    assert (workspace.data / "Emma.jsonl").read_text() == "mine\n" and names(workspace) == ["raw"]


def test_a_set_is_never_built_over_its_own_source(emma):
    for name, sources in (
        ("Emma", ["Emma"]),
        ("emma", ["Emma"]),
        ("Emma", ["raw", "Emma-heldout"]),
    ):
        with pytest.raises(InputError, match="is one of the sources"):
            check(emma, DatasetJob(sources=sources, name=name, overwrite=True))


def test_an_upload_replaces_what_was_uploaded_under_its_name_and_nothing_else(emma):
    upload(emma, "d", 20)
    upload(emma, "d", 5)
    register_file(emma, "d.csv", b"question,answer\nWho?,Me.\n", "d")
    assert open_dataset("d", emma).count == 1 and not (emma.data / "d.json").exists()
    for name in ("Emma", "emma", "D", "emma-heldout"):
        with pytest.raises(InputError, match="already"):
            upload(emma, name, 5)
    assert open_dataset("Emma", emma).count == 14 and open_dataset("d", emma).count == 1


def test_what_made_a_set_stands_where_other_tools_pass_over_it(emma):
    entry = registry.read_info(emma)["Emma"]
    assert set(entry) == {"file_name", "columns", "inkwell"} and registry.made_by(entry)
    assert registry.find(emma, "Emma").layout.columns["prompt"] == "instruction"


def test_two_jobs_of_one_name_at_once_make_one_set(tmp_path, own_home):
    workspace = Workspace.open(tmp_path / "w")
    upload(workspace, "raw"), upload(workspace, "few", 5)
    first = jobs.start(workspace, DatasetJob(sources=["raw"], name="Emma"))
    second = jobs.start(workspace, DatasetJob(sources=["few"], name="emma"))
    ended = sorted(jobs.wait(workspace, job.id, 90).state for job in (first, second))
    assert (
        ended == ["done", "failed"]
        and len([n for n in registry.names(workspace) if n.lower() == "emma"]) == 1
    )


@pytest.mark.long
def test_a_pipeline_run_anew_writes_its_own_set_again_and_another_one_is_refused(
    tmp_path, own_home
):
    workspace = Workspace.open(tmp_path / "w")
    upload(workspace, "raw")
    step = {
        "id": "data",
        "kind": "dataset",
        "op": "convert",
        "sources": ["raw"],
        "name": "${name}",
        "val_size": 0.3,
    }
    data = {
        "kind": "pipeline",
        "vars": {"name": "Emma"},
        "steps": [
            step,
            {"id": "more", "kind": "dataset", "sources": ["${data.dataset}"], "name": "${name}-2"},
        ],
    }
    for _ in range(2):
        done = jobs.wait(workspace, jobs.start(workspace, read_spec(data)).id, 120)
        assert (done.state, done.result["steps"]["more"]["rows"]) == ("done", 14), done.error
        assert names(workspace) == ["Emma", "Emma-2", "Emma-heldout", "raw"]
    with pytest.raises(InputError, match="dataset named Emma already"):
        jobs.start(workspace, read_spec(data | {"steps": [step | {"seed": 7}]}))
    assert len(jobs.recent(workspace, "pipeline")) == 2
