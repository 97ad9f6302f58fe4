"""Did it learn? A sound run is called sound; a spoilt one gets the cause by its name."""

import json
import math
import shutil

import pytest
from safetensors.torch import load_file, save_file
from tiny_model import preferences, sailors, start, training

from studio.training import train, verdict
from studio.training.checkpoints import sign
from studio.training.verdict import Evidence, judge

pytest_plugins = ["tiny_model"]


def judged(workspace, tiny, **fields):
    """(evidence, verdict) of a real run on the tiny model."""
    from studio.training.job import run

    sailors(workspace)
    preferences(workspace)
    job = start(workspace, training(tiny, save_steps=100, **fields))
    run(job_spec(job), job)
    found = verdict.read(job.folder)
    assert found is not None
    return found, judge(found)


def job_spec(job):
    from studio.jobs import records
    from studio.training.spec import TrainJob

    return TrainJob.read(records.get(job.workspace, job.id).spec)


def evidence(**more):
    """What a sound run of LoRA leaves, with changes."""
    base = {
        "held_out": True,
        "before": [2.0, 2.2, 2.4, 2.1],
        "after": [1.5, 1.7, 1.8, 1.6],
        "prompts": 20,
        "changed": 18,
        "examples": (),
        "moved": 0.01,
        "adapted": 14,
        "steps": 100,
        "learnt_tokens": 5000,
        "learning_rate": 2e-4,
        "finetuning_type": "lora",
        "template_same": True,
        "saved_same": True,
    }
    return Evidence(**base | more)


@pytest.mark.model
@pytest.mark.parametrize(
    "fields",
    [
        {"max_steps": 30, "val_size": 0.25},
        {"max_steps": 30, "packing": True},
        {"max_steps": 30, "stage": "dpo", "dataset": "pairs"},
    ],
)
def test_a_sound_run_is_called_sound(workspace, tiny, fields):
    found, said = judged(workspace, tiny, **fields)
    assert (said.outcome, said.cause, said.changes) == ("learnt", "", {})
    assert found.held_out is ("val_size" in fields)
    low, high = found.interval
    assert low < found.loss_after - found.loss_before < high < 0
    assert found.saved_same and found.template_same and found.adapted == 14 and found.moved > 0
    assert found.changed and any(one.before != one.after for one in found.examples)
    assert found.examples[0].prompt.startswith("What is the ")  # no role, no system prompt


@pytest.mark.model
def test_a_rate_that_is_too_low_and_too_few_steps_have_their_names(workspace, tiny):
    found, said = judged(workspace, tiny, max_steps=25, learning_rate=1e-9)
    assert (said.outcome, said.cause) == ("nothing", "rate") and found.changed == 0
    assert said.changes == {"learning_rate": 2e-4}
    found, said = judged(workspace, tiny, max_steps=1, learning_rate=2e-4)
    assert (said.outcome, said.cause) == ("nothing", "steps")
    assert said.changes["num_train_epochs"] >= 3 and said.changes["max_steps"] == 0


@pytest.mark.model
@pytest.mark.parametrize("cause", ["template", "not_saved", "no_weights", "labels"])
def test_what_was_spoilt_has_its_name(workspace, tiny, monkeypatch, cause):
    """Between the last step and the look at the model: another template in the adapter's folder,
    keys that fit nothing, an adapter without effect, rows of which nothing is learnt.
    """
    finish = train._finish

    def spoilt(spec, folder, log):
        result = finish(spec, folder, log)
        adapter = folder / "adapter"
        if cause == "template":
            (adapter / "chat_template.jinja").write_text("{{ messages[0].content }}")
        if cause == "not_saved":
            weights = load_file(adapter / "adapter_model.safetensors")
            save_file(
                {name.replace("layers.", "blocks."): value for name, value in weights.items()},
                adapter / "adapter_model.safetensors",
            )
        sign(adapter, result["steps"], spec.model_name_or_path)
        return result

    monkeypatch.setattr(train, "_finish", spoilt)
    if cause == "no_weights":
        from studio.training import trainers

        monkeypatch.setattr(
            trainers.Common, "create_optimizer", lambda self, *_: _idle(self), raising=True
        )
    if cause == "labels":
        from studio.training import trainers

        monkeypatch.setattr(trainers.Common, "learnt_tokens", property(lambda self: 0))
    _, said = judged(workspace, tiny, max_steps=25)
    assert said.cause == cause and said.outcome != "learnt"


def _idle(trainer):
    """An optimiser that trains nothing of the model."""
    import torch

    trainer.optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    return trainer.optimizer


@pytest.mark.parametrize(
    ("changes", "outcome", "cause"),
    [
        ({}, "learnt", ""),
        ({"after": [2.4, 2.5, 2.9, 2.6]}, "worse", "too_fast"),
        ({"after": [2.0, 2.2, 2.4, 2.1], "changed": 0}, "nothing", "unclear"),
        ({"after": [1.99, 2.19, 2.39, 2.08], "changed": 3}, "little", "unclear"),
        ({"after": [1.99, 2.19, 2.39, 2.08], "learning_rate": 1e-6}, "little", "rate"),
        ({"after": [1.99, 2.19, 2.39, 2.08], "steps": 5}, "little", "steps"),
        ({"finetuning_type": "full", "learning_rate": 1e-5, "adapted": 0}, "learnt", ""),
        ({"before": [2.0], "after": [1.0]}, "little", "unclear"),  # one row tells nothing
    ],
)
def test_the_judgement_follows_what_was_measured(changes, outcome, cause):
    said = judge(evidence(**changes))
    assert (said.outcome, said.cause) == (outcome, cause)


def test_the_interval_is_that_of_paired_differences():
    low, high = evidence(before=[1.0, 2.0, 3.0], after=[0.0, 1.0, 2.0]).interval
    assert low == high == -1.0
    low, high = evidence(before=[1.0, 1.0], after=[0.0, 1.0]).interval
    assert math.isclose((low + high) / 2, -0.5) and math.isclose(high - low, 2 * 1.96 * 0.5)


def test_what_cannot_be_read_is_no_judgement(tmp_path):
    assert verdict.read(tmp_path) is None
    (tmp_path / verdict.EFFECT).write_text(json.dumps({"steps": 3}))
    assert verdict.read(tmp_path) is None
    shutil.rmtree(tmp_path)
    assert verdict.read(tmp_path) is None
