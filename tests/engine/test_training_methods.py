"""What goes with LoRA, and what else changes how is trained: each does what it is named for, and
what was saved gives the logits of the model in memory.
"""

import importlib.util
import math
import sys

import pytest
import torch
from tiny_model import preferences, run_here, sailors, training

from studio.errors import InputError, JobError
from studio.models import adapter_folder
from studio.training import plan

pytest_plugins = ["tiny_model"]
model = pytest.mark.model
slow = pytest.mark.slow
FULL = {"finetuning_type": "full"}
WAYS = {
    "dora": {"use_dora": True},
    "rslora": {"use_rslora": True},
    "loraplus": {"loraplus_lr_ratio": 16.0},
    "whole modules": {"additional_target": "norm"},
    "head": {"additional_target": "embed_tokens,lm_head"},
    "neftune": {"neftune_alpha": 5.0},
    "dropout": {"lora_dropout": 0.3},
    "packing": {"packing": True},
    "one target": {"lora_target": "q_proj,v_proj"},
    "checkpointing": {"gradient_checkpointing": True},
    "qlora dora": {"finetuning_type": "qlora", "use_dora": True},
    "8 bits": {"finetuning_type": "qlora", "quantization_bit": "8"},
    "oft beside norm": {
        "finetuning_type": "oft",
        "oft_block_size": 4,
        "additional_target": "norm",
    },
    "linear rope": FULL | {"rope_scaling": "linear", "cutoff_len": 600},
    "yarn rope": FULL | {"rope_scaling": "yarn", "cutoff_len": 600},
    "llama3 rope": FULL | {"rope_scaling": "llama3", "cutoff_len": 600},
    "dynamic rope": FULL | {"rope_scaling": "dynamic", "cutoff_len": 600},
}
QUICK = ("dora", "linear rope")


def logits(found):
    found.train(getattr(found, "is_loaded_in_4bit", False))
    with torch.no_grad():
        return found(input_ids=torch.arange(5, 25)[None], use_cache=False).logits.float()


@pytest.fixture
def in_memory(monkeypatch):
    """The trainer of the run, with its model as it stands after the last step."""
    from studio.training import effect

    found, measured = [], effect.measure
    monkeypatch.setattr(
        effect, "measure", lambda trainer, *more: found.append(trainer) or measured(trainer, *more)
    )
    return found


def saved(workspace, tiny, spec, job):
    """The model as anyone would load it."""
    from studio.training.model import load_adapter, load_base

    if not spec.adapting:
        return load_base(f"runs/{job.id}/model", "huggingface", workspace, dtype=torch.float32)
    base = load_base(tiny, "huggingface", workspace, bits=spec.bits, dtype=torch.float32)
    return load_adapter(base, adapter_folder(workspace, job.id), trainable=False)


@model
@pytest.mark.parametrize(
    "way", [pytest.param(name, marks=[] if name in QUICK else [slow]) for name in WAYS]
)
def test_what_is_saved_is_what_was_trained(workspace, tiny, in_memory, way):
    sailors(workspace)
    spec = training(tiny, max_steps=3, save_steps=3, **WAYS[way])
    job, result, lines = run_here(workspace, spec)
    losses = [line["loss"] for line in lines if "loss" in line]
    assert len(losses) == 3 and all(map(math.isfinite, losses)) and result["steps"] == 3
    trained = logits(in_memory[0].model.eval())
    assert torch.allclose(logits(saved(workspace, tiny, spec, job)), trained, atol=1e-5)


@model
@slow
def test_the_second_matrices_learn_faster_with_loraplus(workspace, tiny, in_memory):
    sailors(workspace)
    run_here(workspace, training(tiny, max_steps=1, loraplus_lr_ratio=16.0))
    groups = in_memory[0].optimizer.param_groups
    rates = sorted({group["initial_lr"] for group in groups if group["params"]})
    assert rates[-1] == pytest.approx(16 * rates[0])


@model
@pytest.mark.parametrize(
    ("compute", "method"),
    [
        pytest.param("bf16", "lora", marks=[slow]),
        pytest.param("bf16", "full", marks=[slow]),
        pytest.param("pure_bf16", "lora", marks=[slow]),
        pytest.param("pure_bf16", "full", marks=[slow]),
        pytest.param("auto", "qlora", marks=[slow]),
    ],
)
def test_every_width_of_numbers_trains(workspace, tiny, in_memory, compute, method):
    sailors(workspace)
    fields = {"finetuning_type": method, "compute_type": compute, "learning_rate": 0.01}
    _, result, _ = run_here(workspace, training(tiny, max_steps=8, **fields))
    assert result["loss_last"] < result["loss_first"]
    widths = {w.dtype for w in in_memory[0].model.parameters() if w.requires_grad}
    assert widths == {torch.bfloat16 if compute == "pure_bf16" else torch.float32}


def test_what_needs_a_gpu_is_refused(workspace, tiny, monkeypatch):
    sailors(workspace)
    spec = training(tiny, enable_liger_kernel=True)
    if importlib.util.find_spec("liger_kernel") is None:
        with pytest.raises(JobError, match="liger-kernel is not installed"):
            plan(spec, workspace)
    planning = sys.modules["studio.training.plan"]  # the package has a function of that name
    monkeypatch.setattr(planning, "_require_packages", lambda _: None)
    with pytest.raises(InputError, match="need a GPU"):
        run_here(workspace, spec)
    with pytest.raises(InputError, match="fp16 needs a GPU"):
        run_here(workspace, training(tiny, compute_type="fp16"))


@model
@slow
@pytest.mark.parametrize("begin", ["pissa", "olora", "eva", "orthogonal", "gaussian", "loftq"])
@pytest.mark.parametrize("stage", ["dpo", "kto", "rm"])
def test_every_beginning_goes_with_preferences(workspace, tiny, in_memory, stage, begin):
    """The saved adapter on the published model is the trained one on its own base."""
    preferences(workspace)
    fields = {"stage": stage, "dataset": "pairs", "init_lora_weights": begin}
    if begin == "loftq":
        fields |= {"finetuning_type": "qlora"}
    spec = training(tiny, max_steps=2, save_steps=2, **fields)
    job, _, _ = run_here(workspace, spec)
    from studio.training.model import load_adapter, load_base

    reward = stage == "rm"
    given = {"bits": spec.bits, "dtype": torch.float32, "reward": reward}
    base = load_base(tiny, "huggingface", workspace, **given)
    found = load_adapter(base, adapter_folder(workspace, job.id), trainable=False)
    trained = logits(in_memory[0].model.eval())
    assert torch.allclose(logits(found), trained, atol=2e-5)
