"""What speaks for units belonging together: a log likelihood, in nats, for every run of units that
fits a chunk.

Vectors: the sentences of a chunk scatter with variance σ² around a mean of their own, itself drawn
with variance τ²; the mean integrated out, a chunk with weight W and weighted sum of vectors S has
d/2 (|S|² / (σ² (W + κ)) − ln(1 + W / κ)), κ = σ²/τ². The share τ² / (σ² + τ²) is the similarity of
neighbours, measured. d, the directions in which sentences vary freely, is set to `FREEDOM`:
similarities of sentences far apart have a deviation near 0.09 with MiniLM and 0.05 with TF-IDF,
thus 1/0.09² = 120 and 440 directions, but neighbouring sentences are far from independent.
Words: `recurrence`. Their mean is the evidence: either sees what the other is blind to.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from studio.chunking.encoders.base import Vectors
from studio.chunking.methods.recurrence import Recurrence

BLOCK = 256
FREEDOM = 40.0
WORDS_SHARE = 0.5
LEAST_SHARE, MOST_SHARE = 0.02, 0.9
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Block:
    """values[j, i]: of the chunk from unit first + i up to and with unit begin + j."""

    begin: int
    first: int
    values: Floats


class Evidence:
    """The evidence of a section's units; built and kept a block at a time."""

    def __init__(
        self, vectors: Vectors, words: sparse.csr_matrix, sizes: Integers, low: Integers
    ) -> None:
        """sizes: of the units; low: the earliest unit that fits into a chunk which ends with each
        unit.
        """
        self.low = low
        self.vectors = vectors
        self.recurrence = Recurrence(words, low)
        self.weights = np.sqrt(np.maximum(sizes, 1).astype(np.float64))
        self.weights /= self.weights.mean()
        self.weight_sums = np.concatenate([[0.0], np.cumsum(self.weights)])
        adjacent = vectors.adjacent()
        self.share = float(
            np.clip(adjacent.mean() if len(adjacent) else 0.0, LEAST_SHARE, MOST_SHARE)
        )

    def blocks(self) -> Iterator[Block]:
        """The evidence of all chunks, by the unit they end with."""
        units = len(self.low)
        square, shared = (
            np.zeros(units),
            np.zeros(units),
        )  # of the chunks that end just before the block
        for begin in range(0, units, BLOCK):
            end, first = min(begin + BLOCK, units), int(self.low[begin])
            rows, columns = slice(begin, end), slice(first, end)
            inside = np.arange(first, end)[None, :] <= np.arange(begin, end)[:, None]
            pairs = (
                self.vectors.gram(rows, columns)
                * self.weights[rows, None]
                * self.weights[None, columns]
            )
            pairs *= inside * 2.0
            pairs[:, begin - first :].flat[:: end - begin + 1] /= 2
            squares = _runs(pairs) + square[None, columns]
            recurring = _runs(self.recurrence.block(rows, columns)) + shared[None, columns]
            square[columns], shared[columns] = squares[-1], recurring[-1]
            ends, begins = np.arange(begin + 1, end + 1), np.arange(first, end)
            recurring -= self.recurrence.cost(ends, begins)
            weight = np.maximum(
                self.weight_sums[ends][:, None] - self.weight_sums[begins][None, :], 0
            )
            yield Block(
                begin,
                first,
                (1 - WORDS_SHARE) * self._of_vectors(squares, weight) + WORDS_SHARE * recurring,
            )

    def _of_vectors(self, squares: Floats, weight: Floats) -> Floats:
        kappa = (1 - self.share) / self.share
        return (
            FREEDOM
            / 2
            * (squares / ((1 - self.share) * (weight + kappa)) - np.log1p(weight / kappa))
        )


def _runs(pairs: Floats) -> Floats:
    """Sums over pairs within a run: of all columns from i on and all rows up to j."""
    return pairs[:, ::-1].cumsum(axis=1)[:, ::-1].cumsum(axis=0)
