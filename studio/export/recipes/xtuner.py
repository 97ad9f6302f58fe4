"""XTuner's Python config of a run (`xtuner train xtuner_config.py`), for XTuner 0.2: supervised
fine-tuning and plain text. Its chat templates have names of their own; ours is guessed by the
model's name.
"""

from typing import Any

from studio.export.recipes.config_text import assigned
from studio.export.recipes.facts import Facts

FILE = "xtuner_config.py"
STAGES = ("pt", "sft")
# Its PROMPT_TEMPLATE by a part of the model's name, the first that fits.
TEMPLATES = (
    ("internlm", "internlm2_chat"),
    ("llama-3", "llama3_chat"),
    ("llama3", "llama3_chat"),
    ("llama-2", "llama2_chat"),
    ("glm", "chatglm3"),
    ("gemma", "gemma"),
    ("phi-3", "phi3_chat"),
    ("mistral", "mistral"),
    ("deepseek", "deepseek_v2"),
    ("qwen", "qwen_chat"),
)
CHATML = "qwen_chat"  # the same marks as ChatML
BODY = """import torch
from datasets import load_dataset
from mmengine.dataset import DefaultSampler
from mmengine.hooks import (
    CheckpointHook,
    DistSamplerSeedHook,
    IterTimerHook,
    LoggerHook,
    ParamSchedulerHook,
)
from mmengine.optim import AmpOptimWrapper, CosineAnnealingLR, LinearLR
from peft import LoraConfig
from torch.optim import AdamW
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig
from xtuner.dataset import process_hf_dataset
from xtuner.dataset.collate_fns import default_collate_fn
from xtuner.dataset.map_fns import openai_map_fn, pretrain_map_fn, template_map_fn_factory
from xtuner.engine.hooks import DatasetInfoHook
from xtuner.engine.runner import TrainLoop
from xtuner.model import SupervisedFinetune
from xtuner.utils import PROMPT_TEMPLATE

{settings}

tokenizer = dict(
    type=AutoTokenizer.from_pretrained,
    pretrained_model_name_or_path=pretrained_model_name_or_path,
    trust_remote_code=False,
    padding_side="right",
)
model = dict(
    type=SupervisedFinetune,
    use_varlen_attn=False,
    llm=dict(
        type=AutoModelForCausalLM.from_pretrained,
        pretrained_model_name_or_path=pretrained_model_name_or_path,
        trust_remote_code=False,
        torch_dtype=torch.{dtype},{quantised}
    ),{lora}
)
train_dataset = dict(
    type=process_hf_dataset,
    dataset=dict(type=load_dataset, path="json", data_files=data_files),
    tokenizer=tokenizer,
    max_length=max_length,
    dataset_map_fn={map_fn},
    template_map_fn={template},
    remove_unused_columns=True,
    shuffle_before_pack=True,
    pack_to_max_length=pack_to_max_length,
    use_varlen_attn=False,
)
train_dataloader = dict(
    batch_size=batch_size,
    num_workers=0,
    dataset=train_dataset,
    sampler=dict(type=DefaultSampler, shuffle=True),
    collate_fn=dict(type=default_collate_fn, use_varlen_attn=False),
)
optim_wrapper = dict(
    type=AmpOptimWrapper,
    optimizer=dict(type=AdamW, lr=lr, betas=(0.9, 0.999), weight_decay=weight_decay),
    clip_grad=dict(max_norm=max_norm, error_if_nonfinite=False),
    accumulative_counts=accumulative_counts,
    loss_scale="dynamic",
    dtype="{dtype}",
)
param_scheduler = [
    dict(
        type=LinearLR,
        start_factor=1e-5,
        by_epoch=True,
        begin=0,
        end=warmup_ratio * max_epochs,
        convert_to_iter_based=True,
    ),
    dict(
        type=CosineAnnealingLR,
        eta_min=0.0,
        by_epoch=True,
        begin=warmup_ratio * max_epochs,
        end=max_epochs,
        convert_to_iter_based=True,
    ),
]
train_cfg = dict(type=TrainLoop, max_epochs=max_epochs)
custom_hooks = [dict(type=DatasetInfoHook, tokenizer=tokenizer)]
default_hooks = dict(
    timer=dict(type=IterTimerHook),
    logger=dict(type=LoggerHook, log_metric_by_epoch=False, interval=logging_steps),
    param_scheduler=dict(type=ParamSchedulerHook),
    checkpoint=dict(
        type=CheckpointHook, by_epoch=False, interval=save_steps, max_keep_ckpts=save_total_limit
    ),
    sampler_seed=dict(type=DistSamplerSeedHook),
)
env_cfg = dict(
    cudnn_benchmark=False,
    mp_cfg=dict(mp_start_method="fork", opencv_num_threads=0),
    dist_cfg=dict(backend="nccl"),
)
visualizer = None
log_level = "INFO"
load_from = None
resume = False
randomness = dict(seed=seed, deterministic=False)
log_processor = dict(by_epoch=False)
"""


