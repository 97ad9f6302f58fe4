"""Many units of asking at once: threads ask, the job's own thread keeps what comes, in the order in
which it comes.

A unit whose fault may have passed is visited once more at the end. However a run ends, what was
answered is kept; a kill loses only what is under way.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from studio.errors import LlmFault, Stopped
from studio.jobs.context import Job

# Faults that every further request would meet; the run ends, and what is not done waits for its
# resumption.
FINAL = ("auth", "not_found", "no_credit", "unreachable")
# Faults that may have passed by the end of the run; such units are visited once more then.
PASSING = ("server", "timeout", "rate_limit", "bad_reply")
JUDGE_AFTER = 10
LAST_WORDS_S = 0.3  # for replies that come with the wish to stop
LAST_ANSWERS_S = 2.0  # for replies that are under way when another request's fault ends the run


@dataclass(frozen=True)
class Unit:
    """One thing to ask for. `task` is what the kind's own function makes it from.

    `visit` is 1 when a first visit ended in a passing fault.
    """

    key: str
    task: Any
    visit: int = 0


Make = Callable[[Any, Callable[[], bool]], Any]


class Keeper(Protocol):
    """Who keeps what units came to. Only the job's own thread calls it."""

    def keep(self, unit: Any, made: Any) -> None:
        """Keep what `make` gave, with the unit's done mark, in one transaction."""

    def give_up(self, unit: Any, fault: LlmFault) -> None:
        """Keep why a unit came to nothing."""

    def show(self) -> None:
        """Tell how far the work is."""


@dataclass
class Crew:
    """Up to `workers` threads that run `make(unit, stop)`; `stop()` turns true when the answer is
    not wanted any more.
    """

    job: Job
    make: Make
    keeper: Keeper
    workers: int
    calls: int = 0
    faults: int = 0
    _again: list[tuple[Unit, LlmFault]] = field(default_factory=list)

    def run(self, units: Iterable[Unit]) -> LlmFault | None:
        """Visit every unit; the last passing fault that put a unit off, or None.

        Raises Stopped, or the LlmFault that ends the run: a final one, or any where half of all
        fail.
        """
        self._pass(units)
        again, self._again = self._again, []
        if self.faults * 2 < self.calls:
            self._pass(replace(unit, visit=1) for unit, _ in again)
        else:
            for unit, fault in again:
                self.keeper.give_up(unit, fault)
        return again[-1][1] if again else None

    def _pass(self, units: Iterable[Unit]) -> None:
        """Visit `units` once."""
        given_up = threading.Event()
        pool = ThreadPoolExecutor(self.workers, thread_name_prefix="ask")
        running: dict[Future[Any], Unit] = {}
        waiting = iter(units)
        self.keeper.show()
        try:
            while self._fill(
                pool, running, waiting, lambda: given_up.is_set() or self.job.stopping()
            ):
                finished, _ = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
                for future in finished:
                    self._take(running.pop(future), future)
                self.keeper.show()
                self.job.check_stop()
        except (Stopped, LlmFault) as ended:
            if isinstance(ended, LlmFault):
                wait(
                    running, timeout=LAST_ANSWERS_S
                )  # others may be answered, and paid for, already
            given_up.set()
            wait(running, timeout=LAST_WORDS_S)
            self._take_rest(running)
            raise
        finally:
            given_up.set()
            pool.shutdown(wait=True, cancel_futures=True)

    def _fill(
        self,
        pool: ThreadPoolExecutor,
        running: dict[Future[Any], Unit],
        waiting: Iterator[Unit],
        stop: Callable[[], bool],
    ) -> bool:
        """Have the workers busy; False when no unit is left.

        The first goes alone, to learn of a bad key.
        """
        while len(running) < (self.workers if self.calls else 1):
            unit = next(waiting, None)
            if unit is None:
                break
            running[pool.submit(self.make, unit, stop)] = unit
        return bool(running)

    def _take(self, unit: Unit, future: "Future[Any]") -> None:
        """Keep what a unit came to. Raises what must end the run."""
        self.calls += 1
        try:
            made = future.result()
        except LlmFault as fault:
            self._put_off(unit, fault)
            return
        self.keeper.keep(unit, made)

    def _put_off(self, unit: Unit, fault: LlmFault) -> None:
        """Leave a unit for the second visit, or give it up with its reason.

        Raises the fault if it ends the run.
        """
        if fault.kind in FINAL:
            raise fault
        self.faults += 1
        self.job.log(f"no answer: {fault.sentence}")
        if fault.kind in PASSING and unit.visit == 0:
            self._again.append((unit, fault))
        else:
            self.keeper.give_up(unit, fault)
        if self.calls >= JUDGE_AFTER and self.faults * 2 >= self.calls:
            raise fault

    def _take_rest(self, running: dict["Future[Any]", Unit]) -> None:
        """On the way out, keep the replies that are there already; whatever else they hold is let
        go.
        """
        for future, unit in running.items():
            if future.done() and not future.cancelled() and future.exception() is None:
                self._take(unit, future)
