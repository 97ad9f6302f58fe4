"""A LLaMA-Factory YAML as it is (read at 0.9.5): each of its keys is a field here, is translated
into one, is passed over with a sentence that says what happens instead, or is refused with one.
"""

from collections.abc import Mapping
from typing import Any

import yaml

from studio.spec import Wrong
from studio.training.distributed.llama_factory_keys import distribution
from studio.training.extra import EXTRA_ARGS

ALWAYS = "always so here"
OFF = "not used here, and off in this file"
FOLDER = "the run has a folder of its own in the workspace"
TEXT = "pictures, videos and sounds are not trained on"
NOWHERE = "nothing is sent to a hub"
RESUME = "every checkpoint can be resumed from; a stopped run goes on from the list of runs"
MEASURED = "measured every eval_steps where rows are held out"
SAVED = "saved every save_steps"

# Key → what happens instead.
PASSED: dict[str, str] = {
    **dict.fromkeys(
        (
            "do_train",
            "do_eval",
            "plot_loss",
            "overwrite_cache",
            "include_num_input_tokens_seen",
            "use_fast_tokenizer",
            "split_special_tokens",
            "ignore_pad_token_for_loss",
            "low_cpu_mem_usage",
            "pissa_convert",
            "remove_unused_columns",
            "print_param_status",
            "upcast_layernorm",
            "upcast_lmhead_output",
        ),
        ALWAYS,
    ),
    "template": "the chat template that comes with the model is used",
    "default_system": "the system prompts of the rows are used",
    "tool_format": "tools are shown as the model's own chat template shows them",
    "enable_thinking": "thoughts are learnt as they stand in the rows",
    "reasoning_effort": "thoughts are learnt as they stand in the rows",
    "preserve_thinking": "thoughts are learnt as they stand in the rows",
    "output_dir": FOLDER,
    "overwrite_output_dir": FOLDER,
    "logging_dir": FOLDER,
    "tokenized_path": FOLDER,
    "cache_dir": FOLDER,
    "dataset_dir": "datasets are those of the workspace",
    "media_dir": TEXT,
    "preprocessing_num_workers": "rows are prepared in one process",
    "preprocessing_batch_size": "rows are prepared in one process",
    "streaming": "rows are prepared before the first step, however many they are",
    "buffer_size": "rows are prepared before the first step, however many they are",
    "data_shared_file_system": "all machines share the run's folder",
    "ddp_timeout": "the processes wait for each other for up to 12 hours",
    "ddp_find_unused_parameters": OFF,
    "fsdp_transformer_layer_cls_to_wrap": "the layers that the model itself names are spread",
    "accelerator_config": "accelerate's own settings are used",
    "trust_remote_code": "code that comes with a model is never run",
    "save_only_model": RESUME,
    "resume_from_checkpoint": RESUME,
    "eval_strategy": MEASURED,
    "evaluation_strategy": MEASURED,
    "eval_on_each_dataset": "several held-out datasets are measured as one",
    "save_strategy": SAVED,
    "save_safetensors": ALWAYS,
    "logging_strategy": "recorded every logging_steps",
    "metric_for_best_model": "the held-out loss says which checkpoint is best",
    "greater_is_better": "the held-out loss says which checkpoint is best",
    "quantization_method": "8 and 4 bits are those of bitsandbytes",
    "quantization_type": "4 bits are nf4",
    "quantization_device_map": "each process loads the model onto its own device",
    "pissa_iter": "the exact decomposition is made",
    "use_reentrant_gc": "gradient checkpointing is not reentrant",
    "gradient_checkpointing_kwargs": "gradient checkpointing is not reentrant",
    "use_unsloth": "unsloth is not used",
    "use_unsloth_gc": "unsloth is not used",
    "moe_aux_loss_coef": "the model's own coefficient is used",
    "ref_model": "the reference is the model as it was before the first step",
    "ref_model_adapters": "the reference is the model as it was before the first step",
    "ref_model_quantization_bit": "the reference is the model as it was before the first step",
    "compute_accuracy": "accuracies are measured by a job of the kind evaluate",
    "reward_model_type": "found from the run that is named",
    "pref_bco_weight": "the loss is bco_pair alone",
    "model_revision": "the newest version on the hub is used",
    "hf_hub_token": "a key is never read from a job's file",
    "ms_hub_token": "a key is never read from a job's file",
    "om_hub_token": "a key is never read from a job's file",
}
# Whole families of keys, by how they begin.
FAMILIES: dict[str, str] = {
    "image_": TEXT,
    "video_": TEXT,
    "audio_": TEXT,
    "use_audio_in_video": TEXT,
    "freeze_vision_tower": TEXT,
    "freeze_multi_modal_projector": TEXT,
    "freeze_language_model": TEXT,
    "crop_to_patches": TEXT,
    "ray_": "the run stays on this machine; other machines are reached with `accelerate launch`",
    "hub_": NOWHERE,
    "push_to_hub": NOWHERE,
    "infer_": "this is asked of the chat, not of a training",
    "vllm_": "this is asked of the chat, not of a training",
    "sglang_": "this is asked of the chat, not of a training",
    "export_": "this is asked of the export, not of a training",
    "swanlab_": "report_to names the tracker, which reads its own settings",
    "trackio_": "report_to names the tracker, which reads its own settings",
    "badam_": OFF,
    "ppo_": OFF,
    "reward_model_": OFF,
    "asft_": OFF,
    "eaft_": OFF,
    "fp8": OFF,
}
# Switches of what is not here: read where they are off, refused where they are on.
REFUSED: dict[str, str] = {
    "use_badam": "BAdam is not here; freeze trains some layers, galore and apollo save memory too",
    "use_adam_mini": "Adam-mini is not here; adamw_8bit saves memory too",
    "use_muon": "Muon is not here; choose another optimizer",
    "use_llama_pro": "LLaMA Pro is not here; freeze trains the last layers",
    "mixture_of_depths": "mixture of depths is not here",
    "shift_attn": "shifted sparse attention is not here",
    "use_dft_loss": "the DFT loss is not here",
    "use_asft_loss": "the ASFT loss is not here",
    "use_eaft_loss": "the EAFT loss is not here",
    "fp8": "fp8 is not here; choose bf16",
    "use_kt": "KTransformers is not here",
    "do_predict": "predictions are made by a job of the kind evaluate",
    "predict_with_generate": "predictions are made by a job of the kind evaluate",
    "resize_vocab": "new tokens cannot be added to a vocabulary here",
}
# Other names of fields that stand here.
RENAMED = {
    "run_name": "name",
    "neat_packing": "packing",
    "rm_reward_model": "reward_model",
}
LISTS = (
    "dataset",
    "eval_dataset",
    "lora_target",
    "additional_target",
    "oft_target",
    "freeze_trainable_modules",
    "freeze_extra_modules",
    "interleave_probs",
    "optim_target_modules",
    "adapter_name_or_path",
    "reward_model",
)
PRECISIONS = ("bf16", "fp16")
NO_PPO = (
    "ppo is not trained any more by the libraries; grpo and rloo stand in its place, with a "
    "reward_model or reward_funcs"
)


