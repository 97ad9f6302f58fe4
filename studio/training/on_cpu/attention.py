"""Causal attention within each row of a batch that is laid out as one sequence. Worker-only.

torch's kernel for the processor gives the same; on the way back it is the slower one by half
in bfloat16, and it copies keys and values for each head that shares them. Here the queries of heads
that share keys stand as rows of one product, in blocks that see nothing behind themselves.
"""

import math
from collections.abc import Iterator
from typing import Any

import torch

from studio.libraries.cpu_products import by_onednn, product

BLOCK = 128  # queries at a time: 64 and 256 are both slower for rows of 40 to 700 tokens


def attend(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    borders: list[int],
    scale: float,
) -> torch.Tensor:
    """(tokens, heads, size). query: (heads, tokens, size); key and value: (groups, tokens, size),
    each group for heads / groups neighbouring heads; borders: where rows begin, and the end of all.
    """
    call: Any = _Attention.apply
    made: torch.Tensor = call(query, key, value, borders, scale)
    return made


def _blocks(borders: list[int]) -> Iterator[tuple[int, int, int]]:
    """(the row's beginning, first query, one past the last) of each block."""
    for begin, end in zip(borders, borders[1:], strict=False):
        for first in range(begin, end, BLOCK):
            yield begin, first, min(end, first + BLOCK)


def _products(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """left · rightᵀ of each group, (groups, n, k) and (groups, m, k) → (groups, n, m)."""
    if left.dtype == torch.float32 and by_onednn():
        return torch.stack([product(a, b) for a, b in zip(left, right, strict=True)])
    return torch.bmm(left, right.transpose(1, 2))


def _weights(query: torch.Tensor, key: torch.Tensor, places: int, scale: float) -> torch.Tensor:
    """Softmax over the keys of each query, in float32. query: (groups, shared · n, size), key:
    (groups, m, size) of which the last n are the queries' own places.
    """
    scores = _products(query, key).float().mul_(scale)
    grouped = scores.view(len(key), -1, places, key.shape[1])
    later = torch.ones(places, places, dtype=torch.bool).triu_(1)
    grouped[..., key.shape[1] - places :].masked_fill_(later, -math.inf)
    return torch.softmax(scores, -1)


class _Attention(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        borders: list[int],
        scale: float,
    ) -> torch.Tensor:
        heads, tokens, size = query.shape
        groups = len(key)
        made = query.new_empty(tokens, heads, size)
        apart = made.view(tokens, groups, heads // groups, size)
        asked = query.view(groups, heads // groups, tokens, size)
        for begin, first, end in _blocks(borders):
            rows = asked[:, :, first:end].reshape(groups, -1, size)
            weights = _weights(rows, key[:, begin:end], end - first, scale).to(query.dtype)
            found = _products(weights, value[:, begin:end].transpose(1, 2))
            apart[first:end] = found.view(groups, -1, end - first, size).permute(2, 0, 1, 3)
        ctx.save_for_backward(query, key, value, made)
        ctx.more = borders, scale
        return made

    @staticmethod
    def backward(ctx: Any, given: torch.Tensor) -> Any:
        query, key, value, made = ctx.saved_tensors
        borders, scale = ctx.more
        heads, tokens, size = query.shape
        groups, kind = len(key), query.dtype
        apart = (groups, heads // groups, tokens, size)
        back = query.new_empty(tokens, heads, size).permute(1, 0, 2)
        of_key = torch.zeros(tokens, groups, size).permute(1, 0, 2)
        of_value = torch.zeros_like(of_key)
        sums = (given.float() * made).sum(-1).view(tokens, groups, -1).permute(1, 2, 0)
        given = given.reshape(tokens, groups, -1, size).permute(1, 2, 0, 3)
        for begin, first, end in _blocks(borders):
            keys, values = key[:, begin:end], value[:, begin:end]
            rows = query.view(apart)[:, :, first:end].reshape(groups, -1, size)
            weights = _weights(rows, keys, end - first, scale)
            fresh = given[:, :, first:end].reshape(groups, -1, size)
            of_value[:, begin:end] += torch.bmm(weights.to(kind).transpose(1, 2), fresh)
            slopes = _products(fresh, values).float()
            slopes.sub_(sums[:, :, first:end].reshape(groups, -1, 1)).mul_(weights).mul_(scale)
            slopes = slopes.to(kind)
            found = _products(slopes, keys.transpose(1, 2))
            back.view(apart)[:, :, first:end] = found.view(groups, -1, end - first, size)
            of_key[:, begin:end] += torch.bmm(slopes.transpose(1, 2), rows)
        return back, of_key.to(kind), of_value.to(kind), None, None
