"""Figures of a chunk set: sizes, histogram, coverage, cuts inside sentences, cohesion.

Light: the window reads them too.
"""

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

from studio.store import Store, chunks, units

BINS = 24
Bin = tuple[int, int, int]
# What a document's note keeps for the job alone.
INNER = ("above", "borders", "alike")


def histogram(tokens: Sequence[int], bins: int = BINS) -> list[Bin]:
    """(low, high, count) of at most `bins` equally wide ranges, both ends inclusive; [] without
    chunks.
    """
    if not tokens:
        return []
    low, high = min(tokens), max(tokens)
    width = max(1, -(-(high - low + 1) // max(1, bins)))
    counts = [0] * ((high - low) // width + 1)
    for count in tokens:
        counts[(count - low) // width] += 1
    return [(low + i * width, low + (i + 1) * width - 1, n) for i, n in enumerate(counts)]


def covered(spans: Iterable[tuple[int, int]], reached: int = 0) -> int:
    """Characters from `reached` on that lie in at least one of the spans, given in the order of
    their ends.
    """
    total = 0
    for start, end in spans:
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total


def sizes(store: Store, set_id: str) -> dict[str, Any]:
    """What the chunks as they are now have: chunks, tokens_median, tokens_max, histogram."""
    tokens = chunks.tokens(store, set_id)
    return {
        "chunks": len(tokens),
        "tokens_median": int(median(tokens)) if tokens else 0,
        "tokens_max": max(tokens, default=0),
        "histogram": histogram(tokens),
    }


def of_set(store: Store, set_id: str) -> dict[str, Any]:
    """Figures of a set that was just made: those of `sizes`, documents, coverage,
    mid_sentence_share (0 … 1), cohesion.

    coverage: share of the documents' characters that lie in a chunk. mid_sentence_share: share of
    the chunks that begin inside a sentence. cohesion: mean cosine of a chunk's sentences to the sum
    of their vectors (`Cut`).
    """
    notes: list[dict[str, Any]] = [unit.data for unit in units.of_set(store, set_id)]
    found = sizes(store, set_id)
    chars, sentences = (sum(note.get(key, 0) for note in notes) for key in ("chars", "sentences"))
    return found | {
        "documents": [
            {key: value for key, value in note.items() if key not in INNER} for note in notes
        ],
        "coverage": sum(note["covered"] for note in notes) / chars if chars else 0.0,
        "mid_sentence_share": sum(note["mid_sentence"] for note in notes) / found["chunks"]
        if found["chunks"]
        else 0.0,
        "cohesion": sum(note.get("alike", 0) for note in notes) / sentences if sentences else 0.0,
    }
