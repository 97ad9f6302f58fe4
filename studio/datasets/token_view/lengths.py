"""The lengths of all rows of a set in tokens, counted once: from them the figures of the whole set
at any cutoff follow without a tokenizer.

Of each side of a row its tokens are counted, and of the learnt ones where their runs begin and end;
a cutoff then only clips runs. Kept in one small file (about 60 bytes a row).
"""

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.datasets.row_forms.formats import Row
from studio.datasets.token_view.options import Figures, Options, Side, Stage
from studio.datasets.token_view.render import NEVER, Whole, needed, whole_row
from studio.datasets.token_view.sequences import pack_count
from studio.errors import InputError, ModelError
from studio.files import write_bytes

Ints = NDArray[np.int32]
SIDES = ("reply", "chosen", "rejected")
MASKS = ("every", "last")  # runs with all replies learnt, and with the last one alone
LEAST_BINS, BINS_AN_OCTAVE = 16, 4


class Lengths:
    """Lengths that grow row by row.

    size: (rows, 3) tokens of each side, 0 where there is none; needs: (rows, 3) the least cutoff at
    which a row is trained on, with all replies learnt, with the last alone, with the prompt too;
    runs: of each of MASKS (n, 4) row, side, start and end of learnt tokens.
    """

    def __init__(self) -> None:
        self.size: Ints = np.zeros((0, 3), np.int32)
        self.needs: Ints = np.zeros((0, 3), np.int32)
        self.runs: dict[str, Ints] = {name: np.zeros((0, 4), np.int32) for name in MASKS}
        self.plain = False

    @property
    def rows(self) -> int:
        """How many rows were counted."""
        return len(self.size)

    def add(self, rows: Iterable[Row], tokenizer: Any, stage: Stage) -> None:
        """Count more rows; one that the model cannot be shown has no length."""
        sizes: list[list[int]] = []
        needs: list[list[int]] = []
        runs: dict[str, list[tuple[int, int, int, int]]] = {name: [] for name in MASKS}
        for number, row in enumerate(rows, start=self.rows):
            try:
                sides = whole_row(row, tokenizer, stage)
            except (InputError, ModelError):
                sides = {}
            own = [sides.get(name) for name in SIDES]
            sizes.append([len(side.ids) if side else 0 for side in own])
            plain = any(side.plain for side in sides.values())
            self.plain |= plain
            needs.append(_needs(list(sides.values())))
            for name in () if plain else MASKS:
                for place, side in enumerate(own):
                    if side:
                        at = _runs(getattr(side, name))
                        runs[name] += [(number, place, begin, end) for begin, end in at]
        self.size = _more(self.size, sizes)
        self.needs = _more(self.needs, needs)
        self.runs = {name: _more(self.runs[name], runs[name]) for name in MASKS}

    def figures(self, options: Options) -> Figures:
        """What a training takes of the rows counted so far."""
        there = self.size.max(axis=1, initial=0) > 0
        known: dict[str, Any] = {
            "rows": self.rows,
            "faulty": int(self.rows - there.sum()),
            "longest": int(self.size.max(initial=0)),
            "plain": self.plain,
            "bins": _bins(self.size.max(axis=1, initial=0)[there]),
        }
        if self.plain:
            return Figures(**known, **self._blocks(options.cutoff_len))
        takes = self.taken(options)
        kept = np.minimum(self.size, options.cutoff_len)
        learnt = self._learnt(options, takes)
        sides = {
            name: Side(
                tokens=int(kept[takes, n].sum(dtype=np.int64)),
                trained=learnt[n],
                cut=int((self.size - kept)[takes, n].sum(dtype=np.int64)),
                cut_rows=int((self.size > kept)[takes, n].sum()),
            )
            for n, name in enumerate(SIDES)
            if self.size[:, n].any()
        }
        rows = int(takes.sum())
        sequences = (
            pack_count(kept[takes, 0].tolist(), options.cutoff_len) if options.packing else rows
        )
        dropped = int(there.sum()) - rows
        return Figures(**known, dropped=dropped, sequences=sequences, sides=sides)

    def taken(self, options: Options) -> NDArray[np.bool_]:
        """(rows,) whether a training takes each row."""
        column = 2 if options.train_on_prompt else 1 if options.mask_history else 0
        found: NDArray[np.bool_] = self.needs[:, column] <= options.cutoff_len
        return found

    def _learnt(self, options: Options, takes: NDArray[np.bool_]) -> list[int]:
        """Learnt tokens of each of SIDES within the cutoff, in the rows that are taken."""
        if options.train_on_prompt:
            kept = np.minimum(self.size[takes], options.cutoff_len)
            return [int(n) for n in kept.sum(axis=0, dtype=np.int64)]
        runs = self.runs["last" if options.mask_history else "every"]
        runs = runs[takes[runs[:, 0]]]
        inside = np.minimum(runs[:, 3], options.cutoff_len) - runs[:, 2]
        sums = np.bincount(runs[:, 1], weights=np.maximum(inside, 0), minlength=len(SIDES))
        return [int(n) for n in sums]

    def _blocks(self, length: int) -> dict[str, Any]:
        """Plain texts joined: nothing is cut, but of one token behind the last block."""
        total = int(self.size.sum(dtype=np.int64))
        whole, rest = divmod(total, length)
        left = rest if rest > 1 else 0
        tokens = whole * length + left
        return {
            "sequences": whole + (left > 0),
            "sides": {"reply": Side(tokens=tokens, trained=tokens)},
        }

    def save(self, place: Path) -> None:
        """Write all that is counted, in one step."""
        held = io.BytesIO()
        runs: dict[str, Any] = {f"runs_{name}": value for name, value in self.runs.items()}
        np.savez(held, size=self.size, needs=self.needs, plain=np.array(self.plain), **runs)
        write_bytes(place, held.getvalue())

    @classmethod
    def load(cls, place: Path) -> "Lengths":
        """What was counted before; nothing where there is no file, or none that can be read."""
        made = cls()
        try:
            with np.load(place, allow_pickle=False) as kept:
                made.size, made.needs = kept["size"], kept["needs"]
                made.runs = {name: kept[f"runs_{name}"] for name in MASKS}
                made.plain = bool(kept["plain"])
        except (OSError, ValueError, KeyError, EOFError):
            return cls()
        return made


def _needs(sides: list[Whole]) -> list[int]:
    """The least cutoff under each way of masking; see `Lengths`."""
    if not sides:
        return [NEVER] * 3
    masks = [[side.every for side in sides], [side.last for side in sides]]
    return [needed(sides, m) for m in (*masks, [[True] * len(side.ids) for side in sides])]


def _runs(mask: list[bool]) -> list[tuple[int, int]]:
    """Where runs of True begin and end."""
    edges = np.flatnonzero(np.diff(np.asarray([0, *mask, 0], np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _more(there: Ints, rows: list[Any]) -> Ints:
    if not rows:
        return there
    return np.concatenate([there, np.asarray(rows, np.int32)])


def _bins(lengths: Ints) -> list[list[int]]:
    """Rows by length, four bins to each doubling."""
    if not len(lengths):
        return []
    place = np.floor(np.log2(np.maximum(lengths, 1)) * BINS_AN_OCTAVE).astype(int)
    first, counts = int(place.min()), np.bincount(place - place.min())
    edges = [round(2 ** ((first + n) / BINS_AN_OCTAVE)) for n in range(len(counts) + 1)]
    return [[edges[n], edges[n + 1], int(count)] for n, count in enumerate(counts)]
