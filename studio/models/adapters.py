"""Where the adapters of a workspace lie."""

from pathlib import Path

from studio.errors import ModelError, WorkspaceError
from studio.workspace import Workspace


def adapter_folder(workspace: Workspace, reference: str) -> Path:
    """The folder of an adapter by its name in `studio.training.adapters`, or by its path in the
    workspace (`runs/<id>/adapter`).

    Its place is checked, its content is not: call `check_adapter` before loading it.
    Raises ModelError.
    """
    text = reference.strip().strip("/")
    run, _, part = text.removeprefix("runs/").partition("/")
    try:
        path = workspace.inside(f"runs/{run}/{part or 'adapter'}")
        if run and path.parent.parent == workspace.runs.resolve() and path.is_dir():
            return path
    except (
        WorkspaceError,
        ValueError,
        OSError,
    ) as error:  # a NUL, or a name too long for the system
        raise _unknown(text) from error
    raise _unknown(text)


def _unknown(name: str) -> ModelError:
    return ModelError(
        "There is no adapter {name}.", "Choose one from the list.", name=repr(name[:80])
    )


def template_of(folder: Path) -> str | None:
    """The chat template that lies in an adapter's folder, with which it was trained and the chat
    asks it; None where it has none and the model's own counts.
    """
    path = folder / "chat_template.jinja"
    return path.read_text(encoding="utf-8") if path.is_file() else None
