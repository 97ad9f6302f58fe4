"""Every stage with every method: a few real steps on a tiny model, weights that load again and
answer, and rows that a stage does not take refused.
"""

import json

import pytest
import torch
from tiny_model import marked, plain_texts, preferences, run_here, sailors, training

from studio.datasets import register_file
from studio.errors import InputError, ModelError, SpecError
from studio.models import adapter_folder, resolve
from studio.training import adapters, checkpoints, curves, models, plan, reward_models
from studio.training.spec import TrainJob
from studio.training.stages import KINDS

pytest_plugins = ["tiny_model"]
model = pytest.mark.model
STAGES = {
    "pt": {"dataset": "texts"},
    "sft": {"dataset": "sailors"},
    "rm": {"dataset": "pairs"},
    "dpo": {"dataset": "pairs"},
    "kto": {"dataset": "marked"},
    "grpo": {"dataset": "sailors", "reward_funcs": "rouge,length:0.5"},
    "rloo": {"dataset": "sailors", "reward_funcs": "language,length"},
}
ONLINE = {"num_generations": 2, "max_completion_length": 6, "reward_length": 40}
METHODS = {
    "lora": {},
    "qlora": {"finetuning_type": "qlora"},
    "full": {"finetuning_type": "full"},
    "freeze": {"finetuning_type": "freeze", "freeze_trainable_layers": 1},
    "oft": {"finetuning_type": "oft", "oft_block_size": 8},
}


@pytest.fixture
def rows(workspace):
    """One dataset of each kind."""
    sailors(workspace), plain_texts(workspace), preferences(workspace), marked(workspace)
    return workspace


def spec_for(tiny, stage, **fields):
    base = {"stage": stage, "max_steps": 3, "save_steps": 3, "cutoff_len": 64}
    online = ONLINE if stage in ("grpo", "rloo") else {}
    return training(tiny, **base | STAGES[stage] | online | fields)


def train(workspace, spec, again=None, stop_at=None):
    """(job, result, losses by step)."""
    job, result, lines = run_here(workspace, spec, again, stop_at)
    return job, result, {line["step"]: line["loss"] for line in lines if "loss" in line}


def logits(model_now):
    # In eval mode bitsandbytes repacks 4-bit weights for good, which matrices this small refuse.
    model_now.train(getattr(model_now, "is_loaded_in_4bit", False))
    with torch.no_grad():
        return model_now(input_ids=torch.arange(5, 25)[None], use_cache=False).logits.float()


def load(workspace, reference, **more):
    from studio.training.model import load_base

    found = load_base(reference, "huggingface", workspace, dtype=torch.float32, **more)
    return found.eval()


# The others take a minute and a half more.
QUICK = {("sft", method) for method in METHODS} | {
    ("pt", "lora"),
    ("rm", "lora"),
    ("dpo", "full"),
    ("kto", "lora"),
    ("grpo", "lora"),
}


@pytest.fixture
def in_memory(monkeypatch):
    """The logits of the model as it stands in memory after its last step, once a run has ended."""
    from studio.training import effect

    found, measured = [], effect.measure

    def looking(trainer, *given):
        kept = measured(trainer, *given)
        modes = {module: module.training for module in trainer.model.modules()}
        trainer.model.eval()
        found.append(logits(trainer.model))
        for module, mode in modes.items():
            module.training = mode
        return kept

    monkeypatch.setattr(effect, "measure", looking)
    return found


@model
@pytest.mark.parametrize(
    ("stage", "method"),
    [
        pytest.param(s, m, marks=[] if (s, m) in QUICK else [pytest.mark.slow])
        for s in STAGES
        for m in METHODS
    ],
)
def test_every_stage_trains_with_every_method_and_its_weights_load_again(
    rows, tiny, in_memory, stage, method
):
    from studio.training.model import load_adapter

    spec = spec_for(tiny, stage, **METHODS[method])
    job, result, losses = train(rows, spec)
    assert result["steps"] == 3 and len(losses) == 3
    reward = stage == "rm"
    before = logits(load(rows, tiny, reward=reward))
    if spec.adapting:
        assert result["adapter"] == f"runs/{job.id}/adapter" and not result["model"]
        bits = {"bits": spec.bits}
        after = load_adapter(
            load(rows, tiny, reward=reward, **bits),
            adapter_folder(rows, result["adapter"]),
            trainable=False,
        )
        before = logits(load(rows, tiny, reward=reward, **bits))
        found = reward_models(rows) if reward else adapters(rows)
    else:
        assert result["model"] == f"runs/{job.id}/model" and not result["adapter"]
        after = load(rows, result["model"], reward=reward)
        found = reward_models(rows) if reward else models(rows)
        assert resolve(result["model"], workspace=rows) == str(job.folder / "model")
    assert not torch.equal(logits(after), before)  # something was learnt, and is read back
    assert torch.allclose(logits(after), in_memory[0], atol=1e-5)
    assert [one.run_id for one in found][:1] == [job.id]
    assert checkpoints.fault(job.folder / "checkpoint-3") == ""


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_takes_its_rows_and_refuses_all_others(rows, tiny, stage):
    for kind, name in (
        ("text", "texts"),
        ("sft", "sailors"),
        ("ranking", "pairs"),
        ("kto", "marked"),
    ):
        spec = spec_for(tiny, stage, dataset=name)
        if kind in KINDS[stage]:
            assert plan(spec, rows).rows
            continue
        with pytest.raises(InputError) as told:
            plan(spec, rows)
        assert name in told.value.sentence and stage in told.value.sentence


