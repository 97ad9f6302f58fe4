"""What a training makes of a set: the options that decide it, and the figures that come of it.

Light: the window reads them.
"""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Stage = Literal["pt", "sft", "rm", "dpo", "kto"]
# The stages that a set can be trained in, by the kind of its rows (see `opened.Dataset.kind`).
STAGES: dict[str, tuple[Stage, ...]] = {
    "text": ("pt",),
    "sft": ("sft",),
    "messages": ("sft",),
    "ranking": ("dpo", "rm"),
    "kto": ("kto",),
}


@dataclass(frozen=True)
class Options:
    """The fields of a training that decide what a row becomes, under their names there."""

    cutoff_len: int = 2048
    train_on_prompt: bool = False
    mask_history: bool = False
    packing: bool = False


@dataclass(frozen=True)
class Side:
    """One reply of each row that is trained on. tokens: those that are kept; trained: of these;
    cut: tokens beyond the cutoff, in `cut_rows` rows.
    """

    tokens: int = 0
    trained: int = 0
    cut: int = 0
    cut_rows: int = 0


@dataclass(frozen=True)
class Figures:
    """What a training takes of a set under some options; rows that it drops count in `dropped`
    alone.

    rows: rows looked at; faulty: of these not shown by the model's template; sequences: what it
    trains on, rows, packs or blocks; longest: tokens of the longest row, uncut; bins: rows by
    length, [from, to (not included), rows].
    """

    rows: int = 0
    faulty: int = 0
    dropped: int = 0
    sequences: int = 0
    longest: int = 0
    plain: bool = False
    sides: dict[str, Side] = field(default_factory=dict)
    bins: list[list[int]] = field(default_factory=list)


def plain(figures: Figures) -> dict[str, Any]:
    """As JSON has it."""
    return asdict(figures)


def from_plain(data: dict[str, Any]) -> Figures:
    """Read back. Raises TypeError, KeyError, AttributeError for other data."""
    sides = {name: Side(**values) for name, values in data["sides"].items()}
    return Figures(**data | {"sides": sides})
