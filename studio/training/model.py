"""Loading the base model and putting a LoRA adapter on it. Worker-only."""

import os
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM
from transformers.utils import logging

from studio.errors import InputError, ModelError
from studio.models import adapter_folder, check_adapter
from studio.models.hub import local_folder
from studio.models.quantising import quantised
from studio.models.reference import Hub
from studio.training.checkpoints import MARKER, require_whole
from studio.training.spec import TrainJob
from studio.workspace import Workspace

DTYPES = {
    "bf16": torch.bfloat16,
    "pure_bf16": torch.bfloat16,
    "fp16": torch.float16,
    "fp32": torch.float32,
}


def precision(compute_type: str) -> str:
    """ "auto" made definite: bf16 where the machine computes in it, else fp32.

    Raises InputError for fp16 without a GPU.
    """
    if compute_type == "fp16" and not torch.cuda.is_available():
        raise InputError("fp16 needs a GPU.", "Choose bf16, fp32 or auto as compute_type.")
    if compute_type != "auto":
        return compute_type
    if torch.cuda.is_available():
        return "bf16" if torch.cuda.is_bf16_supported() else "fp16"
    if torch.backends.mps.is_available():
        return "fp32"
    return "bf16" if torch.ops.mkldnn._is_mkldnn_bf16_supported() and _fast_bf16() else "fp32"


def _fast_bf16() -> bool:
    """Whether this processor multiplies bfloat16 natively; emulated it is slower than fp32."""
    probes = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(bool(getattr(torch.cpu, name, lambda: False)()) for name in probes)


def load_base(
    model: str, hub: Hub, workspace: Workspace, *, bits: int = 0, dtype: torch.dtype | None = None
) -> Any:
    """The causal language model, frozen; in 4 or 8 bits when asked. Raises ModelError."""
    logging.disable_progress_bar()  # the log is a file
    folder = local_folder(model, hub, workspace)
    dtype = dtype or DTYPES[precision("auto")]
    values: dict[str, Any] = {"dtype": dtype, "trust_remote_code": False, "use_safetensors": True}
    if bits:
        values["quantization_config"] = quantised(bits, dtype)
        values["device_map"] = {
            "": int(os.environ.get("LOCAL_RANK", 0)) if torch.cuda.is_available() else "cpu"
        }
    try:
        base = AutoModelForCausalLM.from_pretrained(folder, **values)
    except (OSError, ValueError, KeyError, ImportError, TypeError) as error:
        raise ModelError(
            "The model {name} could not be loaded ({reason}).",
            "Choose another model; the log has the details.",
            name=model,
            reason=" ".join(str(error).split())[:140].rstrip("."),
        ) from error
    for weight in base.parameters():
        weight.requires_grad_(False)
    base.config.use_cache = False
    return base


def lora_config(spec: TrainJob) -> LoraConfig:
    """The adapter's shape; lora_target "all" means every linear layer but the last."""
    names = [name.strip() for name in spec.lora_target.split(",") if name.strip()]
    target = "all-linear" if names in ([], ["all"]) else names
    return LoraConfig(
        task_type="CAUSAL_LM",
        r=spec.lora_rank,
        lora_alpha=spec.lora_alpha,
        lora_dropout=spec.lora_dropout,
        target_modules=target,
        use_rslora=spec.use_rslora,
        use_dora=spec.use_dora,
    )


def with_adapter(spec: TrainJob, base: Any, workspace: Workspace) -> PeftModel:
    """The base with a new adapter, or with the one that is to be trained on. Raises ModelError."""
    if spec.adapter_name_or_path:
        return load_adapter(
            base, adapter_folder(workspace, spec.adapter_name_or_path), trainable=True
        )
    try:
        return get_peft_model(base, lora_config(spec))
    except ValueError as error:
        raise _bad_target(spec, error) from error


def load_adapter(base: Any, folder: Path, *, trainable: bool) -> PeftModel:
    """The base with the adapter in `folder`; safetensors only, and whole. Raises ModelError."""
    check_adapter(folder)
    if (folder / MARKER).exists():
        require_whole(folder)
    try:
        return PeftModel.from_pretrained(base, str(folder), is_trainable=trainable)
    except (ValueError, RuntimeError, KeyError, OSError) as error:
        raise ModelError(
            "The adapter {name} does not fit the model.",
            "Choose the model that it was trained on.",
            name=folder.parent.name,
        ) from error


def _bad_target(spec: TrainJob, error: ValueError) -> ModelError:
    return ModelError(
        "The adapter cannot be put on ({reason}).",
        "Set lora_target to all, or to names of the model's layers.",
        reason=" ".join(str(error).split())[:140].rstrip("."),
    )
