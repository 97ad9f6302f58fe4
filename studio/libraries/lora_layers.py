"""PEFT beyond its documentation: what a LoRA layer computes, so that it can be computed otherwise;
and how a module of a model is given another way to compute. Worker-only.

Read in the sources of 0.21.2.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from peft.tuners.lora.layer import Linear as LoraLinear
from torch import nn

from studio.libraries.peft_inside import DEFAULT


@dataclass(frozen=True)
class LoraPart:
    """A frozen linear layer, (out, in), and LoRA's (rank, in) and (out, rank) beside it, None where
    there are none; output = x·weightᵀ + bias + scale · (x·firstᵀ)·secondᵀ.
    """

    weight: torch.Tensor
    bias: torch.Tensor | None
    first: torch.Tensor | None
    second: torch.Tensor | None
    scale: float


def plain_lora(module: nn.Module) -> bool:
    """Whether a module is a LoRA layer on a frozen linear one: no DoRA or other variant, no
    dropout, no bias of its own.
    """
    if type(module).__mro__[0] is not LoraLinear and type(module).__bases__ != (LoraLinear,):
        return False
    layer: Any = module
    return (
        frozen_linear(layer.base_layer)
        and DEFAULT in layer.lora_A
        and not layer.lora_variant
        and not layer.fan_in_fan_out
        and not layer.lora_bias.get(DEFAULT)
        and isinstance(layer.lora_dropout[DEFAULT], nn.Identity)
    )


def frozen_linear(module: nn.Module) -> bool:
    """Whether a module is torch's own linear layer, its weights not learnt."""
    if type(module) is not nn.Linear:
        return False
    return not any(weight.requires_grad for weight in module.parameters())


def part_of(module: nn.Module, kind: torch.dtype) -> LoraPart | None:
    """What a layer computes as it stands now, for inputs of this type: of a plain LoRA layer with
    the trained adapter on, or of a frozen linear one; None for anything else (another adapter,
    none, one that is merged).
    """
    layer: Any = module
    if frozen_linear(module):
        return LoraPart(layer.weight, layer.bias, None, None, 0.0) if _is(layer, kind) else None
    if not plain_lora(module) or not _is(layer.base_layer, kind):
        return None
    if layer.merged or layer.disable_adapters or list(layer.active_adapters) != [DEFAULT]:
        return None
    return LoraPart(
        layer.base_layer.weight,
        layer.base_layer.bias,
        layer.lora_A[DEFAULT].weight,
        layer.lora_B[DEFAULT].weight,
        float(layer.scaling[DEFAULT]),
    )


def _is(layer: Any, kind: torch.dtype) -> bool:
    return bool(layer.weight.dtype == kind)


def computed_by(module: nn.Module, forward: Callable[..., Any]) -> None:
    """Let a module compute by `forward(module, plain, *given, **more)`, plain being its own way. It
    stays of its class, and a copy of it is a whole copy.
    """
    kind = type(module)

    def call(self: Any, *given: Any, **more: Any) -> Any:
        return forward(self, kind.forward.__get__(self), *given, **more)

    made = type(kind.__name__, (kind,), {"forward": call, "__module__": kind.__module__})
    module.__class__ = made
