"""How many threads a step may use: the cores that others leave free. Worker-only.

All threads of a matrix product wait for the slowest. Beside a busy program two threads on two cores took 3 times as long
as one alone, and with nobody else there 0.65 times; so the number follows what the machine is doing.
"""

import os
import time

import psutil
import torch

LOOK_S = 0.5


class Threads:
    """`wanted` fixes the number; None lets it follow the load. Used by the engine's thread alone."""

    def __init__(self, wanted: int | None) -> None:
        self.most = wanted or psutil.cpu_count(logical=False) or os.cpu_count() or 1
        self._fixed = wanted is not None
        self._process = psutil.Process()
        self._looked, self._all, self._mine = time.monotonic(), _busy_s(), self._own_s()
        self.now = self.most
        torch.set_num_threads(self.most)

    def settle(self) -> None:
        """Called before a step: every half second the number is set anew."""
        passed = time.monotonic() - self._looked
        if self._fixed or passed < LOOK_S:
            return
        everything, mine = _busy_s(), self._own_s()
        others = (everything - self._all - (mine - self._mine)) / passed
        self._looked, self._all, self._mine = self._looked + passed, everything, mine
        free = (os.cpu_count() or 1) - max(0.0, others)
        number = max(1, min(self.most, round(free)))
        if number != self.now:
            self.now = number
            torch.set_num_threads(number)

    def _own_s(self) -> float:
        times = self._process.cpu_times()
        return times.user + times.system


def _busy_s() -> float:
    """Seconds of work of all cores since the machine started."""
    times = psutil.cpu_times()
    return sum(getattr(times, name, 0.0) for name in ("user", "nice", "system", "irq", "softirq", "steal"))
