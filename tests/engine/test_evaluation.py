"""Evaluation on the tiny model: losses are those of training, replies are both models', finished
parts are not made again.
"""

import json

import pytest
from tiny_model import sailors, start

from studio.errors import InputError, ModelError, Stopped
from studio.evaluation.job import run
from studio.evaluation.spec import EvaluateJob
from studio.training.spec import TrainJob
from tests.results import as_named

pytest_plugins = ["tiny_model"]
pytestmark = pytest.mark.model


@pytest.fixture
def tuned(workspace, tiny):
    """(id of a finished run, its result): an adapter that has clearly learnt."""
    from studio.training.job import run as train

    sailors(workspace)
    spec = TrainJob.read(
        {
            "model_name_or_path": tiny,
            "dataset": "sailors",
            "eval_dataset": "sailors",
            "max_steps": 15,
            "learning_rate": 2e-2,
            "gradient_accumulation_steps": 1,
            "cutoff_len": 96,
            "compute_type": "fp32",
        }
    )
    job = start(workspace, spec)
    return job.id, train(spec, job)


def evaluate(workspace, fields, again=None, wanted_stop=False):
    spec = EvaluateJob.read({"dataset": "sailors", "max_new_tokens": 8, "replies": 2} | fields)
    job = start(workspace, spec, again)
    if wanted_stop:
        job.wanted_stop.append(True)
    return job, as_named("evaluate", run(spec, job))


def test_base_and_adapter_are_measured_side_by_side(workspace, tiny, tuned):
    run_id, trained = tuned
    job, result = evaluate(
        workspace,
        {
            "model_name_or_path": tiny,
            "adapter_name_or_path": run_id,
            "per_device_eval_batch_size": 3,
        },
    )
    assert result["loss_base"] == pytest.approx(
        trained["eval_loss_first"], rel=2e-3
    )  # bf16 here, fp32 there
    assert result["loss_tuned"] == pytest.approx(trained["eval_loss"], rel=2e-3)
    assert result["loss_tuned"] < result["loss_base"] - 0.1 and result["rows"] == 16
    assert len(result["replies"]) == 2 and result["replies"][0]["prompt"] == "What is the rope?"
    assert any(row["base"] != row["tuned"] for row in result["replies"])
    assert json.loads((job.folder / "evaluation.json").read_text()) == result
    base = evaluate(workspace, {"model_name_or_path": tiny, "prompts": ["Who?"], "max_samples": 4})[
        1
    ]
    assert (
        base["loss_tuned"] is None
        and base["replies"][0]["tuned"] is None
        and base["replies"][0]["prompt"] == "Who?"
    )


def test_what_is_finished_is_not_made_again(workspace, tiny, tuned):
    fields = {"model_name_or_path": tiny, "adapter_name_or_path": tuned[0]}
    job, whole = evaluate(workspace, fields)
    kept = whole | {
        "loss_base": 123.0,
        "replies": [whole["replies"][0] | {"base": "kept"}, whole["replies"][1] | {"tuned": None}],
    }
    job.write("evaluation.json", json.dumps(kept))
    _, again = evaluate(workspace, fields, again=job.id)
    assert again["loss_base"] == 123.0 and again["replies"][0]["base"] == "kept"
    assert again["replies"][1] == whole["replies"][1] and again["loss_tuned"] == whole["loss_tuned"]
    (job.folder / "evaluation.json").write_text('{"torn')
    with pytest.raises(Stopped):
        evaluate(workspace, fields, again=job.id, wanted_stop=True)
    assert evaluate(workspace, fields, again=job.id)[1] == whole


def test_what_does_not_fit_is_refused(workspace, tiny, tuned):
    sailors(workspace, "others")
    with pytest.raises(ModelError, match="no adapter"):
        evaluate(workspace, {"model_name_or_path": tiny, "adapter_name_or_path": "train-gone"})
    with pytest.raises(InputError, match="no dataset"):
        evaluate(workspace, {"model_name_or_path": tiny, "dataset": "gone"})
    with pytest.raises(InputError, match="Raise cutoff_len"):
        evaluate(workspace, {"model_name_or_path": tiny, "cutoff_len": 6})
    weights = workspace.run_folder(tuned[0]) / "adapter" / "adapter_model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(bytes(data))
    with pytest.raises(ModelError, match="was changed"):
        evaluate(workspace, {"model_name_or_path": tiny, "adapter_name_or_path": tuned[0]})
