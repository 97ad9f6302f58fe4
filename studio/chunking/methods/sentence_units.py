"""Sentences as units, those over the limit in pieces, each with the heading that begins there."""

from collections.abc import Sequence

import numpy as np

from studio.chunking.atoms import Units
from studio.chunking.methods.clauses import pieces
from studio.chunking.tokens.counting import Tokens
from studio.text import headings
from studio.text.headings import Heading


def sentence_units(
    text: str,
    borders: list[int],
    tokens: Tokens,
    limit: int,
    found: Sequence[Heading | None] | None = None,
) -> Units:
    """The sentences text[borders[i]:borders[i + 1]]; none is over `limit`, in the units of
    `tokens.sums`.

    found: the headings at the sentences' begins, if they are known from a longer text.
    """
    if found is None:
        found = headings.at_places(text, borders[:-1])
    long = np.flatnonzero(np.diff(tokens.sums[borders]) > limit).tolist()
    places, within, above, done = [], [], [], 0
    for number in [*long, len(borders) - 1]:
        places += borders[done:number]
        within += [False] * (number - done)
        above += found[done:number]
        if number < len(borders) - 1:
            start, end = borders[number], borders[number + 1]
            inner = pieces(text, start, end, tokens, limit)
            places += [start, *inner]
            within += [False, *[True] * len(inner)]
            above += [found[number], *[None] * len(inner)]
        done = number + 1
    return Units([*places, borders[-1]], within, above)
