"""Where to cut: all borders of a section chosen at once by dynamic programming over the evidence of
every chunk.

A border costs `PENALTY` nats and the chunk's length what it costs under the lengths that the text
itself
shows: a gamma distribution, fitted to the chunks found, which are then chosen again (expectation
and maximisation with the best partition in place of the mean). The finer–coarser slider moves the
penalty of the last choice only, so that finer never means fewer. The search is exact (Fisher 1958;
Jackson et al. 2005).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from studio.chunking.methods.counting_on import JUMP_COST, Jumps
from studio.chunking.methods.evidence import Block, Evidence

PENALTY, SLOPE, ENDS = 1.5, 6.0, 1e3
SHORT_COST = 1e6
ROUNDS = 3
# Before the text has spoken: chunks of about ten sentences; the shape weighs as much as six chunks.
MEAN_LENGTH, SHAPE, SHAPE_WEIGHT, MOST_SHAPE = 10.0, 4.0, 6.0, 16.0
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Limits:
    """Sizes in the units of the running sums: no chunk over `most`, none under `least` if it can be
    helped.
    """

    least: int
    most: int


@dataclass(frozen=True)
class Cuts:
    """`firsts`: the units that begin a chunk.

    `settled`: the unit up to which no later text can change them.
    """

    firsts: list[int]
    settled: int


def penalty(granularity: float) -> float:
    """Nats a border must gain: PENALTY at 0.5; at 0 none is worth it, at 1 every one is."""
    if not 0 < granularity < 1:
        return ENDS if granularity <= 0 else -ENDS
    return PENALTY - SLOPE * math.log(granularity / (1 - granularity))


def earliest(sums: Integers, most: int) -> Integers:
    """For each unit, the earliest unit at which a chunk that ends with it may begin."""
    found = np.searchsorted(sums, sums[1:] - most, side="left")
    return np.minimum(found, np.arange(len(sums) - 1))


def best_cuts(
    evidence: Evidence,
    sums: Integers,
    costs: Floats,
    limits: Limits,
    granularity: float,
    apart: Jumps | None = None,
) -> Cuts:
    """The best partition of a section's units.

    sums: running sizes, one more than units; costs: nats that it costs to begin a chunk at each
    unit; apart: between which units a border is sure.
    """
    blocks = [_losses(block, sums, costs, limits, apart) for block in evidence.blocks()]
    window = int((np.arange(len(costs)) - evidence.low).max()) + 1
    mean, shape = MEAN_LENGTH, SHAPE
    for _ in range(ROUNDS - 1):
        came = _search(blocks, evidence.low, PENALTY - _log_lengths(mean, shape, window))
        mean, shape = _fitted(np.diff([*_walk(came), len(costs)]))
    came = _search(blocks, evidence.low, penalty(granularity) - _log_lengths(mean, shape, window))
    return Cuts(_walk(came), _settled(came, int(evidence.low[-1])))


def _losses(
    block: Block, sums: Integers, costs: Floats, limits: Limits, apart: Jumps | None
) -> Block:
    """What each chunk costs before its length is looked at."""
    rows, columns = block.values.shape
    begins = np.arange(block.first, block.first + columns)
    ends = np.arange(block.begin + 1, block.begin + 1 + rows)
    short = sums[ends][:, None] - sums[begins][None, :] < limits.least
    values = costs[begins][None, :] - block.values + SHORT_COST * short
    if apart is not None and len(apart.before):
        values += JUMP_COST * apart.within(ends, begins)
    return Block(block.begin, block.first, values)


def _log_lengths(mean: float, shape: float, window: int) -> Floats:
    """Log density of a gamma distribution at lengths window, …, 2, 1."""
    length = np.arange(window, 0, -1.0)
    found: Floats = (
        shape * math.log(shape / mean)
        + (shape - 1) * np.log(length)
        - shape / mean * length
        - gammaln(shape)
    )
    return found


def _fitted(lengths: Integers) -> tuple[float, float]:
    """(mean, shape) of the chunks' lengths in units; few of them leave the shape near what it
    was.
    """
    mean = float(lengths.mean())
    spread = (float(((lengths - mean) ** 2).sum()) + SHAPE_WEIGHT * mean * mean / SHAPE) / (
        len(lengths) + SHAPE_WEIGHT
    )
    return mean, min(mean * mean / spread, MOST_SHAPE)


def _search(blocks: list[Block], low: Integers, lengths: Floats) -> list[int]:
    """For each end, from 0 to the number of units, where the last chunk of the best partition up to
    it begins.
    """
    units = len(low)
    best, came, lows, window = np.zeros(units + 1), [0] * (units + 1), low.tolist(), len(lengths)
    for block in blocks:
        values, first, begin = block.values, block.first, block.begin
        for row in range(len(values)):
            end, start = begin + row + 1, lows[begin + row]
            total = values[row, start - first : end - first] + best[start:end]
            total += lengths[window - (end - start) :]
            chosen = int(total.argmin())
            best[end], came[end] = total[chosen], start + chosen
    return came


def _walk(came: list[int]) -> list[int]:
    found, place = [], len(came) - 1
    while place > 0:
        place = came[place]
        found.append(place)
    return found[::-1]


def _settled(came: list[int], first_end: int) -> int:
    """The last unit at which all best partitions meet that end from `first_end` on, where more text
    may join.
    """
    ends = set(range(first_end, len(came)))
    while len(ends) > 1:
        last = max(ends)
        ends.remove(last)
        ends.add(came[last])
    return ends.pop()
