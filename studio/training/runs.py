"""The runs of a workspace, and the adapters and models they made.

Light: the window's lists call it.
"""

import functools
from dataclasses import dataclass
from pathlib import Path

from studio.jobs import records
from studio.jobs.records import JobRecord
from studio.training import checkpoints
from studio.training.checkpoints import MARKER, Mark, fault, numbered, read_mark
from studio.workspace import Workspace

LISTED = 200
ADAPTER, MODEL = "adapter", "model"  # folders of what a run leaves


@dataclass(frozen=True)
class Trained:
    """Whole weights that a run left: an adapter, or a model of its own.

    `name` is how specs refer to it: of an adapter the run's id, or `run/checkpoint-20` for one on
    the way; of a model `runs/<id>/model`. reward: it scores answers and makes none.
    """

    name: str
    path: Path
    base_model: str
    run_id: str
    step: int
    title: str = ""
    reward: bool = False

    @property
    def label(self) -> str:
        """How lists call it: by its run, with the step where it is a checkpoint."""
        run = self.title or self.run_id
        return f"{run} · {self.step}" if "checkpoint" in self.path.name else run


def runs(workspace: Workspace, limit: int = LISTED) -> list[JobRecord]:
    """Training jobs, newest first, with their states."""
    return records.recent(workspace, "train", limit)


def adapters(workspace: Workspace) -> list[Trained]:
    """Every whole adapter that can answer, newest run first; in a run the final one first, then its
    checkpoints, newest first.
    """
    return [one for one in _trained(workspace, ADAPTER) if not one.reward]


def models(workspace: Workspace) -> list[Trained]:
    """Every whole model that a run left, full or partly tuned, in the same order."""
    return [one for one in _trained(workspace, MODEL) if not one.reward]


def reward_models(workspace: Workspace) -> list[Trained]:
    """Every whole reward model, adapter or model of its own, in the same order."""
    return [one for kind in (ADAPTER, MODEL) for one in _trained(workspace, kind) if one.reward]


def _trained(workspace: Workspace, kind: str) -> list[Trained]:
    found = []
    for record in runs(workspace):
        folder = workspace.run_folder(record.id)
        for path in [folder / kind, *(path for _, path in numbered(folder))]:
            mark = _whole(path, _times(path))
            if mark is None or (checkpoints.MODEL in mark.files) != (kind == MODEL):
                continue
            last = path.name == kind
            name = record.id if last and kind == ADAPTER else f"{record.id}/{path.name}"
            found.append(
                Trained(
                    name if kind == ADAPTER else f"runs/{name}",
                    path,
                    mark.base_model,
                    record.id,
                    mark.step,
                    record.title,
                    reward=record.spec.get("stage") == "rm",
                )
            )
    return found


def stamp_of(workspace: Workspace, run_id: str) -> tuple[object, ...]:
    """What moves when a run gains or loses weights: the times of its folders and markers."""
    folder = workspace.run_folder(run_id)
    return tuple(
        _times(path)
        for path in [
            folder,
            folder / ADAPTER,
            folder / MODEL,
            *(path for _, path in numbered(folder)),
        ]
    )


@functools.lru_cache(maxsize=2000)
def _whole(path: Path, times: tuple[int, int]) -> Mark | None:
    """The marker of a folder that is whole; read again only when folder or marker have another
    time.
    """
    mark = read_mark(path)
    return None if mark is None or fault(path, deep=False) else mark


def _times(path: Path) -> tuple[int, int]:
    """When the names in a folder changed, and its marker; nanoseconds, 0 where there is none."""
    try:
        return path.stat().st_mtime_ns, (path / MARKER).stat().st_mtime_ns
    except OSError:
        return 0, 0