@model
@pytest.mark.parametrize("method", ["full", "freeze"])
@pytest.mark.parametrize("stage", ["sft", pytest.param("dpo", marks=[pytest.mark.slow])])
def test_a_model_of_its_own_goes_on_as_if_it_had_never_stopped(rows, tiny, method, stage):
    spec = spec_for(tiny, stage, max_steps=6, save_steps=2, **METHODS[method])
    whole, _, wanted = train(rows, spec)
    job, none, _ = train(rows, spec, stop_at=2)
    assert none is None
    _, result, after = train(rows, spec, again=job.id)
    assert result["steps"] == 6
    for step, loss in wanted.items():
        assert after[step] == pytest.approx(loss, rel=1e-5, abs=1e-5)
    assert torch.allclose(
        *(logits(load(rows, f"runs/{one.id}/model")) for one in (whole, job)), atol=1e-6
    )


@model
def test_a_damaged_model_is_neither_listed_nor_loaded(rows, tiny):
    job, result, _ = train(rows, spec_for(tiny, "sft", finetuning_type="full"))
    weights = job.folder / "model" / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(ModelError, match="damaged"):
        load(rows, result["model"])
    weights.unlink()
    assert [one.name for one in models(rows)] == [f"runs/{job.id}/checkpoint-3"]


@model
def test_freeze_moves_its_layers_alone(rows, tiny):
    fields = {"freeze_trainable_modules": "mlp", "freeze_extra_modules": "norm"}
    spec = spec_for(tiny, "sft", **METHODS["freeze"], **fields)
    _, result, _ = train(rows, spec)
    old, new = (dict(load(rows, name).named_parameters()) for name in (tiny, result["model"]))
    moved = {name for name in old if not torch.equal(old[name], new[name])}
    assert moved and all(name.startswith(("model.layers.1.mlp", "model.norm")) for name in moved)
    for wrong, words in (
        ({"freeze_trainable_layers": 9}, "has 2 layers"),
        ({"freeze_trainable_modules": "mlpp"}, "no module mlpp"),
        ({"freeze_extra_modules": "head"}, "no module head"),
    ):
        with pytest.raises(InputError, match=words):
            train(rows, spec_for(tiny, "sft", **METHODS["freeze"] | wrong))


@model
@pytest.mark.parametrize("loss", ["orpo", pytest.param("simpo", marks=[pytest.mark.slow])])
def test_preferences_without_a_reference(rows, tiny, loss):
    spec = spec_for(
        tiny, "dpo", pref_loss=loss, max_steps=12, save_steps=12, val_size=4, learning_rate=0.02
    )
    job, result, losses = train(rows, spec)
    lines = curves.read(job.folder / "metrics.jsonl")
    margins = [line["rewards/margins"] for line in lines if "rewards/margins" in line]
    assert margins[-1] > margins[0] and result["eval_loss"] < result["eval_loss_first"]


@pytest.mark.parametrize(
    "loss",
    ["hinge", "ipo", "sigmoid_norm", "exo_pair", "nca_pair", "robust", "bco_pair", "sppo_hard"]
    + ["aot", "aot_unpaired", "apo_zero", "apo_down", "discopop"],
)
@model
@pytest.mark.slow
def test_every_loss_of_preferences_steps(rows, tiny, loss):
    more = {"dpo_label_smoothing": 0.1} if loss in ("exo_pair", "robust", "aot") else {}
    _, result, losses = train(rows, spec_for(tiny, "dpo", pref_loss=loss, max_steps=2, **more))
    assert len(losses) == 2


@model
def test_kto_takes_pairs_as_wanted_and_unwanted(rows, tiny):
    job, result, _ = train(rows, spec_for(tiny, "kto", dataset="pairs"))
    assert json.loads((job.folder / "rows.json").read_text())["train"] == 32


