"""What the numbers of articles tell where they do not count on: 第三条 behind 第四十七条 is of
another law, or of another part that counts from one again; 第十二条 behind 第十一条 is of the same.

Somewhere between two articles whose numbers do not count on there is a border: a chunk with both
begins costs `JUMP_COST`. Where such jumps make about as many borders as a text of that length has,
they account for them: another border between the first and the last number costs as many nats more
as there are fewer left for it. A statute, whose numbers count on from end to end, is cut as if
nothing were known of numbers; so is a text without any.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from studio.chunking.atoms import Units
from studio.chunking.methods.articles import marks

JUMP_COST = 12.0  # nats: as plain as a heading
MOST_SKIPPED = 3  # articles that were repealed, or left out
MOST_ACCOUNTED = 0.95  # of the borders, at most so many by the jumps
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Jumps:
    """The pairs of atoms that begin neighbouring articles whose numbers do not count on, in order;
    costs: nats that a border at each atom costs more.
    """

    before: Integers
    after: Integers
    costs: Floats

    def within(self, ends: Integers, begins: Integers) -> Integers:
        """(ends, begins): how many of the pairs lie whole in the atoms begin … end − 1."""
        ended = np.searchsorted(self.after, ends, side="left")
        begun = np.searchsorted(self.before, begins, side="left")
        found: Integers = np.maximum(ended[:, None] - begun[None, :], 0)
        return found


def jumps(units: Units, begun: list[int], usual_length: float) -> Jumps:
    """begun: the units that begin an atom, as each heading does; usual_length: of a chunk, in
    atoms.
    """
    atom = {unit: number for number, unit in enumerate(begun)}
    known = [
        (atom[unit], number, kind) for unit, number, kind in marks(units) if number is not None
    ]
    found = [
        (before, after)
        for (before, number, kind), (after, next_number, next_kind) in pairwise(known)
        if kind == next_kind and not 0 <= next_number - number <= 1 + MOST_SKIPPED
    ]
    costs = np.zeros(len(begun))
    if found:
        first, last = known[0][0], known[-1][0]
        accounted = min(len(found) * usual_length / (last - first), MOST_ACCOUNTED)
        costs[first + 1 : last + 1] = -np.log(1 - accounted)
    pairs = np.array(found, dtype=np.int64).reshape(-1, 2)
    return Jumps(pairs[:, 0], pairs[:, 1], costs)
