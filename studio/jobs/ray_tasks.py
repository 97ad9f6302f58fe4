"""Tasks through Ray Data, on this machine or on a cluster whose address is given.

Ray places the tasks, does those again at which a process of its own dies, and holds what does not
fit into memory on disk. The nodes need this package; tasks carry their texts with them.
"""

import importlib
import os
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.errors import JobError
from studio.jobs.task_answer import Answer, answer

LOOK_EVERY_S = 0.2  # for the wish to stop
HERE = "127.0.0.1"


@dataclass(frozen=True)
class Carried:
    """A task as one value of a column, whatever it is made of."""

    inside: Any


def carry_out(row: dict[str, Any]) -> dict[str, Any]:
    """One row of the data set: a task in, its answer out; in a process of Ray's."""
    module, name = row["function"].split(":")
    function = getattr(importlib.import_module(module), name)
    return {"number": row["number"], "answer": answer(function, row["task"].inside)}


def ray_results(
    function: Callable[[Any], Any],
    tasks: Sequence[Callable[[], Any]],
    address: str,
    workers: int,
    check_stop: Callable[[], None],
) -> Iterator[tuple[int, Answer]]:
    """Each task's number and answer, in order.

    address: of a cluster; empty starts Ray on this machine, reachable from it alone, with so many
    workers (0: as many as there are cores). Raises what `check_stop` raises, and JobError for what
    Ray reports.
    """
    import ray

    _begin(address.strip(), workers)
    try:
        rows: queue.Queue[dict[str, Any] | Exception | None] = queue.Queue(maxsize=4)
        thread = threading.Thread(
            target=_read, args=(function, tasks, rows), daemon=True, name="ray-rows"
        )
        thread.start()
        while True:
            check_stop()
            try:
                row = rows.get(timeout=LOOK_EVERY_S)
            except queue.Empty:
                if thread.is_alive() or not rows.empty():
                    continue
                row = RuntimeError("it ended without a result")
            if row is None:
                return
            if isinstance(row, Exception):
                raise JobError("Ray reports: {text}.", "Look at its log.", text=_first_line(row))
            yield int(row["number"]), row["answer"]
    finally:
        ray.shutdown()


def _begin(address: str, workers: int) -> None:
    """Connect to the cluster, or start Ray on this machine: on loopback, without a dashboard and
    without its reports home."""
    import ray

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    if ray.is_initialized():
        ray.shutdown()
    root = str(Path(__file__).resolve().parents[2])
    try:
        if address:
            ray.init(address=address, log_to_driver=False)
            return
        path = os.pathsep.join(p for p in (root, os.environ.get("PYTHONPATH", "")) if p)
        ray.init(
            num_cpus=workers or None,
            include_dashboard=False,
            log_to_driver=False,
            _node_ip_address=HERE,
            runtime_env={"env_vars": {"PYTHONPATH": path}},
        )
    except (ray.exceptions.RayError, OSError, RuntimeError, ValueError) as error:
        raise JobError(
            "Ray cannot be reached: {text}.",
            "Check the address, or leave it empty to start Ray here.",
            text=_first_line(error),
        ) from error


def _read(
    function: Callable[[Any], Any],
    tasks: Sequence[Callable[[], Any]],
    rows: "queue.Queue[dict[str, Any] | Exception | None]",
) -> None:
    """Put the rows of the finished data set into the queue; in a thread, since Ray's iterator can
    not be asked to stop."""
    import ray

    try:
        context = ray.data.DataContext.get_current()
        context.execution_options.preserve_order = True
        context.enable_progress_bars = False
        place = f"{function.__module__}:{function.__qualname__}"
        items = [
            {"number": number, "function": place, "task": Carried(make())}
            for number, make in enumerate(tasks)
        ]
        given = ray.data.from_items(items, override_num_blocks=max(1, len(items)))
        for row in given.map(carry_out).iter_rows():
            rows.put(row)
        rows.put(None)
    except (ray.exceptions.RayError, OSError, RuntimeError, ValueError) as error:
        rows.put(error)  # to who waits


def _first_line(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return (text[0] if text else type(error).__name__)[:200].rstrip(".")
