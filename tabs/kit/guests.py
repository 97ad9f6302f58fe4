"""What a guest of a shared window may learn and choose: the chat with what the host has loaded, and
nothing of this machine.

A guest's browser can send anything for any control, also for those that are not shown: so the
model, the hub, the quantisation and the adapter are never read from it. They are the host's: what
the model server holds now, and which adapter the host chose for the chat of this workspace.
"""

import re
from pathlib import Path
from typing import Any

from studio import models, page_state, serving
from studio.errors import ModelError, StudioError
from studio.serving import ServerSpec
from studio.workspace import Workspace, home

# An absolute path of a file system, POSIX or Windows; a lone "/" or a fraction such as 3/4 is none.
PATHS = re.compile(
    r"(?<![\w/:.])(?:~|[A-Za-z]:)?[\\/][^\s\\/:*?\"'<>|,;()]+(?:[\\/][^\s\\/:*?\"'<>|,;()]*)+"
)
# Gradio's doors that the chat does not need. An upload answers with its folder on this machine.
CLOSED = re.compile(
    r"/(?:gradio_api/)?(?:upload|upload_progress|file|proxy|stream|component_server|deep_link"
    r"|process_recording|custom_component"
    r"|vibe[\w-]*|undo-vibe-edit|call|api|info|openapi\.json|runs|run-history|dev|monitoring"
    r"|profiling)(?:[/=?].*)?$"
)


def closed(path: str) -> bool:
    """Whether a guest's request for this path is refused."""
    return CLOSED.fullmatch(path) is not None


def discreet(error: StudioError, *more: Path) -> StudioError:
    """The same error with each folder of this machine cut down to its last name."""
    values: dict[str, Any] = {key: text(value, *more) for key, value in error.values.items()}
    discreet = StudioError(error.what_template, error.do_template, **values)
    discreet.type = error.type
    return discreet


def text(value: str, *more: Path) -> str:
    """`value` with each path in it cut down to its last name."""
    for folder in (*more, home(), Path.home()):
        value = value.replace(
            str(folder), f"/…/{folder.name}"
        )  # names with spaces, which the pattern would cut in two
    return PATHS.sub(lambda found: re.split(r"[\\/]", found[0].rstrip("\\/"))[-1], value)


def model_name(name: str) -> str:
    """A model as a guest is told it: a folder by its last name."""
    return Path(name).name if Path(name).is_absolute() or "\\" in name else name


def served() -> ServerSpec:
    """What the host has loaded, as it stands. Raises ModelError where that is nothing."""
    now = serving.status()
    if now.state not in ("ready", "loading") or now.spec is None:
        raise ModelError(
            "No model is loaded at the moment.",
            "Ask the person who shares this window to load one.",
        )
    return now.spec


def load(workspace: Workspace) -> StudioError | None:
    """Begin to load the model that the host chose last in this workspace, when the window opens to
    others; why not, if not.

    Only what is on this machine: the host fetches a model in a window of his own.
    """
    kept = page_state.load(workspace)
    model, hub, bits = (kept.get(name) for name in ("model", "hub", "quantization"))
    reference = model if isinstance(model, str) and model else "starter"
    try:
        spec = ServerSpec.read(
            {
                "model_name_or_path": reference,
                "hub_name": hub or "huggingface",
                "quantization_bit": bits if bits in ("4", "8") else "none",
                "adapter_roots": [str(workspace.runs)],
            }
        )
        if serving.status().state in ("loading", "ready"):
            return None
        if reference not in {
            entry.reference for entry in models.available(spec.hub_name, workspace) if entry.ready
        }:
            raise ModelError(
                "The model {name} is not on this machine, so the chat has none to offer.",
                "Load one in a window that is not shared; guests then talk to it.",
                name=reference,
            )
        serving.start(spec)
    except StudioError as error:
        return error
    return None


def adapter(workspace: Workspace) -> str:
    """The adapter that the host chose for the chat of this workspace; "" for none."""
    chosen: Any = page_state.load(workspace).get("adapter")
    return chosen if isinstance(chosen, str) else ""
