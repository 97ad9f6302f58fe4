"""The method of going sentence by sentence: a border where the next one is too unlike the chunk so
far.

It is that of a script which many copy, with its faults put right. There the chunk's vector became
(vector + sentence) / 2 at each step, so that the last two sentences weighed three quarters; here it
is the sum over all its sentences, each weighted by the root of its size. There the text behind the
last full stop and every mark after the first of a run were lost, English marks were none, closing
quotes went to the next sentence, and a sentence over the limit stayed whole; here units come from
the same splitter as in all methods. There the whole chunk was tokenised again at each step; here
sizes are differences of running sums.
"""

import numpy as np
from numpy.typing import NDArray

from studio.chunking.encoders.base import Vectors
from studio.chunking.methods.segmentation import Cuts, Limits, earliest

BLOCK = 256
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def greedy_cuts(
    vectors: Vectors, sums: Integers, barred: NDArray[np.bool_], limits: Limits, threshold: float
) -> Cuts:
    """Begin a chunk where the cosine to the chunk so far is not over `threshold`, or where the
    chunk is full.

    sums: running sizes, one more than units; barred: units that begin no chunk unless the limit
    forces it.
    A chunk under `limits.least` takes the next sentence whatever it says, if it fits.
    """
    low, sizes = earliest(sums, limits.most), sums.tolist()
    weights = np.sqrt(np.maximum(np.diff(sums), 1).astype(np.float64))
    firsts, squares = [0], 0.0  # squares: of the length of the chunk's sum
    for begin in range(0, len(low), BLOCK):
        end, first = min(begin + BLOCK, len(low)), int(low[begin])
        block = (
            vectors.gram(slice(begin, end), slice(first, end))
            * weights[None, first:end]
            * weights[begin:end, None]
        )
        for unit in range(begin, end):
            row = block[unit - begin]
            itself = float(row[unit - first])
            if unit and low[unit] > firsts[-1]:
                firsts.append(_back(firsts[-1], unit, sizes, barred, limits))
                squares = _square(vectors, weights, firsts[-1], unit)
            shared = float(row[firsts[-1] - first : unit - first].sum())
            unlike = squares > 0 and itself > 0 and shared <= threshold * np.sqrt(squares * itself)
            if (
                unit > firsts[-1]
                and unlike
                and not barred[unit]
                and sizes[unit] - sizes[firsts[-1]] >= limits.least
            ):
                firsts.append(unit)
                squares, shared = 0.0, 0.0
            squares += 2 * shared + itself
    return Cuts(_longer_tail(firsts, sizes, barred, limits), firsts[-2] if len(firsts) > 1 else 0)


def _back(
    first: int, unit: int, sizes: list[int], barred: NDArray[np.bool_], limits: Limits
) -> int:
    """Where the chunk after a full one begins: at `unit`, or before, so that no heading is left
    behind.
    """
    place = unit
    while place > first + 1 and barred[place] and sizes[unit + 1] - sizes[place - 1] <= limits.most:
        place -= 1
    return unit if barred[place] else place


def _square(vectors: Vectors, weights: Floats, first: int, end: int) -> float:
    """Squared length of the weighted sum of units first … end − 1."""
    gram = vectors.gram(slice(first, end), slice(first, end))
    return float(weights[first:end] @ gram @ weights[first:end])


def _longer_tail(
    firsts: list[int], sizes: list[int], barred: NDArray[np.bool_], limits: Limits
) -> list[int]:
    """The last chunk joined to the one before, or given some of it, where it has less than the
    least size.
    """
    if len(firsts) < 2 or sizes[-1] - sizes[firsts[-1]] >= limits.least:
        return firsts
    if sizes[-1] - sizes[firsts[-2]] <= limits.most:
        return firsts[:-1]
    for unit in range(firsts[-1] - 1, firsts[-2], -1):
        if sizes[-1] - sizes[unit] >= limits.least:
            fits = (
                sizes[-1] - sizes[unit] <= limits.most
                and sizes[unit] - sizes[firsts[-2]] >= limits.least
            )
            return [*firsts[:-1], unit] if fits and not barred[unit] else firsts
    return firsts
