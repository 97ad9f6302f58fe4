"""Rows opened, changed and marked for the window, which parses no file itself: each call runs in
the sandbox (see `window`). The functions that run there stand at the end.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from studio.datasets import registry
from studio.datasets.opened import Dataset, open_dataset
from studio.datasets.publishing.spec import PublishJob
from studio.datasets.publishing.writing import Export, card_text, zip_with
from studio.datasets.row_changes import edits, row_marks
from studio.datasets.row_changes.edits import Change
from studio.datasets.row_changes.row_fields import COLUMN
from studio.datasets.row_forms.column_map import Layout
from studio.datasets.row_forms.formats import Row
from studio.errors import InputError
from studio.sandbox import Limits, run_limited
from studio.workspace import Workspace

SLOWER = 3  # a change copies the file
NEW = -1  # the number of a row that is not there yet
ORDER = ("system", "history", "instruction", "input", "output", "chosen", "rejected", "text")


def open_row(workspace: Workspace, dataset: str, number: int) -> dict[str, Any]:
    """A row to write in: {"row": its number from 0, "age": the file's, "fields": [field, …]}.

    number: NEW for an empty one of the dataset's kind. A field is {"path": where it stands in the
    normal form, "label": its name there or a turn's role, "value": text, or true, false or null
    of a flag}. Raises StudioError.
    """
    return dict(_call(workspace, dataset, "opened_row", number=number))


def save_row(
    workspace: Workspace,
    dataset: str,
    number: int,
    values: Sequence[tuple[Any, Any]],
    why: str,
    seen: str,
) -> int:
    """Give fields of a row another value, or add a row; its number. values: (path, value) of the
    fields that differ; seen: the file's age when the row was opened. Raises StudioError.
    """
    return int(
        _call(
            workspace, dataset, "saved_row", number=number, values=list(values), why=why, seen=seen
        )
    )


def delete_row(workspace: Workspace, dataset: str, number: int, why: str, seen: str) -> None:
    """Take a row out. Raises StudioError."""
    _call(workspace, dataset, "deleted_row", number=number, why=why, seen=seen)


def step(workspace: Workspace, dataset: str, way: int) -> str:
    """Undo (-1) or make again (1) a change; its words. Raises StudioError."""
    return str(_call(workspace, dataset, "stepped", way=way))


def mark_row(
    workspace: Workspace, dataset: str, number: int, rating: int | None, tags: Sequence[str]
) -> None:
    """Rate and tag a row; see `row_marks.mark`. Raises StudioError."""
    _call(workspace, dataset, "marked_row", number=number, rating=rating, tags=list(tags))


def marks(workspace: Workspace, dataset: str) -> dict[str, dict[str, Any]]:
    """The marks of a dataset's rows: {"12": {"rating", "tags"}}, numbers from 0. Raises
    StudioError.
    """
    return dict(_call(workspace, dataset, "marks_of"))


def card_of(workspace: Workspace, spec: dict[str, Any]) -> str:
    """The card of a dataset as the publish job with these fields would write it. Raises
    StudioError.
    """
    return str(_call(workspace, str(spec.get("dataset")), "written_card", spec=spec))


def export_with_sources(
    workspace: Workspace, dataset: str, formatting: str, file_type: str
) -> Path:
    """A zip of the dataset with where each row came from; its path. Raises StudioError."""
    return Path(_call(workspace, dataset, "exported", formatting=formatting, file_type=file_type))


def _call(workspace: Workspace, dataset: str, function: str, **arguments: Any) -> Any:
    size = registry.find(workspace, dataset).bytes
    return run_limited(
        f"studio.datasets.row_changes.row_work:{function}",
        name=dataset,
        limits=Limits.for_bytes(SLOWER * size),
        workspace=str(workspace.path),
        dataset=dataset,
        **arguments,
    )


# --- in the sandbox ---


def opened_row(workspace: str, dataset: str, number: int) -> dict[str, Any]:
    """See `open_row`."""
    place = Workspace(Path(workspace))
    opened = open_dataset(dataset, place)
    row = _empty(opened) if number == NEW else edits.row(place, dataset, number)
    return {
        "row": opened.count if number == NEW else number,
        "age": edits.age(place, dataset),
        "fields": _fields(row, opened.layout),
    }


def saved_row(
    workspace: str, dataset: str, number: int, values: list[Any], why: str, seen: str
) -> int:
    """See `save_row`."""
    place = Workspace(Path(workspace))
    opened = open_dataset(dataset, place)
    row = _empty(opened) if number == NEW else edits.row(place, dataset, number)
    for path, value in values:
        _put(row, path, value)
    at = opened.count if number == NEW else number
    edits.change(place, dataset, [Change(at, row)], why, seen=seen)
    return at


def deleted_row(workspace: str, dataset: str, number: int, why: str, seen: str) -> None:
    """See `delete_row`."""
    edits.change(Workspace(Path(workspace)), dataset, [Change(number, None)], why, seen=seen)


def stepped(workspace: str, dataset: str, way: int) -> str:
    """See `step`."""
    return (edits.undo if way < 0 else edits.redo)(Workspace(Path(workspace)), dataset)


def marked_row(
    workspace: str, dataset: str, number: int, rating: int | None, tags: list[str]
) -> None:
    """See `mark_row`."""
    row_marks.mark(Workspace(Path(workspace)), dataset, [number], rating, tags)


def marks_of(workspace: str, dataset: str) -> dict[str, Any]:
    """See `marks`."""
    found = row_marks.marks(Workspace(Path(workspace)), dataset)
    return {str(n): {"rating": one.rating, "tags": list(one.tags)} for n, one in found.items()}


def _empty(opened: Dataset) -> Row:
    """A row of the dataset's kind that says nothing yet; of conversations the first turns."""
    if opened.kind == "text":
        return {"text": ""}
    head: Row = {"system": "", "instruction": "", "input": "", "history": []}
    if opened.ranking:
        return head | {"chosen": "", "rejected": ""}
    return head | {"output": ""} | ({"kto_tag": True} if opened.kind == "kto" else {})