def translated(data: Mapping[str, Any], fields: frozenset[str]) -> dict[str, Any]:
    """The same as fields that stand here; keys of PASSED are left out (see `notes`).

    fields: names of the spec's fields. Raises Wrong for what is switched on and not here.
    """
    told = dict(data)
    _refuse(told)
    for former, present in RENAMED.items():
        value = told.pop(former, None)
        if value and not told.get(present):
            told[present] = value
    _precision(told)
    _low_rank(told)
    if (way := distribution(told)) and "distributed" not in told:
        told["distributed"] = way
    if told.pop("pissa_init", False):
        told["init_lora_weights"] = "pissa"
    if told.get("init_lora_weights") is True:
        told["init_lora_weights"] = "default"
    off = told.pop("disable_gradient_checkpointing", None)
    if off is not None:
        told.setdefault("gradient_checkpointing", not off)
    for name in LISTS:
        if isinstance(told.get(name), list):
            told[name] = ",".join(map(str, told[name]))
    if "lora_rank" in told and told.get("lora_alpha") is None:
        told["lora_alpha"] = 2 * int(told["lora_rank"]) if _number(told["lora_rank"]) else 16
    _tables(told, fields)
    made = {}
    for key, value in told.items():
        # An empty value of a field that is not a text asks for its default.
        if key not in fields and reason(key) or value is None and key != "max_samples":
            continue
        made[key] = value
    return made


