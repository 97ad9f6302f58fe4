"""A row in the normal form → the columns of the file that it stands in.

What the row already says in the file stays as it is written there: other columns, the fields of a
turn that has not changed. Nothing is trusted: a row counts as put back where reading it gives what
was asked for.
"""

from collections.abc import Iterator
from typing import Any

from studio.datasets.row_forms import formats, write
from studio.datasets.row_forms.chat_messages import plain
from studio.datasets.row_forms.column_map import Layout
from studio.datasets.row_forms.formats import Row, RowProblem
from studio.errors import InputError

# Fields of the normal form, and which column of a layout holds each.
COLUMN = {
    "instruction": "prompt",
    "input": "query",
    "output": "response",
    "system": "system",
    "history": "history",
    "chosen": "chosen",
    "rejected": "rejected",
    "kto_tag": "kto_tag",
    "tools": "tools",
    "text": "prompt",
}


def put_back(row: Row, layout: Layout, before: Row | None, number: int) -> Row:
    """The file's row that reads as `row`.

    before: the file's row until now, None for a new one; number: from 0, for the errors. Raises
    InputError for a row that could not be used, and for one that the dataset's columns have no
    place for.
    """
    wanted = _usable(row, layout, number)
    for made in _ways(wanted, layout, before):
        try:
            if formats.normalise(made, layout) == wanted:
                return made
        except RowProblem:
            continue
    missing = [
        name for name in wanted if wanted[name] and not getattr(layout, COLUMN.get(name, ""), True)
    ]
    raise InputError(
        "The columns of the dataset have no place for {field} (row {row}).",
        "Leave it empty, or make a dataset in the form openai.",
        field=", ".join(missing) or "that",
        row=number + 1,
    )


def _usable(row: Row, layout: Layout, number: int) -> Row:
    """The row as it would be read again: empty fields that it may leave out are there."""
    try:
        if not isinstance(row, dict):
            raise RowProblem("not a table of fields")
        kind = formats.kind(row)
        form = "openai" if kind == "messages" else "alpaca"
        plain, (made,) = write.lay_out([row], form)
        return formats.normalise(made, plain)
    except (RowProblem, KeyError, TypeError, AttributeError, IndexError) as problem:
        reason = str(problem) if isinstance(problem, RowProblem) else "not a row of this dataset"
        raise InputError(
            "Row {row} could not be used then: {reason}.",
            "Correct it, or delete the row.",
            row=number + 1,
            reason=reason,
        ) from problem


def _ways(row: Row, layout: Layout, before: Row | None) -> Iterator[Row]:
    """Ways to write a row, the one that changes least first."""
    if layout.formatting == "alpaca":
        yield _columns(row, layout, before)
        return
    if before is not None:
        yield _patched(row, layout, before)
    made = write.laid(row, layout)
    yield (before or {}) | made


def _columns(row: Row, layout: Layout, before: Row | None) -> Row:
    """An alpaca row: a column a field, only those that say something else than before."""
    old = _flat(formats.normalise(before, layout)) if before is not None else {}
    made = dict(before or {})
    for name, value in _flat(row).items():
        column = getattr(layout, COLUMN[name])
        if column and (before is None or old.get(name) != value):
            made[column] = _side(made.get(column), value, layout)
    return made


def _flat(row: Row) -> Row:
    """A row that is kept as messages, since it has tools, as fields."""
    if "messages" not in row:
        return row
    return write.questions(row) | {"tools": row.get("tools", "")}


def _side(old: Any, value: Any, layout: Layout) -> Any:
    """A text where the file has a message, or a conversation that ends in one."""
    if isinstance(old, list) and old and isinstance(old[-1], dict) and isinstance(value, str):
        return [*old[:-1], _side(old[-1], value, layout)]
    if isinstance(old, dict) and isinstance(value, str):
        name = next((n for n in (layout.content_tag, "content", "value") if n in old), "content")
        return old | {name or "content": value}
    return value


def _patched(row: Row, layout: Layout, before: Row) -> Row:
    """A conversation whose turns are as many as before: those that say the same stay as they are
    written.
    """
    column = layout.messages or "messages"
    old = formats.normalise(before, layout)
    asked = formats.prompt_messages if layout.ranking else formats.messages
    was, now = asked(old), asked(row)
    turns = before[column]
    made = dict(before)
    if layout.ranking:
        for side in ("chosen", "rejected"):
            if old[side] != row[side]:
                name = getattr(layout, side) or side
                made[name] = _side(before.get(name), row[side], layout)
    apart = len(was) - len(turns)  # a system prompt in a column of its own
    if len(was) != len(now) or apart not in (0, 1):
        return write.laid(row, layout)
    if apart and was[0] != now[0]:
        made[layout.system or "system"] = now[0]["content"]
    made[column] = [
        turn if was[n + apart] == now[n + apart] else _turn(turn, now[n + apart], layout)
        for n, turn in enumerate(turns)
    ]
    if layout.kto_tag and old.get("kto_tag") != row.get("kto_tag"):
        made[layout.kto_tag] = row.get("kto_tag")
    return made


def _turn(turn: Row, message: Row, layout: Layout) -> Row:
    """A turn that says something else: by its words alone where that suffices."""
    if plain(message) and isinstance(turn.get(layout.content_tag or "content"), str):
        return turn | {layout.content_tag or "content": message["content"]}
    return write.turn_of(message, layout)
