"""What a training will take, as far as that can be told without loading anything. Light."""

import json
import math
import shutil
from dataclasses import dataclass
from pathlib import Path

from studio.models import is_hub_id, resolve
from studio.models.shapes import Shape, shape_of
from studio.training.memory import Memory, estimate
from studio.training.preflight.run_device import Device
from studio.training.spec import TrainJob
from studio.training.trained_weights import trained_weights
from studio.workspace import Workspace


@dataclass(frozen=True)
class Outlook:
    """shape and memory: None where the model is not on this machine yet. longest: tokens of a row
    of the fullest batch; guessed: whether that is the cutoff length, since nothing was counted.
    checkpoint: bytes of one; disk: of all that stands at once; disk_free: there is.
    """

    shape: Shape | None
    parameters: int
    trained: int
    memory: Memory | None
    longest: int
    guessed: bool
    checkpoint: int
    disk: int
    disk_free: int


def model_shape(spec: TrainJob, workspace: Workspace) -> Shape | None:
    """The shape of the spec's model; None where it is not on this machine. Raises ModelError."""
    found = resolve(spec.model_name_or_path, spec.hub_name, workspace)
    if not found or is_hub_id(found):
        return None
    try:
        config = json.loads((Path(found) / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return shape_of(config if isinstance(config, dict) else {})


def outlook(
    spec: TrainJob,
    workspace: Workspace,
    there: Device,
    *,
    planned: int,
    heaviest: tuple[int, int] | None = None,
    compute: str = "",
) -> Outlook:
    """What follows from the spec. Raises ModelError.

    planned: steps of the run. heaviest: padded tokens and learnt ones of the run's fullest batch,
    of pairs those of one side, where they were counted; else rows of cutoff_len are assumed.
    compute: the number type where it is known.
    """
    shape = model_shape(spec, workspace)
    batch = spec.per_device_train_batch_size
    tokens, learnt = heaviest or (batch * spec.cutoff_len, None)
    memory = None
    checkpoint = result = trained = 0
    if shape is not None:
        compute = compute or there.compute
        memory = estimate(
            spec,
            shape,
            tokens_in_batch=tokens,
            learnt_tokens=learnt,
            device=there.kind,
            compute=compute,
        )
        trained = trained_weights(spec, shape).total
        kept = 2 if spec.compute_type == "pure_bf16" else 4
        width = kept if spec.finetuning_type == "full" or compute == "fp32" else 2
        result = trained * kept if spec.adapting else shape.parameters * width
        checkpoint = result + memory.optimizer
    return Outlook(
        shape=shape,
        parameters=shape.parameters if shape else 0,
        trained=trained,
        memory=memory,
        longest=tokens // batch,
        guessed=heaviest is None,
        checkpoint=checkpoint,
        disk=disk_needed(spec, checkpoint, result, planned),
        disk_free=shutil.disk_usage(workspace.runs).free,
    )


def disk_needed(spec: TrainJob, checkpoint: int, result: int, planned: int) -> int:
    """Bytes that stand at once: the checkpoints that are kept, one more while the oldest still
    does, the best one where it is asked for, and the result.
    """
    made = max(1, math.ceil(planned / spec.save_steps))
    best = spec.load_best_model_at_end or spec.early_stopping_steps > 0
    return min(made, spec.save_total_limit + 1 + best) * checkpoint + result


def fault(memory: int, free: int, disk: int, disk_free: int) -> str:
    """Why a run cannot work: "memory", "disk", or ""."""
    return "memory" if memory > free else "disk" if disk > disk_free else ""
