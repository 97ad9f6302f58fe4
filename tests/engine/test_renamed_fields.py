"""Fields that were renamed: what an earlier version wrote under the former names is still read, and
work that it began goes on.
"""

import json

import pytest

from studio import presets, serving
from studio.cli import run
from studio.errors import SpecError
from studio.evaluation.spec import EvaluateJob
from studio.generation.spec import InstructionsJob
from studio.jobs.kinds import KINDS, read_spec, spec_class
from studio.jobs.records import unfinished, work_key
from studio.llm import ProviderSpec
from studio.serving.state import status, write_state
from studio.spec import digest
from studio.store import jobs
from studio.store.jobs import JobRow
from studio.training.spec import TrainJob

OLD = {"kind": "evaluate", "dataset": "d", "model_name_or_path": "m", "adapter": "train-1"}
NEW = {key: value for key, value in OLD.items() if key != "adapter"} | {
    "adapter_name_or_path": "train-1"
}
OLD_STEPS = [
    {"id": "ask", "kind": "instructions", "chunks": "c", "model": "m", "adapter": "a"},
    {"id": "measure", "kind": "evaluate", "dataset": "d", "adapter": "train-1"},
]
NEW_STEPS = [
    {"id": "ask", "kind": "instructions", "chunks": "c"}
    | {"model_name_or_path": "m", "adapter_name_or_path": "a"},
    {"id": "measure", "kind": "evaluate", "dataset": "d", "adapter_name_or_path": "train-1"},
]


def test_former_names_are_read():
    assert read_spec(OLD) == read_spec(NEW)
    asked = InstructionsJob.read({"chunks": "c", "model": "m", "adapter": "a"})
    assert (asked.model_name_or_path, asked.adapter_name_or_path) == ("m", "a")
    served = serving.ServerSpec.read({"model": "m", "hub": "modelscope", "quantization_bit": 4})
    assert (served.model_name_or_path, served.hub_name) == ("m", "modelscope")
    assert (served.quantization_bit, served.bits) == ("4", 4)
    assert serving.ServerSpec.read({"quantization_bit": None}).bits == 0
    assert ProviderSpec(**{"model": "m"}).model_name_or_path == "m"


def test_a_field_under_both_of_its_names_is_refused():
    with pytest.raises(SpecError, match="`adapter_name_or_path`: given under its former name `ad"):
        read_spec(NEW | {"adapter": "train-2"})
    with pytest.raises(SpecError, match="did you mean"):
        TrainJob.read({"dataset": "d", "model_name_or_pth": "m"})


@pytest.mark.parametrize("kind", KINDS)
def test_former_names_stand_for_fields_and_are_none(kind):
    made = spec_class(kind)
    assert set(made.FORMER.values()) <= set(made.model_fields)
    assert not set(made.FORMER) & set(made.model_fields)


def former_plain(spec, former):
    """A spec as the version that had the former names wrote it."""
    return {former.get(key, key): value for key, value in spec.plain().items()}


def test_work_is_identified_by_the_names_it_was_begun_under():
    evaluate = read_spec(NEW)
    asking = read_spec({key: value for key, value in NEW_STEPS[0].items() if key != "id"})
    assert evaluate.fingerprint() == digest(
        former_plain(evaluate, {"adapter_name_or_path": "adapter"})
    )
    assert asking.fingerprint() == digest(
        former_plain(asking, {"model_name_or_path": "model", "adapter_name_or_path": "adapter"})
    )
    train = TrainJob(dataset="d")
    assert train.fingerprint() == digest(train.plain())
    old, new = (read_spec({"kind": "pipeline", "steps": s}) for s in (OLD_STEPS, NEW_STEPS))
    begun = {"kind": "pipeline", "name": "", "vars": {}, "steps": OLD_STEPS}
    assert old.fingerprint() == new.fingerprint() == digest(begun)


def test_an_unfinished_job_of_an_earlier_version_goes_on(workspace):
    spec = EvaluateJob.read(NEW)
    stored = former_plain(spec, {"adapter_name_or_path": "adapter"})
    with workspace.store.write() as db:
        row = JobRow(
            id="evaluate-1",
            kind="evaluate",
            state="interrupted",
            spec=stored,
            fingerprint=digest(stored),
            parent=None,
            step=None,
            title="d",
        )
        jobs.add(db, row)
    found = unfinished(workspace, spec.fingerprint())
    assert found and found.id == "evaluate-1" and read_spec(found.spec) == spec
    assert work_key(workspace, found.spec, None, None) == work_key(
        workspace, spec.plain(), None, None
    )


def test_the_state_of_a_server_of_an_earlier_version_is_understood(own_home):
    spec = {"model": "m", "hub": "huggingface", "quantization_bit": 4, "dtype": "auto"}
    write_state("failed", spec=spec, error={})
    now = status().spec
    wanted = serving.ServerSpec(model_name_or_path="m", quantization_bit="4")
    assert now is not None and wanted.same_weights(now)


@pytest.mark.parametrize("key", ["adapter", "adapter_name_or_path"])
@pytest.mark.parametrize("written", [OLD, NEW])
def test_set_takes_either_name(written, key, tmp_path, workspace):
    (tmp_path / "spec.yaml").write_text(json.dumps(written))
    spec = run.read(tmp_path / "spec.yaml", [f"{key}=train-2"], workspace)
    assert spec.adapter_name_or_path == "train-2"
    (tmp_path / "steps.yaml").write_text(json.dumps({"kind": "pipeline", "steps": OLD_STEPS}))
    made = run.read(tmp_path / "steps.yaml", [f"measure.{key}=train-2"], workspace)
    assert made.steps[1]["adapter_name_or_path"] == "train-2"


def test_a_reference_under_a_former_name_waits_for_its_step():
    steps = [
        {"id": "train", "kind": "train", "dataset": "d"},
        {"id": "measure", "kind": "evaluate", "dataset": "d", "adapter": "${train.adapter}"},
    ]
    assert read_spec({"kind": "pipeline", "steps": steps})


def test_a_provider_preset_of_an_earlier_version_fills_a_form():
    data = presets.parse_yaml("provider: openai\nmodel: mine\n")
    assert ProviderSpec.present_names(data) == {"provider": "openai", "model_name_or_path": "mine"}
