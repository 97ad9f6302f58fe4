"""The summed cross entropy of many tokens without the logits of all of them at once. Worker-only.

4,096 tokens of a vocabulary of 128,256 make 1 GB of logits in bf16, and in fp32, with their
softmax and gradient, 7 GB more: as much as half of an 8B model's weights. Here a part of the
tokens is projected at a time, and its gradient is made at once, so that nothing of it is kept but
a gradient of the states' size (the idea of Liger's fused linear cross entropy, Hsu et al. 2024,
in torch alone).
"""

from typing import Any

import torch
from torch import nn
from torch.nn.functional import linear

PART_BYTES = 2**29  # of fp32 logits at a time: a thousand tokens of the largest vocabularies


class _Summed(torch.autograd.Function):
    """See `summed_loss`. The gradients are made in the forward pass, where the logits are there."""

    @staticmethod
    def forward(
        ctx: Any,
        states: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        targets: torch.Tensor,
        dtype: torch.dtype,
        part: int,
        learns: tuple[bool, bool, bool],
    ) -> torch.Tensor:
        ctx.types = states.dtype, weight.dtype, None if bias is None else bias.dtype
        narrow, matrix = states.to(dtype), weight.to(dtype)
        added = None if bias is None else bias.to(dtype)
        whole = torch.zeros((), dtype=torch.float32, device=states.device)
        of_states = torch.empty_like(narrow) if learns[0] else None
        of_weight = torch.zeros_like(weight, dtype=torch.float32) if learns[1] else None
        of_bias = (
            torch.zeros_like(bias, dtype=torch.float32) if learns[2] and bias is not None else None
        )
        for begin in range(0, len(narrow), part):
            some, wanted = narrow[begin : begin + part], targets[begin : begin + part, None]
            logits = linear(some, matrix, added).float()
            norms = logits.logsumexp(-1, keepdim=True)
            whole += (norms - logits.gather(1, wanted)).sum()
            if not any(learns):
                continue
            slope = logits.sub_(norms).exp_()  # the probabilities
            slope.scatter_add_(1, wanted, slope.new_full(wanted.shape, -1.0))
            if of_bias is not None:
                of_bias += slope.sum(0)
            slope = slope.to(dtype)
            if of_states is not None:
                torch.mm(slope, matrix, out=of_states[begin : begin + part])
            if of_weight is not None:
                of_weight += slope.T @ some
        ctx.save_for_backward(of_states, of_weight, of_bias)
        return whole

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        made = (
            None if slope is None else (slope * grads[0]).to(dtype)
            for slope, dtype in zip(ctx.saved_tensors, ctx.types, strict=True)
        )
        return (*made, None, None, None, None)


def summed_loss(
    states: torch.Tensor, head: nn.Linear, targets: torch.Tensor, part_bytes: int = PART_BYTES
) -> torch.Tensor:
    """The sum of the cross entropies in nats, fp32, as `cross_entropy(head(states).float(),
    targets, reduction="sum")` gives it, under autocast too.

    states: (tokens, size); targets: (tokens,). part_bytes: fp32 logits held at a time. Nothing in
    here waits for the device.
    """
    kind, weight, bias = states.device.type, head.weight, head.bias
    dtype = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else weight.dtype
    given = (states, weight, bias)
    learns = tuple(
        torch.is_grad_enabled() and one is not None and one.requires_grad for one in given
    )
    part = max(1, part_bytes // (4 * head.out_features))
    with torch.autocast(kind, enabled=False):
        made: torch.Tensor = _Summed.apply(*given, targets, dtype, part, learns)  # type: ignore[no-untyped-call]
    return made
