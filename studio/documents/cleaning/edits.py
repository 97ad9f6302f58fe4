"""Edits: what a step finds, and how they are carried out; counts, samples and offsets all come from
them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from studio.documents.cleaning.offsets import Builder, Offsets

SAMPLES = 20
# Of changes that look alike this many are shown while others wait for a place.
ALIKE = 2
# Of a step whose changes are all alike, this many.
PLENTY = 8
AROUND = 20
LONGEST_SHOWN = 160
BLOCK = 8192


class Edit(NamedTuple):
    """`text[start:end]` becomes `new`; start == end inserts."""

    start: int
    end: int
    new: str


class Sample(NamedTuple):
    """One change. at: where it stands in the original; left and right: up to 20 characters around
    it.
    """

    at: int
    before: str
    after: str
    left: str
    right: str


Find = Callable[..., Iterator[Edit]]


class Sampler:
    """Keeps up to 20 changes of a step, as different from each other as they come."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[str, str], int] = {}
        self._kept: list[Edit] = []
        self._spare: list[Edit] = []
        self._last = -1

    def see(self, edit: Edit, text: str) -> None:
        """Look at one change of `text`."""
        if len(self._kept) >= SAMPLES:
            return
        # A change next to one that is shown already stands in that one's surroundings.
        close = edit.start < self._last
        kind = (text[edit.start : min(edit.end, edit.start + 30)], edit.new[:30])
        seen = self._kinds.get(kind, 0)
        if not close and seen < ALIKE:
            self._kinds[kind] = seen + 1
            self._kept.append(edit)
            self._last = edit.end + AROUND
        elif len(self._spare) < PLENTY:
            self._spare.append(edit)

    def samples(self, text: str, earlier: Sequence[Offsets]) -> list[Sample]:
        """The kept changes of `text`, in its order; the earlier steps' offsets lead back to the
        original.
        """
        chosen = sorted([*self._kept, *self._spare[: max(0, PLENTY - len(self._kept))]])
        return [
            Sample(
                _origin(edit, earlier),
                _short(text[edit.start : edit.end]),
                _short(edit.new),
                text[max(0, edit.start - AROUND) : edit.start],
                text[edit.end : edit.end + AROUND],
            )
            for edit in chosen
        ]


def _origin(edit: Edit, earlier: Sequence[Offsets]) -> int:
    start, end = edit.start, edit.end
    for offsets in reversed(earlier):
        start, end = offsets.to_original(start, end)
    return start


def _short(text: str) -> str:
    half = LONGEST_SHOWN // 2
    return text if len(text) <= LONGEST_SHOWN else text[:half] + " … " + text[-half:]


def apply(
    text: str,
    edits: Iterable[Edit],
    sampler: Sampler | None = None,
    told: Callable[[int], None] | None = None,
) -> tuple[str, Offsets, int]:
    """(the changed text, its offsets, how many changes). Edits that change nothing are left out.

    Edits come sorted and do not overlap, else ValueError. They are carried out as they come, so
    that memory holds the new text and 16 bytes an edit. `told` hears how far in `text` the work is.
    """
    built, done, count = Builder(), 0, 0
    blocks: list[str] = []
    pieces: list[str] = []
    for start, end, new in edits:
        if start < done or end < start:
            raise ValueError(f"edit {start}–{end} comes after {done}")
        if text[start:end] == new:
            continue
        pieces += (text[done:start], new)
        built.add(start, end, len(new))
        if sampler:
            sampler.see(Edit(start, end, new), text)
        done = end
        count += 1
        if len(pieces) >= BLOCK:
            blocks.append("".join(pieces))
            pieces.clear()
            if told:
                told(done)
    if not count:
        return text, built.offsets(), 0
    pieces.append(text[done:])
    blocks.append("".join(pieces))
    return "".join(blocks), built.offsets(), count
