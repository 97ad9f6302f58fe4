"""The methods that look at what sentences say: from a section's units to the units that begin a
chunk.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from studio.chunking.atoms import Units
from studio.chunking.encoders import lexical
from studio.chunking.encoders.base import Encoder, Vectors
from studio.chunking.methods.articles import in_short
from studio.chunking.methods.counting_on import jumps
from studio.chunking.methods.evidence import Evidence
from studio.chunking.methods.greedy import greedy_cuts
from studio.chunking.methods.segmentation import MEAN_LENGTH, Cuts, Limits, best_cuts, earliest
from studio.chunking.methods.strengths import ends_blank
from studio.chunking.methods.turning_points import carried, features, gains
from studio.chunking.spec import ChunkSpec
from studio.chunking.tokens.counting import Tokens
from studio.text.punctuation import NEWLINES
from studio.text.wrapping import wrap_width

# Tokens: the least of an atom, about two words. A chunk has room for at most about twice
# ATOMS_A_CHUNK atoms, so that the work for each is bounded: over 4,096 tokens the least grows.
LEAST_ATOM, ATOMS_A_CHUNK = 4, 1024
# Nats: a heading draws a border to itself. An article's number does not: it only tells where none
# may be (`articles`).
HEADING_GAIN = 12.0
# Of the borders that do not fall between paragraphs by chance, the share that does so.
BETWEEN_PARAGRAPHS = 0.95
# More than all that speaks for a border, and in steps that no number of the next outweighs: nothing
# begins inside a sentence, a speech or an article, nor behind a heading, if it can be helped.
MID_SENTENCE_COST, SPOKEN_COST, AFTER_HEADING_COST, ARTICLE_COST = 1e10, 1e9, 1e8, 1e7
MID_PARAGRAPH = 3  # of a speech longer than a chunk: two borders between its paragraphs instead
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


@dataclass(frozen=True)
class Seen:
    """A section's atoms: the units `begun` begin them, at `places`, one more than atoms; `sums`:
    running sizes there; costs: nats that it costs to begin a chunk at each.
    """

    begun: list[int]
    places: list[int]
    sums: Integers
    costs: Floats


def seen(text: str, units: Units, tokens: Tokens, spec: ChunkSpec) -> Seen:
    """The atoms of a section, before anything is known of what they say."""
    most = tokens.units(spec.max_tokens - spec.overlap)
    least = max(float(min(tokens.units(LEAST_ATOM), most)), most / ATOMS_A_CHUNK)
    begun = atoms(units, tokens.sums[units.places], least, most)
    places = [units.places[unit] for unit in [*begun, len(units)]]
    costs = _costs(text, units, begun, in_short(units, tokens.sums[units.places], most))
    return Seen(begun, places, tokens.sums[places], costs)


def turn_features(text: str, places: list[int], vectors: Vectors | None) -> dict[str, Floats]:
    """What `turning_points` looks at, of each atom; vectors: a sentence model's."""
    kinds = lexical.kinds(text, places) | {"subject": lexical.encode(text, places)}
    return features(kinds, centred(vectors) if vectors is not None else None)


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
    atom = seen(text, units, tokens, spec)
    begun, places, sums, costs = atom.begun, atom.places, atom.sums, atom.costs
    vectors = encoder(text, places, told)
    if spec.method == "greedy":
        found = greedy_cuts(vectors, sums, costs >= ARTICLE_COST, limits, spec.similarity_threshold)
    else:
        by_words, model = vectors, None
        if not sparse.issparse(vectors.rows):
            by_words, model = Vectors(lexical.encode(text, places)), centred(vectors)
        views = [by_words] if model is None else [model, by_words]
        kinds = lexical.kinds(text, places) | {"subject": by_words.rows}
        apart = jumps(units, begun, MEAN_LENGTH)
        costs = costs + apart.costs + carried(kinds["names"])
        costs -= gains(features(kinds, model), model is not None)
        evidence = Evidence(views, lexical.words(text, places), np.diff(sums), earliest(sums, most))
        found = best_cuts(evidence, sums, costs, limits, spec.granularity, apart)
    by_unit = [*begun, len(units)]
    return Cuts([begun[atom] for atom in found.firsts], by_unit[found.settled]), places, vectors


def centred(vectors: Vectors) -> Vectors:
    """Dense vectors without what all sentences of the section share, brought to length 1 again."""
    rows = vectors.rows - vectors.rows.mean(axis=0)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return Vectors(np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 1e-6))


def _costs(text: str, units: Units, begun: list[int], barred: list[bool]) -> Floats:
    """What it costs to begin a chunk at each atom, in nats; less than nothing where a border is
    welcome. barred: the units inside an article that a chunk can hold.

    A paragraph's begin is as much more likely a border as such begins are rare in the section: the
    log of the one share by the other.
    """
    found, line = np.zeros(len(begun)), np.zeros(len(begun))
    wrapped = wrap_width(text) > 0
    for atom, unit in enumerate(begun):
        place, before = units.places[unit], units.headings[unit - 1] if unit else None
        line[atom] = (
            place == 0
            or text[place - 1] in NEWLINES
            and (not wrapped or text[place].isspace() or ends_blank(text, place))
        )
        if units.within[unit]:
            found[atom] = MID_SENTENCE_COST
        elif before is not None and before.own_line:
            found[atom] = AFTER_HEADING_COST
        elif units.spoken[unit] and units.headings[unit] is None:
            found[atom] = SPOKEN_COST * (1 if line[atom] else MID_PARAGRAPH)
        elif barred[unit]:
            found[atom] = ARTICLE_COST
        elif (heading := units.headings[unit]) is not None and heading.own_line:
            found[atom] = -HEADING_GAIN
    usual = float(line.mean())
    if 0 < usual < 1:
        likely = usual + (1 - usual) * BETWEEN_PARAGRAPHS
        found -= np.where(line > 0, np.log(likely / usual), np.log(1 - BETWEEN_PARAGRAPHS))
    return found


def chunk_of(places: list[int], starts: list[int]) -> Integers:
    """Of parts that begin at `places` the chunk, by where the chunks begin."""
    return np.array([bisect_right(starts, place) - 1 for place in places], dtype=np.int64)
