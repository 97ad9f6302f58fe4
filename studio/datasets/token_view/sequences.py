"""How rows come to lie one behind the other: whole rows in packs, plain texts in blocks.

Training lays its rows out with these, and the token view shows the same packs and blocks.
"""

import bisect
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from studio.datasets.token_view.render import IGNORED

Columns = dict[str, list[int]]


def joined_blocks(texts: Iterable[list[int]], length: int) -> Iterator[list[int]]:
    """Token ids of texts, one behind the other, in blocks of `length`; the last one is shorter.
    Nothing is thrown away but a last block of one token, which has none to be learnt after it.
    """
    held: list[int] = []
    for text in texts:
        held += text
        at = 0
        while len(held) - at >= length:
            yield held[at : at + length]
            at += length
        held = held[at:]
    if len(held) > 1:
        yield held


def packed(rows: Sequence[Columns], length: int) -> Iterator[Columns]:
    """Rows (input_ids and labels) as packs of at most `length` tokens; see `packs`."""
    for pack in packs([len(row["input_ids"]) for row in rows], length):
        yield end_to_end([rows[number] for number in pack])


def packs(sizes: Sequence[int], length: int) -> list[list[int]]:
    """The numbers of the rows of each pack of at most `length` tokens, by the rows' sizes in tokens
    (best-fit decreasing); none is cut, none is lost.
    """
    found: list[list[int]] = []
    room: list[tuple[int, int]] = []  # (free tokens, pack), rising
    for number in sorted(range(len(sizes)), key=lambda one: -sizes[one]):
        size = sizes[number]
        at = bisect.bisect_left(room, (size, -1))
        free, pack = room.pop(at) if at < len(room) else (length, len(found))
        if pack == len(found):
            found.append([])
        found[pack].append(number)
        bisect.insort(room, (free - size, pack))
    return found


def pack_count(sizes: Iterable[int], length: int) -> int:
    """How many packs `packs` makes, counted by size instead of row by row.

    Best fit puts rows of one size into the fullest pack that takes them until it takes no more, so
    packs with the same room need no telling apart.
    """
    made = 0
    room: Counter[int] = Counter()  # free tokens → packs
    rising: list[int] = []
    for size, rows in sorted(Counter(sizes).items(), reverse=True):
        while rows:
            at = bisect.bisect_left(rising, size)
            if at == len(rising):
                each, free = max(1, length // size), length
                whole, rest = divmod(rows, each)
                made += whole + (rest > 0)
                takes = [(each, whole), (rest, 1 if rest else 0)]
            else:
                free = rising[at]
                each, there = free // size, room[free]
                whole, rest = divmod(min(rows, each * there), each)
                room[free] -= whole + (rest > 0)
                if not room[free]:
                    del rising[at]
                takes = [(each, whole), (rest, 1 if rest else 0)]
            for count, filled in takes:
                rows -= count * filled
                left = free - count * size
                if filled:
                    if not room[left]:
                        bisect.insort(rising, left)
                    room[left] += filled
    return made


def end_to_end(rows: Sequence[Columns]) -> Columns:
    """One pack of rows.

    position_ids start at 0 for each row, by which attention keeps them apart; a row's first label
    is ignored, since the token before it belongs to another row.
    """
    return {
        "input_ids": [token for row in rows for token in row["input_ids"]],
        "labels": [label for row in rows for label in (IGNORED, *row["labels"][1:])],
        "position_ids": [place for row in rows for place in range(len(row["input_ids"]))],
    }


def block_rows(sizes: Sequence[int], length: int, number: int) -> list[tuple[int, int, int]]:
    """What stands in block `number` (from 0) of joined texts: (text, from, to) in its tokens."""
    begin, end, at = number * length, (number + 1) * length, 0
    found = []
    for text, size in enumerate(sizes):
        if at < end and at + size > begin:
            found.append((text, max(0, begin - at), min(size, end - at)))
        at += size
    return found
