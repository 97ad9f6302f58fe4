"""A run's fields as the arguments of transformers' and trl's trainers. Worker-only."""

from pathlib import Path
from typing import Any

import torch
from transformers import TrainingArguments
from trl import DPOConfig, GRPOConfig, KTOConfig, RewardConfig, RLOOConfig

from studio.errors import InputError
from studio.spec import several
from studio.training import extra
from studio.training.schedule_fields import LOW_RANK
from studio.training.spec import TrainJob
from studio.training.stages import ONLINE

CONFIGS: dict[str, Any] = {
    "rm": RewardConfig,
    "dpo": DPOConfig,
    "kto": KTOConfig,
    "grpo": GRPOConfig,
    "rloo": RLOOConfig,
}
# What a schedule must be told, where the spec does not.
LEAST_RATE = {"min_lr_rate": 0.1}
DECAY_SHARE = 0.1  # of the steps, at the end of warmup_stable_decay


def arguments(
    spec: TrainJob, folder: Path, compute: str, *, steps: int, resumes: bool
) -> TrainingArguments:
    """Our fields as transformers' and trl's; steps: how many the run will make.

    Raises InputError for a combination that they refuse.
    """
    values = _common(spec, folder, compute, resumes=resumes)
    values |= _schedule(spec, steps) | _of_stage(spec)
    values |= extra.arguments(spec.extra_args, spec.stage)
    kind = TrainingArguments if spec.reference_free else CONFIGS.get(spec.stage, TrainingArguments)
    try:
        made: TrainingArguments = kind(**values)
    except (ValueError, ImportError, TypeError) as error:
        raise InputError(
            "These settings do not go together ({reason}).",
            "Change them and start again.",
            reason=" ".join(str(error).split())[:160].rstrip("."),
        ) from error
    return made


def _common(spec: TrainJob, folder: Path, compute: str, *, resumes: bool) -> dict[str, Any]:
    evaluates = spec.evaluates
    values: dict[str, Any] = {
        "output_dir": str(folder),
        "seed": spec.seed,
        "data_seed": spec.seed,
        "per_device_train_batch_size": spec.per_device_train_batch_size,
        "per_device_eval_batch_size": spec.per_device_eval_batch_size
        or spec.per_device_train_batch_size,
        "gradient_accumulation_steps": spec.gradient_accumulation_steps,
        "neftune_noise_alpha": spec.neftune_alpha or None,
        "bf16": compute == "bf16",
        "fp16": compute == "fp16",
        "gradient_checkpointing": spec.gradient_checkpointing,
        "use_cpu": not (torch.cuda.is_available() or torch.backends.mps.is_available()),
        "use_liger_kernel": spec.enable_liger_kernel,
        "logging_steps": spec.logging_steps,
        "logging_nan_inf_filter": False,
        "disable_tqdm": True,
        "report_to": [spec.report_to],
        "trackio_static_space_id": False,
        "run_name": spec.name or folder.name,
        "save_strategy": "steps",
        "save_steps": spec.save_steps,
        "save_total_limit": None,
        "eval_strategy": "steps" if evaluates else "no",
        "eval_steps": spec.eval_steps or spec.save_steps,
        "eval_on_start": evaluates and not resumes,
        "metric_for_best_model": "eval_loss" if evaluates else None,
        "greater_is_better": False if evaluates else None,
        "remove_unused_columns": False,
        "dataloader_num_workers": spec.dataloader_num_workers,
        "dataloader_pin_memory": torch.cuda.is_available(),
        "accelerator_config": {"non_blocking": torch.cuda.is_available()},
        "ddp_find_unused_parameters": False,
    }
    if spec.gradient_checkpointing:
        values["gradient_checkpointing_kwargs"] = {"use_reentrant": False}
    if spec.enable_liger_kernel:
        values["liger_kernel_config"] = {"fused_linear_cross_entropy": False}
    return values


def _schedule(spec: TrainJob, steps: int) -> dict[str, Any]:
    """How long and how fast, with what schedule and optimiser must be told beside."""
    kind = spec.lr_scheduler_type
    more = extra.table(spec.lr_scheduler_kwargs, "lr_scheduler_kwargs")
    if kind in ("cosine_with_min_lr", "cosine_warmup_with_min_lr") and not (
        more.keys() & {"min_lr", "min_lr_rate"}
    ):
        more |= LEAST_RATE
    if kind == "warmup_stable_decay":
        more.setdefault("num_decay_steps", max(1, round(steps * DECAY_SHARE)))
    told = extra.table(spec.optim_args, "optim_args")
    low_rank = spec.optim.startswith(LOW_RANK)
    target = several(spec.optim_target_modules)
    return {
        "max_steps": spec.max_steps if spec.max_steps > 0 else -1,
        "num_train_epochs": spec.num_train_epochs,
        "learning_rate": spec.learning_rate,
        "lr_scheduler_type": kind,
        "lr_scheduler_kwargs": more,
        "warmup_steps": spec.warmup_steps or spec.warmup_ratio,
        "weight_decay": spec.weight_decay,
        "max_grad_norm": spec.max_grad_norm,
        "optim": spec.optim,
        "optim_args": ",".join(f"{key}={value}" for key, value in told.items()) or None,
        "optim_target_modules": ("all-linear" if target in ([], ["all"]) else target)
        if low_rank
        else None,
    }


def _of_stage(spec: TrainJob) -> dict[str, Any]:
    if spec.stage == "rm":
        return {"max_length": spec.cutoff_len}
    if spec.stage == "dpo" and not spec.reference_free:
        return _preference(spec)
    if spec.stage == "kto":
        return {
            "max_length": spec.cutoff_len,
            "beta": spec.pref_beta,
            "desirable_weight": spec.kto_chosen_weight,
            "undesirable_weight": spec.kto_rejected_weight,
        }
    if spec.stage in ONLINE:
        weights = [*([1.0] if spec.reward_model else []), *spec.rewards().values()]
        return {
            "beta": spec.pref_beta,
            "num_generations": spec.num_generations,
            "max_completion_length": spec.max_completion_length,
            "temperature": spec.rollout_temperature,
            "reward_weights": weights,
        }
    return {} if spec.reference_free else {"label_names": ["labels"]}


def _preference(spec: TrainJob) -> dict[str, Any]:
    """The fields of preference optimisation; pref_ftx weighs the supervised loss added to it."""
    values: dict[str, Any] = {
        "max_length": spec.cutoff_len,
        "beta": spec.pref_beta,
        "label_smoothing": spec.dpo_label_smoothing,
    }
    if spec.pref_ftx > 0:
        return values | {
            "loss_type": [spec.pref_loss, "sft"],
            "loss_weights": [1.0, spec.pref_ftx],
        }
    return values | {"loss_type": [spec.pref_loss]}
