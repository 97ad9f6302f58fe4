"""Work on files from outside, in a process that is ended when it takes too long or too much memory.

`run_limited("studio.documents.reading:read_entry", name="book.pdf", path=…)` calls a function of
the engine in an interpreter of its own and gives back what it returned, as JSON. One such process
is kept for the next call, so that a small file costs milliseconds; it ends by itself after a minute
without work, and with the process that started it.

What is limited: the wall clock and the resident memory (both watched from here, on every system),
and where the system has them, the address space and the processor time. Whatever happens becomes
one sentence for the user.
"""

import contextlib
import importlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import psutil

from studio.errors import InputError, Stopped, StudioError, WorkspaceError

SECONDS, SECONDS_A_MB = 40.0, 2.0
MEMORY_MB = 2048
# Libraries reserve far more addresses than they use: pyarrow, PDFium and the allocators under them.
RESERVED_MB = 2560
WATCH_EVERY_S = 0.05
IDLE_S, NICE = 60.0, 5
AT_ONCE = 3
MOST_REPLY = 32 * 1024**2  # characters
KEPT_MB, KEPT_CALLS = 350, 500  # a process that has grown further, or served as often, is not kept


@dataclass(frozen=True)
class Limits:
    """How much one call may take: wall-clock seconds, and MB of resident memory."""

    seconds: float = SECONDS
    memory_mb: int = MEMORY_MB

    @staticmethod
    def for_bytes(size: int) -> "Limits":
        """The limits for reading a file of `size` bytes: 40 s and 2 s more a MB; half of this
        machine's memory, at most 2 GB.
        """
        return Limits(
            SECONDS + SECONDS_A_MB * (size >> 20),
            min(MEMORY_MB, psutil.virtual_memory().total >> 21),
        )


class LimitMet(InputError):
    """A file took more than it may; `slow` where it was time, so that longer limits may be
    tried.
    """

    slow = False


class TooSlow(LimitMet):
    """A file took more than its time."""

    slow = True


def run_limited(
    function: str,
    *,
    name: str,
    limits: Limits | None = None,
    stopping: Callable[[], bool] = lambda: False,
    **arguments: Any,
) -> Any:
    """What `function` ("studio.module:function") returns for `arguments`; both as JSON carries
    them.

    name: what the file is called in errors. Raises the StudioError that the function raised;
    InputError when a limit was met or the process ended; Stopped as soon as `stopping()` is true.
    """
    limits = limits or Limits()
    request = {"call": function, "arguments": arguments} | limits.__dict__
    with _pool().place:
        reply = _called(_pool().take, _pool().keep, request, name, limits, stopping)
    return _answer(reply, name, limits)


