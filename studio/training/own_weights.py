"""Learning a model's own weights: all of them, or those of some layers (freeze). Worker-only."""

from typing import Any

import torch

from studio.errors import InputError
from studio.spec import several
from studio.training.spec import TrainJob


def release(spec: TrainJob, base: Any, compute: str) -> list[str]:
    """Let the weights be learnt that the spec asks for; the names of the modules that hold them, ""
    for the whole model. Raises InputError for a layer or module that the model has not.

    What is learnt is held in fp32, but for pure_bf16; what stays frozen as it is loaded.
    """
    if spec.finetuning_type == "full":
        _learnt(base)
        return [""]
    place, layers = _layers(base)
    count = spec.freeze_trainable_layers
    if not count or abs(count) > len(layers):
        raise InputError(
            "The model has {count} layers.",
            "Set freeze_trainable_layers to at most that, and not to 0.",
            fields=("freeze_trainable_layers",),
            count=len(layers),
        )
    chosen = range(len(layers))[-count:] if count > 0 else range(-count)
    found = []
    wanted = several(spec.freeze_trainable_modules)
    for number in chosen:
        for name in _parts(layers[number], wanted, "freeze_trainable_modules"):
            found.append(f"{place}.{number}{'.' if name else ''}{name}")
    found += _parts_outside(base, place, several(spec.freeze_extra_modules))
    if spec.stage == "rm":
        found.append("score")
    for name in found:
        module = base.get_submodule(name)
        if compute != "pure_bf16":
            module.float()
        _learnt(module)
    return found


def _learnt(module: Any) -> None:
    for weight in module.parameters():
        weight.requires_grad_(True)


def _layers(base: Any) -> tuple[str, Any]:
    """(name, list) of the model's layers: the longest list of modules in it."""
    lists = [
        (name, module)
        for name, module in base.named_modules()
        if isinstance(module, torch.nn.ModuleList)
    ]
    return max(lists, key=lambda one: len(one[1]))


def _parts(layer: Any, wanted: list[str], field: str) -> list[str]:
    """The names in a layer whose last part is wanted; [""] for all of it."""
    if wanted in ([], ["all"]):
        return [""]
    known = [name for name, _ in layer.named_modules() if name]
    missing = [name for name in wanted if not any(one.split(".")[-1] == name for one in known)]
    if missing:
        raise _unknown(missing[0], sorted({name.split(".")[-1] for name in known}), field)
    return [name for name in known if name.split(".")[-1] in wanted]


def _parts_outside(base: Any, layers: str, wanted: list[str]) -> list[str]:
    known = [name for name, _ in base.named_modules() if name and not name.startswith(layers + ".")]
    missing = [name for name in wanted if not any(one.split(".")[-1] == name for one in known)]
    if missing:
        ends = sorted({name.split(".")[-1] for name in known if not layers.startswith(name)})
        raise _unknown(missing[0], ends, "freeze_extra_modules")
    return [name for name in known if name.split(".")[-1] in wanted]


def _unknown(name: str, known: list[str], field: str) -> InputError:
    return InputError(
        "The model has no module {name}.",
        "Choose among {known}.",
        fields=(field,),
        name=name,
        known=", ".join(known),
    )
