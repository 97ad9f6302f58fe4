"""How many threads a step may use: as many as make it quicker, of the cores that others leave free.

Worker-only.

All threads of a matrix product wait for the slowest. Beside a busy program two threads on two cores
took 3 times as long as one alone. With nobody else there a second one helps where it has a core of
its own, and costs time where it shares one's memory or arithmetic, which no system tells truly of a
virtual machine: so it is tried out once the model is there, and after that the number follows what
the machine is doing.
"""

import os
import statistics
import time
from collections.abc import Callable

import psutil
import torch

LOOK_S = 0.5
TRIED, TRIED_S = 7, 1.0  # steps that each number of threads is tried for, at most for so long
QUICKER = 0.95  # of the time that half as many threads take: else they are left alone
BUSY = 0.3  # cores in others' use from which on a trial says little
AGAIN_S = 60.0  # between a trial that said little and the next one


class Threads:
    """`wanted` fixes the number; None lets it follow the load.

    Used by the engine's thread alone.
    """

    def __init__(self, wanted: int | None) -> None:
        self.most = wanted or psutil.cpu_count(logical=False) or os.cpu_count() or 1
        self._fixed = wanted is not None
        self._process = psutil.Process()
        self._looked, self._all, self._mine = time.monotonic(), _busy_s(), self._own_s()
        self.now = self.most
        self._sure, self._tried = self._fixed or self.most == 1, -AGAIN_S
        torch.set_num_threads(self.most)

    @property
    def due(self) -> bool:
        """Whether the number should be tried out, as soon as nobody waits for an answer."""
        return not self._sure and time.monotonic() - self._tried >= AGAIN_S

    def choose(self, step: Callable[[], object]) -> None:
        """Try one, two, four … threads with a step of the model, and take twice as many for as long
        as that is quicker.

        Where others were too busy meanwhile, another trial is `due` after a minute.
        """
        if self._fixed:
            return
        cores = psutil.cpu_count(logical=False) or os.cpu_count() or 1
        self._looked, self._all, self._mine = time.monotonic(), _busy_s(), self._own_s()
        best = _step_s(step, 1)
        self.most = 1
        while self.most < cores:
            more = min(2 * self.most, cores)
            took = _step_s(step, more)
            if took > QUICKER * best:
                break
            self.most, best = more, took
        self._sure, self._tried = cores == 1 or self._others() < BUSY, time.monotonic()
        self.now = self.most
        torch.set_num_threads(self.most)

    def settle(self) -> None:
        """Called before a step: every half second the number is set anew."""
        if self._fixed or time.monotonic() - self._looked < LOOK_S:
            return
        free = (os.cpu_count() or 1) - self._others()
        number = max(1, min(self.most, round(free)))
        if number != self.now:
            self.now = number
            torch.set_num_threads(number)

    def _others(self) -> float:
        """Cores that others have used since the last look."""
        now, everything, mine = time.monotonic(), _busy_s(), self._own_s()
        others = (everything - self._all - (mine - self._mine)) / max(1e-3, now - self._looked)
        self._looked, self._all, self._mine = now, everything, mine
        return max(0.0, others)

    def _own_s(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)


def _step_s(step: Callable[[], object], threads: int) -> float:
    """Seconds of one step with so many threads, the median of some."""
    torch.set_num_threads(threads)
    step()  # the first one after a change makes the threads
    took: list[float] = []
    while len(took) < TRIED and sum(took) < TRIED_S:
        begun = time.monotonic()
        step()
        took.append(time.monotonic() - begun)
    return statistics.median(took)


def _busy_s() -> float:
    """Seconds of work of all cores since the machine started."""
    times = psutil.cpu_times()
    return sum(
        getattr(times, name, 0.0) for name in ("user", "nice", "system", "irq", "softirq", "steal")
    )
