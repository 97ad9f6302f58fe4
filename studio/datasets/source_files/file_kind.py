"""Which kind of dataset file one is: by its content, and only where that leaves it open by its
name.
"""

import csv
import io
from itertools import islice
from pathlib import Path, PurePath
from typing import TextIO

from studio.datasets.row_forms.column_map import sniff
from studio.datasets.source_files.containers import kind_of_container
from studio.datasets.source_files.convert import HEAD_CHARS, MOST_ROW, MOST_WRAPPED, json_of
from studio.datasets.source_files.json_shapes import shape_of
from studio.errors import InputError
from studio.text import delimited, jsons
from studio.text.encoding import open_text
from studio.text.signature import HEAD_BYTES, refuse_no_text
from studio.text.table_dialect import dialect

PARQUET = b"PAR1"
HEADER_ROWS = 20  # of a table that is not called one
EVEN = 0.8  # of its rows that have as many cells as its header


def kind_of(path: Path, name: str) -> str:
    """parquet, excel, arrow, json, jsonl, csv or txt: by the file's content, and where that leaves
    it open by its name.

    Raises InputError for what is none of these.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head[:4] == PARQUET:
        return "parquet"
    if container := kind_of_container(path, name, head):
        return container
    refuse_no_text(name, head)
    ending = PurePath(name).suffix.lower().lstrip(".")
    if ending in ("parquet", "arrow") or head[:2] == b"PK" or head[:5] == b"%PDF-":
        raise InputError(
            "{name} is not a dataset file.",
            "Choose json, jsonl, csv, Excel, Arrow or parquet.",
            name=name,
        )
    source, _ = open_text(path, name)
    with source:
        start = source.read(HEAD_CHARS).lstrip().lstrip("\ufeff")
        source.seek(0)
        if start[:1] in ("[", "{") and start:
            return "jsonl" if _is_jsonl(source, start[:1]) else "json"
    if ending in ("json", "jsonl", "txt"):
        return "csv" if _has_header(start) else ending
    return "csv"


def _has_header(start: str) -> bool:
    """Whether a text whose name does not say so is a table: its first record names known columns,
    and most others have as many cells.
    """
    try:
        held = csv.reader(io.StringIO(start, newline=""), **dialect(start).options)
        rows = list(islice((cells for cells in held if any(cells)), HEADER_ROWS))
        names = [cell.strip() for cell in rows[0]] if rows else []
        if len(names) < 2 or len(rows) < 2:
            return False
        sniff([dict.fromkeys(names, "text")])
    except (csv.Error, InputError):
        return False
    even = sum(len(cells) == len(names) for cells in rows[1:])
    return even >= EVEN * (len(rows) - 1)


def _is_jsonl(source: TextIO, start: str) -> bool:
    """Whether the first line is a table by itself; or a list, and the next a table; or there is no
    JSON to be read from the start, and half of the first lines are tables."""
    tried = list(
        islice(
            (line for line in delimited.lines(source, MOST_ROW) if line is None or line.strip()), 2
        )
    )
    first, second = [json_of(line) for line in [*tried, None, None][:2]]
    if isinstance(first, dict):
        return len(tried) > 1 or not shape_of(first)
    if start == "[" or not isinstance(second, dict):
        return isinstance(first, list) and isinstance(second, dict)
    source.seek(0)
    try:
        next(iter(jsons.Values(source, MOST_WRAPPED)), None)
        return False
    except jsons.BadJson:
        source.seek(0)
        read = [
            json_of(line)
            for line in islice(delimited.lines(source, MOST_ROW), 20)
            if line is None or line.strip()
        ]
        return 2 * sum(isinstance(value, dict) for value in read) >= len(read)
