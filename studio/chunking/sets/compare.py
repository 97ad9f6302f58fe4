"""Two chunk sets of the same documents: where their borders agree, and their text side by side.

Light: for the window.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Any

from studio.store import chunks as kept
from studio.store.chunks import Border
from studio.workspace import Workspace

PROBES = 20_000


@dataclass(frozen=True)
class Agreement:
    """Borders that both sets have, those of each, and Pk of the second against the first (0:
    alike).
    """

    both: int
    first: int
    second: int
    pk: float


def agreement(workspace: Workspace, first: str, second: str) -> Agreement:
    """How far two sets agree on the documents that both cut.

    pk: the share of places k characters apart that one set parts and the other does not, k half the
    first's mean chunk (Beeferman, Berger & Lafferty 1999), at up to 20,000 even places; 0.0 where
    there is no text.
    """
    cuts = _cuts(workspace, first), _cuts(workspace, second)
    shared = sorted(cuts[0].keys() & cuts[1].keys())
    a = [cuts[0][document] for document in shared]
    b = [cuts[1][document] for document in shared]
    both = sum(len(set(x[:-1]) & set(y[:-1])) for x, y in zip(a, b, strict=True))
    length = sum(x[-1] for x in a)
    k = max(1, length // max(1, 2 * sum(map(len, a))))
    wrong = probed = 0
    for x, y in zip(a, b, strict=True):
        step = max(1, length // PROBES)
        for place in range(0, max(0, min(x[-1], y[-1]) - k), step):
            probed += 1
            wrong += _parted(x, place, k) != _parted(y, place, k)
    return Agreement(
        both,
        sum(len(x) - 1 for x in a),
        sum(len(y) - 1 for y in b),
        wrong / probed if probed else 0.0,
    )


def _cuts(workspace: Workspace, set_id: str) -> dict[str, list[int]]:
    """Document → where its chunks end; the last is the end of what is cut."""
    found: dict[str, list[int]] = {}
    for border in kept.borders(workspace.store, set_id):
        found.setdefault(border.document, []).append(border.end)
    return found


def _parted(cuts: list[int], place: int, k: int) -> bool:
    return bisect_right(cuts, place) != bisect_right(cuts, place + k)


def stretches(
    workspace: Workspace, other: str, chunks: list[tuple[str, int, int, int, str]]
) -> list[dict[str, Any]]:
    """The text of some chunks, parted wherever either set has a border.

    chunks: (document, place of its border, number from 1, tokens, text from its border on). Each
    stretch has text, `a` and `b`: {n, tokens} where that set begins a chunk there, else None;
    even_a, even_b for the tint.
    """
    made: list[dict[str, Any]] = []
    numbers: dict[str, tuple[list[int], list[Border]]] = {}
    for document, place, number, tokens, text in chunks:
        if document not in numbers:
            found = kept.borders(workspace.store, other, document)
            numbers[document] = [border.end for border in found], found
        ends, borders = numbers[document]
        inner = ends[bisect_right(ends, place) : bisect_left(ends, place + len(text))]
        for begin, end in zip([place, *inner], [*inner, place + len(text)], strict=True):
            border = borders[min(bisect_right(ends, begin), len(ends) - 1)] if borders else None
            begins = begin == 0 or ends[bisect_left(ends, begin) : bisect_right(ends, begin)] == [
                begin
            ]
            made.append(
                {
                    "text": text[begin - place : end - place],
                    "even_a": number % 2 == 0,
                    "even_b": bool(border and border.ordinal % 2),
                    "a": {"n": number, "tokens": tokens} if begin == place else None,
                    "b": {"n": border.ordinal + 1, "tokens": border.tokens}
                    if border and begins
                    else None,
                }
            )
    return made
