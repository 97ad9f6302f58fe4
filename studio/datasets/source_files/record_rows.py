"""The header and the records of a table → rows, whatever the table lay in: csv, tsv, a workbook."""

from typing import TYPE_CHECKING, BinaryIO

from studio.errors import InputError
from studio.text import delimited
from studio.text.jsons import dumped

if TYPE_CHECKING:
    from studio.datasets.source_files.convert import Report

MOST_COLUMNS = 1000


def write_row(
    record: delimited.Record, names: list[str], number: int, out: BinaryIO, report: "Report"
) -> None:
    """Write a record as a line of JSON; an empty line for one that does not fit its header, which
    `report` then counts as row `number` (from 1).
    """
    cells = record.cells
    while len(cells) > len(names) and not cells[-1].strip():
        cells.pop()
    problem = record.problem
    if len(cells) > len(names):
        problem = f"{len(cells)} cells where the header has {len(names)}"
    if problem:
        report.lose(number, problem, record.text)
        out.write(b"\n")
        return
    out.write(
        dumped(dict(zip(names, cells + [""] * (len(names) - len(cells)), strict=True))) + b"\n"
    )


def column_names(cells: list[str], name: str) -> list[str]:
    """The columns' names, each once. Raises InputError for more than a thousand."""
    while cells and not cells[-1].strip():
        cells.pop()
    if len(cells) > MOST_COLUMNS:
        raise InputError(
            "{name} has {count} columns, more than any dataset.",
            "Keep the columns with the texts and try again.",
            name=name,
            count=f"{len(cells):,}",
        )
    names: list[str] = []
    for number, cell in enumerate(cells, 1):
        plain = cell.strip() or f"column {number}"
        names.append(plain if plain not in names else f"{plain}.{number}")
    return names
