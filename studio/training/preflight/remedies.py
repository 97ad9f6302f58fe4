"""What would make a training fit: fields to change, with what each would save by the estimate.
Light.
"""

from dataclasses import dataclass
from typing import Any

from studio.errors import SpecError
from studio.models.shapes import Shape
from studio.training.memory import estimate
from studio.training.preflight.run_device import Device
from studio.training.spec import TrainJob
from studio.training.stages import ONLINE

MOST = 4
SHORTEST = 128  # tokens: below that, little of a reply is left


@dataclass(frozen=True)
class Remedy:
    """changes: fields with their new values; total: bytes that the training would then need;
    fits: whether the device has them free.
    """

    changes: dict[str, Any]
    total: int
    fits: bool


def remedies(
    spec: TrainJob,
    shape: Shape,
    there: Device,
    *,
    heaviest: tuple[int, int] | None = None,
    compute: str = "",
) -> list[Remedy]:
    """What helps: the changes that suffice alone, in the order of what costs the least; where none
    does, all that it takes together, and what each alone would save.

    heaviest, compute: see `outlook`.
    """
    tokens, learnt = heaviest or (0, 0)
    longest = tokens // spec.per_device_train_batch_size or spec.cutoff_len
    share = learnt / tokens if tokens else 1.0

    def needed(changed: TrainJob) -> int:
        given = changed.per_device_train_batch_size * min(longest, changed.cutoff_len)
        return estimate(
            changed,
            shape,
            tokens_in_batch=given,
            learnt_tokens=round(given * share),
            device=there.kind,
            compute=compute or there.compute,
        ).total

    now, found = needed(spec), []
    for changes in _candidates(spec, longest):
        changed = _with(spec, changes)
        if changed is not None and (total := needed(changed)) < now:
            found.append(Remedy(changes, total, total <= there.free))
    enough = [one for one in found if one.fits]
    if enough:
        return enough[:MOST]
    together = _together(spec, longest, there.free, needed)
    return [*([together] if together is not None else []), *found][:MOST]


def _together(spec: TrainJob, longest: int, free: int, needed: Any) -> Remedy | None:
    """One change after the other until it fits; None where even all of them do not help."""
    sum_of: dict[str, Any] = {}
    changed = spec
    while True:
        for changes in _candidates(changed, min(longest, changed.cutoff_len)):
            further = _with(changed, changes)
            if further is not None and needed(further) < needed(changed):
                break
        else:
            return None
        sum_of, changed = sum_of | changes, further
        if (total := needed(changed)) <= free:
            return Remedy(sum_of, total, True)


def _candidates(spec: TrainJob, longest: int) -> list[dict[str, Any]]:
    """Changes that save memory, from what changes the result least."""
    found: list[dict[str, Any]] = []
    if not spec.gradient_checkpointing:
        found.append({"gradient_checkpointing": True})
    batch = spec.per_device_train_batch_size
    least = 2 if spec.stage == "kto" else 1
    if batch > least and spec.stage not in ONLINE:
        half = max(least, batch // 2)
        more = min(1024, spec.gradient_accumulation_steps * batch // half)
        found.append({"per_device_train_batch_size": half, "gradient_accumulation_steps": more})
    if spec.finetuning_type == "full" and spec.optim.startswith("adamw_torch"):
        found.append({"optim": "adamw_8bit"})
    if spec.finetuning_type in ("full", "freeze"):
        found.append({"finetuning_type": "lora"})
    if spec.finetuning_type == "lora" and not spec.bits:
        found.append({"finetuning_type": "qlora", "quantization_bit": "4"})
    half = min(longest, spec.cutoff_len) // 2
    if half >= SHORTEST:
        found.append({"cutoff_len": half})
    return found


def _with(spec: TrainJob, changes: dict[str, Any]) -> TrainJob | None:
    """The spec with changes; None where they do not go with its other fields."""
    try:
        return type(spec).read(spec.plain() | changes)
    except SpecError:
        return None