def _fields(row: Row, layout: Layout) -> list[dict[str, Any]]:
    """What of a row can be written in, in the order in which it is read."""
    found = [
        _turn_field(["messages", n], message, key)
        for n, message in enumerate(row.get("messages", ()))
        for key in ("reasoning_content", "content")
        if isinstance(message.get(key), str)
    ]
    for name in ORDER:
        if name == "history":
            found += [
                {"path": [name, n, side], "label": role, "value": text}
                for n, pair in enumerate(row.get(name) or ())
                for side, (role, text) in enumerate(zip(("user", "assistant"), pair, strict=True))
            ]
        elif name in row and (row[name] or _has_place(name, layout)):
            found.append({"path": [name], "label": name, "value": row[name]})
    for name in ("kto_tag", "tools"):
        if name in row and (name == "kto_tag" or row[name]):
            found.append({"path": [name], "label": name, "value": row[name]})
    return found


def _turn_field(path: list[Any], message: Row, key: str) -> dict[str, Any]:
    label = message["role"] if key == "content" else key
    return {"path": [*path, key], "label": label, "value": message[key]}


def _has_place(name: str, layout: Layout) -> bool:
    """Whether an empty field could be filled in: of a conversation the question and the reply."""
    if layout.formatting == "alpaca":
        return bool(getattr(layout, COLUMN[name]))
    return name != "input" and (
        name != "system" or layout.formatting == "openai" or bool(layout.system)
    )


def _put(row: Row, path: Any, value: Any) -> None:
    """Set a field of a row. Raises InputError for a place that it has not, or another kind of
    value: the page may be forged.
    """
    at: Any = row
    try:
        for part in path[:-1]:
            at = at[part]
        old = at[path[-1]]
    except (LookupError, TypeError):
        old = None
    if not isinstance(old, str | bool) or isinstance(value, bool) is not isinstance(old, bool):
        raise InputError(
            "The page sent something that cannot be used.", "Reload the page, then try again."
        )
    at[path[-1]] = value if isinstance(value, bool) else str(value)


def written_card(workspace: str, dataset: str, spec: dict[str, Any]) -> str:
    """See `card_of`."""
    wanted = Export.of(PublishJob.read(spec | {"card": ""}))
    return card_text(Workspace(Path(workspace)), dataset, wanted)


def exported(workspace: str, dataset: str, formatting: str, file_type: str) -> str:
    """See `export_with_sources`."""
    wanted = Export(formatting, file_type, sources=True)
    return str(zip_with(Workspace.open(workspace), dataset, wanted))
