"""How strongly words come back within a run of units: a count model of text, without vectors.

A chunk's words are drawn from a distribution of its own, itself drawn around that of the section
(Dirichlet, strength μ); the words' probability with the distribution integrated out is Pólya's:
Σ_w ln Γ(n_w + a_w) / Γ(a_w) − ln Γ(N + μ) / Γ(μ), a_w = μ p_w (compare Utiyama & Isahara 2001,
Eisenstein & Barzilay 2008). The first sum grows, with each word at a unit, by ln (c + a_w) / a_w
for its c earlier units in the chunk: so it is a sum over pairs of units, the pair with r − 1 others
between giving ln (r + a_w) / (r − 1 + a_w). A word counts once a unit.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import gammaln

STRENGTH = 900.0
# Of a_w, so that a long section, in which every subject's share is small, weighs words as a short
# text does.
LEAST_PRIOR = 0.5
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Recurrence:
    """The log probability of the words of any run of units, up to what all partitions share."""

    def __init__(self, words: sparse.csr_matrix, low: Integers) -> None:
        """words: (units, columns) of ones; low: the earliest unit that can be in one chunk with
        each unit.
        """
        self.pairs = _pairs(words, low)
        self.totals = np.concatenate([[0], np.cumsum(np.diff(words.indptr))])
        count = np.arange(int(self.totals[-1]) + 1)
        self.norm = gammaln(count + STRENGTH) - gammaln(STRENGTH) - count * np.log(STRENGTH)

    def block(self, units: slice, earlier: slice) -> Floats:
        """(units, earlier): what the words of each unit gain from each earlier one."""
        found: Floats = self.pairs[units, earlier].toarray()
        return found

    def cost(self, ends: Integers, begins: Integers) -> Floats:
        """(ends, begins): what the words of units begin … end − 1 cost before any comes back."""
        words = np.maximum(self.totals[ends][:, None] - self.totals[begins][None, :], 0)
        found: Floats = self.norm[words]
        return found


def _pairs(words: sparse.csr_matrix, low: Integers) -> sparse.csr_matrix:
    """(units, units): at [j, i] what the words of j gain from their earlier stand in i, for i from
    low[j] to j − 1.
    """
    units = words.shape[0]
    by_word = words.tocsc()
    held = np.diff(by_word.indptr)
    prior = np.maximum(STRENGTH * held / max(1, words.nnz), LEAST_PRIOR)
    word = np.repeat(np.arange(words.shape[1]), held)
    unit = by_word.indices.astype(np.int64)
    later = np.arange(len(unit))
    found: list[tuple[Integers, Integers, Floats]] = []
    rank = 0
    while len(later):
        rank += 1
        later = later[later >= rank]
        later = later[
            (word[later - rank] == word[later]) & (unit[later - rank] >= low[unit[later]])
        ]
        found.append(
            (unit[later], unit[later - rank], np.log1p(1 / (rank - 1 + prior[word[later]])))
        )
    if not found:
        return sparse.csr_matrix((units, units))
    rows, columns, gains = (np.concatenate(part) for part in zip(*found, strict=True))
    return sparse.csr_matrix((gains, (rows, columns)), shape=(units, units))
