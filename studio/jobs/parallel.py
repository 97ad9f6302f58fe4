"""Many documents, each a task of its own: on this machine's cores or through Ray, from one spec.

A task is a function of the engine and what it is given; both travel by pickle. Results come in the
order of the tasks, whatever ends first, so that one process writes them and the store is the same
however many worked on them.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from studio.errors import StudioError
from studio.jobs.context import Job
from studio.jobs.parallel_fields import ParallelFields

T = TypeVar("T")
R = TypeVar("R")
# Characters from which processes are started unasked: they cost half a second of each core, in
# which one process cuts or reads a few chapters.
WORTHWHILE = 500_000


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def is_parallel(spec: ParallelFields, sizes: Sequence[int], worthwhile: int = WORTHWHILE) -> bool:
    """Whether documents of so many characters are worked on side by side; else one after the other
    in the job's own process, which tells how far it is within a document.
    """
    if spec.executor == "ray":
        return len(sizes) > 0
    if len(sizes) < 2 or spec.workers == 1 or (spec.workers or cores()) == 1:
        return False
    return spec.workers > 1 or sum(sizes) >= worthwhile


def in_order(
    spec: ParallelFields, job: Job, function: Callable[[T], R], tasks: Sequence[Callable[[], T]]
) -> Iterator[tuple[int, R]]:
    """Each task's number and what `function` gives for it, in their order. A task is made just
    before it is sent.

    Raises Stopped within a second of the wish to stop, a task's own StudioError in its place, and
    JobError, after all the others, for tasks at which a process died twice.
    """
    if spec.executor == "ray":
        from studio.jobs.ray_tasks import ray_results

        found = ray_results(function, tasks, spec.ray_address, spec.workers, job.check_stop)
    else:
        from studio.jobs.process_pool import pool_results

        found = pool_results(
            function, tasks, min(spec.workers or cores(), len(tasks)), job.check_stop, job.log
        )
    for number, answer in found:
        if answer.error is not None:
            raise StudioError.from_record(answer.error)
        yield number, answer.result
