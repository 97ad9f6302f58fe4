"""A share of whole chapters or scenes that training never sees."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

FEWEST = 5  # from so many chapters with pairs on, whole chapters are held out, else whole scenes
TRAIN, HELD_OUT = "train", "heldout"


def hold_out(rows: Sequence[dict[str, Any]], share: float, seed: int = 0) -> list[dict[str, Any]]:
    """Each row with `split`: "heldout" for those of chosen whole chapters, about `share` of all
    rows, else "train".

    The choice depends on the seed and the chapters' numbers alone. A text in one piece has nothing
    to hold out.
    """
    if share <= 0 or not rows:
        return [row | {"split": TRAIN} for row in rows]
    unit = "chapter" if len({row["chapter"] for row in rows}) >= FEWEST else "scene"
    sizes = Counter(row[unit] for row in rows)
    chosen = _chosen(sizes, share * len(rows), seed)
    return [row | {"split": HELD_OUT if row[unit] in chosen else TRAIN} for row in rows]


def held_with(
    rows: Iterable[dict[str, Any]], pairs: Iterable[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Each row with the `split` that the pairs of the same text have in its scene, or in its
    chapter where the scene has no pair: what is held out in one form is not trained in another."""
    pairs = [pair for pair in pairs if "split" in pair]  # those of older versions have none
    scenes = {pair["scene"]: pair["split"] for pair in pairs}
    trained = {pair["chapter"] for pair in pairs if pair["split"] == TRAIN}
    held = {pair["chapter"] for pair in pairs} - trained
    for row in rows:
        split = scenes.get(row["scene"], HELD_OUT if row["chapter"] in held else TRAIN)
        yield row | {"split": split}


def _chosen(sizes: Counter[int], wanted: float, seed: int) -> set[int]:
    """Units in an order of their own until the wanted number of rows is as near as whole units
    allow.
    """
    if len(sizes) < 2:
        return set()
    order = sorted(sizes, key=lambda unit: hashlib.sha256(f"{seed}:{unit}".encode()).digest())
    chosen: set[int] = set()
    total = 0
    for unit in order:
        if abs(total + sizes[unit] - wanted) < abs(total - wanted):
            chosen.add(unit)
            total += sizes[unit]
    if not chosen:
        chosen.add(min(order, key=lambda unit: sizes[unit]))
    return chosen if len(chosen) < len(sizes) else set(order[:1])
