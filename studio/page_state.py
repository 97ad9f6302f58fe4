"""What the window's forms held last, kept in the workspace: value by value, so that the last writer
of each wins.

Keys are the names of the window's controls; what a key means, and whether its value still fits, is
for the window to say.
Files that were handed in and API keys never come here.
"""

import time
from typing import Any

from studio.store import dumps, loads
from studio.workspace import Workspace

MAX_VALUE = 4 << 20  # letters of JSON: a cast of thousands of people has about 200,000
MAX_KEYS = 2000


def load(workspace: Workspace) -> dict[str, Any]:
    """All that is kept: key → plain value."""
    return {
        row["key"]: loads(row["value"])
        for row in workspace.store.all("SELECT key, value FROM page_state")
    }


def save(workspace: Workspace, values: dict[str, Any], at: float | None = None) -> list[str]:
    """Keep plain values (None forgets a key) unless a newer one stands; the keys that were too
    large to keep.

    at: Unix time of the change, for one that arrives late; now when left out. Raises
    WorkspaceError.
    """
    moment = min(at or time.time(), time.time())
    known = {
        row["key"]: row for row in workspace.store.all("SELECT key, value, changed FROM page_state")
    }
    written, large = [], []
    for key, value in values.items():
        text, row = dumps(value).encode("utf-8", "replace").decode("utf-8"), known.get(key)
        if row is not None and (row["changed"] > moment or row["value"] == text):
            continue
        if len(text) > MAX_VALUE or (row is None and len(known) + len(written) >= MAX_KEYS):
            large.append(key)
        elif row is not None or value is not None:
            # A forgotten key leaves its moment, so that a change made before does not come back
            # late.
            written.append((key, text, moment))
    if written:
        with workspace.store.write() as db:
            db.executemany(
                "INSERT INTO page_state (key, value, changed) VALUES (?, ?, ?) ON CONFLICT (key)"
                " DO UPDATE SET value = excluded.value, changed = excluded.changed WHERE "
                "excluded.changed >= page_state.changed",
                written,
            )
    return large
