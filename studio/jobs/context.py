"""What a running job is given: its folder, the store, progress, events and the wish to stop."""

import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio.errors import Stopped
from studio.files import write_text
from studio.store import Store, events, jobs
from studio.workspace import Workspace

WRITE_EVERY_S = 0.4
RATE_AFTER_S = 3.0  # a rate of fewer seconds says nothing


@dataclass
class Job:
    """The worker's side of one job."""

    id: str
    workspace: Workspace
    folder: Path
    wanted_stop: list[bool] = field(default_factory=list)
    _last_write: float = 0.0
    _first: tuple[float, float] | None = None
    _checked: float = 0.0

    @property
    def store(self) -> Store:
        """The workspace's store."""
        return self.workspace.store

    def progress(
        self,
        done: float,
        total: float,
        unit: str,
        *,
        force: bool = False,
        begins: bool = False,
        **more: Any,
    ) -> None:
        """Tell how far the work is, in its own units; rate (units a minute) and time left are
        worked out here, from the first telling of this attempt on: what an earlier one had
        finished counts for neither. None within the first three seconds.

        begins: the work itself begins only now, with so much done before; loading and what is
        passed over count for no rate. `more` goes along as it is: tokens, cost, loss. Written at
        most every 0.4 s, always at the end.
        """
        now = time.monotonic()
        if self._first is None or begins or done < self._first[1]:
            self._first = (now, done)
        if not force and done < total and now - self._last_write < WRITE_EVERY_S:
            return
        self._last_write = now
        passed, made = now - self._first[0], done - self._first[1]
        rate = made / passed * 60 if passed >= RATE_AFTER_S and made > 0 else None
        left = (total - done) / rate * 60 if rate and total else None
        state = {"done": done, "total": total, "unit": unit, "rate": rate, "eta_s": left} | more
        with self.store.write() as db:
            jobs.set_progress(db, self.id, state)

    def event(self, kind: str, **data: Any) -> None:
        """Add an event to the job's history."""
        with self.store.write() as db:
            events.add(db, self.id, kind, data)

    def stopping(self) -> bool:
        """Whether a stop was asked for; cheap enough for inner loops."""
        now = time.monotonic()
        if not self.wanted_stop and now - self._checked > 0.2:
            self._checked = now
            if (self.folder / "stop").exists():
                self.wanted_stop.append(True)
        return bool(self.wanted_stop)

    def check_stop(self) -> None:
        """Raise Stopped when a stop was asked for; call it between units of work."""
        if self.stopping():
            raise Stopped

    def log(self, text: str) -> None:
        """One line in the job's log."""
        sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")

    def write(self, name: str, text: str) -> Path:
        """Write a text file into the run folder in one step; returns its path."""
        path = self.folder / name
        write_text(path, text)
        return path
