"""What the processes of a run must do alike: one of them decides, the others follow. Worker-only.

The words go through a group of their own on the CPU (gloo), so that no step waits for the GPU on
their account.
"""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from accelerate import PartialState

from studio.errors import StudioError
from studio.training.distributed.devices import on_cpu
from studio.training.spec import TrainJob

T = TypeVar("T")
# The others wait so long for the first one, which reads the rows or signs a large checkpoint. When
# a process dies, its launcher ends the others at once.
WAIT = timedelta(hours=12)


class Together:
    """The processes of a run; one alone asks nobody."""

    def __init__(self, spec: TrainJob) -> None:
        cpu = on_cpu(spec) or not torch.cuda.is_available()
        if cpu:
            os.environ["ACCELERATE_USE_CPU"] = "true"
        waits = {"timeout": WAIT} if "LOCAL_RANK" in os.environ else {}
        state: Any = PartialState(cpu=cpu, **waits)
        self.size, self.first = int(state.num_processes), bool(state.is_main_process)
        self._group = dist.new_group(backend="gloo", timeout=WAIT) if self.size > 1 else None

    def from_first(self, make: Callable[[], T]) -> T:
        """What `make` gives in the first process, in all of them. Its StudioError is raised in
        all."""
        if self.size == 1:
            return make()
        told: list[Any] = [None, None]
        if self.first:
            try:
                told[0] = make()
            except StudioError as error:
                told[1] = error.as_record()
        dist.broadcast_object_list(told, src=0, group=self._group)
        if told[1] is not None:
            raise StudioError.from_record(told[1])
        return told[0]  # type: ignore[no-any-return]

    def first_then_all(self, make: Callable[[], T]) -> T:
        """`make` in the first process, and after it in the others, which find what it has kept."""
        if self.size == 1:
            return make()
        made: list[T] = []
        self.from_first(lambda: bool(made.append(make())))  # type: ignore[func-returns-value]
        return made[0] if made else make()

    def all_have(self, here: bool) -> bool:
        """Whether something is so in every process."""
        return self.total(0 if here else 1) == 0

    def total(self, number: int) -> int:
        """The sum of a number over the processes."""
        if self.size == 1:
            return number
        summed = torch.tensor([number], dtype=torch.int64)
        dist.all_reduce(summed, group=self._group)
        return int(summed)

    def wait(self) -> None:
        """Until all have come here."""
        if self.size > 1:
            dist.barrier(group=self._group)
