"""The token loss behind a frozen head without ever holding all logits. Worker-only."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from studio.libraries.cpu_products import product

LOGITS = 256  # positions whose logits are held at a time: 50 MB in float32 for 49,152 tokens
MARK = "loss_in_parts"


def let_in_parts(head: nn.Module, wanted: bool) -> None:
    """Let `token_loss` take this head in parts, or no longer."""
    head.__dict__[MARK] = wanted


def in_parts(head: Any) -> bool:
    """Whether `token_loss` takes this head in parts."""
    return bool(getattr(head, MARK, False))


def head_loss(states: torch.Tensor, head: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Summed cross entropy, in nats, of the tokens that a frozen head, (vocabulary, size), gives
    for states, (positions, size). The gradient of the states is made at once, so that the logits of
    only LOGITS positions are held.
    """
    call: Any = _HeadLoss.apply
    # accelerate gives what a model returns back in float32, whatever it computed in.
    made: torch.Tensor = call(states.to(head.dtype), head, targets)
    return made


class _HeadLoss(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, states: torch.Tensor, head: torch.Tensor, targets: torch.Tensor
    ) -> torch.Tensor:
        wanted = ctx.needs_input_grad[0]
        back = torch.empty_like(states) if wanted else None
        total = torch.zeros((), dtype=torch.float32)
        for at in range(0, len(states), LOGITS):
            logits = product(states[at : at + LOGITS], head).float()
            right = targets[at : at + LOGITS].unsqueeze(1)
            scores = torch.log_softmax(logits, 1)  # logsumexp takes ten times as long
            total -= scores.gather(1, right).sum()
            if back is not None:
                slopes = scores.exp_()
                slopes.scatter_add_(1, right, slopes.new_full((1, 1), -1.0).expand_as(right))
                back[at : at + LOGITS] = product(slopes.to(states.dtype), head.t())
        ctx.back = back
        return total

    @staticmethod
    def backward(ctx: Any, given: torch.Tensor) -> Any:
        back, ctx.back = ctx.back, None
        return None if back is None else back.mul_(given), None, None


@contextmanager
def states_instead(head: torch.nn.Module) -> Iterator[None]:
    """Within it the head gives its inputs back: what the model calls logits are its states."""
    head.forward = lambda states: states
    try:
        yield
    finally:
        del head.forward
