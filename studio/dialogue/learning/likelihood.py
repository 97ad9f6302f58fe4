"""For `learn.py`: how likely weights make the annotated speakers, and the slope of that likelihood.

A conditional random field over pieces of a scene; all that is not annotated is summed out.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from studio.dialogue.learning.annotated import Sample
from studio.dialogue.speakers.crf import NEVER, Runs, sums
from studio.dialogue.speakers.feature_rows import ELSE, Row

if TYPE_CHECKING:
    import numpy as np

WIDE, LENGTH = 7, 48


class Problem:
    """Samples as arrays, and the penalised likelihood with its gradient."""

    def __init__(
        self, samples: Sequence[Sample], *, first: "np.ndarray", vocabulary: dict[str, int]
    ) -> None:
        self.vocabulary = vocabulary
        self.pieces = [
            (s, low, min(high, low + LENGTH))
            for s in samples
            for begin, high in _segments(s.rows)
            for low in range(begin, high, LENGTH)
        ]
        self._fill(first)

    def _fill(self, first: "np.ndarray") -> None:
        import numpy as np
        from scipy.sparse import csr_matrix

        count, length = len(self.pieces), max(b - a for _, a, b in self.pieces)
        shape = (count, length, WIDE)
        self.ids, self.pad = np.full(shape, -1), np.full(shape, NEVER)
        self.pad[:, :, 0] = 0.0
        self.known = np.zeros(shape)
        unary, step, swap = (
            Sparse(self.vocabulary),
            Sparse(self.vocabulary),
            Sparse(self.vocabulary),
        )
        for number, (sample, a, b) in enumerate(self.pieces):
            ids: dict[str, int] = {}
            for t, index in enumerate(range(a, b)):
                row, gold = sample.rows[index], sample.gold[index]
                target = gold if gold in row.names else ELSE
                kept = self._keep(row, target if gold else None, first)
                for k, choice in enumerate(kept):
                    name = row.names[choice]
                    self.ids[number, t, k] = -1 if name is ELSE else ids.setdefault(name, len(ids))
                    self.pad[number, t, k] = 0.0
                    unary.add((number * length + t) * WIDE + k, row.parts[choice])
                    if gold and name != target:
                        self.known[number, t, k] = NEVER
                if t:
                    step.add(number * length + t, row.step)
                if t > 1:
                    swap.add(number * length + t, row.swap)
        size = len(self.vocabulary)
        self.unary = unary.matrix(csr_matrix, (count * length * WIDE, size))
        self.step = step.matrix(csr_matrix, (count * length, size))
        self.swap = swap.matrix(csr_matrix, (count * length, size))
        self.shape = shape

    def _keep(self, row: Row, target: str | None, first: "np.ndarray") -> list[int]:
        """The WIDE candidates that score best by the first weights, the annotated one always among
        them.
        """

        def score(i: int) -> float:
            return float(
                sum(
                    first[self.vocabulary[f]] * v
                    for f, v in row.parts[i].items()
                    if f in self.vocabulary
                )
            )

        order = sorted(range(len(row.names)), key=lambda i: -score(i))[:WIDE]
        wanted = [i for i, name in enumerate(row.names) if name == target]
        if wanted and wanted[0] not in order:
            order[-1] = wanted[0]
        return order

    def runs(self, weights: "np.ndarray") -> Runs:
        """The batch under these weights."""
        count, length, wide = self.shape
        scores = (self.unary @ weights).reshape(self.shape) + self.pad
        return Runs(
            self.ids,
            scores,
            (self.step @ weights).reshape(count, length),
            (self.swap @ weights).reshape(count, length),
        )

    def loss(
        self, weights: "np.ndarray", penalty: float, prior: "np.ndarray"
    ) -> tuple[float, "np.ndarray"]:
        """Negative log-likelihood with the penalty for leaving the prior, and its gradient."""
        runs = self.runs(weights)
        away = weights - prior
        free = sums(runs)
        held = sums(Runs(runs.ids, runs.unary + self.known, runs.step, runs.swap))
        value = float((free.log_z - held.log_z).sum()) + penalty * float(away @ away)
        slope = (
            self.unary.T @ (free.single - held.single).ravel()
            + self.step.T @ (free.same - held.same).ravel()
            + self.swap.T @ (free.swapped - held.swapped).ravel()
            + 2 * penalty * away
        )
        return value, slope


class Sparse:
    """Collects tables of features as the rows of a sparse matrix; unknown features are dropped."""

    def __init__(self, vocabulary: dict[str, int]) -> None:
        self.vocabulary = vocabulary
        self.values: list[float] = []
        self.where: tuple[list[int], list[int]] = ([], [])

    def add(self, row: int, parts: dict[str, float]) -> None:
        """One table of features as a row."""
        for name, value in parts.items():
            if (column := self.vocabulary.get(name)) is not None:
                self.values.append(value)
                self.where[0].append(row)
                self.where[1].append(column)

    def matrix(self, make: Any, shape: tuple[int, int]) -> Any:
        """The rows as a matrix, built by `make` as scipy's `csr_matrix` builds one."""
        return make((self.values, self.where), shape=shape)


def _segments(rows: Sequence[Row]) -> list[tuple[int, int]]:
    cuts = [0, *(i for i in range(1, len(rows)) if not rows[i].step), len(rows)]
    return [(a, b) for a, b in zip(cuts, cuts[1:], strict=False) if b > a]
