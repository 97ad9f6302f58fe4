"""From gathered rows to registered files: the dataset, its held-out parts, and where each row came
from.
"""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.datasets import partners, registry
from studio.datasets.assembly import strata
from studio.datasets.assembly.gather import Gathered
from studio.datasets.assembly.split import Division, divide, rows_of
from studio.datasets.job_fields import SplitFields
from studio.datasets.row_forms.column_map import Layout, written
from studio.datasets.row_forms.formats import Row
from studio.datasets.row_forms.other_writers import lay_out_plain, table
from studio.datasets.row_forms.write import common_kind, lay_out, require_room, save
from studio.datasets.source_files.sources import FILE_TYPES
from studio.files import write_text
from studio.workspace import Workspace

REGISTERED = ("alpaca", "sharegpt", "openai")  # each with a layout of its own
FORMULAS = "cells that a spreadsheet takes for formulas"
GUARDED = "cells that a spreadsheet takes for formulas, written behind an apostrophe"
TOLD_LABELS = 6


@dataclass(frozen=True)
class Parts:
    """Row numbers to train on, for validation and for the test, in the order they are written, and
    how they came about; division: None where nothing was to be held out.
    """

    train: list[int]
    validation: list[int]
    test: list[int]
    division: Division | None = None
    marked: int = 0  # of validation, held out when the rows were made


def parts(
    found: Gathered,
    spec: SplitFields,
    seed: int,
    workspace: Workspace,
    *,
    shuffle: bool = False,
    stopping: Callable[[], bool] = lambda: False,
) -> Parts:
    """The rows divided as `spec` asks.

    Rows that were held out when they were made stay so; of the others as many more as bring the
    validation part to `val_size`. Raises InputError where they cannot be divided, or Stopped.
    """
    marked = found.held_out()
    rest = sorted(set(range(len(found.rows))) - set(marked))
    sizes = [rows_of(size, len(found.rows)) for size in (spec.val_size, spec.test_size)]
    wanted = [max(0, sizes[0] - len(marked)), sizes[1]]
    if not any(wanted):
        made = Parts(rest, marked, [], None, len(marked))
    else:
        strata.require_labels(spec.stratify_by, found.labels)
        keys = strata.keys(
            [found.rows[n] for n in rest],
            [found.origins[n] for n in rest],
            spec.group_by,
            workspace,
            spec.near_duplicate_threshold,
            stopping,
        )
        keys = [[*mine, *found.once(n)] for n, mine in zip(rest, keys, strict=True)]
        labels = [found.labels[n] for n in rest] if spec.stratify_by else []
        division = divide(keys, wanted, seed, labels)
        train, more, test = ([rest[n] for n in part] for part in division.parts)
        made = Parts(train, sorted([*marked, *more]), test, division, len(marked))
    if shuffle:
        for at, part in enumerate((made.train, made.validation, made.test)):
            random.Random(seed + at).shuffle(part)
    return made


def account(made: Parts, found: Gathered, spec: SplitFields) -> dict[str, Any]:
    """How the rows were divided, {} where nothing was held out: rows, wanted and marked (held out
    when they were made) of the parts; groups kept together, the rows in them, the largest one;
    labels of the stratified by with their rows in each part.
    """
    if made.division is None:
        return {}
    wanted = made.division.wanted
    told: dict[str, Any] = {
        "validation": len(made.validation),
        "validation_wanted": wanted[0] + made.marked,
        "test": len(made.test),
        "test_wanted": wanted[1],
        "marked": made.marked,
        "groups": made.division.groups,
        "grouped": made.division.grouped,
        "largest": made.division.largest,
        "group_by": list(spec.group_by),
    }
    if spec.stratify_by:
        mine = (made.train, made.validation, made.test)
        told["stratify_by"] = spec.stratify_by
        told["labels"] = strata.shares(found.labels, mine, TOLD_LABELS)
        told["more_labels"] = max(0, len(set(found.labels)) - TOLD_LABELS)
    return told


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


def store_part(
    workspace: Workspace, made: Part, file_type: str, work: str, beside: dict[str, str]
) -> Path:
    """Write a dataset and register it as made by `work`; its file. beside: its partners (see
    `partners`).
    """
    assert made.layout is not None
    path = workspace.data / f"{made.name}.{file_type}"
    write_text(
        registry.sidecar(workspace, made.name),
        "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in made.origins),
    )
    save(made.rows, path)
    registry.register(workspace, made.name, made.layout, path.name, work=work)
    partners.record(workspace, made.name, beside)
    return path
