"""Figures of a chunk set: sizes, histogram, coverage, cuts inside sentences. Light: the window reads them too."""

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

from studio.store import Store, loads

BINS = 24
Bin = tuple[int, int, int]


def histogram(tokens: Sequence[int], bins: int = BINS) -> list[Bin]:
    """(low, high, count) of at most `bins` equally wide ranges, both ends inclusive; [] without chunks."""
    if not tokens:
        return []
    low, high = min(tokens), max(tokens)
    width = max(1, -(-(high - low + 1) // max(1, bins)))
    counts = [0] * ((high - low) // width + 1)
    for count in tokens:
        counts[(count - low) // width] += 1
    return [(low + i * width, low + (i + 1) * width - 1, n) for i, n in enumerate(counts)]


def covered(spans: Iterable[tuple[int, int]]) -> int:
    """Characters that lie in at least one of the spans, given in the order of their ends."""
    total = reached = 0
    for start, end in spans:
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total


def of_set(store: Store, set_id: str) -> dict[str, Any]:
    """Figures of a set: documents, chunks, tokens_median, tokens_max, coverage (0 … 1), mid_sentence_share, histogram."""
    tokens = [row["tokens"] for row in store.all("SELECT tokens FROM chunks WHERE set_id = ?", (set_id,))]
    notes = [loads(row["note"]) for row in store.all("SELECT note FROM units WHERE set_id = ?", (set_id,))]
    chars = sum(note["chars"] for note in notes)
    return {
        "documents": notes,
        "chunks": len(tokens),
        "tokens_median": int(median(tokens)) if tokens else 0,
        "tokens_max": max(tokens, default=0),
        "coverage": sum(note["covered"] for note in notes) / chars if chars else 0.0,
        "mid_sentence_share": sum(note["mid_sentence"] for note in notes) / len(tokens) if tokens else 0.0,
        "histogram": histogram(tokens),
    }
