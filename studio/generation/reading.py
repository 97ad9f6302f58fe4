"""Reading and reviewing rows: what the instruction and preference views show, and what their
buttons do.

Every change keeps the row as it was in `reviews`, in the same transaction.
"""

from typing import Any

from studio import documents, set_tables
from studio.errors import InputError, WorkspaceError
from studio.store import dumps, loads
from studio.workspace import Workspace

STATES = ("new", "accepted", "rejected")
NEEDED = ("output", "chosen", "rejected")
MAX_PAGE = 500
CONTEXT_CHARS = 2000

SELECT = """
    SELECT rows.id, rows.set_id, rows.state, rows.data, rows."start", rows."end", rows.chunk,
        rows.document AS document_id,
           documents.name AS document, chunks.text AS source, chunks."start" AS source_start,
           chunks.heading
    FROM rows LEFT JOIN documents ON documents.id = rows.document
        LEFT JOIN chunks ON chunks.id = rows.chunk
"""


def row_sets(workspace: Workspace, format: str | None = None) -> list[dict[str, Any]]:
    """Row sets, the newest first: id, name, format ("sft" or "ranking"), from, job, created, rows,
    and counts by state.

    A set that holds no row is among them only while its job is making it.
    """
    tally = ", ".join(f"ifnull(sum(r.state = '{state}'), 0) AS {state}" for state in STATES)
    found = workspace.store.all(
        f"SELECT s.id, s.name, s.meta, s.job, s.created, count(r.id) AS rows, {tally} FROM sets s"
        f" LEFT JOIN rows r ON r.set_id = s.id"
        " WHERE s.kind = 'rows' GROUP BY s.id HAVING count(r.id) > 0"
        " OR EXISTS (SELECT 1 FROM jobs j WHERE j.id = s.job AND j.state IN ('queued', "
        "'running')) ORDER BY s.created DESC, s.rowid DESC"
    )
    listed = []
    for one in found:
        meta = loads(one.pop("meta")) or {}
        if format is None or meta.get("format") == format:
            listed.append(one | {"format": meta.get("format", "sft"), "from": meta.get("from", "")})
    return listed


def counts(workspace: Workspace, set_id: str) -> dict[str, int]:
    """Number of rows by state: new, accepted, rejected; zeros for an empty or unknown set."""
    found = workspace.store.all(
        "SELECT state, count(*) AS n FROM rows WHERE set_id = ? GROUP BY state", (set_id,)
    )
    return dict.fromkeys(STATES, 0) | {one["state"]: one["n"] for one in found}


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
    if workspace.store.one("SELECT id FROM sets WHERE id = ? AND kind = 'rows'", (set_id,)) is None:
        raise InputError("There is no row set {id}.", "Choose one from the list.", id=set_id)
    where, values = "rows.set_id = ?", [set_id]
    if state:
        where, values = f"{where} AND rows.state = ?", [*values, _known(state)]
    if search and search.strip():
        where, values = (
            f"{where} AND rows.data LIKE ? ESCAPE '~'",
            [*values, _pattern(search.strip())],
        )
    total = workspace.store.value(f"SELECT count(*) FROM rows WHERE {where}", values)
    page = workspace.store.all(
        f'{SELECT} WHERE {where} ORDER BY rows.document, rows."start", rows.id LIMIT ? OFFSET ?',
        [*values, max(0, min(limit, MAX_PAGE)), max(0, offset)],
    )
    texts: dict[str, str] = {}
    return [_shown(workspace, row, texts) for row in page], total


def set_state(workspace: Workspace, row_id: int, state: str) -> None:
    """Mark a row "accepted", "rejected" or "new". Raises InputError for an unknown row or state."""
    row = _row(workspace, row_id)
    with set_tables.edited(workspace, row["set_id"]) as db:
        _review(db, row, state)
        db.execute("UPDATE rows SET state = ? WHERE id = ?", (_known(state), row["id"]))


def edit(workspace: Workspace, row_id: int, fields: dict[str, str]) -> dict[str, str]:
    """Replace some of a row's texts; the row's data after it.

    Only texts that the row has may be given, and an answer may not be left empty. Raises
    InputError.
    """
    row = _row(workspace, row_id)
    for name, text in fields.items():
        if name not in row["data"] or not isinstance(text, str):
            raise InputError("This row has no text {name}.", "Reload the page.", name=name)
        if name in NEEDED and not text.strip():
            raise InputError(
                "The {name} side is empty.", "Write an answer, or delete the row.", name=name
            )
    return _replace(workspace, row, "edit", row["data"] | fields)


def flip(workspace: Workspace, row_id: int) -> dict[str, str]:
    """Swap chosen and rejected; the row's data after it.

    Raises InputError for a row without the two.
    """
    row = _row(workspace, row_id)
    if not {"chosen", "rejected"} <= row["data"].keys():
        raise InputError(
            "This row has no chosen and rejected side.", "Only preference rows can be flipped."
        )
    swapped = {"chosen": row["data"]["rejected"], "rejected": row["data"]["chosen"]}
    return _replace(workspace, row, "flip", row["data"] | swapped)


def delete(workspace: Workspace, row_id: int) -> None:
    """Remove a row for good; the job that made it will not make it again. Raises InputError."""
    row = _row(workspace, row_id)
    with set_tables.edited(workspace, row["set_id"]) as db:
        db.execute("DELETE FROM rows WHERE id = ?", (row["id"],))


def _replace(
    workspace: Workspace, row: dict[str, Any], action: str, data: dict[str, str]
) -> dict[str, str]:
    with set_tables.edited(workspace, row["set_id"]) as db:
        _review(db, row, action)
        db.execute("UPDATE rows SET data = ? WHERE id = ?", (dumps(data), row["id"]))
    return data


def _review(db: Any, row: dict[str, Any], action: str) -> None:
    before = dumps({"state": row["state"], "data": row["data"]})
    db.execute(
        "INSERT INTO reviews (row_id, action, before) VALUES (?,?,?)", (row["id"], action, before)
    )


def _row(workspace: Workspace, row_id: int) -> dict[str, Any]:
    row = workspace.store.one("SELECT id, set_id, state, data FROM rows WHERE id = ?", (row_id,))
    if row is None:
        raise InputError("There is no row {id}.", "Reload the page.", id=row_id)
    return row | {"data": loads(row["data"])}


def _known(state: str) -> str:
    if state not in STATES:
        raise InputError(
            "{state} is not a state of a row.", "Use accepted, rejected or new.", state=repr(state)
        )
    return state


def _pattern(search: str) -> str:
    """A LIKE pattern for text inside the JSON of a row."""
    inside = dumps(search)[1:-1]
    for sign in ("~", "%", "_"):
        inside = inside.replace(sign, f"~{sign}")
    return f"%{inside}%"


def _shown(workspace: Workspace, row: dict[str, Any], texts: dict[str, str]) -> dict[str, Any]:
    shown = row | {"data": loads(row["data"])}
    known = shown["document_id"]
    if shown["source"] is None and shown["document"] is not None and shown["start"] is not None:
        if known not in texts:
            texts[known] = _document_text(workspace, known)
        begin = max(0, shown["start"] - CONTEXT_CHARS)
        shown["source"] = texts[known][begin : shown["end"] + CONTEXT_CHARS] or None
        shown["source_start"] = begin
    return shown


def _document_text(workspace: Workspace, document: str) -> str:
    """A document's text; "" if its file is gone, since a row can be read without it."""
    try:
        return documents.text(workspace, documents.get(workspace, document))
    except (InputError, WorkspaceError):
        return ""
