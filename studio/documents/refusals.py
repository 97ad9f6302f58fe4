"""What can be said of chosen documents before a job is begun."""

from studio.documents.library import get
from studio.errors import InputError, SpecError, WorkspaceError
from studio.workspace import Workspace


def require_documents(
    workspace: Workspace, references: list[str], field: str = "documents"
) -> None:
    """Raise SpecError where none is chosen, InputError for one that is not there, WorkspaceError
    where its text is gone.
    """
    if not references:
        raise SpecError(
            "No document is chosen.", "Add a document or choose one from the list.", fields=(field,)
        )
    for reference in references:
        try:
            document = get(workspace, reference)
        except InputError as error:
            raise error.about("", field) from error.__cause__
        if not document.path.is_file():
            raise WorkspaceError(
                "The text of {name} is missing from the workspace.",
                "Add the document again.",
                fields=(field,),
                name=document.name,
            )
