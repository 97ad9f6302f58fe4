"""A run that goes on from any of its checkpoints measures what it would have measured without the
break, at every stage, with every method and with whatever draws random numbers or keeps a state.
"""

import shutil

import pytest
from tiny_model import marked, plain_texts, preferences, run_here, sailors, training

from studio.training import checkpoints

pytest_plugins = ["tiny_model"]
pytestmark = pytest.mark.model
STEPS = 10  # of 16 rows by two, a row more than an epoch
DATA = {
    "pt": plain_texts,
    "sft": sailors,
    "rm": preferences,
    "dpo": preferences,
    "kto": marked,
    "grpo": sailors,
    "rloo": sailors,
}
ONLINE = {"reward_funcs": "length", "num_generations": 2, "max_completion_length": 8}
HELD = {"val_size": 0.25, "eval_steps": 2}
CASES = {
    # The dropout, the noise, the packs, the plateau's memory and the best step so far at once.
    "all of sft": {
        "lora_dropout": 0.2,
        "neftune_alpha": 5.0,
        "packing": True,
        "gradient_accumulation_steps": 2,
        "lr_scheduler_type": "reduce_lr_on_plateau",
        "load_best_model_at_end": True,
        **HELD,
    },
    "dpo": {"stage": "dpo", "lora_dropout": 0.2},
    "pt": {"stage": "pt", "cutoff_len": 24},
    "rm": {"stage": "rm", **HELD},
    "dpo with sft": {"stage": "dpo", "pref_ftx": 0.2, **HELD},
    "orpo": {"stage": "dpo", "pref_loss": "orpo"},
    "simpo": {"stage": "dpo", "pref_loss": "simpo"},
    "kto": {"stage": "kto"},
    "grpo": {"stage": "grpo", **ONLINE},
    "rloo": {"stage": "rloo", **ONLINE},
    "full": {"finetuning_type": "full", **HELD},
    "full dpo": {"finetuning_type": "full", "stage": "dpo"},
    "freeze": {"finetuning_type": "freeze", "freeze_trainable_layers": 1},
    "oft": {"finetuning_type": "oft", "oft_block_size": 8},
    "qlora": {"finetuning_type": "qlora", "optim": "paged_adamw_8bit"},
    "dora": {"use_dora": True, "lora_dropout": 0.1},
    "pissa": {"init_lora_weights": "pissa"},
    "eva": {"init_lora_weights": "eva"},
    "lora+": {"loraplus_lr_ratio": 8.0, "use_rslora": True},
    "whole modules": {"additional_target": "lm_head"},
    "greedy": {"lr_scheduler_type": "greedy", **HELD},
    "warmup_stable_decay": {"lr_scheduler_type": "warmup_stable_decay", "warmup_ratio": 0.2},
    "bf16": {"compute_type": "bf16", "optim": "adafactor"},
    "checkpointing": {"gradient_checkpointing": True, "lora_dropout": 0.2},
    "ademamix": {"optim": "ademamix"},
}
QUICK = ("all of sft", "dpo")
KEPT = ("step", "loss", "eval_loss", "learning_rate", "tokens")


def curve(lines):
    return [{key: line[key] for key in KEPT if key in line} for line in lines]


def weights(folder, spec):
    name = "adapter/adapter_model" if spec.adapting else "model/model"
    return (folder / f"{name}.safetensors").read_bytes()


@pytest.mark.parametrize(
    "case", [pytest.param(one, marks=[] if one in QUICK else pytest.mark.slow) for one in CASES]
)
def test_a_run_goes_on_from_each_checkpoint_as_if_it_had_not_ended(workspace, tiny, case):
    fields = {"stage": "sft"} | CASES[case]
    dataset = DATA[fields["stage"]](workspace)
    fields |= {"dataset": dataset, "max_steps": STEPS, "save_steps": 1, "save_total_limit": STEPS}
    spec = training(tiny, threads=1, **fields)
    job, _, lines = run_here(workspace, spec)
    wanted, whole = curve(lines), weights(job.folder, spec)
    for step in (9, 4, 1) if case in QUICK[:1] else (9, 4):
        # What a kill leaves after this step's checkpoint, with later measures not yet cut off.
        for number, folder in checkpoints.numbered(job.folder):
            if number > step:
                shutil.rmtree(folder)
        _, result, lines = run_here(workspace, spec, again=job.id)
        assert result["steps"] == STEPS
        assert len(lines) == len(wanted)
        for before, after in zip(wanted, curve(lines), strict=True):
            assert after == pytest.approx(before, rel=1e-5, abs=1e-5), (case, step)
        assert weights(job.folder, spec) == whole, (case, step)
