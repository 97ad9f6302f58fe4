"""Where models may lie: the models folder, and the further folders a person allowed at the
start.
"""

import os
from pathlib import Path

from studio.workspace import Workspace, home


def folder() -> Path:
    """The models folder: `INKWELL_MODELS`, else `models` under home; it need not exist yet."""
    return Path(os.environ.get("INKWELL_MODELS") or home() / "models").expanduser().resolve()


def roots(workspace: Workspace | None = None) -> list[Path]:
    """Every folder from which a model may be loaded, resolved.

    The models folder, those of `INKWELL_MODEL_ROOTS` (separated like PATH), and of a workspace its
    `models/` and `runs/`, where fully tuned and exported models are.
    """
    given = os.environ.get("INKWELL_MODEL_ROOTS", "").split(os.pathsep)
    extra = [Path(part).expanduser().resolve() for part in given if part.strip()]
    own = [workspace.path / "models", workspace.runs] if workspace else []
    return list(dict.fromkeys([folder(), *extra, *(path.resolve() for path in own)]))


def inside(path: Path, allowed: list[Path]) -> bool:
    """Whether `path`, symbolic links followed, lies in one of the allowed folders (or is one)."""
    real = path.resolve()
    return any(real.is_relative_to(root) for root in allowed)
