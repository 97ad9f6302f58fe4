"""One JSON value that stands for a whole file → its rows: a table that wraps the list of rows, and
tables by column or by row number, as pandas writes them.

    wrapped   {"version": 1, "data": [row, …]}
    columns   {"instruction": ["a", …], "output": ["b", …]}; with numbers {"instruction": {"0": …}}
    index     {"0": row, "1": row}
    split     {"columns": ["instruction", …], "data": [["a", …], …]}
"""

from collections.abc import Iterator
from typing import Any

# Lists that stand in one row, never a file's rows.
OF_A_ROW = {
    "messages",
    "conversation",
    "conversations",
    "dialogue",
    "dialog",
    "chat",
    "completions",
    "tools",
}
WRAPPED, COLUMNS, INDEX, SPLIT = "wrapped", "columns", "index", "split"


def shape_of(value: Any) -> str:
    """wrapped, columns, index or split for a value that holds a file's rows; "" for a row."""
    if not isinstance(value, dict) or not value:
        return ""
    if _split(value):
        return SPLIT
    if _wrapped(value):
        return WRAPPED
    parts = list(value.values())
    if all(isinstance(part, dict) for part in parts):
        if all(_number(name) for name in value):
            return INDEX
        first = parts[0].keys()
        same = first and all(part.keys() == first for part in parts)
        return COLUMNS if same and all(_number(name) for name in first) else ""
    return COLUMNS if _listed_columns(value) else ""


def rows_of(value: dict[str, Any], shape: str) -> Iterator[Any]:
    """The rows of a value of that shape, in order."""
    if shape == WRAPPED:
        yield from _wrapped(value)
    elif shape == INDEX:
        yield from value.values()
    elif shape == SPLIT:
        for cells in value["data"]:
            yield dict(zip(value["columns"], cells, strict=False))
    else:
        columns = [
            list(column.values()) if isinstance(column, dict) else column
            for column in value.values()
        ]
        for cells in zip(*columns, strict=True):
            yield dict(zip(value, cells, strict=True))


def _wrapped(value: dict[str, Any]) -> list[Any]:
    """The rows in a table that holds one list of tables beside other things; [] where it is a row
    itself, as one with messages is.
    """
    lists = [
        item for name, item in value.items() if isinstance(item, list) and name not in OF_A_ROW
    ]
    rows = lists[0] if len(lists) == 1 else []
    return rows if rows and isinstance(rows[0], dict) and not _turn(rows[0]) else []


def _split(value: dict[str, Any]) -> bool:
    names, data = value.get("columns"), value.get("data")
    return (
        isinstance(names, list)
        and isinstance(data, list)
        and bool(names and data)
        and all(isinstance(name, str) for name in names)
        and all(isinstance(cells, list) and len(cells) == len(names) for cells in data)
    )


def _listed_columns(value: dict[str, Any]) -> bool:
    """Whether every field is a list, all of one length, of cells: not the turns of one talk, nor
    the two replies of one row.
    """
    lists = list(value.values())
    if not all(isinstance(cells, list) and cells for cells in lists):
        return False
    if len({len(cells) for cells in lists}) != 1:
        return False
    if len(lists) == 1 and not isinstance(lists[0][0], list):
        return next(iter(value)) == "text"
    return not any(_turn(cell) for cells in lists for cell in cells[:1])


def _turn(value: Any) -> bool:
    return isinstance(value, dict) and ("role" in value or "from" in value)


def _number(name: Any) -> bool:
    return isinstance(name, str) and name.isdecimal()
