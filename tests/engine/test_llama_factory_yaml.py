"""A LLaMA-Factory YAML as it is: the keys of its text examples (0.9.5) are fields, are translated,
or are passed over with a sentence; what is not here is refused with one.
"""

import pytest
import yaml
from tiny_model import sailors, training

from studio.errors import SpecError
from studio.training import llama_factory, plan
from studio.training.spec import TrainJob

pytest_plugins = ["tiny_model"]
# What all of its examples have in common.
SHARED = """
model_name_or_path: Qwen/Qwen3-4B-Instruct-2507
trust_remote_code: true
do_train: true
dataset: identity,alpaca_en_demo
template: qwen3_nothink
cutoff_len: 2048
max_samples: 1000
overwrite_cache: true
preprocessing_num_workers: 16
dataloader_num_workers: 4
output_dir: saves/somewhere
logging_steps: 10
save_steps: 500
plot_loss: true
overwrite_output_dir: true
save_only_model: false
report_to: none
per_device_train_batch_size: 1
gradient_accumulation_steps: 8
num_train_epochs: 3.0
lr_scheduler_type: cosine
warmup_ratio: 0.1
bf16: true
ddp_timeout: 180000000
resume_from_checkpoint: null
"""
LORA = {"finetuning_type": "lora", "lora_rank": 8, "lora_target": "all", "learning_rate": 1e-4}
# The rest of each example, by its file.
EXAMPLES = {
    "train_lora/sft": {"stage": "sft"} | LORA,
    "train_lora/sft_ds3": {"stage": "sft", "deepspeed": "examples/ds_z3_config.json"} | LORA,
    "train_lora/sft_ray": {"stage": "sft", "ray_num_workers": 4, "dataset_dir": "REMOTE:x"} | LORA,
    "train_lora/preprocess": {"stage": "sft", "tokenized_path": "saves/x"} | LORA,
    "train_lora/dpo": {"stage": "dpo", "pref_beta": 0.1, "pref_loss": "sigmoid"} | LORA,
    "train_lora/kto": {"stage": "kto", "pref_beta": 0.1, "per_device_train_batch_size": 2} | LORA,
    "train_lora/pretrain": {"stage": "pt"} | LORA,
    "train_lora/reward": {"stage": "rm"} | LORA,
    "train_qlora/bnb": {"stage": "sft", "quantization_bit": 4, "quantization_method": "bnb"}
    | {"double_quantization": False}
    | LORA,
    "train_qlora/awq": {"stage": "sft", "model_name_or_path": "someone/Llama-3-8B-AWQ"} | LORA,
    "train_full/sft": {"stage": "sft", "finetuning_type": "full", "learning_rate": 1e-5},
    "measured": {"stage": "sft", "eval_dataset": "alpaca_en_demo", "val_size": 0.1}
    | {"per_device_eval_batch_size": 1, "eval_strategy": "steps", "eval_steps": 500}
    | LORA,
    "extras/loraplus": {"stage": "sft", "loraplus_lr_ratio": 16.0} | LORA,
    "extras/pissa": {"stage": "sft", "pissa_init": True, "pissa_iter": 16, "pissa_convert": True}
    | LORA,
    "extras/galore": {"stage": "sft", "finetuning_type": "full", "use_galore": True}
    | {"galore_layerwise": True, "galore_target": "mlp,self_attn", "galore_rank": 128}
    | {"galore_scale": 2.0, "gradient_accumulation_steps": 1, "pure_bf16": True, "bf16": False},
    "extras/apollo": {"stage": "sft", "finetuning_type": "full", "use_apollo": True}
    | {"apollo_rank": 256, "apollo_scale": 32.0, "apollo_scale_type": "channel"},
    "extras/oft": {"stage": "sft", "finetuning_type": "oft", "oft_block_size": 32}
    | {"oft_target": "all"},
    "freeze": {"stage": "sft", "finetuning_type": "freeze", "freeze_trainable_layers": 8}
    | {"freeze_trainable_modules": "all"},
}


def read(more):
    return yaml.safe_load(SHARED) | more


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_text_example_is_read(name):
    data = read(EXAMPLES[name])
    made = TrainJob.read(data)
    assert made.datasets == ["identity", "alpaca_en_demo"]
    assert (made.cutoff_len, made.warmup_ratio, made.dataloader_num_workers) == (2048, 0.1, 4)
    said = {line.split(":")[0] for line in made.passed_over}
    own = set(TrainJob.model_fields)
    for key, value in data.items():
        if key in own:
            assert getattr(made, key) == value or str(getattr(made, key)) == str(value), key
        elif value is not None and not key.startswith(("use_", "galore_", "apollo_")):
            assert key in said or key in ("bf16", "pure_bf16", "pissa_init", "deepspeed"), key
    assert made.distributed == ("deepspeed_zero3" if "deepspeed" in data else "none")
    assert TrainJob.read(yaml.safe_load(made.as_yaml(only_changed=True))) == made


def test_what_is_translated():
    galore = TrainJob.read(read(EXAMPLES["extras/galore"]))
    assert galore.optim == "galore_adamw_layerwise" and galore.compute_type == "pure_bf16"
    assert yaml.safe_load(galore.optim_args) == {"rank": 128, "scale": 2.0}
    assert galore.optim_target_modules == "mlp,self_attn"
    assert TrainJob.read(read(EXAMPLES["extras/pissa"])).init_lora_weights == "pissa"
    lora = read(LORA | {"lora_rank": 32, "lora_target": ["q_proj", "v_proj"], "run_name": "mine"})
    made = TrainJob.read(lora | {"adam_beta2": 0.95, "disable_gradient_checkpointing": False})
    assert (made.lora_alpha, made.lora_target, made.name) == (64, "q_proj,v_proj", "mine")
    assert made.gradient_checkpointing and made.extra_args == "adam_beta2: 0.95"
    assert TrainJob.read(lora | {"lora_alpha": 8}).lora_alpha == 8
    assert (
        TrainJob.read(read({"optim_args": "rank=4,scale=0.5"})).optim_args == "rank: 4\nscale: 0.5"
    )


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"stage": "ppo", "reward_model": "x"}, "grpo and rloo stand in its place"),
        ({"use_badam": True}, "BAdam is not here"),
        ({"use_llama_pro": True}, "LLaMA Pro is not here"),
        ({"mixture_of_depths": "convert"}, "mixture of depths is not here"),
        ({"predict_with_generate": True}, "kind evaluate"),
        ({"learning_rte": 1}, "did you mean `learning_rate`"),
    ],
)
def test_what_is_not_here_is_refused_in_a_sentence(more, words):
    with pytest.raises(SpecError) as told:
        TrainJob.read(read(more))
    assert words in told.value.sentence


def test_what_is_off_is_passed_over():
    made = TrainJob.read(read({"use_badam": False, "badam_mode": "layer", "fp8": False}))
    assert {"use_badam", "badam_mode"} <= {line.split(":")[0] for line in made.passed_over}


def test_no_key_is_both_a_field_and_passed_over():
    assert not set(llama_factory.PASSED) & set(TrainJob.model_fields)
    assert not set(llama_factory.REFUSED) & set(TrainJob.model_fields)


def test_its_file_trains_here(workspace, tiny):
    sailors(workspace), sailors(workspace, "few", count=4)
    given = training(tiny).plain() | {"dataset": "sailors, few", "template": "default"}
    made = TrainJob.read(given)
    assert plan(made, workspace).rows == 20 and made.passed_over
