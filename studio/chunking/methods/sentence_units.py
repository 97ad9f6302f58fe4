"""Sentences as units, those over the limit in pieces, each with the heading that begins there."""

import numpy as np

from studio.chunking.atoms import Begins, Units, begins
from studio.chunking.methods.clauses import pieces
from studio.chunking.tokens.counting import Tokens
from studio.text.headings import Heading


def sentence_units(
    text: str,
    borders: list[int],
    tokens: Tokens,
    limit: int,
    known: Begins | None = None,
) -> Units:
    """The sentences text[borders[i]:borders[i + 1]]; none is over `limit`, in the units of
    `tokens.sums`.

    known: what is known of the sentences' begins from a longer text.
    """
    known = known or begins(text, borders[:-1])
    long = np.flatnonzero(np.diff(tokens.sums[borders]) > limit).tolist()
    places: list[int] = []
    within: list[bool] = []
    above: list[Heading | None] = []
    spoken: list[bool] = []
    done = 0
    for number in [*long, len(borders) - 1]:
        places += borders[done:number]
        within += [False] * (number - done)
        above += known.headings[done:number]
        spoken += known.spoken[done:number]
        if number < len(borders) - 1:
            start, end = borders[number], borders[number + 1]
            inner = pieces(text, start, end, tokens, limit)
            places += [start, *inner]
            within += [False, *[True] * len(inner)]
            above += [known.headings[number], *[None] * len(inner)]
            spoken += [known.spoken[number], *[False] * len(inner)]
        done = number + 1
    return Units([*places, borders[-1]], within, above, spoken)
