"""Layers of a frozen model with LoRA beside it, each as one step of the way back. Worker-only.

A chain of small operations keeps a matrix of each for the way back, some in float32. These keep
what they were given and make the rest again: a normalisation its input, a gated layer the two
halves before they are multiplied.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.functional import silu

from studio.libraries.cpu_products import product
from studio.libraries.lora_layers import LoraPart


def lora_linear(part: LoraPart, given: torch.Tensor) -> torch.Tensor:
    """(…, in) → (…, out): the frozen layer and what LoRA adds to it."""
    call: Any = _LoraLinear.apply
    made: torch.Tensor = call(given, part.weight, part.bias, part.first, part.second, part.scale)
    return made


def gated(parts: tuple[LoraPart, LoraPart, LoraPart], given: torch.Tensor) -> torch.Tensor:
    """down(silu(gate(x)) · up(x)); parts: gate, up, down."""
    pieces = [piece for one in parts for piece in (one.weight, one.first, one.second)]
    call: Any = _Gated.apply
    made: torch.Tensor = call(given, tuple(one.scale for one in parts), *pieces)
    return made


def normalised(given: torch.Tensor, weight: torch.Tensor, tiny: float) -> torch.Tensor:
    """Each vector over its root mean square, times the frozen weight."""
    call: Any = _Normalised.apply
    made: torch.Tensor = call(given, weight, tiny)
    return made


def _forward(rows: torch.Tensor, matrices: Sequence[Any], scale: float) -> tuple[torch.Tensor, Any]:
    """(the layer's output, the rows at rank size). matrices: the weight and LoRA's two, which may
    be None.
    """
    weight, first, second = matrices
    made = product(rows, weight)
    if first is None:
        return made, None
    low = rows @ first.t()
    made.addmm_(low, second.t(), alpha=scale)
    return made, low


def _back(
    slopes: torch.Tensor,
    rows: torch.Tensor,
    low: Any,
    matrices: Sequence[Any],
    scale: float,
    wanted: bool,
) -> tuple[torch.Tensor | None, Any, Any]:
    """Gradients of the rows (where wanted), of LoRA's first and of its second matrix."""
    weight, first, second = matrices
    back = product(slopes, weight.t()) if wanted else None
    if first is None:
        return back, None, None
    inner = (slopes @ second).mul_(scale)
    if back is not None:
        back.addmm_(inner, first)
    return back, (inner.t() @ rows), (slopes.t() @ low).mul_(scale)


def _as(matrix: Any, kind: torch.dtype) -> Any:
    return None if matrix is None else matrix.detach().to(kind)


class _LoraLinear(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, given: torch.Tensor, weight: Any, bias: Any, first: Any, second: Any, scale: float
    ) -> torch.Tensor:
        ctx.kinds = None if first is None else first.dtype
        first, second = _as(first, given.dtype), _as(second, given.dtype)
        rows = given.reshape(-1, given.shape[-1])
        made, low = _forward(rows, (weight, first, second), scale)
        if bias is not None:
            made.add_(bias)
        ctx.save_for_backward(rows if first is not None else None, low, weight, first, second)
        ctx.more = scale, given.shape
        return made.view(*given.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, slopes: torch.Tensor) -> Any:
        rows, low, weight, first, second = ctx.saved_tensors
        scale, shape = ctx.more
        slopes = slopes.reshape(-1, slopes.shape[-1])
        back, one, two = _back(
            slopes, rows, low, (weight, first, second), scale, ctx.needs_input_grad[0]
        )
        if one is not None:
            one, two = one.to(ctx.kinds), two.to(ctx.kinds)
        return None if back is None else back.view(shape), None, None, one, two, None


class _Gated(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, given: torch.Tensor, scales: tuple[float, ...], *pieces: Any
    ) -> torch.Tensor:
        kind = given.dtype
        ctx.kinds = [None if piece is None else piece.dtype for piece in pieces]
        pieces = tuple(p if n % 3 == 0 else _as(p, kind) for n, p in enumerate(pieces))
        rows = given.reshape(-1, given.shape[-1])
        gate, low_gate = _forward(rows, pieces[0:3], scales[0])
        up, low_up = _forward(rows, pieces[3:6], scales[1])
        inner = silu(gate).mul_(up)
        made, low_down = _forward(inner, pieces[6:9], scales[2])
        ctx.save_for_backward(rows, gate, up, low_gate, low_up, low_down, *pieces)
        ctx.scales, ctx.shape = scales, given.shape
        return made.view(given.shape)

    @staticmethod
    def backward(ctx: Any, slopes: torch.Tensor) -> Any:
        rows, gate, up, low_gate, low_up, low_down, *pieces = ctx.saved_tensors
        slopes = slopes.reshape(-1, slopes.shape[-1])
        opened = silu(gate)
        of_inner, *of_down = _back(slopes, opened * up, low_down, pieces[6:9], ctx.scales[2], True)
        assert of_inner is not None
        of_gate = torch.ops.aten.silu_backward(of_inner * up, gate)
        of_up = of_inner.mul_(opened)
        wanted = ctx.needs_input_grad[0]
        back, *of_first = _back(of_up, rows, low_up, pieces[3:6], ctx.scales[1], wanted)
        more, *of_second = _back(of_gate, rows, low_gate, pieces[0:3], ctx.scales[0], wanted)
        if back is not None and more is not None:
            back = back.add_(more).view(ctx.shape)
        found = [None, *of_second, None, *of_first, None, *of_down]
        return (
            back,
            None,
            *(
                None if one is None else one.to(kind)
                for one, kind in zip(found, ctx.kinds, strict=True)
            ),
        )


class _Normalised(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, given: torch.Tensor, weight: torch.Tensor, tiny: float) -> torch.Tensor:
        wide = given.float()
        size = torch.linalg.vector_norm(wide, dim=-1, keepdim=True)
        inverse = torch.rsqrt(size.square_().div_(given.shape[-1]).add_(tiny))
        ctx.save_for_backward(given, inverse, weight)
        return (wide * inverse).to(given.dtype).mul_(weight)

    @staticmethod
    def backward(ctx: Any, slopes: torch.Tensor) -> Any:
        given, inverse, weight = ctx.saved_tensors
        plain = given.float() * inverse
        back = slopes.float() * weight
        share = torch.linalg.vecdot(plain, back).div_(given.shape[-1]).unsqueeze(-1)
        back.addcmul_(plain, share, value=-1).mul_(inverse)
        return back.to(given.dtype), None, None
