"""What a dataset file begins with, and what its rows become by a layout: the check beside the form
of an entry, and beside the choice of columns of a file from outside.

In the window this runs in the sandbox (`studio.datasets.window`).
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from studio.datasets import registry
from studio.datasets.checksum import verdict
from studio.datasets.row_forms import formats
from studio.datasets.row_forms.column_guess import guess, message_values
from studio.datasets.row_forms.column_map import (
    Layout,
    first_values,
    from_entry,
    plain,
    said,
    sniff,
)
from studio.datasets.row_forms.other_forms import recognise
from studio.datasets.source_files.containers import unpacked
from studio.datasets.source_files.convert import beginning, example
from studio.datasets.source_files.file_folder import files_in
from studio.datasets.source_files.file_kind import kind_of
from studio.datasets.source_files.row_problem import RowProblem
from studio.datasets.source_files.sources import open_source, parse_line, parse_text
from studio.errors import InputError
from studio.workspace import Workspace

LOOKED_AT = 1000  # rows that are tried
SHOWN, TOLD = 3, 5  # of them in full; of those that cannot be used with their reason
LONGEST, MOST_TURNS = 1500, 12  # characters of a shown turn; turns of a shown row
MOST_COLUMNS = 60


def look(
    workspace: str, dataset: str, path: str, filename: str, given: dict[str, Any]
) -> dict[str, Any]:
    """The first rows of a file, tried by a layout.

    dataset: the registered one, or "" where `path` and `filename` name a file, or folder, from
    outside. given: the layout to try (see `column_map.said`), {} for its entry's own, or for the
    one that is found.

    Gives columns ({"name", "example"} each), keys and roles (what messages name their parts and
    speakers), layout (as plain data), known (whether it was given or found, and not just a guess),
    form (the maker's form that the file has, "" for none), rows (the first three: {"messages"} or
    {"reason", "example"}), looked (rows tried), failing (how many of them cannot be used), problems
    ({"row", "reason", "example"} of the first five), sha1 ("", "same" or "differs").

    Raises InputError for a file that cannot be read.
    """
    place = Workspace(Path(workspace))
    file = registry.file_of(place, dataset) if dataset else Path(path)
    rows = list(islice(_rows(place, file, dataset, filename or file.name), LOOKED_AT))
    tables = [row for row in rows if isinstance(row, dict)]
    form = None if given or dataset else recognise(iter(rows[:50]))
    stated = given or (_of_entry(place, dataset) if dataset else {})
    layout, known = _layout(tables, stated, form)
    seen = first_values(tables)
    keys, roles = message_values(tables, layout)
    found = {
        "columns": [
            {"name": str(name), "example": example(value)}
            for name, value in islice(seen.items(), MOST_COLUMNS)
        ],
        "keys": keys,
        "roles": roles,
        "layout": plain(layout),
        "known": known,
        "form": form.name if form else "",
        "sha1": verdict(registry.require_listed(place, dataset)) if dataset else "",
    }
    return found | _tried(rows, layout, form)


def _of_entry(place: Workspace, dataset: str) -> dict[str, Any]:
    """The layout of a registered dataset; {} where its entry has none that anybody knows."""
    data = registry.read_info(place).get(dataset)
    try:
        return plain(from_entry(data, dataset)) if isinstance(data, dict) else {}
    except InputError:
        return {}


def _layout(tables: list[Any], given: dict[str, Any], form: Any) -> tuple[Layout, bool]:
    """The layout that was given, or found; else a guess, and that it is one."""
    if given:
        return said(given, tables), True
    if form is not None:
        return form.layout, True
    try:
        return sniff(tables), True
    except InputError:
        return guess(tables), False


def _tried(rows: list[Any], layout: Layout, form: Any) -> dict[str, Any]:
    """What the rows become, and which of them cannot be used."""
    shown: list[dict[str, Any]] = []
    problems: list[dict[str, Any]] = []
    looked = failing = 0
    for number, raw in enumerate(rows, start=1):
        if raw is None:
            continue
        looked += 1
        try:
            if isinstance(raw, RowProblem):
                raise raw
            made = formats.normalise(form.made(raw) if form else raw, layout)
            told: dict[str, Any] = {"row": number, "messages": _turns(made)}
        except RowProblem as problem:
            failing += 1
            begins = problem.example if problem.example is not None else raw
            told = {
                "row": number,
                "reason": str(problem),
                "example": "" if isinstance(begins, RowProblem) else example(begins),
            }
            if len(problems) < TOLD:
                problems.append(told)
        if len(shown) < SHOWN:
            shown.append(told)
    return {"rows": shown, "looked": looked, "failing": failing, "problems": problems}


def _turns(row: formats.Row) -> list[dict[str, str]]:
    """A row's turns, long ones cut; of a pair both sides; of a judged reply whether it is
    wanted.
    """
    turns = [(m["role"], formats.words(m)) for m in formats.messages(row)]
    if "text" in row:
        turns = [("text", row["text"])]
    if "chosen" in row:
        turns = [*turns[:-1], *((side, str(row[side])) for side in ("chosen", "rejected"))]
    if "kto_tag" in row:
        turns[-1] = ("chosen" if row["kto_tag"] else "rejected", turns[-1][1])
    cut = [
        {"role": role, "content": text if len(text) <= LONGEST else text[:LONGEST] + " …"}
        for role, text in turns
    ]
    return cut if len(cut) <= MOST_TURNS else cut[: MOST_TURNS // 2] + cut[-MOST_TURNS // 2 :]


def _rows(place: Workspace, file: Path, dataset: str, filename: str) -> Iterator[Any]:
    """Raw rows from the first on; None for a blank line."""
    if dataset:
        yield from open_source(file, place.path / "cache" / "rows").read(0, LOOKED_AT)
        return
    for one in files_in(file) if file.is_dir() else [file]:
        yield from _beginning(one, one.name if file.is_dir() else filename)


def _beginning(path: Path, name: str) -> Iterator[Any]:
    """The first rows of one file that is not registered."""
    with TemporaryDirectory() as folder:
        path, name = unpacked(path, name, Path(folder) / "unpacked")
        kind = kind_of(path, name)
        if kind == "parquet":
            from studio.datasets.source_files.parquet import Parquet

            yield from Parquet(path, name).read(0, LOOKED_AT)
            return
        parse = parse_text if kind == "txt" else parse_line
        for line in beginning(path, name, kind, LOOKED_AT):
            try:
                yield parse(line)
            except RowProblem as problem:
                yield problem
