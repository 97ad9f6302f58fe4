"""Several datasets as one: in which order their rows are trained on. Light."""

import random
from collections.abc import Iterator, Sequence


def order(
    counts: Sequence[int], strategy: str, shares: Sequence[float], seed: int
) -> Iterator[tuple[int, int]]:
    """(dataset, row) of every row that is trained on, both counted from 0.

    counts: rows of each dataset. strategy: concat; interleave_under, which ends where the first
    dataset does; interleave_over, which ends where the last one does, the others beginning again.
    shares: how often each one's turn comes, drawn by `seed`; [] for one after the other.
    """
    if strategy == "concat" or len(counts) < 2:
        for number, count in enumerate(counts):
            yield from ((number, row) for row in range(count))
        return
    drawn, turn = random.Random(seed), 0
    at, ended = [0] * len(counts), [False] * len(counts)
    while True:
        number = drawn.choices(range(len(counts)), shares)[0] if shares else turn % len(counts)
        turn += 1
        yield number, at[number] % counts[number]
        at[number] += 1
        ended[number] = ended[number] or at[number] >= counts[number]
        if all(ended) if strategy == "interleave_over" else any(ended):
            return
