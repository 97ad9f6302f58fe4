"""What speaks for units belonging together: a log likelihood, in nats, for every run of units that
fits a chunk.

Vectors: the sentences of a chunk scatter with variance σ² around a mean of their own, itself drawn
with variance τ²; the mean integrated out, a chunk with weight W and weighted sum of vectors S has
d/2 (|S|² / (σ² (W + κ)) − ln(1 + W / κ)), κ = σ²/τ². The share τ² / (σ² + τ²) is the similarity of
neighbours, measured. d, the directions in which sentences vary freely, is set to `FREEDOM`:
similarities of sentences far apart have a deviation of 0.04 to 0.09, thus some hundreds of
directions, but neighbouring sentences are far from independent; 30 is the middle of the range, 25
to 40, that was best on one half of the texts of tests/bench/bench_segmentation.py.
Words: `recurrence`. Their mean is the evidence, of a model's vectors, TF-IDF and words alike: each
sees what the others are blind to.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from studio.chunking.encoders.base import Vectors
from studio.chunking.methods.recurrence import Recurrence

BLOCK = 256
FREEDOM = 30.0
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
        self,
        vectors: Sequence[Vectors],
        words: sparse.csr_matrix,
        sizes: Integers,
        low: Integers,
    ) -> None:
        """vectors: one or more views of the units; sizes: of the units; low: the earliest unit that
        fits into a chunk which ends with each unit.
        """
        self.low = low
        self.views = [View(one, _share(one)) for one in vectors]
        self.recurrence = Recurrence(words, low)
        self.weights = np.sqrt(np.maximum(sizes, 1).astype(np.float64))
        self.weights /= self.weights.mean()
        self.weight_sums = np.concatenate([[0.0], np.cumsum(self.weights)])

    def blocks(self) -> Iterator[Block]:
        """The evidence of all chunks, by the unit they end with."""
        units = len(self.low)
        # Of the chunks that end just before the block, by the unit they begin with.
        before = [np.zeros(units) for _ in (*self.views, self.recurrence)]
        for begin in range(0, units, BLOCK):
            end, first = min(begin + BLOCK, units), int(self.low[begin])
            rows, columns = slice(begin, end), slice(first, end)
            ends, begins = np.arange(begin + 1, end + 1), np.arange(first, end)
            weight = np.maximum(
                self.weight_sums[ends][:, None] - self.weight_sums[begins][None, :], 0
            )
            values = np.zeros((end - begin, end - first))
            for view, square in zip(self.views, before, strict=False):
                squares = _runs(self._pairs(view, rows, columns)) + square[None, columns]
                square[columns] = squares[-1]
                values += view.evidence(squares, weight)
            recurring = _runs(self.recurrence.block(rows, columns)) + before[-1][None, columns]
            before[-1][columns] = recurring[-1]
            recurring -= self.recurrence.cost(ends, begins)
            yield Block(begin, first, (values + recurring) / (len(self.views) + 1))

    def _pairs(self, view: "View", rows: slice, columns: slice) -> Floats:
        """Weighted products of each unit of `rows` with those of `columns` up to itself, those with
        others twice.
        """
        inside = (
            np.arange(columns.start, columns.stop)[None, :]
            <= np.arange(rows.start, rows.stop)[:, None]
        )
        found = (
            view.vectors.gram(rows, columns)
            * self.weights[rows, None]
            * self.weights[None, columns]
        )
        found *= inside * 2.0
        found[:, rows.start - columns.start :].flat[:: rows.stop - rows.start + 1] /= 2
        return found


@dataclass(frozen=True)
class View:
    """The units as one encoder sees them; share: τ² / (σ² + τ²)."""

    vectors: Vectors
    share: float

    def evidence(self, squares: Floats, weight: Floats) -> Floats:
        """The log likelihood of chunks by their squared sums and their weights."""
        kappa = (1 - self.share) / self.share
        found: Floats = (
            FREEDOM
            / 2
            * (squares / ((1 - self.share) * (weight + kappa)) - np.log1p(weight / kappa))
        )
        return found


def _share(vectors: Vectors) -> float:
    """How much of a sentence's variance is its chunk's: the similarity of neighbours."""
    adjacent = vectors.adjacent()
    return float(np.clip(adjacent.mean() if len(adjacent) else 0.0, LEAST_SHARE, MOST_SHARE))


def _runs(pairs: Floats) -> Floats:
    """Sums over pairs within a run: of all columns from i on and all rows up to j."""
    return pairs[:, ::-1].cumsum(axis=1)[:, ::-1].cumsum(axis=0)
