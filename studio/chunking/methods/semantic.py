"""The methods that look at what sentences say: from a section's units to the units that begin a
chunk.
"""

from bisect import bisect_right
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from studio.chunking.atoms import Units
from studio.chunking.encoders import lexical
from studio.chunking.encoders.base import Encoder, Vectors
from studio.chunking.methods.evidence import Evidence
from studio.chunking.methods.greedy import greedy_cuts
from studio.chunking.methods.segmentation import Cuts, Limits, best_cuts, earliest
from studio.chunking.spec import ChunkSpec
from studio.chunking.tokens.counting import Tokens
from studio.text.punctuation import NEWLINES

# A chunk has room for at most about twice as many atoms, so that the work for each is bounded.
ATOMS_A_CHUNK = 128
# Nats. A heading draws a border to itself, an article's number a little; a line's end does, as far
# as such ends are rare in the section.
HEADING_GAIN, NUMBER_GAIN, LINE_GAIN = 12.0, 2.0, 1.0
MID_SENTENCE_COST, AFTER_HEADING_COST = 1e4, 1e3
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def atoms(units: Units, sums: Integers, least: float, most: int) -> list[int]:
    """The units that begin an atom, the parts that are never cut: units, tiny ones joined to their
    neighbours.

    An atom is over `least` or as large as it can be without passing `most`; none runs into a
    heading.
    """
    found, sizes = [0], sums.tolist()
    for unit in range(1, len(units)):
        begun = sizes[found[-1]]
        full = sizes[unit] - begun >= least or sizes[unit + 1] - begun > most
        if full or units.headings[unit] or units.headings[unit - 1]:
            found.append(unit)
    return found


def cuts(
    text: str,
    units: Units,
    tokens: Tokens,
    spec: ChunkSpec,
    encoder: Encoder,
    told: Callable[[float], None],
) -> tuple[Cuts, list[int], Vectors]:
    """(where the chunks of `text` begin, by unit; the atoms' places, one more than atoms; the
    atoms' vectors).

    method semantic or greedy. Raises ModelError or LlmFault where the encoder cannot work.
    """
    most = tokens.units(spec.max_tokens - spec.overlap)
    limits = Limits(min(tokens.units(spec.min_tokens), most), most)
    begun = atoms(units, tokens.sums[units.places], most / ATOMS_A_CHUNK, most)
    places = [units.places[unit] for unit in [*begun, len(units)]]
    vectors = encoder(text, places, told)
    sums = tokens.sums[places]
    costs = _costs(text, units, begun)
    if spec.method == "greedy":
        found = greedy_cuts(
            vectors, sums, costs >= AFTER_HEADING_COST, limits, spec.similarity_threshold
        )
    else:
        evidence = Evidence(
            vectors, lexical.words(text, places), np.diff(sums), earliest(sums, most)
        )
        found = best_cuts(evidence, sums, costs, limits, spec.granularity)
    by_unit = [*begun, len(units)]
    return Cuts([begun[atom] for atom in found.firsts], by_unit[found.settled]), places, vectors


def _costs(text: str, units: Units, begun: list[int]) -> Floats:
    """What it costs to begin a chunk at each atom, in nats; less than nothing where a border is
    welcome.

    What line ends gain in sum the other sentences' ends lose, so that the number of chunks stays.
    """
    found, line = np.zeros(len(begun)), np.zeros(len(begun))
    for atom, unit in enumerate(begun):
        place, before = units.places[unit], units.headings[unit - 1] if unit else None
        line[atom] = place == 0 or text[place - 1] in NEWLINES
        if units.within[unit]:
            found[atom] = MID_SENTENCE_COST
        elif before is not None and before.own_line:
            found[atom] = AFTER_HEADING_COST
        elif (heading := units.headings[unit]) is not None:
            found[atom] = -HEADING_GAIN if heading.own_line else -NUMBER_GAIN
    found += LINE_GAIN * (line.mean() - line)
    return found


def chunk_of(places: list[int], starts: list[int]) -> Integers:
    """Of parts that begin at `places` the chunk, by where the chunks begin."""
    return np.array([bisect_right(starts, place) - 1 for place in places], dtype=np.int64)
