"""Sentences as units, those over the limit in pieces, each with the heading that begins there."""

from studio.chunking.atoms import Units
from studio.chunking.methods.clauses import pieces
from studio.chunking.tokens.counting import Tokens
from studio.text import headings


def sentence_units(text: str, borders: list[int], tokens: Tokens, limit: int) -> Units:
    """The sentences text[borders[i]:borders[i + 1]]; none is over `limit`, in the units of
    `tokens.sums`.
    """
    found = headings.at_places(text, borders[:-1])
    places, within, above = [], [], []
    for start, end, heading in zip(borders, borders[1:], found, strict=False):
        inner = pieces(text, start, end, tokens, limit)
        places += [start, *inner]
        within += [False, *[True] * len(inner)]
        above += [heading, *[None] * len(inner)]
    return Units([*places, borders[-1]], within, above)
