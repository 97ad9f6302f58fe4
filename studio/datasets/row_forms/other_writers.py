"""Rows in forms that `dataset_info.json` has no words for: TRL's, plain text, and tables. Such
files are exports: they lie under data/exports/ and are read back like any file of rows.

    trl           {"prompt", "completion"}, of pairs {"prompt", "chosen", "rejected"}, with a label
                  {"prompt", "completion", "label"}: lists of messages; TRL's standard trainers
                  take them as they are (trl, "Dataset formats and types")
    trl_implicit  {"chosen", "rejected"}: whole conversations, the question in both
    text          {"text"}: Alpaca's template
"""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from studio.datasets.row_forms import formats
from studio.datasets.row_forms.alpaca_template import as_text
from studio.datasets.row_forms.formats import Row

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what makes a spreadsheet take a cell for a formula
MARK = "\ufeff"  # by which Excel knows UTF-8


def lay_out_plain(rows: Sequence[Row], formatting: str, *, flat: bool) -> list[Row]:
    """The rows in one of the forms above, which has room for them (see `write.lost`).

    flat: whether a call's arguments are JSON text, as a file with one type a column needs it.
    """
    make = {"trl": _trl, "trl_implicit": _implicit, "text": _text}[formatting]
    made = [make(row) for row in rows]
    if flat:
        for row in made:
            for turns in row.values():
                _flatten(turns)
    tools = any(row.get("tools") for row in rows)
    return (
        [row | {"tools": old.get("tools") or ""} for row, old in zip(made, rows, strict=True)]
        if (tools)
        else made
    )


def table(rows: Sequence[Row], *, guarded: bool) -> tuple[str, int]:
    """(rows as csv text that Excel opens too, how many cells begin as a formula does).

    Lists are JSON in their cells. guarded: such cells stand behind an apostrophe, which comes back
    as part of the text.
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(names)
    formulas = 0
    for row in rows:
        cells = [_cell(row.get(name)) for name in names]
        formulas += sum(cell.startswith(FORMULA) for cell in cells)
        if guarded:
            cells = [f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells]
        writer.writerow(cells)
    return MARK + out.getvalue(), formulas


def _cell(value: Any) -> str:
    if value is None or value == []:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _trl(row: Row) -> Row:
    asked = formats.prompt_messages(row)
    if "text" in row:
        return {"text": row["text"]}
    if "chosen" in row:
        return {"prompt": asked} | {side: [_reply(row[side])] for side in ("chosen", "rejected")}
    made: Row = {"prompt": asked, "completion": [formats.messages(row)[-1]]}
    return made | ({"label": row["kto_tag"]} if "kto_tag" in row else {})


def _implicit(row: Row) -> Row:
    asked = formats.prompt_messages(row)
    return {side: [*asked, _reply(row[side])] for side in ("chosen", "rejected")}


def _text(row: Row) -> Row:
    return {"text": row["text"] if "text" in row else as_text(row)}


def _reply(text: str) -> Row:
    return {"role": "assistant", "content": text}


def _flatten(turns: Any) -> None:
    for turn in turns if isinstance(turns, list) else ():
        for call in turn.get("tool_calls", ()):
            given = call["function"]["arguments"]
            call["function"] = call["function"] | {
                "arguments": json.dumps(given, ensure_ascii=False)
            }
