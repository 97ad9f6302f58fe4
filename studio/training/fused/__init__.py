"""Fewer steps and less memory for the same training, where a GPU computes it. Worker-only.

An 8B model's step of 8,192 tokens is 280 trillion operations, 0.4 s of an H100's matrix units. What
keeps a step from that is the rest: a thousand small steps a layer-by-layer pass, each of which the
processor has to start and most of which read and write whole activations; and what they keep, which
leaves room for one row of 4,096 tokens where two fit. So the loss is computed in parts
(`vocabulary_loss`), the adapter inside its layer (`studio.libraries.lora_fused`), packed and padded
rows as texts in one row (`studio.libraries.document_attention`), and norms and activations by
Liger's kernels where that package is installed (`studio.libraries.liger_inside`).

Every run is checked against plain calls of the model before its first step, whatever is on.
"""

import os
import sys
from typing import Any

import torch

from studio.libraries import document_attention, liger_inside
from studio.libraries.lora_fused import fuse
from studio.libraries.transformers_inside import ends_with_head
from studio.training.fused.vocabulary_loss import summed_loss as summed_loss
from studio.training.spec import TrainJob
from studio.training.stages import LORA

IN_PARTS = "fused_loss"  # a mark on the output embedding
ALLOCATOR = "PYTORCH_ALLOC_CONF"
OLD_ALLOCATOR = "PYTORCH_CUDA_ALLOC_CONF"


def put_on(trainer: Any, spec: TrainJob) -> list[str]:
    """Let the trainer's model be computed in fewer steps; what was put on and what was not, in
    words for the log.

    Nothing under FSDP and DeepSpeed, whose weights do not lie whole in a process, and at stages
    whose loss is trl's.
    """
    if trainer.is_deepspeed_enabled or trainer.is_fsdp_enabled:
        return []
    if spec.stage not in ("pt", "sft") or spec.reference_free:
        return []
    model, found = trainer.accelerator.unwrap_model(trainer.model), []
    plain = model.get_base_model() if hasattr(model, "get_base_model") else model
    if not spec.enable_liger_kernel and plain.device.type == "cuda":
        missing = liger_inside.put_on(plain)
        found.append(missing or "norms, rotations and activations by liger-kernel")
    if spec.finetuning_type in LORA and (count := fuse(model)):
        found.append(f"{count} adapter layers in one step each")
    if ends_with_head(plain):
        setattr(plain.get_output_embeddings(), IN_PARTS, True)
        found.append("the loss in parts of the vocabulary's logits")
    if _by_texts(spec, plain) and document_attention.put_on(plain):
        trainer.data_collator.joined = True
        found.append("attention by texts, without padding or masks")
    return found


def has_fused_loss(plain: Any) -> bool:
    """Whether `put_on` left the loss of this model to `summed_loss`."""
    return getattr(plain.get_output_embeddings(), IN_PARTS, False)


def calm_memory() -> None:
    """Before the first tensor on a GPU: blocks that grow in place, so that rows of many lengths do
    not leave gaps that none fits into. What the user set stays; only Linux has it.
    """
    if sys.platform == "linux" and not os.environ.keys() & {ALLOCATOR, OLD_ALLOCATOR}:
        os.environ[ALLOCATOR] = "expandable_segments:True"


def wanted(spec: TrainJob) -> bool:
    """Whether a run on this machine is computed so: on a CUDA device, where it was worked out for
    (a processor has other limits).
    """
    return spec.fused_steps and torch.cuda.is_available()


def _by_texts(spec: TrainJob, model: Any) -> bool:
    """Whether rows may be joined: attention is left to us, activations have the 16 bits that its
    kernel needs, and no noise is added that hangs on a row's length.
    """
    half = model.dtype in (torch.bfloat16, torch.float16)
    return spec.flash_attn == "auto" and half and not spec.neftune_alpha
