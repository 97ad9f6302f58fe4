"""The store: one SQLite file a workspace, in WAL mode, opened by the window and by every worker.

The only room that writes SQL: a file a table, each with the statements on it as functions that take
the store (or the transaction under way) and give dataclasses.
"""

from studio.store.columns import dumps, loads
from studio.store.database import Reads, Store, Writes
from studio.store.migrations import COUNTED, MIGRATIONS

__all__ = ["COUNTED", "MIGRATIONS", "Reads", "Store", "Writes", "dumps", "loads"]

# Modules that other rooms and the window may use beside these names.
MODULES = (
    "chunk_edits",
    "chunks",
    "documents",
    "events",
    "jobs",
    "marks",
    "page_state",
    "queue",
    "reviews",
    "rows",
    "sets",
    "units",
    "utterance_edits",
    "utterance_summary",
    "utterances",
    "vectors",
)
