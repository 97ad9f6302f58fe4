"""What each kind of job gives, and what a pipeline's steps may take of it."""

import subprocess
import sys
import typing
from pathlib import Path

import pytest

from studio import documents
from studio.errors import SpecError
from studio.jobs import records
from studio.jobs.kinds import KINDS, read_spec, run_function, spec_class
from studio.pipeline.results import not_given
from tests.in_process import job_for
from tests.results import as_named

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = "甲：去哪？\n乙：下山。\n甲：带伞了吗？\n乙：带了。\n"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_names_what_it_gives(kind):
    named = spec_class(kind).RESULT
    assert typing.is_typeddict(named) and named.__doc__ and named.__annotations__


def give(workspace, data):
    """The result of a job that runs here."""
    spec = read_spec(data)
    job = job_for(workspace, spec)
    result = as_named(spec.KIND, run_function(spec.KIND)(spec, job))
    records.set_state(workspace, job.id, "done")
    return result


def test_jobs_give_what_their_kinds_name(workspace, tmp_path):
    (tmp_path / "a.txt").write_text("１２３  借书。\n", encoding="utf-8")
    made = give(workspace, {"kind": "import", "paths": [str(tmp_path / "a.txt")]})
    give(workspace, {"kind": "clean", "documents": made["documents"], "fix_width": True})
    give(workspace, {"kind": "chunk", "documents": made["documents"]})
    script = documents.add(workspace, "s.txt", SCRIPT.encode())
    lines = give(workspace, {"kind": "dialogue", "documents": [script.id]})
    lines = give(workspace, {"kind": "dialogue", "documents": [script.id], "target": "乙"})
    give(workspace, {"kind": "pairs", "utterances": lines["utterance_set"], "target": "甲"})
    data = {"kind": "dataset", "sources": [lines["set"]], "name": "two", "val_size": 0.5}
    give(workspace, data)
    give(workspace, {"kind": "dataset", "sources": ["two"], "op": "check"})
    (tmp_path / "rows.json").write_text('[{"instruction": "q", "output": "a"}]')
    give(workspace, {"kind": "register", "file": str(tmp_path / "rows.json"), "name": "rows"})


@pytest.mark.parametrize(
    ("kind", "key", "why"),
    [
        ("import", "documents", ""),
        ("import", "document", "did you mean documents"),
        ("import", "surplus", ""),
        ("dialogue", "set", ""),
        ("dialogue", "roles.Ann.pairs", ""),
        ("dialogue", "target.name", "no step of kind dialogue gives"),
        ("dialogue", "nonsense", "it gives pairs, roles, dropped"),
        ("train", "loss_last", ""),
        ("dataset", "stats.rows.anything", ""),
        ("pipeline", "steps.a.documents", ""),
    ],
)
def test_a_key_is_looked_up_in_the_kinds_result(kind, key, why):
    found = not_given(spec_class(kind), key)
    assert why in found and bool(why) == bool(found)


def steps(reference, field="documents"):
    return {
        "kind": "pipeline",
        "steps": [
            {"id": "docs", "kind": "import", "paths": ["x"]},
            {"id": "cut", "kind": "chunk", "documents": [], field: reference},
        ],
    }


@pytest.mark.parametrize(
    ("reference", "field"),
    [
        ("${docs.document}", "documents"),
        (["${docs.document}"], "documents"),
        ("a ${docs.document} b", "name"),
        ("${docs.document}", "max_tokens"),  # neither a text nor a list
    ],
)
def test_a_reference_to_what_a_step_does_not_give_is_refused_wherever_it_stands(reference, field):
    with pytest.raises(SpecError, match="step cut refers to docs.document, which no step of kind"):
        read_spec(steps(reference, field))


def test_headless_refuses_it_before_anything_runs(tmp_path):
    (tmp_path / "steps.yaml").write_text(
        "kind: pipeline\nsteps:\n  - {id: docs, kind: import, paths: [./laws]}\n"
        '  - {id: cut, kind: chunk, documents: "${docs.document}"}\n'
    )
    command = [sys.executable, str(ROOT / "launch.py"), "run", "--here", "--no-starter"]
    command += [str(tmp_path / "steps.yaml"), "--workspace", str(tmp_path / "w")]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 2 and not ran.stdout
    assert ran.stderr.count("\n") == 1 and "did you mean documents" in ran.stderr
    assert not list((tmp_path / "w" / "runs").iterdir())
