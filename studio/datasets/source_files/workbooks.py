"""Workbooks (xlsx, xlsm, xls, xlsb, ods) → rows: the sheet whose header names a dataset's columns,
every cell as text.

Of a formula the value is read that the program kept with it. What a program shows of a number by
its format alone (a currency, thousands) is not in the cell: the number itself is written.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from studio.datasets.source_files.record_rows import column_names, write_row
from studio.errors import InputError
from studio.libraries import calamine_inside
from studio.text import delimited

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

    from studio.datasets.source_files.convert import Report

HEADERS_TRIED = 5  # a title may stand over the header
SNIFFED = 20
SHOWN_DIGITS = ".15g"  # as many as a spreadsheet keeps


@dataclass(frozen=True)
class Found:
    """A sheet that may hold the rows. header: number of its header among the sheet's filled rows,
    from 0; known: whether that names columns of a dataset; rows: filled ones behind it.
    """

    sheet: "CalamineSheet"
    header: int
    known: bool
    visible: bool
    rows: int


def write_rows(path: Path, name: str, out: BinaryIO, report: "Report") -> Iterator[int]:
    """Write the rows of a workbook as lines of JSON, giving 1 before each so that the caller can
    count it; `report` says which sheet was read and which were not.

    Raises InputError for a workbook that cannot be opened, is locked or holds no table.
    """
    import python_calamine

    try:
        # By its content: a path would be judged by its ending.
        with path.open("rb") as file, python_calamine.CalamineWorkbook.from_filelike(file) as book:
            sheets = [_looked_at(book, meta) for meta in book.sheets_metadata]
            kept = [found for found in sheets if found.rows > 0]
            if not kept:
                raise InputError(
                    "No sheet of {name} holds a header and rows below it.",
                    "Write the names of the columns into the first row.",
                    name=name,
                )
            best = max(kept, key=lambda found: (found.known, found.visible, found.rows))
            _tell(best, [found for found in kept if found is not best], report)
            filled = _filled(best.sheet)
            names = column_names(next(islice(filled, best.header, None)), name)
            for number, cells in enumerate(filled, start=1):
                yield number
                text = " | ".join(cells[: len(names) + 2])
                write_row(delimited.Record(cells, "", text), names, number, out, report)
    except python_calamine.PasswordError as error:
        raise InputError(
            "{name} is locked with a password.",
            "Save it without one and add that.",
            name=name,
        ) from error
    except (python_calamine.CalamineError, OSError, ValueError, OverflowError) as error:
        raise _unreadable(name) from error
    except BaseException as error:
        if calamine_inside.is_panic(error):
            raise _unreadable(name) from error
        raise


def _unreadable(name: str) -> InputError:
    return InputError(
        "{name} cannot be read as {kind}.",
        "Check that the file is whole.",
        name=name,
        kind="Excel / ODS",
    )


def shown(value: Any) -> str:
    """A cell's value as a spreadsheet shows it without a format of one's own."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else format(value, SHOWN_DIGITS)
    if isinstance(value, datetime.datetime):
        text = value.isoformat(" ", "seconds")
        return text.removesuffix(" 00:00:00")
    if isinstance(value, datetime.timedelta):
        minutes, seconds = divmod(int(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return str(value)


def _looked_at(book: Any, meta: Any) -> Found:
    """What a sheet may be worth: its header is the first of its rows that names known columns, else
    its first row with more than one cell.
    """
    from studio.datasets.row_forms.column_map import sniff

    sheet = book.get_sheet_by_name(meta.name)
    first = list(islice(_filled(sheet), HEADERS_TRIED + SNIFFED))
    header, known = 0, False
    for number, cells in enumerate(first[:HEADERS_TRIED]):
        rows = [dict(zip(cells, row, strict=False)) for row in first[number + 1 :]]
        try:
            sniff(rows)
        except InputError:
            continue
        header, known = number, True
        break
    visible = str(meta.visible).endswith(".Visible")
    total = sum(1 for _ in _filled(sheet))
    return Found(sheet, header, known, visible, total - header - 1)


def _filled(sheet: "CalamineSheet") -> Iterator[list[str]]:
    """The rows of a sheet that hold anything, as text."""
    if not sheet.height:
        return
    for row in sheet.iter_rows():
        cells = [shown(value) for value in row]
        if any(cell.strip() for cell in cells):
            yield cells


def _tell(best: Found, others: list[Found], report: "Report") -> None:
    """Say which sheet was read and, where there are others with rows, which were not."""
    named = ", ".join(f"{found.sheet.name} ({found.rows:,})" for found in others)
    if others:
        report.notes.append(f"the sheet {best.sheet.name} was read, left out: {named}")
    if best.header:
        report.notes.append(f"the header stands in row {best.header + 1} of the sheet")
