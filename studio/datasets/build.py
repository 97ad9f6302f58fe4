"""From gathered rows to registered files: the dataset, its held-out part, and where each row came
from.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.datasets import registry
from studio.datasets.column_map import Layout, written
from studio.datasets.formats import Row
from studio.datasets.gather import Gathered
from studio.datasets.other_writers import lay_out_plain, table
from studio.datasets.sources import FILE_TYPES
from studio.datasets.split import hold_out
from studio.datasets.write import common_kind, lay_out, require_room, save
from studio.files import write_text
from studio.workspace import Workspace

REGISTERED = ("alpaca", "sharegpt", "openai")  # each with a layout of its own
FORMULAS = "cells that a spreadsheet takes for formulas"
GUARDED = "cells that a spreadsheet takes for formulas, written behind an apostrophe"


def parts(
    found: Gathered, val_size: float, seed: int, *, shuffle: bool
) -> tuple[list[int], list[int]]:
    """Row numbers for training and held out, in the order they are written.

    Rows that were held out when they were made stay so; of the others as many more as bring the
    share to `val_size`.
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


@dataclass(frozen=True)
class Part:
    """Rows of one dataset as they will be written, with where each came from."""

    name: str
    layout: Layout | None  # None: in a form that dataset_info.json has no words for
    rows: list[Row]
    origins: list[dict[str, Any]]


def part(
    name: str, found: Gathered, numbers: Sequence[int], formatting: str, file_type: str = "json"
) -> Part:
    """Some of the gathered rows as the dataset `name`, laid out.

    Raises InputError for kinds that do not go together.
    """
    layout, rows = laid_out([found.rows[number] for number in numbers], formatting, file_type)
    return Part(name, layout, rows, [found.origins[number] for number in numbers])


def laid_out(rows: list[Row], formatting: str, file_type: str) -> tuple[Layout | None, list[Row]]:
    """(layout, rows); no layout where `dataset_info.json` has no words for the form."""
    layout: Layout | None = None
    if formatting in REGISTERED:
        layout, made = lay_out(rows, formatting)
    else:
        common_kind(rows)
        require_room(rows, formatting)
        made = lay_out_plain(rows, formatting, flat=file_type not in ("json", "jsonl"))
        layout = written("alpaca", "text") if formatting == "text" else None
    return (layout if file_type in FILE_TYPES[:3] else None), made


def write_export(
    rows: list[Row], path: Path, found: Gathered, *, formula_guard: bool = False
) -> None:
    """Write laid-out rows as a file for other programs; of a table, cells that begin as a formula
    does are counted in `found`.
    """
    if path.suffix != ".csv":
        save(rows, path)
        return
    text, formulas = table(rows, guarded=formula_guard)
    write_text(path, text)
    if formulas:
        what = GUARDED if formula_guard else FORMULAS
        found.drop(what, formulas, "= + - @")


def store_part(workspace: Workspace, made: Part, file_type: str, work: str) -> Path:
    """Write a dataset and register it as made by `work`; its file."""
    assert made.layout is not None
    path = workspace.data / f"{made.name}.{file_type}"
    write_text(
        registry.sidecar(workspace, made.name),
        "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in made.origins),
    )
    save(made.rows, path)
    registry.register(workspace, made.name, made.layout, path.name, work=work)
    return path