def config(facts: Facts) -> tuple[str, list[str]]:
    """(the config, notes); ("", a note) for a stage that it is not written for."""
    if facts.stage not in STAGES:
        return "", [f"No XTuner config is written for the stage {facts.stage}."]
    if facts.method not in ("lora", "full"):
        return "", [f"No XTuner config is written for the method {facts.method}."]
    template, guessed = _template(facts.model)
    notes = [] if facts.stage == "pt" else [guessed]
    fields = facts.fields
    if fields["lr_scheduler_type"] != "cosine":
        notes.append(f"XTuner's config has a cosine in place of {fields['lr_scheduler_type']}.")
    plain = facts.stage == "pt"
    text = f'"""The run {facts.name.replace(chr(34), chr(39))}: xtuner train {FILE}"""\n\n'
    return text + BODY.format(
        settings=assigned(_settings(facts)),
        dtype="bfloat16"
        if fields.get("compute_type") in ("auto", "bf16", "pure_bf16")
        else ("float16" if fields.get("compute_type") == "fp16" else "float32"),
        quantised=_quantised(facts.bits),
        lora=_lora(facts),
        map_fn="pretrain_map_fn" if plain else "openai_map_fn",
        template="None"
        if plain
        else f"dict(type=template_map_fn_factory, template=PROMPT_TEMPLATE.{template})",
    ), notes


def _template(model: str) -> tuple[str, str]:
    name = model.lower()
    for part, template in TEMPLATES:
        if part in name:
            return template, f"XTuner's template is taken by the model's name: {template}."
    return CHATML, f"XTuner has no template for {model}: its config has that of ChatML, {CHATML}."


def _settings(facts: Facts) -> dict[str, Any]:
    fields = facts.fields
    return {
        "pretrained_model_name_or_path": facts.model,
        "data_files": [part.file for part in facts.train],
        "max_length": fields["cutoff_len"],
        "pack_to_max_length": bool(fields.get("packing")) or facts.stage == "pt",
        "batch_size": fields["per_device_train_batch_size"],
        "accumulative_counts": fields["gradient_accumulation_steps"],
        "max_epochs": fields["num_train_epochs"],
        "lr": fields["learning_rate"],
        "weight_decay": fields["weight_decay"],
        "max_norm": fields["max_grad_norm"],
        "warmup_ratio": fields.get("warmup_ratio") or 0.0,
        "logging_steps": fields["logging_steps"],
        "save_steps": fields["save_steps"],
        "save_total_limit": fields["save_total_limit"],
        "seed": fields["seed"],
    }


def _quantised(bits: int) -> str:
    if not bits:
        return ""
    how = (
        "load_in_8bit=True"
        if bits == 8
        else 'load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True'
    )
    return f"\n        quantization_config=dict(type=BitsAndBytesConfig, {how}),"


def _lora(facts: Facts) -> str:
    if facts.method != "lora":
        return ""
    fields = facts.fields
    targets = f"\n        target_modules={facts.targets!r}," if facts.targets else ""
    return f"""
    lora=dict(
        type=LoraConfig,
        r={fields["lora_rank"]},
        lora_alpha={fields["lora_alpha"]},
        lora_dropout={fields["lora_dropout"]},{targets}
        bias="none",
        task_type="CAUSAL_LM",
    ),"""
