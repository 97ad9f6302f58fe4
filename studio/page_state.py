"""What the window's forms held last, kept in the workspace: value by value, so that the last writer
of each wins.

Keys are the names of the window's controls; what a key means, and whether its value still fits, is
for the window to say.
Files that were handed in and API keys never come here.
"""

import time
from typing import Any

from studio.store import dumps, loads, page_state
from studio.store.page_state import Value
from studio.workspace import Workspace

MAX_VALUE = 4 << 20  # letters of JSON: a cast of thousands of people has about 200,000
MAX_KEYS = 2000


def load(workspace: Workspace) -> dict[str, Any]:
    """All that is kept: key → plain value."""
    return {key: loads(kept.text) for key, kept in page_state.load(workspace.store).items()}


def save(workspace: Workspace, values: dict[str, Any], at: float | None = None) -> list[str]:
    """Keep plain values (None forgets a key) unless a newer one stands; the keys that were too
    large to keep.

    at: Unix time of the change, for one that arrives late; now when left out. Raises
    WorkspaceError.
    """
    moment = min(at or time.time(), time.time())
    known = page_state.load(workspace.store)
    written: list[tuple[str, Value]] = []
    large: list[str] = []
    for key, value in values.items():
        text, kept = dumps(value).encode("utf-8", "replace").decode("utf-8"), known.get(key)
        if kept is not None and (kept.changed > moment or kept.text == text):
            continue
        if len(text) > MAX_VALUE or (kept is None and len(known) + len(written) >= MAX_KEYS):
            large.append(key)
        elif kept is not None or value is not None:
            # A forgotten key leaves its moment, so that a change made before does not come back
            # late.
            written.append((key, Value(text, moment)))
    if written:
        with workspace.store.write() as db:
            page_state.save(db, written)
    return large
