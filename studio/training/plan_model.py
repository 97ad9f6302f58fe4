"""Before a run starts: is there the model, and do adapter and reward model fit it. Light."""

from pathlib import Path
from typing import Any

from studio.errors import ModelError
from studio.models import adapter_folder, is_hub_id, resolve
from studio.models.reference import Hub
from studio.training.checkpoints import read_mark
from studio.training.runs import reward_models
from studio.workspace import Workspace


def require_model(
    reference: str,
    hub: Hub,
    adapter: str,
    workspace: Workspace,
) -> str:
    """The model as `studio.models.resolve` gives it, and the adapter, if any, made for it.

    Raises ModelError.

    That a hub has the model is not asked. An adapter made here says on which model; where both lie
    on this machine they must be the same, or copies of it.
    """
    try:
        model = resolve(reference, hub, workspace)
    except ModelError as error:
        raise error.about("", "model_name_or_path") from error.__cause__
    if not adapter:
        return model
    try:
        mark = read_mark(adapter_folder(workspace, adapter))
        base = resolve(mark.base_model, hub, workspace) if mark else model
    except ModelError as error:
        if error.what_template != "There is no adapter {name}.":
            return model  # its base has gone since: whether it fits shows when it is loaded
        raise error.about("", "adapter_name_or_path") from error.__cause__
    if is_hub_id(base) == is_hub_id(model) and not _same_model(base, model):
        raise ModelError(
            "The adapter {name} was trained on {base}, not on {model}.",
            "Choose the model that it was trained on.",
            fields=("adapter_name_or_path", "model_name_or_path"),
            name=adapter,
            base=mark.base_model if mark else "",
            model=reference,
        )
    return model


def _same_model(first: str, second: str) -> bool:
    """Whether two resolved references are one model: the same name, or folders with the same config
    and sizes of weights.
    """
    if first == second or is_hub_id(first):
        return first == second

    def shape(folder: str) -> Any:
        weights = sorted(
            (path.name, path.stat().st_size) for path in Path(folder).glob("*.safetensors")
        )
        return (Path(folder) / "config.json").read_bytes(), weights

    try:
        return bool(shape(first) == shape(second))
    except OSError:
        return True  # cannot be told


def require_reward_model(name: str, workspace: Workspace) -> Path:
    """The folder of a reward model that was trained here. Raises ModelError."""
    found = next((one for one in reward_models(workspace) if one.name == name), None)
    if found is None:
        raise ModelError(
            "There is no reward model {name}.",
            "Train one at the stage rm, then choose it.",
            fields=("reward_model",),
            name=name,
        )
    return found.path
