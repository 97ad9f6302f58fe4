"""From a place in a cleaned document back to the document it was made from."""

from studio import documents
from studio.documents import Document
from studio.documents.cleaning.offsets import Offsets
from studio.workspace import Workspace


def original_span(
    workspace: Workspace, document: Document | str, start: int, end: int
) -> tuple[str, int, int]:
    """(document id, start, end): where `start:end` of a document, or of one given by id, stood in
    the first original.

    Follows parents as far as each has its offsets; a document that was never cleaned is its own
    original. Raises InputError for an unknown document, WorkspaceError where the offsets file is
    missing.
    """
    found = documents.get(workspace, document) if isinstance(document, str) else document
    while found.parent and (file := found.meta.get("offsets")):
        start, end = load(workspace, file).to_original(start, end)
        found = documents.get(workspace, found.parent)
    return found.id, start, end


def load(workspace: Workspace, file: str) -> Offsets:
    """The offsets file at a workspace-relative path. Raises WorkspaceError."""
    return Offsets.load(workspace.inside(file))
