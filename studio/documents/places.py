"""Where a character of a document stood in the original: on which page, in which row, at which
second.
"""

from bisect import bisect_right
from functools import lru_cache
from pathlib import Path

from studio.documents.records import Document, Place
from studio.store import loads
from studio.workspace import Workspace


def places(workspace: Workspace, document: Document) -> list[Place]:
    """The document's places in order; empty where its kind has none, or they are lost."""
    file = document.meta.get("places")
    return list(_read(workspace.inside(file))) if isinstance(file, str) else []


def place_of(workspace: Workspace, document: Document, offset: int) -> str:
    """The label of the place that holds the character at `offset`, or of the last one before it; ""
    if there is none.
    """
    file = document.meta.get("places")
    found = _read(workspace.inside(file)) if isinstance(file, str) else ()
    number = bisect_right(found, offset, key=lambda place: place.start)
    return found[number - 1].label if number else ""


@lru_cache(maxsize=4)
def _read(path: Path) -> tuple[Place, ...]:
    """The file is written once, before the document's row, and never changed: its path stands for
    its content.
    """
    try:
        return tuple(
            Place(int(start), int(end), str(label))
            for start, end, label in loads(path.read_text(encoding="utf-8")) or []
        )
    except (OSError, ValueError, TypeError):
        return ()
