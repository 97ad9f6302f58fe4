"""PEFT's LoRA on a frozen linear layer as one step of the graph. Worker-only.

PEFT computes `base(x) + B(A(x)) * scaling` from eleven small steps a layer: it widens x to the
adapter's fp32, which autocast narrows again into a copy that is kept for the backward pass, one for
each layer that shares x (in Llama's 8B shape 33 of 219 kB a token and layer), and it multiplies and
adds over the whole output. Here the product is added into the base's output, x is kept as it is,
and the gradient towards x is summed in place. The weights, their places and what is saved stay
PEFT's.

Read in the sources of PEFT 0.21.2 and bitsandbytes 0.50.
"""

from collections.abc import Callable
from typing import Any

import torch
from peft.tuners.lora import LoraLayer
from torch import nn
from torch.nn.functional import linear

Matrix = Callable[[torch.dtype], torch.Tensor]


class _Fused(torch.autograd.Function):
    """x Wᵀ + bias + scale · (x Aᵀ) Bᵀ; W and the bias are frozen."""

    @staticmethod
    def forward(
        ctx: Any,
        x: torch.Tensor,
        first: torch.Tensor,
        second: torch.Tensor,
        scale: float,
        matrix: Matrix,
        bias: torch.Tensor | None,
        dtype: torch.dtype,
    ) -> torch.Tensor:
        rows = x.reshape(-1, x.shape[-1]).to(dtype)
        a, b = first.to(dtype), second.to(dtype)
        made = linear(rows, matrix(dtype), None if bias is None else bias.to(dtype))
        down = rows @ a.T
        made.addmm_(down, b.T, alpha=scale)
        ctx.save_for_backward(rows, down, a, b)
        ctx.scale, ctx.matrix = scale, matrix
        ctx.like = x.shape, x.dtype, first.dtype, second.dtype
        return made.view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[Any, ...]:
        rows, down, a, b = ctx.saved_tensors
        shape, *dtypes = ctx.like
        slope = grads[0].reshape(-1, grads[0].shape[-1])
        up = slope @ b
        of_x = None
        if ctx.needs_input_grad[0]:
            of_x = slope @ ctx.matrix(slope.dtype)
            of_x.addmm_(up, a, alpha=ctx.scale)
            of_x = of_x.view(shape).to(dtypes[0])
        of_first = (up.T @ rows).to(dtypes[1]) * ctx.scale
        of_second = (slope.T @ down).to(dtypes[2]) * ctx.scale
        return of_x, of_first, of_second, None, None, None, None


def fuse(model: nn.Module) -> int:
    """Let the LoRA layers of `model` that can be computed so be; how many they are.

    A layer falls back to PEFT's own way in every call that asks for more: dropout, DoRA and other
    variants, two adapters at once, none, a mixed batch, merged weights.
    """
    count = 0
    for layer in model.modules():
        matrix = _matrix(layer) if isinstance(layer, LoraLayer) else None
        if matrix is not None and "forward" not in vars(layer):
            layer.forward = _forward(layer, matrix, layer.forward)
            count += 1
    return count


def _forward(layer: Any, matrix: Matrix, plain: Callable[..., Any]) -> Callable[..., Any]:
    bias = layer.get_base_layer().bias

    def forward(x: torch.Tensor, *given: Any, **more: Any) -> Any:
        name = _adapter(layer) if not given and not more else ""
        if not name:
            return plain(x, *given, **more)
        kind = x.device.type
        dtype = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else x.dtype
        first, second = layer.lora_A[name].weight, layer.lora_B[name].weight
        with torch.autocast(kind, enabled=False):
            return _Fused.apply(x, first, second, layer.scaling[name], matrix, bias, dtype)  # type: ignore[no-untyped-call]

    return forward


def _adapter(layer: Any) -> str:
    """The one adapter that is on, where it is plain; else ""."""
    if layer.disable_adapters or layer.merged_adapters:
        return ""
    names = [name for name in layer.active_adapters if name in layer.lora_A]
    if len(names) != 1 or names[0] in layer.lora_variant:
        return ""
    name: str = names[0]
    dropout = layer.lora_dropout[name]
    still = isinstance(dropout, nn.Identity) or not layer.training
    return name if still and layer.lora_B[name].bias is None else ""


def _matrix(layer: Any) -> Matrix | None:
    """What gives the base's frozen matrix in a number type; None for a base of another kind."""
    base = layer.get_base_layer()
    if base.weight.requires_grad or getattr(layer, "fan_in_fan_out", False):
        return None
    if type(base) is nn.Linear:
        return lambda dtype: base.weight.to(dtype)
    if type(base).__name__ == "Linear4bit" and base.weight.is_cuda:
        return _dequantised(base)
    return None


def _dequantised(base: Any) -> Matrix:
    """Of a 4-bit layer of bitsandbytes, whose own product does the same for more than a row."""
    from bitsandbytes.functional import dequantize_4bit

    def matrix(dtype: torch.dtype) -> torch.Tensor:
        made: torch.Tensor = dequantize_4bit(base.weight.data, base.weight.quant_state)
        return made.to(dtype)

    return matrix
