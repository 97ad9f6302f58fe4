"""Which passages of a source a row's answer takes over, as evidence for who reviews it."""

import re

from studio.text.scripts import HAN

# What is compared: a Chinese character each, a word of other scripts each; marks do not count.
PIECE = re.compile(rf"[{HAN}]|[^\W_{HAN}]+(?:['’\-][^\W_{HAN}]+)*")
SHORTEST = 4  # pieces of a passage in a row; shorter ones stand in any text by chance
SHORTEST_WORDS = 3
LONGEST = 20_000  # characters that are compared


def passages(source: str, answer: str) -> list[tuple[int, int]]:
    """(start, end) in characters of the passages of `source` that stand in `answer` too, rising and
    apart from each other.

    A passage is a run of three words or four Chinese characters at least, whatever marks, blanks
    and capitals stand between. Only the first 20,000 characters of each are compared.
    """
    known = {run for length in (SHORTEST_WORDS, SHORTEST) for run in _runs(_pieces(answer), length)}
    places = _places(source)
    pieces = [piece for piece, _, _ in places]
    found: list[tuple[int, int]] = []
    for at in range(len(pieces)):
        length = SHORTEST if _chinese(pieces[at : at + SHORTEST_WORDS]) else SHORTEST_WORDS
        run = tuple(pieces[at : at + length])
        if len(run) < length or run not in known:
            continue
        start, end = places[at][1], places[at + length - 1][2]
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], end)
        elif found and at and places[at - 1][2] == found[-1][1]:
            found[-1] = (found[-1][0], end)  # the next piece of the same run
        else:
            found.append((start, end))
    return found


def _places(text: str) -> list[tuple[str, int, int]]:
    """The pieces of a text, each with its place."""
    return [(one[0].casefold(), one.start(), one.end()) for one in PIECE.finditer(text[:LONGEST])]


def _pieces(text: str) -> list[str]:
    return [piece for piece, _, _ in _places(text)]


def _runs(pieces: list[str], length: int) -> set[tuple[str, ...]]:
    """All runs of so many pieces."""
    return {tuple(pieces[at : at + length]) for at in range(len(pieces) - length + 1)}


def _chinese(pieces: list[str]) -> bool:
    """Whether one of the pieces is a Chinese character."""
    return any(len(piece) == 1 and piece > "\u2e80" for piece in pieces)
