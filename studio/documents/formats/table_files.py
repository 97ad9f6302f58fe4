"""csv, tsv, json and jsonl → the texts of one column, a row a paragraph, or the messages of a chat;
each row's place is its number.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from typing import Any

from studio.documents.formats import cells, chat_json, chat_rows, chat_text, table_columns
from studio.documents.formats.records import (
    LARGEST_BYTES,
    Extracted,
    Writer,
    damaged,
    no_text,
    said_by,
)
from studio.documents.formats.table_columns import Columns
from studio.errors import InputError
from studio.text import delimited, jsons
from studio.text.encoding import decode

Row = tuple[int, dict[str, Any]]
SAMPLE_ROWS = 1000
MOST_PLACES = (
    100_000  # beyond it several rows share one place, so that the places stay readable at once
)


@dataclass
class Surplus:
    """Rows of a table with more cells than it has columns: how many, and the first of them."""

    rows: int = 0
    first: int = 0
    example: str = ""

    def count(self, number: int, cells: list[str]) -> None:
        """One more of them."""
        self.rows += 1
        if self.rows == 1:
            self.first, self.example = number, " | ".join(cells)[:120]

    def meta(self) -> dict[str, Any]:
        """What the document's meta says of them; {} where there are none."""
        return (
            {"surplus": {"rows": self.rows, "first": self.first, "example": self.example}}
            if self.rows
            else {}
        )


def read(
    name: str, data: bytes, form: str, text_column: str = "", speaker_column: str = ""
) -> Extracted:
    """The column `text_column`, or the one that holds the text, each text behind its speaker's name
    from `speaker_column` or the column that has it (see `table_columns`). Raises InputError.

    Rows are numbered from 1, the header not counted; rows without text are passed over. A chat's
    table gives its messages and nothing else: see `chat_rows`.
    """
    decoded, surplus = decode(data, name), Surplus()
    rows = _rows(name, decoded.text, form, surplus)
    sample = list(islice(rows, SAMPLE_ROWS))
    plain = [(number, row) for number, row in sample if chat_json.TITLE not in row]
    columns = table_columns.find(name, plain, text_column.strip(), speaker_column.strip())
    meta: dict[str, Any] = {"column": columns.text}
    if columns.speakers:
        meta["speaker_column"] = columns.speakers[0]
    if columns.chat:
        reader = chat_rows.Reader(columns, plain)
        writer, places = chat_text.write(reader, chain(sample, rows))
        if reader.left_out:
            meta["left_out"] = dict(reader.left_out)
    else:
        writer, places = _texts(columns, chain(sample, rows))
    if not places:
        raise no_text(name)
    meta |= surplus.meta()
    return Extracted(writer.text(), form, decoded.told, list(labelled(places)), meta)


def _texts(columns: Columns, rows: Iterable[Row]) -> tuple[Writer, list[tuple[int, int, int]]]:
    """Each row's text, behind its speaker where there is one."""
    writer, places = Writer(), []
    for number, row in rows:
        if text := cells.text_of(row.get(columns.text)):
            speaker = cells.name_of(row.get(columns.speakers[0])) if columns.speakers else ""
            start, end = writer.add(said_by(speaker, text))
            if end > start:
                places.append((start, end, number))
    return writer, places


