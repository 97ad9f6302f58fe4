"""Loading the model that is trained, or that an adapter is put on. Worker-only."""

import math
import os
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification
from transformers.models.auto.configuration_auto import AutoConfig
from transformers.utils import logging

from studio.errors import InputError, ModelError
from studio.libraries.bitsandbytes_inside import stay_trainable
from studio.models import check_adapter
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
# flash_attn → transformers' name of the implementation; "auto" leaves the choice to it.
ATTENTION = {
    "disabled": "eager",
    "sdpa": "sdpa",
    "fa2": "flash_attention_2",
    "fa3": "flash_attention_3",
}
SCORE = "score"  # the head of a reward model


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


def require_gpu(spec: TrainJob) -> None:
    """Raise InputError where the spec asks for what a GPU alone can do."""
    if spec.enable_liger_kernel and not torch.cuda.is_available():
        raise InputError(
            "The kernels of liger-kernel need a GPU.",
            "Switch enable_liger_kernel off.",
            fields=("enable_liger_kernel",),
        )


def _fast_bf16() -> bool:
    """Whether this processor multiplies bfloat16 natively; emulated it is slower than fp32."""
    probes = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(bool(getattr(torch.cpu, name, lambda: False)()) for name in probes)


def load_base(
    model: str,
    hub: Hub,
    workspace: Workspace,
    *,
    bits: int = 0,
    dtype: torch.dtype | None = None,
    double: bool = True,
    reward: bool = False,
    more: dict[str, Any] | None = None,
) -> Any:
    """The causal language model, frozen; in 4 or 8 bits when asked. Raises ModelError.

    double: the scales of 4-bit weights in fewer bits too. reward: with a head that gives one score
    in place of the language-model head. more: further arguments of from_pretrained.
    """
    logging.disable_progress_bar()  # the log is a file
    folder = local_folder(model, hub, workspace)
    if (Path(folder) / MARKER).exists():
        require_whole(Path(folder))
    dtype = dtype or DTYPES[precision("auto")]
    values: dict[str, Any] = {"dtype": dtype, "trust_remote_code": False, "use_safetensors": True}
    if bits:
        config = quantised(bits, dtype)
        config.bnb_4bit_use_double_quant = double
        if reward:
            config.llm_int8_skip_modules = [SCORE]
        values["quantization_config"] = config
        values["device_map"] = {
            "": int(os.environ.get("LOCAL_RANK", 0)) if torch.cuda.is_available() else "cpu"
        }
    kind: Any = AutoModelForSequenceClassification if reward else AutoModelForCausalLM
    head = {"num_labels": 1} if reward else {}
    try:
        base = kind.from_pretrained(folder, **values, **head, **(more or {}))
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


def load_for(spec: TrainJob, workspace: Workspace, compute: str) -> Any:
    """The model of a run, as its fields ask for it; compute: as `precision` gives it. A model that
    is learnt whole is held in fp32, so that small steps are not rounded away, but for pure_bf16.
    """
    own = spec.finetuning_type == "full" and compute != "pure_bf16"
    more: dict[str, Any] = {}
    if spec.flash_attn in ATTENTION:
        more["attn_implementation"] = ATTENTION[spec.flash_attn]
    if spec.rope_scaling != "none":
        more["config"] = _stretched(spec, workspace)
    base = load_base(
        spec.model_name_or_path,
        spec.hub_name,
        workspace,
        bits=spec.bits,
        dtype=torch.float32 if own else DTYPES[compute],
        double=spec.double_quantization,
        reward=spec.stage == "rm",
        more=more,
    )
    if spec.bits:
        stay_trainable(base)
    return base


def _stretched(spec: TrainJob, workspace: Workspace) -> Any:
    """The model's config with positions stretched to the cutoff length; as it is where that is
    within what the model was made for.
    """
    config: Any = AutoConfig.from_pretrained(
        local_folder(spec.model_name_or_path, spec.hub_name, workspace), trust_remote_code=False
    )
    made_for = int(getattr(config, "max_position_embeddings", 0) or 0)
    if not made_for or spec.cutoff_len <= made_for:
        return config
    factor = float(math.ceil(spec.cutoff_len / made_for))
    before = dict(getattr(config, "rope_parameters", None) or {})
    if spec.stage == "rm":
        config.num_labels = 1
    config.rope_parameters = before | {
        "rope_type": spec.rope_scaling,
        "factor": factor,
        "original_max_position_embeddings": made_for,
    }
    if spec.rope_scaling == "llama3":
        config.rope_parameters |= {"low_freq_factor": 1.0, "high_freq_factor": 4.0}
    config.max_position_embeddings = int(made_for * factor)
    return config


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
