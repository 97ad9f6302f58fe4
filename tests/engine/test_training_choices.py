"""What a run can be told beside its stage: how an adapter begins, schedules, optimisers, when it
ends, what it takes from a LLaMA-Factory file.
"""

import importlib.util
import typing

import pytest
import torch
from tiny_model import preferences, sailors, training
from tiny_model import run_here as train

from studio.errors import JobError
from studio.models import adapter_folder, check_adapter
from studio.training import checkpoints, plan
from studio.training.doubts import STILL, doubts
from studio.training.schedule_fields import OPTIMIZER_PACKAGES, Optimizer, Scheduler
from studio.training.spec import TrainJob

pytest_plugins = ["tiny_model"]
model = pytest.mark.model
MEASURED = ("reduce_lr_on_plateau", "greedy")


def small(tiny, **fields):
    return training(tiny, **{"max_steps": 2, "save_steps": 2} | fields)


def logits(workspace, tiny, adapter=""):
    from studio.training.model import load_adapter, load_base

    found = load_base(tiny, "huggingface", workspace, dtype=torch.float32).eval()
    if adapter:
        found = load_adapter(found, adapter_folder(workspace, adapter), trainable=False).eval()
    with torch.no_grad():
        return found(input_ids=torch.arange(5, 25)[None], use_cache=False).logits.float()


@model
@pytest.mark.parametrize(
    "begin",
    [
        "pissa",
        *(
            pytest.param(name, marks=[pytest.mark.slow])
            for name in ("gaussian", "orthogonal", "pissa_niter_16", "olora", "eva")
        ),
    ],
)
def test_an_adapter_stands_on_the_published_base_however_it_began(workspace, tiny, begin):
    """With a rate of nothing the adapter is what it began as: together with the base as published
    it must give what the base gives."""
    sailors(workspace)
    spec = small(tiny, init_lora_weights=begin, learning_rate=0.0)
    job, result, _ = train(workspace, spec)
    base = logits(workspace, tiny)
    assert torch.allclose(logits(workspace, tiny, job.id), base, atol=1e-5)
    spec = small(tiny, init_lora_weights=begin, learning_rate=0.01, max_steps=6)
    whole, _, wanted = train(workspace, spec)
    assert not torch.allclose(logits(workspace, tiny, whole.id), base, atol=1e-3)
    stopped, none, _ = train(workspace, spec, stop_at=2)
    _, _, after = train(workspace, spec, again=stopped.id)
    assert none is None
    assert [line["loss"] for line in after if "loss" in line] == pytest.approx(
        [line["loss"] for line in wanted if "loss" in line], rel=1e-5
    )


@model
def test_the_adapter_that_is_saved_is_the_one_that_was_trained(workspace, tiny):
    """The sum of what is learnt and what lies beneath gives the loss that the training ended at."""
    from studio.libraries.adapter_sums import LoraParts, unlearnt

    a, b = torch.randn(2, 5), torch.randn(4, 2)
    parts = LoraParts({"x": (a, b)})
    nothing = parts.joined(unlearnt(parts)).modules["x"]
    assert torch.allclose(nothing[1] @ nothing[0], torch.zeros(4, 5), atol=1e-6)
    sailors(workspace)
    first, _, _ = train(workspace, small(tiny, learning_rate=0.02, max_steps=6))
    fields = {"adapter_name_or_path": first.id, "create_new_adapter": True, "val_size": 4}
    second, result, lines = train(workspace, small(tiny, learning_rate=0.0, **fields))
    assert check_adapter(second.folder / "adapter").rank == 16
    assert torch.allclose(
        logits(workspace, tiny, second.id), logits(workspace, tiny, first.id), atol=1e-5
    )
    assert torch.equal(logits(workspace, tiny, first.id), logits(workspace, tiny, first.id))
    third, _, lines = train(workspace, small(tiny, learning_rate=0.02, **fields))
    assert not torch.allclose(
        logits(workspace, tiny, third.id), logits(workspace, tiny, first.id), atol=1e-3
    )


@model
def test_loftq_begins_nearer_to_the_published_model(workspace, tiny):
    sailors(workspace)
    fields = {"finetuning_type": "qlora", "learning_rate": 0.0, "lora_rank": 16}
    found = {}
    for begin in ("default", "loftq"):
        job, _, _ = train(workspace, small(tiny, init_lora_weights=begin, **fields))
        from studio.training.model import load_adapter, load_base

        base = load_base(tiny, "huggingface", workspace, bits=4, dtype=torch.float32)
        tuned = load_adapter(base, job.folder / "adapter", trainable=False).train()
        with torch.no_grad():
            now = tuned(input_ids=torch.arange(5, 25)[None], use_cache=False).logits
        found[begin] = float((now - logits(workspace, tiny)).abs().mean())
    assert found["loftq"] < found["default"] / 2


@model
def test_what_is_learnt_whole_beside_an_adapter_is_saved(workspace, tiny):
    sailors(workspace)
    job, _, _ = train(workspace, small(tiny, additional_target="norm"))
    from safetensors import safe_open

    with safe_open(job.folder / "adapter" / "adapter_model.safetensors", "pt") as weights:
        assert any(name.endswith("model.norm.weight") for name in weights.keys())


