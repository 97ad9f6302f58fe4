"""A lane: the rows that share one key-value cache and are carried on together, a token a step. Worker-only.

Rows join and leave at any step. A row that joins has its own cache, made from its prompt; the shorter
side is padded on the left and masked, so each row sees exactly its own tokens at their own places.
"""

from typing import Any

import torch
from torch.nn.functional import pad
from transformers import DynamicCache

from studio.serving.row import Row
from studio.serving.weights import Weights

PREFILL_TOKENS = 512  # the prompt is read in parts of this size, so that other rows go on meanwhile


class Prefill:
    """A prompt being read into a cache of its own."""

    def __init__(self, weights: Weights, row: Row) -> None:
        self.row = row
        self._weights = weights
        # With plain layers the cache must keep all positions (a sliding window is left to the mask).
        self.cache = DynamicCache() if weights.mergeable else DynamicCache(config=weights.config)
        self._read = 0

    def advance(self) -> bool:
        """Read the next part; True when the prompt is read and the first token is chosen."""
        prompt = self.row.request.prompt
        part = prompt[self._read : self._read + PREFILL_TOKENS]
        self._read += len(part)
        device = self._weights.device
        mask = torch.ones(1, self._read, dtype=torch.long, device=device)
        logits = self._weights.forward(torch.tensor([part], device=device), mask, self.cache, [self.row.adapter])
        if self._read < len(prompt):
            return False
        self.row.take(logits[0])
        return True


class Lane:
    """Rows that share a cache. `key` says which rows may join: the same key, the same lane."""

    def __init__(self, weights: Weights, key: str, first: Prefill) -> None:
        self.key = key
        self.rows = [first.row]
        self._weights = weights
        self._cache = first.cache
        self._mask = _ones(first)

    def join(self, new: Prefill) -> None:
        """Take a row in whose prompt has been read."""
        mine, theirs = self._mask, _ones(new)
        width = max(mine.shape[1], theirs.shape[1])
        self._mask = torch.cat([_widen(mine, width), _widen(theirs, width)])
        joined = DynamicCache()
        for index, (old, add) in enumerate(zip(self._cache.layers, new.cache.layers, strict=True)):
            keys = torch.cat([_widen_state(old.keys, width), _widen_state(add.keys, width)])
            values = torch.cat([_widen_state(old.values, width), _widen_state(add.values, width)])
            joined.update(keys, values, index)
        self._cache = joined
        self.rows.append(new.row)

    def step(self) -> None:
        """One more token for every row; rows that are done leave."""
        self.sweep()
        if not self.rows:
            return
        newest = torch.tensor([[row.last] for row in self.rows], device=self._mask.device)
        self._mask = _grown(self._mask)
        logits = self._weights.forward(newest, self._mask, self._cache, [row.adapter for row in self.rows])
        for row, line in zip(self.rows, logits, strict=True):
            row.take(line)
        self.sweep()

    def sweep(self) -> None:
        """Drop the rows that are done, and the columns that only they needed."""
        kept = [index for index, row in enumerate(self.rows) if not row.done]
        if len(kept) == len(self.rows):
            return
        self.rows = [self.rows[index] for index in kept]
        if not kept:
            self._cache = None
            return
        self._mask = self._mask[kept]
        first = int(self._mask.argmax(dim=1).min())  # the longest row's first real column
        self._mask = self._mask[:, first:]
        slim = DynamicCache()
        for index, layer in enumerate(self._cache.layers):
            slim.update(layer.keys[kept, :, first:], layer.values[kept, :, first:], index)
        self._cache = slim


def _ones(prefill: Prefill) -> torch.Tensor:
    length = len(prefill.row.request.prompt)
    return torch.ones(1, length, dtype=torch.long, device=prefill._weights.device)


def _grown(mask: torch.Tensor) -> torch.Tensor:
    return torch.cat([mask, mask.new_ones(mask.shape[0], 1)], dim=1)


def _widen(mask: torch.Tensor, width: int) -> torch.Tensor:
    return pad(mask, (width - mask.shape[1], 0))


def _widen_state(state: Any, width: int) -> torch.Tensor:
    """Keys or values (rows, heads, positions, size) padded on the left to `width` positions."""
    return pad(state, (0, 0, width - state.shape[2], 0))
