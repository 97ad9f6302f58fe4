"""Tasks in processes of this machine, with their results in order.

A process that dies, by the system's memory killer for example, takes its pool with it: the tasks
that were under way are done again, one at a time, so that the one at which a process dies once more
is known. It is named when all others are done; what is finished stays finished.
"""

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait as wait_for_objects
from typing import Any

from studio.errors import JobError
from studio.jobs.task_answer import Answer, answer

LOOK_EVERY_S = 0.2  # for the wish to stop
AHEAD = 2  # tasks a process that are under way or wait to be taken in their order


class Pool:
    """A pool of processes that can be killed at once and begun anew."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._others = set(multiprocessing.active_children())
        self._executor: ProcessPoolExecutor | None = None

    def submit(self, function: Callable[[Any], Any], task: Any) -> "Future[Answer]":
        """Hand a task to a process; the first one starts the pool."""
        if self._executor is None:
            # spawn, not fork: the job has threads and an open store.
            self._executor = ProcessPoolExecutor(
                self.workers, multiprocessing.get_context("spawn"), initializer=end_with_parent
            )
        return self._executor.submit(answer, function, task)

    def end(self) -> None:
        """Kill the processes, whatever they are at."""
        if self._executor is None:
            return
        for process in multiprocessing.active_children():
            if process not in self._others:
                process.kill()
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._executor = None


def end_with_parent() -> None:
    """End this process as soon as the one that started it has ended, however that ended."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait_for_objects([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="parent").start()


class _Run:
    """The tasks of one job: which wait, which are under way, which are done and not yet taken."""

    def __init__(
        self,
        function: Callable[[Any], Any],
        tasks: Sequence[Callable[[], Any]],
        workers: int,
        log: Callable[[str], None],
    ) -> None:
        self.function, self.tasks, self.log = function, tasks, log
        self.pool, self.most = Pool(workers), AHEAD * workers
        self.waiting = deque(range(len(tasks)))
        self.alone: deque[int] = deque()  # at which a process may have died
        self.futures: dict[Future[Answer], int] = {}
        self.done: dict[int, Answer | None] = {}  # None: a process died twice
        self.tried: set[int] = set()

    def fill(self) -> None:
        """Send as many tasks as may be under way: one, while it is looked at which kills."""
        while self.alone and not self.futures:
            self._send(self.alone.popleft())
        while (
            not self.alone
            and not (self.tried & set(self.futures.values()))
            and self.waiting
            and len(self.futures) + len(self.done) < self.most
        ):
            self._send(self.waiting.popleft())

    def _send(self, index: int) -> None:
        try:
            self.futures[self.pool.submit(self.function, self.tasks[index]())] = index
        except BrokenProcessPool:  # it died just now, idle or at what is not yet looked at
            self.waiting.appendleft(index)
            self._begin_anew()

    def look(self) -> None:
        """Wait a moment for tasks to end, and take in what they gave."""
        ended, _ = wait(self.futures, LOOK_EVERY_S, FIRST_COMPLETED)
        broken = False
        for future in ended:
            error = future.exception()
            if isinstance(error, BrokenProcessPool):
                broken = True
                continue
            if error is not None:
                raise error
            self.done[self.futures.pop(future)] = future.result()
        if broken:
            self._begin_anew()

    def _begin_anew(self) -> None:
        """A process died: what was under way is done once more, one at a time."""
        self.pool.end()
        under_way = sorted(self.futures.values())
        self.futures.clear()
        if under_way:
            self.log(f"A process ended unexpectedly; {len(under_way)} tasks are done again.")
        for index in under_way:
            if index in self.tried:
                self.done[index] = None
            else:
                self.alone.append(index)
                self.tried.add(index)


def pool_results(
    function: Callable[[Any], Any],
    tasks: Sequence[Callable[[], Any]],
    workers: int,
    check_stop: Callable[[], None],
    log: Callable[[str], None],
) -> Iterator[tuple[int, Answer]]:
    """Each task's number and answer, in order, of which only a few are held at a time; those at
    which a process died twice are left out.

    Raises what `check_stop` raises, and in the end JobError where a process died twice at a task.
    """
    run, lost, wanted = _Run(function, tasks, workers, log), 0, 0
    try:
        while wanted < len(tasks):
            check_stop()
            run.fill()
            if wanted not in run.done:
                run.look()
                continue
            found = run.done.pop(wanted)
            wanted += 1
            if found is None:
                lost += 1
            else:
                yield wanted - 1, found
    finally:
        run.pool.end()
    if lost:
        raise JobError(
            "A process ended twice while it worked on {n} of the documents.",
            "The others are done; resume with fewer workers, which need less memory.",
            n=lost,
        )