def labelled(places: list[tuple[int, int, int]]) -> Iterator[tuple[int, int, str]]:
    """Each row's place, or, of very many rows, the places of runs of rows."""
    step = -(-len(places) // MOST_PLACES)
    for first in range(0, len(places), step):
        run = places[first : first + step]
        label = f"row {run[0][2]}" if len(run) == 1 else f"rows {run[0][2]}–{run[-1][2]}"
        yield run[0][0], run[-1][1], label


def _rows(name: str, text: str, form: str, surplus: Surplus) -> Iterator[Row]:
    if form in ("csv", "tsv"):
        return _table(name, text, form, surplus)
    if form == "json" or text.lstrip()[:1] == "[":
        return _json(name, text)
    return _lines(name, text)


def _lines(name: str, text: str) -> Iterator[Row]:
    """jsonl: a table a line, or a text a line."""
    number, reader = 0, jsons.Reader()
    for place, line in enumerate(io.StringIO(text), start=1):
        if line.strip():
            number += 1
            try:
                found = reader.whole(line.strip())
            except (ValueError, RecursionError) as error:
                raise InputError(
                    "Line {line} of {name} is not JSON.",
                    "Correct the line, or take it out, and add the file again.",
                    name=name,
                    line=place,
                ) from error
            yield number, _as_row(found)


def _json(name: str, text: str) -> Iterator[Row]:
    """json: a list of tables or texts, taken one by one; or a table that holds one such list."""
    values = jsons.Values(io.StringIO(text), LARGEST_BYTES)
    try:
        if not values.listed:
            found = values.reader.whole(text.strip())
            messages = chat_json.rows_of(found) if isinstance(found, dict) else None
            if messages is not None:
                yield from enumerate(messages, start=1)
                return
            lists: list[list[Any]] = (
                [
                    value
                    for value in found.values()
                    if isinstance(value, list) and value and isinstance(value[0], dict | str)
                ]
                if isinstance(found, dict)
                else []
            )
            longest = max(lists, key=lambda one: len(one)) if lists else [found]
            yield from ((number, _as_row(row)) for number, row in enumerate(longest, start=1))
            return
        for number, row in enumerate(values, start=1):
            yield number, _as_row(row)
    except (ValueError, RecursionError) as error:
        raise damaged(name, "JSON") from error


def _as_row(found: Any) -> dict[str, Any]:
    return found if isinstance(found, dict) else {"text": found}


def _table(name: str, text: str, form: str, surplus: Surplus) -> Iterator[Row]:
    """csv and tsv: quoted cells of any size, in the dialect that gives the evenest columns.

    Cells beyond the last column belong to it, with the separators between them: most often its text
    holds the separator.
    """
    csv.field_size_limit(LARGEST_BYTES)
    told = ""
    if text[:4].lower() == "sep=":  # a line that Excel writes for itself
        told, _, text = text[4:].partition("\n")
    delimiter = told.strip("\r")[:1] or ("\t" if form == "tsv" else delimited.delimiter(text))
    reader = _records(text, delimiter)
    try:
        first = next(reader, [])
        header = _header(first)
        rows: Iterable[list[str]] = reader if header else _behind(first, reader)
        names = header or [f"column {number}" for number in range(1, len(first) + 1)]
        for number, cells in enumerate(rows, start=1):
            while len(cells) > len(names) and not cells[-1].strip():
                cells.pop()
            if len(cells) > len(names):
                surplus.count(number, cells)
                cells[len(names) - 1 :] = [delimiter.join(cells[len(names) - 1 :])]
            yield number, dict(zip_longest(names, cells, fillvalue=""))
    except csv.Error as error:
        raise damaged(name, form.upper()) from error


def _behind(first: list[str], rest: Iterator[list[str]]) -> Iterator[list[str]]:
    yield first
    yield from rest


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    # newline="": line ends inside quoted cells stay as they are.
    return (
        cells
        for cells in csv.reader(
            io.StringIO(text.replace("\0", ""), newline=""), delimiter=delimiter
        )
        if any(cells)
    )


def _header(record: list[str]) -> list[str]:
    """The first record if it can name columns; [] where it is a row itself: a long text, a number,
    a time, a name twice.
    """
    names = [cell.strip() for cell in record]
    fit = any(names) and all(
        len(name) <= 60 and not name.replace(".", "").isdigit() and not cells.is_time(name)
        for name in names
    )
    return (
        [name or f"column {n}" for n, name in enumerate(names, 1)]
        if fit and len({*names}) == len(names)
        else []
    )
