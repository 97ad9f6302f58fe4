"""Reading chunk sets for the window: the sets, pages of chunks, the histogram, and deleting a
set.
"""

from typing import Any

from studio import set_tables
from studio.chunking.sets import statistics
from studio.errors import InputError
from studio.jobs.records import at_rest
from studio.store import loads
from studio.workspace import Workspace

MAX_PAGE = 1000


def chunk_sets(workspace: Workspace) -> list[dict[str, Any]]:
    """The chunk sets that hold chunks, newest first: id, name, job, created (Unix seconds), count,
    meta.

    meta has the figures of `figures.of_set` and the spec once the job is done, before that nothing.
    """
    rows = workspace.store.all(
        "SELECT s.id, s.name, s.job, s.created, s.meta, (SELECT count(*) FROM chunks c"
        " WHERE c.set_id = s.id) AS count"
        " FROM sets s WHERE s.kind = 'chunks' ORDER BY s.created DESC, s.rowid DESC"
    )
    return [row | {"meta": loads(row["meta"]) or {}} for row in rows if row["count"]]


def page(
    workspace: Workspace, set_id: str, offset: int = 0, limit: int = 50
) -> list[dict[str, Any]]:
    """Chunks in order: id, chunk_id (from 0), document (its id), start, end, text, tokens,
    heading.
    """
    return workspace.store.all(
        'SELECT id, ordinal AS chunk_id, document, "start", "end", text, tokens, heading'
        " FROM chunks"
        " WHERE set_id = ? ORDER BY ordinal LIMIT ? OFFSET ?",
        (str(set_id), max(0, min(int(limit), MAX_PAGE)), max(0, int(offset))),
    )


def histogram(
    workspace: Workspace, set_id: str, bins: int = statistics.BINS
) -> list[statistics.Bin]:
    """(low, high, count) of the chunks by tokens; [] for an unknown or empty set."""
    rows = workspace.store.all("SELECT tokens FROM chunks WHERE set_id = ?", (str(set_id),))
    return statistics.histogram([row["tokens"] for row in rows], bins)


def document_chunks(
    workspace: Workspace, set_id: str, document: str, start: int, end: int
) -> list[dict[str, Any]]:
    """The chunks of a document (its id) that reach into text[start:end], in order; keys as those of
    `page`.
    """
    return workspace.store.all(
        'SELECT id, ordinal AS chunk_id, document, "start", "end", text, tokens, heading'
        " FROM chunks"
        ' WHERE set_id = ? AND document = ? AND "start" < ? AND "end" > ? ORDER BY ordinal LIMIT ?',
        (str(set_id), str(document), int(end), int(start), MAX_PAGE),
    )


def figures_now(workspace: Workspace, set_id: str) -> dict[str, Any]:
    """chunks, tokens_median, tokens_max and histogram of the chunks as they are now, edits
    included.
    """
    return statistics.sizes(workspace.store, str(set_id))


def delete_set(workspace: Workspace, set_id: str) -> None:
    """Delete a set and its chunks; rows made from them stay.

    Raises InputError, or JobError while its job runs.
    """
    if not at_rest(workspace, set_id, "chunks"):
        raise InputError(
            "There is no chunk set {id}.", "Choose one from the list.", id=str(set_id)[:80] or "—"
        )
    with set_tables.edited(workspace, str(set_id)) as db:  # its tables go with it
        db.execute("DELETE FROM sets WHERE id = ? AND kind = 'chunks'", (str(set_id),))
