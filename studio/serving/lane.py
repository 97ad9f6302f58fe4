"""A lane: the rows that share one key-value cache and are carried on together, a token a step.

Worker-only.

Rows join and leave at any step. A row that joins has its own cache, made from its prompt; the
shorter side is padded on the left and masked, so each row sees exactly its own tokens at their own
places.
"""

from typing import Generic, Protocol, TypeVar

import torch

from studio.libraries.transformers_inside import joined, narrowed, new_cache
from studio.serving.weights import Weights

PREFILL_TOKENS = 512  # the prompt is read in parts of this size, so that other rows go on meanwhile


class Served(Protocol):
    """A row as a lane sees it."""

    @property
    def prompt(self) -> list[int]:
        """The prompt's tokens."""

    @property
    def adapter(self) -> str:
        """The name of its adapter, or "base"."""

    @property
    def last(self) -> int:
        """The newest token, which is read next."""

    @property
    def done(self) -> bool:
        """Whether nothing more is to be made."""

    def take(self, logits: torch.Tensor) -> None:
        """Choose the next token by its logits, shape (vocabulary,)."""


R = TypeVar("R", bound=Served)


class Prefill(Generic[R]):
    """A prompt being read into a cache of its own, `part` tokens at a time."""

    def __init__(self, weights: Weights, row: R, part: int = PREFILL_TOKENS) -> None:
        self.row = row
        self._weights = weights
        # A recurrent state is handed on by most models only for one token at a time, so such
        # prompts are read at once.
        self._part = part if weights.mergeable else len(row.prompt)
        # With plain layers the cache must keep all positions (a sliding window is left to the
        # mask).
        self.cache = new_cache(None if weights.mergeable else weights.config)
        self._read = 0

    def advance(self) -> bool:
        """Read the next part; True when the prompt is read and the first token is chosen."""
        prompt = self.row.prompt
        begun, self._read = self._read, min(len(prompt), self._read + self._part)
        device = self._weights.device
        ids = torch.tensor([prompt[begun : self._read]], device=device)
        places = torch.arange(begun, self._read, device=device).unsqueeze(0)
        logits = self._weights.forward(ids, None, places, self.cache, [self.row.adapter])
        if self._read < len(prompt):
            return False
        self.row.take(logits[0])
        return True


class Lane(Generic[R]):
    """Rows that share a cache. `key` says which rows may join: the same key, the same lane."""

    def __init__(self, weights: Weights, key: str, first: Prefill[R]) -> None:
        self.key = key
        self.rows = [first.row]
        self._weights = weights
        self._cache = first.cache
        self._lengths = [
            len(first.row.prompt)
        ]  # positions of each row; the shorter ones are padded on the left

    def join(self, new: Prefill[R]) -> None:
        """Take a row in whose prompt has been read."""
        self.rows.append(new.row)
        self._lengths.append(len(new.row.prompt))
        self._cache = joined(self._cache, new.cache, max(self._lengths))

    def step(self) -> None:
        """One more token for every row; rows that are done leave."""
        self.sweep()
        if not self.rows:
            return
        self._lengths = [length + 1 for length in self._lengths]
        lengths = torch.tensor(self._lengths, device=self._weights.device).unsqueeze(1)
        newest = torch.tensor([[row.last] for row in self.rows], device=self._weights.device)
        adapters = [row.adapter for row in self.rows]
        logits = self._weights.forward(
            newest, self._mask(lengths), lengths - 1, self._cache, adapters
        )
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
        width, self._lengths = max(self._lengths), [self._lengths[index] for index in kept]
        self._cache = narrowed(self._cache, kept, width - max(self._lengths))

    def _mask(self, lengths: torch.Tensor) -> torch.Tensor | None:
        """0 where a row is padded, else 1; None when no row is, for which the models have quicker
        ways.
        """
        width = max(self._lengths)
        if min(self._lengths) == width:
            return None
        return (torch.arange(width, device=lengths.device) >= width - lengths).long()
