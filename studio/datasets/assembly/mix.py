"""Several sources as one: how many rows of each, in which order, which are repeated or left out."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from studio.datasets.assembly.split import quotas
from studio.datasets.row_forms import formats
from studio.datasets.row_forms.formats import Row
from studio.datasets.row_forms.write import MIXABLE
from studio.errors import InputError
from studio.store import sets
from studio.workspace import Workspace

FIRST_ENDS, LAST_ENDS, EACH_ONCE = "interleave_under", "interleave_over", "interleave_once"
MOST_ROWS = 5_000_000
Pick = tuple[int, int]  # (source, row), both from 0


@dataclass(frozen=True)
class Taken:
    """What became of a source: its rows, those that stand in the result, how many of these are
    repetitions, and how many of its rows were left out.
    """

    source: str
    rows: int
    taken: int
    repeated: int
    left_out: int


def weight_of(line: str) -> tuple[str, float]:
    """(source, weight) of `stories: 0.7`; ("", weight) of a number alone. Raises ValueError."""
    name, _, number = line.rpartition(":")
    weight = float(number)
    if not 0 <= weight < float("inf"):
        raise ValueError(line)
    return name.strip(), weight


def weights(sources: Sequence[str], given: Sequence[str], called: Sequence[str]) -> list[float]:
    """The weight of each source; [] where none is given.

    given: `source: 0.7` for each source, or the numbers alone in their order. called: what each
    source is called, by which it may be named too. Raises InputError.
    """
    found: dict[int, float] = {}
    for place, line in enumerate(given):
        name, weight = weight_of(line)
        known = sources if name in sources else called
        at = (known.index(name) if name in known else -1) if name else place
        if not 0 <= at < len(sources):
            raise InputError(
                "The weight {line} belongs to none of the sources.",
                "Name each source once: {names}.",
                fields=("interleave_probs",),
                line=line,
                names=", ".join(called),
            )
        found[at] = weight
    if given and (len(found) < len(sources) or not any(found.values())):
        raise InputError(
            "{count} sources have no weight above 0.",
            "Give each source a weight: {names}.",
            fields=("interleave_probs",),
            count=len(sources) - sum(weight > 0 for weight in found.values()),
            names=", ".join(called),
        )
    return [found[n] for n in range(len(sources))] if given else []


def called(workspace: Workspace, sources: Sequence[str]) -> list[str]:
    """What the sources are called: a row set by the name of its set, a dataset by its own."""
    found = (sets.get(workspace.store, source) for source in sources)
    return [one.name if one else source for one, source in zip(found, sources, strict=True)]


def require_rows(numbers: Sequence[Sequence[int]], names: Sequence[str]) -> None:
    """Raise InputError for a source without a row to use."""
    for mine, name in zip(numbers, names, strict=True):
        if not mine:
            raise InputError(
                "There is no row to use in {sources} ({reason}).",
                "Choose other sources, or accept some rows first.",
                fields=("sources",),
                sources=name,
                reason="they are empty",
            )


def require_one_kind(
    rows: Sequence[Row], numbers: Sequence[Sequence[int]], names: Sequence[str]
) -> None:
    """Raise InputError where sources hold rows of kinds that cannot become one: what each source
    holds. Questions with one answer go with conversations; pairs, kto_tag rows and plain text go
    only with their own kind.
    """
    kinds = {
        name: sorted({formats.kind(rows[n]) for n in mine})
        for name, mine in zip(names, numbers, strict=True)
    }
    every = {kind for some in kinds.values() for kind in some}
    if len(every) > 1 and not every <= MIXABLE:
        raise InputError(
            "The sources mix rows of different kinds: {kinds}.",
            "Build one dataset of each kind.",
            fields=("sources",),
            kinds=", ".join(f"{name} ({', '.join(some)})" for name, some in kinds.items()),
        )


def picks(
    sizes: Sequence[int], strategy: str, probs: Sequence[float], total: int, seed: int
) -> list[Pick]:
    """(source, row) of every row of the result, in its order.

    sizes: rows of each source. probs: their weights, [] for equal turns (interleaved) or for
    everything (concat). total: rows of the result, 0 as the strategy gives. The same seed gives the
    same rows.
    """
    if strategy == "concat":
        return _in_turn(sizes, probs, total, seed)
    made: list[Pick] = []
    for pick in _interleaved(sizes, strategy, probs, seed, endless=total > 0):
        if total and len(made) == total:
            break
        if len(made) == MOST_ROWS:  # a source whose turn hardly ever comes
            raise InputError(
                "The mix comes to more than {most} rows.",
                "Set total_rows, or raise the smallest weight.",
                fields=("total_rows",),
                most=f"{MOST_ROWS:,}",
            )
        made.append(pick)
    return made


def _in_turn(sizes: Sequence[int], probs: Sequence[float], total: int, seed: int) -> list[Pick]:
    """One source after the other. Of a source that gives fewer rows than it has, some by chance, in
    their order; one that gives more begins again.
    """
    if not probs and not total:
        counts = list(sizes)
    else:
        most = min((size / w for size, w in zip(sizes, probs, strict=False) if w), default=0.0)
        wanted = total or int(most * sum(probs) + 1e-9)  # without it, what needs no repetition
        shares = quotas({f"{n:09}": w for n, w in enumerate(probs or sizes)}, wanted)
        counts = list(shares.values())
    draw = random.Random(seed)
    made: list[Pick] = []
    for source, (size, count) in enumerate(zip(sizes, counts, strict=True)):
        for _ in range(count // size):
            made += [(source, row) for row in range(size)]
        made += [(source, row) for row in sorted(draw.sample(range(size), count % size))]
    return made


def _interleaved(
    sizes: Sequence[int], strategy: str, probs: Sequence[float], seed: int, *, endless: bool
) -> Iterator[Pick]:
    """Rows of the sources mixed, each source in its own order. endless: interleave_over goes on for
    as long as rows are wanted.
    """
    draw, turn = random.Random(seed), 0
    at = [0] * len(sizes)
    open_sources = [n for n in range(len(sizes)) if not probs or probs[n] > 0]
    ended: set[int] = set()
    while True:
        if probs:
            source = draw.choices(open_sources, [probs[n] for n in open_sources])[0]
        else:
            source = open_sources[turn % len(open_sources)]
        turn += 1
        yield source, at[source] % sizes[source]
        at[source] += 1
        if at[source] < sizes[source]:
            continue
        ended.add(source)
        if strategy == FIRST_ENDS:
            return
        if strategy == EACH_ONCE:
            turn = open_sources.index(source)
            open_sources.remove(source)
            if not open_sources:
                return
        elif not endless and len(ended) == len(open_sources):
            return


def account(sources: Sequence[str], sizes: Sequence[int], made: Sequence[Pick]) -> list[Taken]:
    """What became of each source."""
    taken = Counter(source for source, _ in made)
    different = Counter(source for source, _ in set(made))
    return [
        Taken(name, size, taken[n], taken[n] - different[n], size - different[n])
        for n, (name, size) in enumerate(zip(sources, sizes, strict=True))
    ]
