"""From gathered rows to registered files: the dataset, its held-out part, and where each row came from."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

from studio.datasets import registry
from studio.datasets.gather import Gathered
from studio.datasets.split import hold_out
from studio.datasets.write import lay_out, save
from studio.files import write_text
from studio.workspace import Workspace

HELD_OUT = "-heldout"


def parts(found: Gathered, val_size: float, seed: int, *, shuffle: bool) -> tuple[list[int], list[int]]:
    """Row numbers for training and held out, in the order they are written.

    Rows that were held out when they were made stay so; of the others as many more as bring the share to `val_size`.
    """
    marked = found.held_out()
    rest = sorted(set(range(len(found.rows))) - set(marked))
    share = max(0.0, val_size * len(found.rows) - len(marked)) / max(1, len(rest))
    kept, more = hold_out([found.keys(number) for number in rest], share, seed)
    train, held = [rest[n] for n in kept], sorted([*marked, *(rest[n] for n in more)])
    if shuffle:
        random.Random(seed).shuffle(train)
        random.Random(seed + 1).shuffle(held)
    return train, held


def store_part(
    workspace: Workspace, name: str, found: Gathered, numbers: Sequence[int], formatting: str, file_type: str
) -> Path:
    """Write some of the gathered rows as the dataset `name` and register it; its file."""
    layout, rows = lay_out([found.rows[number] for number in numbers], formatting)
    path = workspace.data / f"{name}.{file_type}"
    write_text(
        registry.sidecar(workspace, name),
        "".join(json.dumps(found.origins[number], ensure_ascii=False) + "\n" for number in numbers),
    )
    save(rows, path)
    registry.register(workspace, name, layout, path.name)
    return path
