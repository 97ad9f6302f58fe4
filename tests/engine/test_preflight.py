"""The check before a training: what it tells equals what the training does."""

import json

import pytest
from tiny_model import SHAPE, preferences, run_here, sailors, start, training

from studio.errors import SpecError
from studio.models.shapes import shape_of
from studio.training import curves
from studio.training.memory import estimate
from studio.training.preflight import Device, PreflightJob, remedies
from studio.training.spec import TrainJob
from tests.results import as_named

pytest_plugins = ["tiny_model"]

LLAMA_8B = {
    "model_type": "llama",
    "hidden_size": 4096,
    "num_hidden_layers": 32,
    "intermediate_size": 14336,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
    "tie_word_embeddings": False,
}
GB = 1 << 30


def checked(workspace, spec):
    """The result of a check that runs in this process, and its job."""
    from studio.training.preflight.job import run

    job = start(workspace, PreflightJob.read(spec.plain()))
    return as_named("preflight", run(PreflightJob.read(spec.plain()), job)), job


@pytest.mark.parametrize(
    ("config", "count"),
    [
        (LLAMA_8B, 8_030_261_248),
        (  # Qwen3 0.6B: heads wider than the hidden size, tied
            LLAMA_8B
            | {
                "model_type": "qwen3",
                "hidden_size": 1024,
                "num_hidden_layers": 28,
                "intermediate_size": 3072,
                "num_attention_heads": 16,
                "head_dim": 128,
                "vocab_size": 151936,
                "tie_word_embeddings": True,
            },
            596_042_752,
        ),
    ],
)
def test_the_weights_of_a_model_are_counted_from_its_config(config, count):
    assert abs(shape_of(config).parameters / count - 1) < 1e-4


def test_a_config_without_sizes_is_refused():
    with pytest.raises(Exception, match="does not say how large"):
        shape_of({"model_type": "llama"})


def test_fewer_bits_shorter_rows_and_checkpointing_need_less_memory():
    shape = shape_of(LLAMA_8B)

    def total(tokens=4096, **fields):
        spec = TrainJob.read({"dataset": "d", **fields})
        return estimate(spec, shape, tokens_in_batch=tokens).total

    lora = total()
    assert total(finetuning_type="qlora") < lora - 9 * GB  # 16.1 GB of weights in 16 bits, 5.7 in 4
    assert total(tokens=2048) < lora
    assert total(gradient_checkpointing=True) < lora
    assert total(finetuning_type="full") > 8.03e9 * 16  # weights, gradients, two moments of 4 bytes
    assert total(finetuning_type="full", optim="adamw_8bit") < total(finetuning_type="full")


def test_what_does_not_fit_has_a_remedy_that_does():
    spec = TrainJob.read({"dataset": "d", "cutoff_len": 8192, "per_device_train_batch_size": 4})
    there = Device("cuda", "GPU", 24 * GB, 24 * GB)
    found = remedies(spec, shape_of(LLAMA_8B), there)
    assert found[0].fits and found[0].total <= there.free
    changed = TrainJob.read(spec.plain() | found[0].changes)
    tokens = changed.per_device_train_batch_size * min(8192, changed.cutoff_len)
    again = estimate(changed, shape_of(LLAMA_8B), tokens_in_batch=tokens)
    assert again.total == found[0].total
    rows = [
        one.per_device_train_batch_size * one.gradient_accumulation_steps for one in (spec, changed)
    ]
    assert rows[0] == rows[1]  # the step stays as large as it was


def test_what_is_told_is_what_the_training_does(workspace, tiny):
    """Its tokens are those of the run's own batches, its rows those of the run; nothing stays."""
    sailors(workspace)
    spec = training(tiny, max_steps=0, num_train_epochs=2, gradient_accumulation_steps=2)
    found, job = checked(workspace, spec)
    _, result, lines = run_here(workspace, spec)
    assert found["steps"] == result["total_steps"] == 8
    assert 2 * found["tokens"] == lines[-1]["tokens"]
    assert found["trained"] > 0 and found["measured"] > 0 and found["checkpoint"] > 0
    assert found["seconds_low"] < found["seconds"] < found["seconds_high"]
    shown = found["labels"][0]["runs"]
    learnt = "".join(text for text, on in shown if on)
    assert learnt.startswith("The rope is mine") and "What is the rope?" not in learnt
    assert not (job.folder / ".trial").exists() and not list(job.folder.glob("checkpoint-*"))
    assert curves.read(job.folder / "metrics.jsonl") == []


def test_the_fullest_batch_is_one_that_the_run_makes(workspace, tiny):
    from datasets import Dataset

    from studio.training.preflight import run_batches

    rows = Dataset.from_dict(
        {
            "input_ids": [[1] * n for n in (3, 9, 4, 30)],
            "labels": [[-100] + [1] * (n - 1) for n in (3, 9, 4, 30)],
        },
    )
    spec = training(tiny, per_device_train_batch_size=1, max_steps=1, seed=5)
    sizes = run_batches.sizes(spec, rows, None)
    order = [int(batch[0]) for batch in run_batches.epoch(spec, 4, 0)]
    picked = run_batches.chosen(spec, sizes, 1)
    assert picked.heaviest == (int(sizes.longest[order[0]]), int(sizes.learnt[order[0]]))
    whole = run_batches.chosen(spec, sizes, 4)
    assert whole.heaviest == (30, 29) and whole.rows[1] == 3  # in the second step of the trial


def test_pairs_are_tried_too(workspace, tiny):
    preferences(workspace)
    found, _ = checked(workspace, training(tiny, dataset="pairs", stage="dpo"))
    assert {one["side"] for one in found["labels"]} == {"chosen", "rejected"}
    assert found["measured"] > 0


def test_a_training_that_is_tried_is_checked_like_one_that_starts(workspace, tiny):
    with pytest.raises(SpecError):
        PreflightJob.read({"dataset": "d", "packing": True, "stage": "dpo"})


def test_the_estimate_counts_what_is_trained(tiny_folder):
    config = json.loads((tiny_folder / "config.json").read_text())
    shape = shape_of(config)
    assert shape.hidden_size == SHAPE["hidden_size"]
    spec = training("tiny", finetuning_type="full")
    memory = estimate(spec, shape, tokens_in_batch=128, device="cpu")
    assert memory.gradients == 4 * shape.parameters and memory.optimizer == 8 * shape.parameters