def notes(data: Mapping[str, Any], fields: frozenset[str]) -> dict[str, str]:
    """Key → what happens instead, for each key that asks for something else than happens here."""
    return {
        str(key): why
        for key, value in data.items()
        if key not in fields and (why := reason(str(key))) and not (value is None and why != OFF)
    }


def reason(key: str) -> str:
    """Why a key is passed over; "" for one that is not."""
    if key in REFUSED:
        return OFF
    found = PASSED.get(key)
    return found or next((why for head, why in FAMILIES.items() if key.startswith(head)), "")


def _refuse(told: dict[str, Any]) -> None:
    if told.get("stage") == "ppo":
        raise Wrong(NO_PPO, "stage")
    for key, why in REFUSED.items():
        if told.get(key):
            raise Wrong(why)


def _precision(told: dict[str, Any]) -> None:
    for name in PRECISIONS:
        if told.pop(name, False) and "compute_type" not in told:
            told["compute_type"] = name
    if told.pop("pure_bf16", False):
        told["compute_type"] = "pure_bf16"
    if told.get("report_to") in ([], ["none"], False):
        told["report_to"] = "none"
    if isinstance(told.get("report_to"), list) and len(told["report_to"]) == 1:
        told["report_to"] = told["report_to"][0]


def _low_rank(told: dict[str, Any]) -> None:
    """use_galore and use_apollo are optimisers here; their settings are arguments of those."""
    names = {
        "galore": {"rank": "rank", "update_interval": "update_proj_gap", "scale": "scale"},
        "apollo": {
            "rank": "rank",
            "update_interval": "update_proj_gap",
            "scale": "scale",
            "proj": "proj",
            "scale_type": "scale_type",
            "scale_front": "scale_front",
        },
    }
    for kind, settings in names.items():
        on = told.pop(f"use_{kind}", False)
        layerwise = told.pop(f"{kind}_layerwise", False)
        target = told.pop(f"{kind}_target", "all")
        told.pop(f"{kind}_proj_type", None)
        given = {
            here: told.pop(f"{kind}_{there}")
            for there, here in settings.items()
            if f"{kind}_{there}" in told
        }
        if on:
            told["optim"] = f"{kind}_adamw{'_layerwise' if layerwise else ''}"
            told["optim_args"] = _text(given)
            told["optim_target_modules"] = target


def _tables(told: dict[str, Any], fields: frozenset[str]) -> None:
    """Tables as the text of their YAML, and the trainer's further arguments under extra_args."""
    for name in ("lr_scheduler_kwargs", "optim_args", "extra_args"):
        value = told.get(name)
        if isinstance(value, dict):
            told[name] = _text(value)
        elif name == "optim_args" and isinstance(value, str) and "=" in value:
            told[name] = "\n".join(f"{k}: {v}" for k, v in (p.split("=") for p in value.split(",")))
    further = {key: told.pop(key) for key in [*told] if key in EXTRA_ARGS and key not in fields}
    if further:
        parts = (told.get("extra_args"), _text(further))
        told["extra_args"] = "\n".join(part for part in parts if part)


def _text(table: dict[str, Any]) -> str:
    return str(yaml.safe_dump(table, allow_unicode=True)).strip() if table else ""


def _number(value: Any) -> bool:
    return isinstance(value, int) or isinstance(value, str) and value.isdecimal()
