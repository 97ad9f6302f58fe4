"""The engine: one thread that owns the weights and carries all requests on together. Worker-only.

Base and adapters share every step: rows of any of them form one batch (PEFT's mixed batch), so two
answers side by side cost little more than one, and a new request joins at the next token instead of
waiting for the others to end. What cannot share a batch (DoRA, recurrent models) gets a lane of its
own, and lanes take turns.
"""

import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from studio.errors import StudioError
from studio.models import LOAD_ERRORS
from studio.secrets import redact
from studio.serving.lane import Lane, Prefill
from studio.serving.request import Generation, Piece, Refusal
from studio.serving.row import Row
from studio.serving.selfcheck import stepper
from studio.serving.weights import Weights

MAX_ROWS = 8
STEP_ERRORS = (RuntimeError, ValueError, IndexError, KeyError, AssertionError, MemoryError)


class Engine:
    """Takes requests from any thread; they are served in the order of coming, up to 8 at once."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.served = 0
        self._used = time.monotonic()
        self._waiting: deque[Row] = deque()
        self._tasks: deque[tuple[Callable[[], Any], Future[Any]]] = deque()
        self._prefill: Prefill[Row] | None = None
        self._lanes: list[Lane[Row]] = []
        self._news = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    def submit(self, request: Generation, emit: Callable[[Piece], None]) -> Row:
        """Queue a request; `emit` is called in the engine's thread.

        Cancel it by the row that is returned.
        """
        ends = self.weights.ends_of(request.adapter)
        row = Row(request, self.weights.tokenizer, ends, emit)
        with self._news:
            self.served += 1
            self._waiting.append(row)
            self._news.notify()
        return row

    def between_steps(self, task: Callable[[], Any]) -> Future[Any]:
        """Run `task` in the engine's thread when no step is under way: for changes to the model."""
        future: Future[Any] = Future()
        with self._news:
            self._tasks.append((task, future))
            self._news.notify()
        return future

    @property
    def active(self) -> int:
        """Requests waiting or under way."""
        with self._news:
            return (
                len(self._waiting)
                + (self._prefill is not None)
                + sum(len(lane.rows) for lane in self._lanes)
            )

    @property
    def idle_s(self) -> float:
        """Seconds since anything was asked or made."""
        return 0.0 if self.active else time.monotonic() - self._used

    def uses(self, adapter: str) -> bool:
        """Whether a request for this adapter is waiting or under way."""
        rows = [row for lane in self._lanes for row in lane.rows] + list(self._waiting)
        rows += [self._prefill.row] if self._prefill else []
        return any(row.adapter == adapter and not row.done for row in rows)

    def close(self) -> None:
        """End the thread after the step under way; open requests end with an error."""
        with self._news:
            self._closing = True
            self._news.notify()
        self._thread.join(timeout=2)

    @property
    def dead(self) -> bool:
        """Whether the thread has ended, by `close` or by a failure that nobody foresaw."""
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while self._wait_for_work():
                self._do_tasks()
                self.weights.threads.settle()
                self._guarded(self._read_prompts, self._entering)
                for lane in list(self._lanes):
                    self._step(lane)
                self._lanes = [lane for lane in self._lanes if lane.rows]
                if (
                    self.weights.threads.due
                    and self.weights.device.type == "cpu"
                    and not (self._lanes or self._waiting or self._prefill)
                ):
                    self.weights.threads.choose(stepper(self.weights))
        finally:
            for row in [
                *self._waiting,
                *self._entering(),
                *(row for lane in self._lanes for row in lane.rows),
            ]:
                row.fail("The model server is closing.")
            for _, future in self._tasks:
                future.cancel()

    def _wait_for_work(self) -> bool:
        """Sleep until there is something to do; False when the engine is to end."""
        with self._news:
            while not (
                self._closing or self._waiting or self._tasks or self._prefill or self._lanes
            ):
                self._news.wait()
            self._used = time.monotonic()
            return not self._closing

    def _do_tasks(self) -> None:
        while self._tasks:
            task, future = self._tasks.popleft()
            try:
                future.set_result(task())
            except (
                StudioError,
                Refusal,
                *LOAD_ERRORS,
            ) as error:  # handed to whoever waits for the future
                future.set_exception(error)

    def _read_prompts(self) -> None:
        """Carry the newest prompt one part on; when it is read, its row joins the others."""
        if self._prefill is None and sum(len(lane.rows) for lane in self._lanes) < MAX_ROWS:
            self._prefill = self._next()
        if self._prefill is None:
            return
        if self._prefill.row.cancelled:
            self._prefill = None
        elif self._prefill.advance():
            ready, self._prefill = self._prefill, None
            if not ready.row.done:
                self._place(ready)

    def _next(self) -> Prefill[Row] | None:
        while self._waiting:
            row = self._waiting.popleft()
            if not row.cancelled:
                return Prefill(self.weights, row)
        return None

    def _place(self, ready: Prefill[Row]) -> None:
        """Put a row whose prompt is read into the lane it may share, or a new one."""
        shared = self.weights.mergeable
        key = (
            (ready.row.adapter if self.weights.alone(ready.row.adapter) else "shared")
            if shared
            else str(id(ready.row))
        )
        lane = next((one for one in self._lanes if one.key == key), None)
        if lane is None:
            self._lanes.append(Lane(self.weights, key, ready))
        else:
            lane.join(ready)

    def _step(self, lane: Lane[Row]) -> None:
        self._guarded(lane.step, lambda: lane.rows)

    def _entering(self) -> list[Row]:
        return [self._prefill.row] if self._prefill else []

    def _guarded(self, work: Callable[[], None], rows: Callable[[], list[Row]]) -> None:
        """Do one step; if it fails, its rows end with the reason and the engine goes on with the
        others.
        """
        try:
            work()
        except STEP_ERRORS as error:
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            if "out of memory" in reason.lower():
                reason = "The memory is full. Ask for fewer or shorter answers at once."
            sys.stderr.write(redact(traceback.format_exc()))
            for row in rows():
                row.fail(reason)
            self._prefill = None if self._prefill and self._prefill.row.done else self._prefill