class Kept:
    """A process of its own for calls that share what they hold open and that someone waits for: one
    at a time, each within its limits. It ends when nothing was asked for `idle_s`, when a limit is
    met, and with the process that started it; the next call starts another.
    """

    def __init__(self, idle_s: float) -> None:
        self._idle_s = idle_s
        self._lock = threading.Lock()
        self._child: _Child | None = None

    def run(self, function: str, *, name: str, limits: Limits, **arguments: Any) -> Any:
        """See `run_limited`."""
        request = {"call": function, "arguments": arguments} | limits.__dict__
        with self._lock:
            reply = _called(self._take, self._keep, request, name, limits, lambda: False)
        return _answer(reply, name, limits)

    def close(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            child, self._child = self._child, None
            if child is not None:
                child.end()

    def _take(self, fresh: bool) -> "_Child":
        child, self._child = self._child, None
        return _waiting(child, fresh) or _Child(self._idle_s, nice=0)

    def _keep(self, child: "_Child") -> None:
        self._child = child


def _called(
    take: "Callable[[bool], _Child]",
    keep: "Callable[[_Child], None]",
    request: dict[str, Any],
    name: str,
    limits: Limits,
    stopping: Callable[[], bool],
) -> dict[str, Any]:
    """The reply of a process to a call; one that waited may have ended by itself at this moment."""
    for fresh in (False, True):
        child = take(fresh)
        try:
            reply = child.ask(request, name, limits, stopping)
        except _Gone:
            continue
        except BaseException:
            child.end()
            raise
        keep(child)
        return reply
    raise _ended(name)


def _answer(reply: dict[str, Any], name: str, limits: Limits) -> Any:
    if "error" in reply:
        told = reply["error"]
        kind = {"WorkspaceError": WorkspaceError}.get(told["type"], InputError)
        raise kind(told["what"], told["do"], **told["values"])
    if reply.get("over") == "memory":
        raise _too_much(name, limits)
    if reply.get("over") == "reply":
        raise InputError(
            "{name} holds more than can be shown.", "Split it into smaller files.", name=name
        )
    return reply["result"]


def _too_long(name: str, limits: Limits) -> LimitMet:
    return TooSlow(
        "{name} was not read within {seconds} seconds and was given up.",
        "Split it, or save it again as plain text, csv or jsonl, and add that.",
        name=name,
        seconds=f"{limits.seconds:,.0f}",
    )


def _too_much(name: str, limits: Limits) -> LimitMet:
    return LimitMet(
        "Reading {name} needs more than {memory} MB of memory and was given up.",
        "Split it, or save it again as plain text, csv or jsonl, and add that.",
        name=name,
        memory=f"{limits.memory_mb:,}",
    )


def _ended(name: str) -> InputError:
    return InputError(
        "The reader of {name} ended unexpectedly.",
        (
            "The file is probably damaged: open it in the program that made it, "
            "save it again and add the new file."
        ),
        name=name,
    )


class _Gone(Exception):
    """A kept process ended before it took the call."""


class _Child:
    """One process, and the thread that reads its replies."""

    def __init__(self, idle_s: float = IDLE_S, nice: int = NICE) -> None:
        self.calls = 0
        root = str(Path(__file__).resolve().parents[1])
        path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
        env = dict(os.environ) | {
            "PYTHONPATH": path,
            "PYTHONUTF8": "1",
            "OMP_NUM_THREADS": "1",
            "ARROW_DEFAULT_MEMORY_POOL": "system",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "studio.sandbox", str(idle_s), str(nice)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=env,
        )
        self.replies: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(
            target=self._listen, daemon=True, name=f"sandbox-{self.process.pid}"
        ).start()

    def _listen(self) -> None:
        """Every line of the process, then an empty one; the last also collects the process."""
        assert self.process.stdout
        with contextlib.suppress(OSError, ValueError):
            while line := self.process.stdout.readline(4 * MOST_REPLY):
                self.replies.put(line)
        self.process.wait()
        self.replies.put(b"")

    def ask(
        self, request: dict[str, Any], name: str, limits: Limits, stopping: Callable[[], bool]
    ) -> dict[str, Any]:
        """Send one call and watch it until its reply. Raises InputError, Stopped, _Gone."""
        assert self.process.stdin
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
        except OSError as error:
            raise _Gone from error
        self.calls += 1
        until = time.monotonic() + limits.seconds
        while True:
            with contextlib.suppress(queue.Empty):
                return self._read(self.replies.get(timeout=WATCH_EVERY_S), name, limits)
            if stopping():
                raise Stopped
            if time.monotonic() > until:
                raise _too_long(name, limits)
            if self.used_mb() > limits.memory_mb:
                raise _too_much(name, limits)

    def _read(self, line: bytes, name: str, limits: Limits) -> dict[str, Any]:
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        if self.process.returncode == 0 and self.calls > 1:
            raise _Gone
        # SIGXCPU: the processor's share of the limit; the kernel's own killer sends SIGKILL where
        # memory ran out.
        if self.process.returncode == -24:
            raise _too_long(name, limits)
        raise _too_much(name, limits) if self.process.returncode == -9 else _ended(name)

    def used_mb(self) -> int:
        """Resident memory; 0 once the process has ended."""
        try:
            return int(psutil.Process(self.process.pid).memory_info().rss) >> 20
        except psutil.Error:
            return 0

    def end(self) -> None:
        """Kill the process and what it has started; its thread collects it."""
        _kill_started(self.process.pid)
        self.process.kill()


def _kill_started(pid: int) -> None:
    """End the programs that a process has started, such as a converter of documents."""
    with contextlib.suppress(psutil.Error):
        for started in psutil.Process(pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                started.kill()


def _waiting(child: _Child | None, fresh: bool) -> _Child | None:  # None: start another
    if child is not None and (fresh or child.process.poll() is not None):
        child.end()
        return None
    return child


@dataclass
class _Pool:
    """The processes that wait for the next call: at most one. place: how many may work at once."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    place: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(AT_ONCE)
    )
    idle: list[_Child] = field(default_factory=list)

    def take(self, fresh: bool) -> _Child:
        """A process that waits, or a new one."""
        with self.lock:
            waiting = self.idle.pop() if self.idle else None
        return _waiting(waiting, fresh) or _Child()

    def keep(self, child: _Child) -> None:
        """Keep a process for the next call, unless one waits already or this one has grown or
        served long.
        """
        with self.lock:
            if not self.idle and child.calls < KEPT_CALLS and 0 < child.used_mb() < KEPT_MB:
                self.idle.append(child)
                return
        child.end()


@lru_cache(maxsize=1)
def _pool() -> _Pool:
    return _Pool()


# --- the other side ---


def main(idle_s: float, nice: float) -> int:
    """Answer calls, a line of JSON each, until there are no more or none came for a while."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no reply
    if hasattr(os, "nice"):
        os.nice(int(nice))  # the window's own work goes first
    calls: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_calls, args=(calls,), daemon=True).start()
    while True:
        try:
            request = json.loads(calls.get(timeout=idle_s))
        except queue.Empty:
            return 0
        replies.write(_reply(request) + b"\n")
        replies.flush()


def _calls(calls: "queue.SimpleQueue[bytes]") -> None:
    """Pass on each call; when the process that asks has ended, so does this one, whatever it is
    doing.
    """
    while line := sys.stdin.buffer.readline():
        calls.put(line)
    _kill_started(os.getpid())
    os._exit(0)


def _reply(request: dict[str, Any]) -> bytes:
    """One call's answer.

    Whatever is neither a StudioError nor a want of memory ends the process, with its traceback in
    the log.
    """
    _limit(request["seconds"], request["memory_mb"])
    try:
        module, _, name = request["call"].partition(":")
        if not module.startswith("studio."):
            raise InputError("{name} is no function of the engine.", name=request["call"])
        made = json.dumps(
            {"result": getattr(importlib.import_module(module), name)(**request["arguments"])},
            default=str,
        )
        return made.encode() if len(made) <= MOST_REPLY else b'{"over": "reply"}'
    except StudioError as error:
        return json.dumps({"error": error.as_record()}).encode()
    except MemoryError:
        return b'{"over": "memory"}'


def _limit(seconds: float, memory_mb: int) -> None:
    """Set the system's own limits where it has them."""
    try:
        import resource
    except ImportError:  # Windows
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_AS: (memory_mb + RESERVED_MB) << 20,
        # Threads may use more than one core; this only ends what the asking process is no longer
        # there to end.
        resource.RLIMIT_CPU: int(used.ru_utime + used.ru_stime + 4 * seconds) + 5,
    }
    for what, soft in wanted.items():
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (soft, resource.getrlimit(what)[1]))


if __name__ == "__main__":
    os._exit(
        main(*map(float, sys.argv[1:]))
    )  # at once: the thread that reads the calls stands in a read that nothing ends
