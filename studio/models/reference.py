"""From what a person writes as a model to where it is: a folder that is safe to load, or a hub
id.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from studio.errors import InputError, ModelError
from studio.models import catalog
from studio.models.folders import folder, inside, roots
from studio.models.safety import check_model
from studio.models.starter import CHAT
from studio.workspace import Workspace

Hub = Literal["huggingface", "modelscope"]
HUB_ID = re.compile(r"[A-Za-z0-9][\w.\-]{0,95}/[A-Za-z0-9][\w.\-]{0,95}", re.ASCII)
RUN = re.compile(r"runs/([\w\-]{1,95})/(model|checkpoint-\d+)", re.ASCII)
NAME = re.compile(r"[\w\-][\w\-. ]{0,94}", re.UNICODE)


def resolve(
    reference: str,
    hub: Hub = "huggingface",
    workspace: Workspace | None = None,
    runs: Sequence[str | Path] = (),
) -> str:
    """The checked folder of a model, or its hub id; nothing is fetched. Raises ModelError.

    reference: "starter"; the name of a folder in one of the allowed roots; a preset's name; an
    absolute path inside an allowed root; `runs/<id>/model` or `runs/<id>/checkpoint-<step>`, what a
    run in the workspace or in one of the folders `runs` left; or `owner/name` on the hub.
    """
    text = reference.strip() if isinstance(reference, str) else ""
    if text == "starter":
        return _local(folder() / CHAT.name, starter=True)
    if Path(text).is_absolute():
        return _absolute(Path(text), roots(workspace))
    if NAME.fullmatch(text) and ".." not in text:
        for root in roots(workspace):
            if inside(root / text, [root]) and (root / text).is_dir():
                return _local(root / text)
        return _from_preset(text, hub)
    if found := RUN.fullmatch(text):
        own = [workspace.runs] if workspace else []
        for folder_of_runs in (*own, *map(Path, runs)):
            path = folder_of_runs / found[1] / found[2]
            if inside(path, [folder_of_runs.resolve()]) and path.is_dir():
                return _local(path)
        raise _unknown(text)
    if HUB_ID.fullmatch(text) and ".." not in text and not text.endswith((".git", ".ipynb")):
        return text
    raise _unknown(text)


def is_hub_id(resolved: str) -> bool:
    """Whether `resolve`'s answer is a hub id and not a folder."""
    return not Path(resolved).is_absolute()


def _absolute(path: Path, allowed: list[Path]) -> str:
    """The same answer for whatever lies outside, there or not: no path can be probed."""
    if "\0" in str(path) or not inside(path, allowed):
        raise ModelError(
            "That model lies outside the folders that may be used.",
            "Put it into {folder}, or name its folder with --models at the start.",
            folder=folder(),
        )
    return _local(path)


def _local(path: Path, *, starter: bool = False) -> str:
    if starter and not path.is_dir():
        raise ModelError(
            "The starter model is not on this machine yet.", "Run `python launch.py setup`."
        )
    if not path.is_dir():
        raise ModelError("There is no model folder {name}.", "Check the path.", name=path.name)
    check_model(path)
    return str(path.resolve())


def _from_preset(name: str, hub: Hub) -> str:
    try:
        found = catalog.preset_id(name, hub)
    except InputError as error:
        raise _unknown(name) from error
    if not found:
        raise ModelError(
            "The model {name} is not on {hub}.", "Choose the other hub.", name=name, hub=hub
        )
    return found


def _unknown(text: str) -> ModelError:
    return ModelError(
        "There is no model {name}.",
        "Give a folder in {folder}, or owner/name as on the hub.",
        name=repr(text[:80]),
        folder=folder(),
    )
