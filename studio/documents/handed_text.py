"""A document's text as it is handed to a task in another process."""

from dataclasses import dataclass
from pathlib import Path

from studio.documents.library import text
from studio.documents.records import Document
from studio.workspace import Workspace


@dataclass(frozen=True)
class HandedText:
    """A document, with its text where the task may run on another machine."""

    document: Document
    workspace: Path
    whole: str | None = None

    def read(self) -> str:
        """The text. Raises WorkspaceError where the file is missing."""
        return text(Workspace(self.workspace), self.document) if self.whole is None else self.whole


def hand(workspace: Workspace, document: Document, *, whole: bool) -> HandedText:
    """A document for a task; `whole` for one that may run where the workspace is not."""
    return HandedText(document, workspace.path, text(workspace, document) if whole else None)
