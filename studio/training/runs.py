"""The runs of a workspace and the adapters they made. Light: the window's lists call it."""

import functools
from dataclasses import dataclass
from pathlib import Path

from studio.jobs import records
from studio.jobs.records import JobRecord
from studio.training.checkpoints import MARKER, Mark, fault, numbered, read_mark
from studio.workspace import Workspace

LISTED = 200


@dataclass(frozen=True)
class Adapter:
    """A whole adapter.

    `name` is how specs refer to it: the run's id, or `run/checkpoint-20` for one on the way.
    """

    name: str
    path: Path
    base_model: str
    run_id: str
    step: int
    title: str = ""

    @property
    def label(self) -> str:
        """How lists call it: by its run, with the step where it is a checkpoint."""
        run = self.title or self.run_id
        return f"{run} · {self.step}" if "/" in self.name else run


def runs(workspace: Workspace, limit: int = LISTED) -> list[JobRecord]:
    """Training jobs, newest first, with their states."""
    return records.recent(workspace, "train", limit)


def adapters(workspace: Workspace) -> list[Adapter]:
    """Every whole adapter, newest run first; in a run the final one first, then its checkpoints,
    newest first.
    """
    found = []
    for record in runs(workspace):
        folder = workspace.run_folder(record.id)
        for path in [folder / "adapter", *(path for _, path in numbered(folder))]:
            mark = _whole(path, _times(path))
            if mark is None:
                continue
            name = record.id if path.name == "adapter" else f"{record.id}/{path.name}"
            found.append(Adapter(name, path, mark.base_model, record.id, mark.step, record.title))
    return found


def stamp_of(workspace: Workspace, run_id: str) -> tuple[object, ...]:
    """What moves when a run gains or loses an adapter: the times of its folders and markers."""
    folder = workspace.run_folder(run_id)
    return tuple(
        _times(path)
        for path in [folder, folder / "adapter", *(path for _, path in numbered(folder))]
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
