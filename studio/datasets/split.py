"""Holding rows out so that nothing leaks: rows from one chunk, or with the same question, stay
together.
"""

import random
from collections import defaultdict
from collections.abc import Hashable, Sequence

from studio.errors import InputError


def groups(keys: Sequence[Sequence[Hashable]]) -> list[list[int]]:
    """Row numbers that share any key, directly or over others, in groups, each in rising order.

    keys: for each row the things it must not be parted from (its chunk, its question).
    """
    parent = list(range(len(keys)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    seen: dict[Hashable, int] = {}
    for number, mine in enumerate(keys):
        for key in mine:
            parent[root(number)] = root(seen.setdefault(key, number))
    found: dict[int, list[int]] = defaultdict(list)
    for number in range(len(keys)):
        found[root(number)].append(number)
    return list(found.values())


def hold_out(
    keys: Sequence[Sequence[Hashable]], share: float, seed: int
) -> tuple[list[int], list[int]]:
    """(row numbers to train on, row numbers held out), both rising; about `share` of the rows is
    held out.

    Raises InputError when all rows belong together, since then any split would leak.
    """
    if share <= 0:
        return list(range(len(keys))), []
    found = groups(keys)
    if len(found) < 2:
        raise InputError(
            "No rows can be held out: all come from the same chunk or ask the same.",
            "Set val_size to 0 or build rows from more chunks.",
        )
    random.Random(seed).shuffle(found)
    wanted = max(1, round(len(keys) * share))
    held: list[int] = []
    for group in found[:-1]:  # one group is always left to train on
        if len(held) + len(group) <= wanted:
            held += group
    if not held:  # every group is larger than the share: the smallest one comes nearest
        held = min(found, key=len)
    kept = set(held)
    return [number for number in range(len(keys)) if number not in kept], sorted(held)
