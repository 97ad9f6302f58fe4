"""Fetching a model from a hub, in worker code: weights as safetensors, texts and tables, never code
or pickle.
"""

from collections.abc import Sequence
from pathlib import Path

from studio.errors import ModelError
from studio.models.reference import Hub, is_hub_id, resolve
from studio.models.safety import check_model
from studio.workspace import Workspace

WANTED = ["*.safetensors", "*.json", "*.jinja", "*.txt", "*.model", "*.tiktoken"]


def local_folder(
    reference: str,
    hub: Hub = "huggingface",
    workspace: Workspace | None = None,
    runs: Sequence[str | Path] = (),
) -> str:
    """The folder to load a model from; a hub's model is fetched into that hub's own cache first.

    The fetched folder passes the same checks as any local one. Raises ModelError.
    """
    found = resolve(reference, hub, workspace, runs)
    if not is_hub_id(found):
        return found
    path = Path(_from_modelscope(found) if hub == "modelscope" else _from_huggingface(found))
    check_model(path)
    return str(path)


def _from_huggingface(hub_id: str) -> str:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
    )

    try:
        return str(snapshot_download(hub_id, allow_patterns=WANTED))
    except GatedRepoError as error:
        raise ModelError(
            "The model {id} is only given to people who accepted its licence.",
            "Accept it on the hub's page, set HF_TOKEN and start again.",
            may_pass=True,
            id=hub_id,
        ) from error
    except RepositoryNotFoundError as error:
        raise ModelError("The hub has no model {id}.", "Check its name.", id=hub_id) from error
    except LocalEntryNotFoundError as error:
        raise _offline(hub_id) from error
    except (HfHubHTTPError, OSError) as error:
        raise _failed(hub_id, error) from error


def _from_modelscope(hub_id: str) -> str:
    try:
        from modelscope import snapshot_download
    except ImportError as error:
        raise ModelError(
            "The modelscope library is not installed.",
            "Install it with `pip install modelscope`, or use Hugging Face.",
            may_pass=True,
        ) from error
    try:
        return str(snapshot_download(hub_id, allow_patterns=WANTED))
    except (OSError, ValueError, RuntimeError) as error:
        raise _failed(hub_id, error) from error


def _offline(hub_id: str) -> ModelError:
    return ModelError(
        "The model {id} is not on this machine and the hub cannot be reached.",
        "Connect to the network, or choose a model that is ready.",
        may_pass=True,
        id=hub_id,
    )


def _failed(hub_id: str, error: Exception) -> ModelError:
    return ModelError(
        "The model {id} could not be fetched ({reason}).",
        "Check the network and the disk, then start again.",
        may_pass=True,
        id=hub_id,
        reason=" ".join(str(error).split())[:120].rstrip("."),
    )
