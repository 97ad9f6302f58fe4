"""The window's reader of rows: one process that stays for some minutes with the index of a dataset
open, and the scans that make the index of a large one, each in a process of the sandbox.

The window parses no file itself. What it keeps of a scan is how far it is and how it ended.
"""

import atexit
import itertools
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.datasets import registry
from studio.datasets.paging import row_scan
from studio.datasets.paging.row_scan import Files
from studio.errors import StudioError
from studio.sandbox import Kept, Limits, run_limited
from studio.workspace import Workspace

IDLE_S = 300.0
PAGE = Limits(40.0, 2560)
RETRY_S = 20.0  # after a scan that failed


@dataclass(frozen=True)
class Scan:
    """How far the look at every row of a dataset is: rows of about `of`; error: why it ended."""

    rows: int = 0
    of: int = 0
    error: StudioError | None = None


class Reader:
    """Pages of datasets, and the scans behind them."""

    def __init__(self) -> None:
        self._process = Kept(IDLE_S)
        self._lock = threading.Lock()
        self._scans: dict[Path, _Running] = {}
        self._count = itertools.count(1)
        self.ended = 0  # moves when a scan has ended

    def page(self, workspace: Workspace, dataset: str, asked: dict[str, Any]) -> dict[str, Any]:
        """What `reading.page` gives; where not every row was looked at, a scan is begun."""
        found: dict[str, Any] = self._process.run(
            "studio.datasets.reading:page",
            name=dataset,
            limits=PAGE,
            workspace=str(workspace.path),
            dataset=dataset,
            **asked,
        )
        if not found["ready"]:
            self._begin(workspace, dataset)
        return found

    def scan(self, workspace: Workspace, dataset: str) -> Scan | None:
        """The scan of a dataset as it is now; None where none is under way and none has failed."""
        running = self._scans.get(_files(workspace, dataset).index)
        return running.told() if running else None

    def moved(self) -> tuple[int, ...]:
        """What moves while a scan goes on, and when it ends."""
        return (self.ended, *(one.told().rows for one in list(self._scans.values())))

    def close(self) -> None:
        """End the reader and every scan."""
        self._process.close()
        for running in self._scans.values():
            running.over.set()

    def _begin(self, workspace: Workspace, dataset: str) -> None:
        files = _files(workspace, dataset)
        with self._lock:
            before = self._scans.get(files.index)
            if before and (before.error is None or time.monotonic() - before.ended < RETRY_S):
                return
            self._scans[files.index] = running = _Running(files)
        work = threading.Thread(
            target=self._run, args=(workspace, dataset, running), daemon=True, name="dataset-scan"
        )
        work.start()

    def _run(self, workspace: Workspace, dataset: str, running: "_Running") -> None:
        limits = Limits.for_bytes(2 * registry.find(workspace, dataset).bytes)
        try:
            run_limited(
                "studio.datasets.paging.row_scan:build",
                name=dataset,
                limits=limits,
                stopping=running.over.is_set,
                workspace=str(workspace.path),
                dataset=dataset,
            )
            self._scans.pop(running.files.index, None)
        except StudioError as error:
            running.error, running.ended = error, time.monotonic()
        finally:
            self.ended = next(self._count)


class _Running:
    """A scan in its thread."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.over = threading.Event()
        self.error: StudioError | None = None
        self.ended = 0.0

    def told(self) -> Scan:
        rows, of = row_scan.progress(self.files)
        return Scan(rows, of, self.error)


def _files(workspace: Workspace, dataset: str) -> Files:
    return row_scan.files_of(workspace, registry.find(workspace, dataset))


READER = Reader()
atexit.register(READER.close)