@model
@pytest.mark.slow
@pytest.mark.parametrize("kind", typing.get_args(Scheduler))
def test_every_schedule_steps(workspace, tiny, kind):
    sailors(workspace, count=4)
    fields = {"val_size": 2, "eval_steps": 1} if kind in MEASURED else {}
    spec = small(tiny, lr_scheduler_type=kind, warmup_steps=1, **fields)
    _, result, lines = train(workspace, spec)
    assert result["steps"] == 2 and all("loss" in line or "eval_loss" in line for line in lines)


@model
def test_a_schedule_takes_its_own_arguments(workspace, tiny):
    sailors(workspace, count=4)
    spec = small(
        tiny,
        lr_scheduler_type="cosine_with_min_lr",
        lr_scheduler_kwargs="min_lr: 0.001",
        max_steps=4,
    )
    _, _, lines = train(workspace, spec)
    assert all(line["learning_rate"] >= 0.001 for line in lines)


LIGHT = ("adafactor", "apollo_adamw")


@model
@pytest.mark.parametrize(
    "optim",
    [
        pytest.param(name, marks=[] if name in LIGHT else [pytest.mark.slow])
        for name in typing.get_args(Optimizer)
    ],
)
def test_every_optimiser_steps_or_names_its_package(workspace, tiny, optim):
    sailors(workspace, count=4)
    spec = small(tiny, optim=optim)
    kind = next((name for name in OPTIMIZER_PACKAGES if optim.startswith(name)), "")
    package = OPTIMIZER_PACKAGES.get(kind)
    if package is not None and importlib.util.find_spec(package[0]) is None:
        with pytest.raises(JobError, match=f"{package[1]} is not installed"):
            plan(spec, workspace)
        return
    _, result, lines = train(workspace, spec)
    assert result["steps"] == 2


@model
def test_a_run_ends_early_and_takes_its_best_weights(workspace, tiny):
    """At a rate that destroys the model the first measurement stays the best."""
    sailors(workspace)
    spec = small(
        tiny,
        max_steps=40,
        save_steps=4,
        eval_steps=2,
        val_size=4,
        early_stopping_steps=2,
        learning_rate=0.8,
        lr_scheduler_type="constant",
        save_total_limit=1,
    )
    job, result, lines = train(workspace, spec)
    held = {line["step"]: line["eval_loss"] for line in lines if "eval_loss" in line}
    best = min((loss, step) for step, loss in held.items() if step)[1]
    assert result["steps"] < 40 and max(held) == result["steps"]
    assert sum(step > best for step in held) == 2
    assert checkpoints.read_mark(job.folder / "adapter").step == best
    left = {path.name for path in job.folder.glob("checkpoint-*")}
    assert left == {f"checkpoint-{best}", f"checkpoint-{result['steps']}"}  # the best and the last


@model
def test_further_arguments_reach_the_trainer(workspace, tiny):
    from studio.training.arguments import arguments

    spec = small(tiny, extra_args="adam_beta2: 0.95\ndataloader_drop_last: true")
    made = arguments(spec, workspace.path, "fp32", steps=2, resumes=False)
    assert made.adam_beta2 == 0.95 and made.dataloader_drop_last is True


def test_every_further_argument_is_one_of_the_trainers():
    from transformers import TrainingArguments

    from studio.training.arguments import CONFIGS
    from studio.training.extra import EXTRA_ARGS, STAGE_ARGS

    assert set(EXTRA_ARGS) <= set(TrainingArguments.__dataclass_fields__)
    for stage, names in STAGE_ARGS.items():
        assert set(names) <= set(CONFIGS[stage].__dataclass_fields__), stage


def test_a_run_that_learns_nothing_is_doubted():
    def lines(**values):
        return [{"step": n, "learning_rate": 1e-4} | values for n in range(1, STILL + 1)]

    sft, dpo, grpo = (
        TrainJob(dataset="x", stage=stage, reward_funcs="rouge", num_generations=2)
        for stage in ("sft", "dpo", "grpo")
    )
    assert "exactly 0 from step 1" in doubts(sft, lines(loss=0.0))[0]
    assert "no weight moves" in doubts(sft, lines(loss=1.0, grad_norm=0.0))[0]
    assert "ln 2" in doubts(dpo, lines(loss=0.69314, grad_norm=0.1))[0]
    assert "same score" in doubts(grpo, lines(loss=0.0, frac_reward_zero_std=1.0))[0]
    assert not doubts(sft, lines(loss=0.5, grad_norm=0.1))
    assert not doubts(dpo, lines(loss=0.60, grad_norm=0.1))
    assert not doubts(grpo, lines(loss=0.0, frac_reward_zero_std=0.5))
    assert not doubts(sft, lines(loss=0.0)[: STILL - 1])


@model
def test_the_doubt_stands_in_the_result(workspace, tiny):
    preferences(workspace)
    fields = {"stage": "dpo", "dataset": "pairs", "learning_rate": 1e-9, "max_steps": STILL}
    _, result, _ = train(workspace, small(tiny, lr_scheduler_type="constant", **fields))
    assert len(result["doubts"]) == 1
