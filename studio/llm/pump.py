"""Work that blocks, done in a thread, so that a stop or a deadline is obeyed within a tenth of a
second.
"""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from studio.errors import Stopped

POLL_S = 0.1


class TimeUp(Exception):
    """The deadline passed before the work was done."""


def pump(
    produce: Callable[[], Iterator[Any]],
    *,
    errors: tuple[type[Exception], ...],
    abort: Callable[[], None],
    stop: Callable[[], bool] | None,
    until: float,
) -> Iterator[Any]:
    """What `produce()` yields, made in a thread of its own.

    Raises Stopped when `stop()` turns true, TimeUp when `time.monotonic()` passes `until`, and
    whatever of `errors` the work raises. However the iteration ends before its time, `abort()` is
    called to wake the thread.
    """
    box: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
    threading.Thread(
        target=_fill, args=(box, produce, errors), daemon=True, name="llm-call"
    ).start()
    finished = False
    try:
        while True:
            if stop is not None and stop():
                raise Stopped
            try:
                what, value = box.get(timeout=POLL_S)
            except queue.Empty:
                if time.monotonic() > until:
                    raise TimeUp from None
                continue
            if what == "item":
                yield value
                if time.monotonic() > until:
                    raise TimeUp
                continue
            finished = True
            if what == "error":
                raise value
            return
    finally:
        if not finished:
            abort()


def _fill(
    box: "queue.SimpleQueue[tuple[str, Any]]",
    produce: Callable[[], Iterator[Any]],
    errors: tuple[type[Exception], ...],
) -> None:
    last: tuple[str, Any] = ("error", TimeUp())  # an error that nobody foresaw still ends the wait
    try:
        for item in produce():
            box.put(("item", item))
        last = ("end", None)
    except errors as error:
        last = ("error", error)
    finally:
        box.put(last)
