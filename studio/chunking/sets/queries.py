"""Reading chunk sets for the window: the sets, pages of chunks, the histogram, and deleting a
set.
"""

from typing import Any

from studio import set_tables
from studio.chunking.sets import statistics
from studio.errors import InputError
from studio.jobs.records import at_rest
from studio.store import chunks, sets
from studio.store.chunks import Chunk
from studio.workspace import Workspace

MAX_PAGE = 1000


def chunk_sets(workspace: Workspace) -> list[dict[str, Any]]:
    """The chunk sets that hold chunks, newest first: id, name, job, created (Unix seconds), count,
    meta.

    meta has the figures of `figures.of_set` and the spec once the job is done, before that nothing.
    """
    return [
        found.listed | {"count": size} for found, size in sets.chunk_sets(workspace.store) if size
    ]


def page(
    workspace: Workspace, set_id: str, offset: int = 0, limit: int = 50
) -> list[dict[str, Any]]:
    """Chunks in order: id, chunk_id (from 0), document (its id), start, end, text, tokens,
    heading.
    """
    found = chunks.page(
        workspace.store,
        str(set_id),
        offset=max(0, int(offset)),
        limit=max(0, min(int(limit), MAX_PAGE)),
    )
    return [_shown(chunk) for chunk in found]


def histogram(
    workspace: Workspace, set_id: str, bins: int = statistics.BINS
) -> list[statistics.Bin]:
    """(low, high, count) of the chunks by tokens; [] for an unknown or empty set."""
    return statistics.histogram(chunks.tokens(workspace.store, str(set_id)), bins)


def document_chunks(
    workspace: Workspace, set_id: str, document: str, start: int, end: int
) -> list[dict[str, Any]]:
    """The chunks of a document (its id) that reach into text[start:end], in order; keys as those of
    `page`.
    """
    found = chunks.within(
        workspace.store, str(set_id), str(document), int(start), int(end), limit=MAX_PAGE
    )
    return [_shown(chunk) for chunk in found]


def figures_now(workspace: Workspace, set_id: str) -> dict[str, Any]:
    """chunks, tokens_median, tokens_max and histogram of the chunks as they are now, edits
    included.
    """
    return statistics.sizes(workspace.store, str(set_id))


def delete_set(workspace: Workspace, set_id: str) -> None:
    """Delete a set and its chunks; rows made from them stay.

    Raises InputError, or JobError while its job runs.
    """
    require_at_rest(workspace, set_id)
    with set_tables.edited(workspace, str(set_id)) as db:  # its tables go with it
        sets.delete(db, str(set_id), "chunks")


def require_at_rest(workspace: Workspace, set_id: str) -> None:
    """Raise InputError where there is no such set, JobError while it is being made."""
    if not at_rest(workspace, set_id, "chunks"):
        raise unknown(set_id)


def unknown(set_id: str) -> InputError:
    """The error for a set that is not there."""
    return InputError(
        "There is no chunk set {id}.", "Choose one from the list.", id=str(set_id)[:80] or "—"
    )


def _shown(chunk: Chunk) -> dict[str, Any]:
    return {
        "id": chunk.id,
        "chunk_id": chunk.ordinal,
        "document": chunk.document,
        "start": chunk.start,
        "end": chunk.end,
        "text": chunk.text,
        "tokens": chunk.tokens,
        "heading": chunk.heading,
    }
