"""Where to cut: all borders of a section chosen at once by dynamic programming.

A chunk of sentences i…j with unit vectors e and weights w has the within-chunk scatter
Σ w|e|² − |Σ w e|² / Σ w, so that the least scatter is the largest sum of |Σ w e|² / Σ w. Scatter falls
with every cut, also in a text of one subject, by about the noise of one sentence; that part,
(1 − s̄) Σ w² / Σ w with s̄ the mean similarity of neighbours, is taken off. What is left of a cut's gain
has mean 0 and deviation √2 σ in a text of one subject (σ: deviation of the similarity of neighbours),
whatever the encoder; a cut must gain z √2 σ, where z comes from the similarity threshold.
Minimising over all partitions of bounded size takes O(n · window) (Fisher 1958; Jackson et al. 2005).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.chunking.encoders import Vectors

BLOCK = 256
MIDDLE_Z, SLOPE = 2.2, 2.0
LEAST_DEVIATION = 0.01
SHORT_COST = 1e6
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Limits:
    """Sizes in the units of the running sums: no chunk over `most`, none under `least` if it can be helped."""

    least: int
    most: int


@dataclass(frozen=True)
class Starts:
    """What it costs to begin a chunk at each unit: `soft` in deviations, `hard` for what is done only if forced."""

    soft: Floats
    hard: Floats


def threshold_z(threshold: float) -> float:
    """How many deviations a cut must gain: z = 2.2 − 2 ln(t / (1 − t)), 2.2 at t = 0.5; near 1 every cut is welcome."""
    t = min(max(threshold, 1e-4), 1 - 1e-4)
    return MIDDLE_Z - SLOPE * math.log(t / (1 - t))


def semantic_cuts(vectors: Vectors, sums: NDArray[np.int64], starts: Starts, limits: Limits, threshold: float) -> list[int]:
    """The units that begin a chunk, from unit 0 on; `sums` are the running sizes, one more than units."""
    adjacent = vectors.adjacent()
    mean, deviation = (float(adjacent.mean()), float(adjacent.std())) if len(adjacent) else (0.0, 0.0)
    cost = (threshold_z(threshold) + starts.soft) * math.sqrt(2) * max(deviation, LEAST_DEVIATION) + starts.hard
    low = _earliest(sums, limits.most)
    weights = np.sqrt(np.maximum(np.diff(sums), 1).astype(np.float64))
    weights /= weights.mean()
    weight_sums = np.concatenate([[0.0], np.cumsum(weights)])
    units = len(weights)
    best, own = np.zeros(units + 1), np.zeros(units + 1)  # own: running Σ w²|e|²
    came = np.zeros(units + 1, dtype=np.int64)
    square = np.zeros(units)  # |Σ w e|² of the chunk from each unit to the one at hand
    for unit, similar in _columns(vectors, low):
        first, end = low[unit], unit + 1
        below = weights[first:unit] * similar[:-1]
        square[first:unit] += 2 * weights[unit] * below[::-1].cumsum()[::-1]
        itself = weights[unit] ** 2 * similar[-1]
        square[first:end] += itself
        own[end] = own[unit] + itself
        gain = (square[first:end] - (1 - mean) * (own[end] - own[first:end])) / (weight_sums[end] - weight_sums[first:end])
        total = best[first:end] + cost[first:end] - gain
        # Sizes fall from left to right, so those under the least are the last ones.
        total[np.searchsorted(sums[first:end], sums[end] - limits.least, side="right") :] += SHORT_COST
        chosen = int(total.argmin())
        best[end], came[end] = total[chosen], first + chosen
    return _walk(came)


def full_cuts(sums: NDArray[np.int64], starts: Starts, limits: Limits) -> list[int]:
    """The units that begin a chunk when each chunk takes as many whole units as fit."""
    found, unit, units = [], 0, len(sums) - 1
    while unit < units:
        found.append(unit)
        unit = int(np.searchsorted(sums, sums[unit] + limits.most, side="right")) - 1
        # A heading is not left behind at a chunk's end, nor the beginning of a sentence that goes on.
        back = unit
        while unit < units and back > found[-1] and starts.hard[back]:
            back -= 1
        unit = back if back > found[-1] else unit
    return _longer_tail(found, sums, starts, limits)


def _longer_tail(found: list[int], sums: NDArray[np.int64], starts: Starts, limits: Limits) -> list[int]:
    """The cuts with the last one moved forward in the text until the last chunk has the least size, if that can be."""
    if len(found) < 2 or sums[-1] - sums[found[-1]] >= limits.least:
        return found
    unit = int(np.searchsorted(sums, sums[-1] - limits.least, side="right")) - 1
    while unit > found[-2] and starts.hard[unit]:
        unit -= 1
    fits = unit > found[-2] and sums[-1] - sums[unit] <= limits.most and sums[unit] - sums[found[-2]] >= limits.least
    return [*found[:-1], unit] if fits else found


def _earliest(sums: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """For each unit, the earliest unit at which a chunk that ends with it may begin."""
    found = np.searchsorted(sums, sums[1:] - most, side="left")
    return np.minimum(found, np.arange(len(sums) - 1))


def _columns(vectors: Vectors, low: NDArray[np.int64]) -> Iterator[tuple[int, Floats]]:
    """(unit, its similarity to each unit from low[unit] up to itself), computed a block at a time."""
    units = len(low)
    for begin in range(0, units, BLOCK):
        end, first = min(begin + BLOCK, units), int(low[begin])
        block = vectors.gram(slice(first, end), slice(begin, end))
        for unit in range(begin, end):
            yield unit, block[low[unit] - first : unit + 1 - first, unit - begin]


def _walk(came: NDArray[np.int64]) -> list[int]:
    found, place = [], len(came) - 1
    while place > 0:
        place = int(came[place])
        found.append(place)
    return found[::-1]
