"""Holding rows out so that nothing leaks: rows that belong together (one chunk, one question, one
group of near-duplicates) are never parted.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from studio.errors import InputError


@dataclass(frozen=True)
class Division:
    """Rows in parts: the first to train on, then one for each size asked for.

    wanted: rows asked for in each of the others. groups: how many of two or more rows were kept
    together; grouped: rows in them; largest: rows of the largest.
    """

    parts: list[list[int]]
    wanted: list[int]
    groups: int
    grouped: int
    largest: int


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


def rows_of(size: float, rows: int) -> int:
    """How many of `rows` a size asks for: below 1 it is a share, from 1 on a count."""
    if size <= 0:
        return 0
    return max(1, round(size * rows)) if size < 1 else round(size)


def hold_out(
    keys: Sequence[Sequence[Hashable]], size: float, seed: int
) -> tuple[list[int], list[int]]:
    """(row numbers to train on, row numbers held out), both rising; about `size` of the rows, a
    share below 1 or a count, is held out.

    Raises InputError when all rows belong together, since then any split would leak.
    """
    made = divide(keys, [rows_of(size, len(keys))], seed)
    return made.parts[0], made.parts[1]


def divide(
    keys: Sequence[Sequence[Hashable]],
    wanted: Sequence[int],
    seed: int,
    strata: Sequence[str] = (),
) -> Division:
    """Rows in one part more than `wanted` has counts: to train on, then held out for each count.

    Each part comes as near to its count as whole groups allow. strata: a label for each row, whose
    shares are kept in every part (a group counts as its commonest label). The same seed gives the
    same parts. Raises InputError when the rows make fewer groups than parts, or fewer rows are
    there than asked for.
    """
    every = groups(keys)
    asked = [count for count in wanted if count > 0]
    if asked and sum(asked) >= len(keys):
        raise InputError(
            "{asked} rows are to be held out, and there are only {rows}.",
            "Lower val_size and test_size.",
            fields=("val_size",),
            asked=f"{sum(asked):,}",
            rows=f"{len(keys):,}",
        )
    if asked and len(every) <= len(asked):
        raise InputError(
            "No rows can be held out: all come from the same chunk or ask the same.",
            "Set val_size to 0 or build rows from more chunks.",
        )
    left = [group[:] for group in every]
    random.Random(seed).shuffle(left)
    parts: list[list[int]] = []
    for at, count in enumerate(wanted):
        later = sum(one > 0 for one in wanted[at + 1 :])
        taken = _taken(left, count, 1 + later, strata, seed + at) if count > 0 else set()
        parts.append(sorted(row for n in taken for row in left[n]))
        left = [group for n, group in enumerate(left) if n not in taken]
    sizes = [len(group) for group in every if len(group) > 1]
    return Division(
        [sorted(row for group in left for row in group), *parts],
        list(wanted),
        len(sizes),
        sum(sizes),
        max(sizes, default=1 if every else 0),
    )


def _taken(
    left: list[list[int]], count: int, spare: int, strata: Sequence[str], seed: int
) -> set[int]:
    """Numbers of groups of `left` with about `count` rows, a fair part of each stratum; at least
    one group, and `spare` of them stay.
    """
    by_label: dict[str, list[int]] = defaultdict(list)
    for number, group in enumerate(left):
        label = Counter(strata[row] for row in group).most_common(1)[0][0] if strata else ""
        by_label[label].append(number)
    sizes = [len(group) for group in left]
    rows = {label: sum(sizes[n] for n in numbers) for label, numbers in by_label.items()}
    taken: set[int] = set()
    for label, share in quotas(rows, count).items():
        taken |= _nearest(by_label[label], sizes, share)
    missing = count - sum(sizes[n] for n in taken)
    if missing > 0:  # what the strata's own groups could not make up
        order = [n for n in range(len(left)) if n not in taken]
        random.Random(seed).shuffle(order)
        taken |= _nearest(order, sizes, missing)
    while len(taken) > max(1, len(left) - spare):
        taken.remove(min(taken, key=lambda n: (sizes[n], n)))
    return taken or {min(range(len(left)), key=lambda n: (sizes[n], n))}


def quotas(sizes: Mapping[str, float], total: int) -> dict[str, int]:
    """`total` shared out in proportion to sizes or weights, to the nearest whole numbers that add
    up to it.
    """
    everything = sum(sizes.values())
    exact = {label: total * size / everything for label, size in sizes.items()}
    made = {label: int(share) for label, share in exact.items()}
    rest = sorted(exact, key=lambda label: (made[label] - exact[label], label))
    for label in rest[: total - sum(made.values())]:
        made[label] += 1
    return made


def _nearest(order: Sequence[int], sizes: Sequence[int], count: int) -> set[int]:
    """Groups in the order given whose rows come as near to `count` as any choice of them does, and
    to less of two that are as near.
    """
    taken, missing = [], count
    for number in order:
        if sizes[number] <= missing:
            taken.append(number)
            missing -= sizes[number]
    if not missing:
        return set(taken)
    by_size: dict[int, list[int]] = defaultdict(list)
    for number in order:
        by_size[sizes[number]].append(number)
    return {n for size, many in _sum(by_size, count).items() for n in by_size[size][:many]}


def _sum(by_size: dict[int, list[int]], count: int) -> dict[int, int]:
    """How many groups of each size make the sum that is nearest to count.

    Which sums can be reached stands in the bits of one number; a step adds 1, 2, 4 … groups of one
    size, as many as there are.
    """
    steps: list[tuple[int, int]] = []
    for size, many in sorted((size, len(numbers)) for size, numbers in by_size.items()):
        batch = 1
        while many > 0:
            steps.append((size, min(batch, many)))
            many -= batch
            batch *= 2
    mask = (1 << (2 * count + 1)) - 1  # farther than nothing at all need not be known
    reached = [1]
    for size, many in steps:
        reached.append((reached[-1] | reached[-1] << (size * many)) & mask)
    sums = reached[-1]
    below = (sums & ((1 << (count + 1)) - 1)).bit_length() - 1
    above_bits = sums >> count
    above = count + (above_bits & -above_bits).bit_length() - 1 if above_bits else 3 * count
    at = below if count - below <= above - count else above
    chosen: dict[int, int] = defaultdict(int)
    for number, (size, many) in reversed(list(enumerate(steps))):
        if not reached[number] >> at & 1:
            chosen[size] += many
            at -= size * many
    return chosen
