"""The models a person can choose from: folders on this machine, and the presets' models on the
hubs.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from studio import presets
from studio.errors import ModelError, StudioError
from studio.models import marker
from studio.models.folders import folder, roots
from studio.models.safety import check_model
from studio.models.shapes import Shape, shape_of
from studio.models.starter import CHAT, STARTERS
from studio.workspace import Workspace

LINK_KEYS = {"huggingface", "modelscope"}


@dataclass(frozen=True)
class ModelEntry:
    """One line of the list of models; `reference` is what goes into a spec's model field."""

    name: str
    label: str
    path_or_id: str
    kind: Literal["local", "hub"]
    ready: bool  # on this machine and safe to load
    note: str = ""  # what a preset says of it, or why a folder is not ready
    shape: Shape | None = None  # the sizes of its weights, of a preset's model

    @property
    def reference(self) -> str:
        """What to write into a spec's model field for this model."""
        return (
            "starter"
            if self.name == "starter"
            else self.path_or_id
            if self.kind == "hub"
            else self.name
        )


def available(hub: str = "huggingface", workspace: Workspace | None = None) -> list[ModelEntry]:
    """The starter, the folders in the allowed roots, then the presets' models; made without loading
    any.
    """
    chat = folder() / CHAT.name
    ready = marker.whole(chat, CHAT.sha256) or (chat / "model.safetensors").is_file()
    starter = ModelEntry("starter", "SmolLM2 135M Instruct", str(chat), "local", ready)
    local = [_folder_entry(path) for root in roots(workspace) for path in _folders(root)]
    unique = {
        entry.name: entry for entry in reversed(local)
    }  # the first root wins, as in resolve()
    hubs = [_preset_entry(name, hub) for name in presets.names("models")]
    return [
        starter,
        *sorted(unique.values(), key=lambda entry: entry.name.lower()),
        *filter(None, hubs),
    ]


def preset_id(name: str, hub: str) -> str:
    """The hub id of a preset's model, or "" when that hub does not have it. Raises InputError."""
    return str(presets.load("models", name).get(hub) or "")


def _folders(root: Path) -> list[Path]:
    """Model folders of one root; the starters and what is no chat model (no language-model head)
    stay out.
    """
    if not root.is_dir():
        return []
    hidden = {one.name for one in STARTERS} if root == folder() else set()
    return [
        p
        for p in sorted(root.iterdir())
        if p.name not in hidden and p.name[0] != "." and (p / "config.json").is_file()
    ]


def _folder_entry(path: Path) -> ModelEntry:
    try:
        check_model(path)
        note = ""
    except ModelError as error:
        note = error.what
    return ModelEntry(path.name, path.name, str(path), "local", not note, note)


def _preset_entry(name: str, hub: str) -> ModelEntry | None:
    """A preset's line; None when its model is not on this hub or the file is damaged."""
    try:
        data: dict[str, Any] = presets.load("models", name)
    except StudioError:
        return None
    if not data.get(hub):
        return None
    found = str(data[hub])
    return ModelEntry(
        name,
        str(data.get("label") or name),
        found,
        "hub",
        _cached(found, hub),
        str(data.get("note") or ""),
        _shape(data.get("config")),
    )


def _shape(config: Any) -> Shape | None:
    """The sizes that a preset gives; None where it gives none."""
    try:
        return shape_of(config) if isinstance(config, dict) else None
    except ModelError:
        return None


def _cached(hub_id: str, hub: str) -> bool:
    """Whether the hub's own cache on this machine has a snapshot of the model."""
    if hub == "modelscope":
        base = Path(
            os.environ.get("MODELSCOPE_CACHE") or Path.home() / ".cache" / "modelscope" / "hub"
        )
        return any((base / "models" / hub_id).glob("*.safetensors"))
    home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    base = Path(os.environ.get("HF_HUB_CACHE") or home / "hub")
    return any(
        (base / f"models--{hub_id.replace('/', '--')}" / "snapshots").glob("*/*.safetensors")
    )