@model
@pytest.mark.slow
def test_online_learning_asks_a_reward_model_trained_here(rows, tiny):
    scored, _, _ = train(rows, spec_for(tiny, "rm", learning_rate=0.01))
    full, _, _ = train(rows, spec_for(tiny, "rm", finetuning_type="full"))
    for one in reward_models(rows):
        if "checkpoint" not in one.name:
            fields = {"reward_model": one.name, "reward_funcs": "", "max_steps": 1}
            job, result, _ = train(rows, spec_for(tiny, "grpo", **fields))
            lines = curves.read(job.folder / "metrics.jsonl")
            assert "rewards/reward_model/mean" in lines[0]
    assert {one.run_id for one in reward_models(rows)} == {scored.id, full.id}
    with pytest.raises(ModelError, match="no reward model gone"):
        plan(spec_for(tiny, "grpo", reward_model="gone"), rows)


def test_scores_are_between_nothing_and_all():
    from studio.training import rewards

    assert (
        rewards.rouge("绳子是我的", "绳子是我的") == 1.0 > rewards.rouge("绳子", "绳子是我的") > 0
    )
    assert rewards.rouge("", "a") == 0.0
    assert rewards.length("x" * 10, 10) == 1.0 > rewards.length("x" * 15, 10) == 0.5
    assert rewards.language("你好", "是的") == 1.0 and rewards.language("yes", "是的") == 0.0
    spec = TrainJob.read(
        {"dataset": "x", "stage": "grpo", "reward_funcs": "format", "reward_pattern": r"\d+"}
        | {"num_generations": 2}
    )
    (score,) = rewards.scores(spec)
    assert score(completions=["12", "no"], reference=["", ""]) == [1.0, 0.0]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"stage": "ppo"}, "grpo and rloo stand in its place"),
        ({"stage": "grpo"}, "needs `reward_model` or `reward_funcs`"),
        ({"stage": "grpo", "reward_funcs": "beauty"}, "beauty is none of"),
        ({"stage": "grpo", "reward_funcs": "format"}, "needs it"),
        ({"stage": "kto", "per_device_train_batch_size": 1}, "at least 2"),
        ({"stage": "dpo", "pref_loss": "robust"}, "needs `dpo_label_smoothing`"),
        ({"stage": "rm", "packing": True}, "for the stage sft"),
        ({"finetuning_type": "full", "quantization_bit": 4}, "cannot be learnt themselves"),
        ({"finetuning_type": "full", "adapter_name_or_path": "x"}, "trained on with lora"),
        ({"init_lora_weights": "loftq"}, "for qlora with 4 bits"),
        ({"init_lora_weights": "pissa", "finetuning_type": "qlora"}, "not quantised"),
        ({"init_lora_weights": "pissa", "use_dora": True}, "can be used"),
        ({"init_lora_weights": "orthogonal", "lora_rank": 7}, "even"),
        ({"stage": "grpo", "reward_funcs": "rouge", "early_stopping_steps": 2}, "no loss"),
        ({"val_size": 0.95}, "a share up to 0.9"),
        ({"val_size": 2.5}, "whole number"),
        ({"early_stopping_steps": 2}, "rows to measure with"),
        ({"lr_scheduler_type": "reduce_lr_on_plateau"}, "rows to measure with"),
        ({"extra_args": "adam_beta3: 1"}, "the nearest is adam_beta2"),
        ({"extra_args": "output_dir: /"}, "cannot be given here"),
        ({"lr_scheduler_kwargs": "a: [b"}, "not YAML"),
        ({"mix_strategy": "interleave_under", "interleave_probs": "0.5,0.4"}, "together 1"),
    ],
)
def test_what_does_not_go_together_is_said(fields, words):
    with pytest.raises(SpecError) as told:
        TrainJob.read({"dataset": "a,b"} | fields)
    assert words in told.value.sentence


@pytest.mark.parametrize(
    ("strategy", "probs", "rows_in_all"),
    [
        ("concat", "", 20),
        ("interleave_under", "", 8),
        ("interleave_over", "", 31),
        ("interleave_over", "0.5,0.5", None),
    ],
)
def test_several_datasets_are_one(workspace, tiny, strategy, probs, rows_in_all):
    sailors(workspace)
    sailors(workspace, "few", count=4)
    fields = {"mix_strategy": strategy, "interleave_probs": probs, "dataset": "sailors, few"}
    spec = training(tiny, **fields)
    found = plan(spec, workspace).rows
    assert found == rows_in_all or rows_in_all is None and found >= 20


def test_an_unknown_dataset_among_several_is_named(workspace, tiny):
    sailors(workspace)
    register_file(workspace, "x.json", b'[{"instruction": "q", "output": "a"}]')
    with pytest.raises(InputError, match="gone"):
        plan(training(tiny, dataset="sailors,gone,x"), workspace)
