"""Reading and reviewing rows: what the instruction and preference views show, and what their
buttons do.

Every change keeps the row as it was in `reviews`, in the same transaction.
"""

import dataclasses
from typing import Any

from studio import documents, set_tables
from studio.errors import InputError, WorkspaceError
from studio.store import Writes, reviews, rows, sets
from studio.store.rows import Row, ShownRow
from studio.workspace import Workspace

STATES = sets.ROW_STATES
NEEDED = ("output", "chosen", "rejected")
MAX_PAGE = 500
CONTEXT_CHARS = 2000


def row_sets(workspace: Workspace, format: str | None = None) -> list[dict[str, Any]]:
    """Row sets, the newest first: id, name, format ("sft" or "ranking"), from, job, created, rows,
    and counts by state.

    A set that holds no row is among them only while its job is making it.
    """
    listed = []
    for one, size, by_state in sets.row_sets(workspace.store):
        if format is None or one.meta.get("format") == format:
            listed.append(
                {
                    "id": one.id,
                    "name": one.name,
                    "job": one.job,
                    "created": one.created,
                    "rows": size,
                    **by_state,
                    "format": one.meta.get("format", "sft"),
                    "from": one.meta.get("from", ""),
                }
            )
    return listed


def counts(workspace: Workspace, set_id: str) -> dict[str, int]:
    """Number of rows by state: new, accepted, rejected; zeros for an empty or unknown set."""
    return dict.fromkeys(STATES, 0) | rows.count_by_state(workspace.store, set_id)


def rows_page(
    workspace: Workspace,
    set_id: str,
    offset: int = 0,
    limit: int = 50,
    state: str | None = None,
    search: str | None = None,
) -> tuple[list[dict[str, Any]], int]:
    """(rows, how many there are): those of one state and holding `search`, in the order of their
    source.

    A row has id, state, data, document (name or None), start, end, chunk, heading, and source: the
    text of its chunk, or the document around its span, beginning at character source_start. Raises
    InputError.
    """
    if sets.get(workspace.store, set_id, "rows") is None:
        raise InputError("There is no row set {id}.", "Choose one from the list.", id=set_id)
    page, total = rows.page(
        workspace.store,
        set_id,
        offset=max(0, offset),
        limit=max(0, min(limit, MAX_PAGE)),
        state=_known(state) if state else "",
        search=(search or "").strip(),
    )
    texts: dict[str, str] = {}
    return [_shown(workspace, row, texts) for row in page], total


def set_state(workspace: Workspace, row_id: int, state: str) -> None:
    """Mark a row "accepted", "rejected" or "new". Raises InputError for an unknown row or state."""
    row = _row(workspace, row_id)
    with set_tables.edited(workspace, row.set_id) as db:
        _review(db, row, state)
        rows.set_state(db, row.id, _known(state))


def edit(workspace: Workspace, row_id: int, fields: dict[str, str]) -> dict[str, str]:
    """Replace some of a row's texts; the row's data after it.

    Only texts that the row has may be given, and an answer may not be left empty. Raises
    InputError.
    """
    row = _row(workspace, row_id)
    for name, text in fields.items():
        if name not in row.data or not isinstance(text, str):
            raise InputError("This row has no text {name}.", "Reload the page.", name=name)
        if name in NEEDED and not text.strip():
            raise InputError(
                "The {name} side is empty.", "Write an answer, or delete the row.", name=name
            )
    return _replace(workspace, row, "edit", row.data | fields)


def flip(workspace: Workspace, row_id: int) -> dict[str, str]:
    """Swap chosen and rejected; the row's data after it.

    Raises InputError for a row without the two.
    """
    row = _row(workspace, row_id)
    if not {"chosen", "rejected"} <= row.data.keys():
        raise InputError(
            "This row has no chosen and rejected side.", "Only preference rows can be flipped."
        )
    swapped = {"chosen": row.data["rejected"], "rejected": row.data["chosen"]}
    return _replace(workspace, row, "flip", row.data | swapped)


def undo(workspace: Workspace, set_id: str) -> int:
    """Take the last review of a set back, as often as there are reviews; the row's id.

    Raises InputError where nothing is left to take back.
    """
    last = reviews.last_standing(workspace.store, set_id)
    if last is None:
        raise InputError("There is nothing to undo.", "Accept, reject, edit or flip a row first.")
    row = _row(workspace, last.row)
    with set_tables.edited(workspace, set_id) as db:
        now = {"state": row.state, "data": row.data}
        reviews.add(db, row.id, "undo", now | {"of": last.id})
        rows.set_state(db, row.id, last.before["state"])
        rows.set_data(db, row.id, last.before["data"])
    return row.id


def delete(workspace: Workspace, row_id: int) -> None:
    """Remove a row for good; the job that made it will not make it again. Raises InputError."""
    row = _row(workspace, row_id)
    with set_tables.edited(workspace, row.set_id) as db:
        rows.delete(db, row.id)


def _replace(workspace: Workspace, row: Row, action: str, data: dict[str, str]) -> dict[str, str]:
    with set_tables.edited(workspace, row.set_id) as db:
        _review(db, row, action)
        rows.set_data(db, row.id, data)
    return data


def _review(db: Writes, row: Row, action: str) -> None:
    reviews.add(db, row.id, action, {"state": row.state, "data": row.data})


def _row(workspace: Workspace, row_id: int) -> Row:
    row = rows.get(workspace.store, row_id)
    if row is None:
        raise InputError("There is no row {id}.", "Reload the page.", id=row_id)
    return row


def _known(state: str) -> str:
    if state not in STATES:
        raise InputError(
            "{state} is not a state of a row.", "Use accepted, rejected or new.", state=repr(state)
        )
    return state


def _shown(workspace: Workspace, row: ShownRow, texts: dict[str, str]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        field.name: getattr(row, field.name) for field in dataclasses.fields(row)
    }
    known = row.document_id
    if row.source is None and row.document is not None and row.start is not None and known:
        if known not in texts:
            texts[known] = _document_text(workspace, known)
        begin = max(0, row.start - CONTEXT_CHARS)
        shown["source"] = texts[known][begin : (row.end or 0) + CONTEXT_CHARS] or None
        shown["source_start"] = begin
    return shown


def _document_text(workspace: Workspace, document: str) -> str:
    """A document's text; "" if its file is gone, since a row can be read without it."""
    try:
        return documents.text(workspace, documents.get(workspace, document))
    except (InputError, WorkspaceError):
        return ""
