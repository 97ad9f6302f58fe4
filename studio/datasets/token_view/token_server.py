"""One process that turns rows into tokens, kept for some minutes: the window never loads
transformers, and loading it takes seconds.

The process reads a request a line and answers with a line (`token_worker`). One at a time is asked;
one that has ended or does not answer in time is put out of the way, and the next request starts
another.
"""

import atexit
import contextlib
import json
import queue
import subprocess
import sys
import threading
import time
from typing import Any

import psutil

from studio.errors import JobError
from studio.processes import worker_environment

IDLE_S, WATCH_EVERY_S = 300.0, 0.1
MEMORY_MB = 4096


class TokenServer:
    """The process, started when it is first needed; ended when nothing was asked for five minutes
    or it takes too much memory.
    """

    def __init__(self, memory_mb: int = MEMORY_MB) -> None:
        self.memory_mb = memory_mb
        self._lock = threading.Lock()
        self._asking: list[bool] = []  # one for each request that goes first
        self._process: subprocess.Popen[bytes] | None = None
        self._replies: queue.Queue[bytes] = queue.Queue()
        self._idle: threading.Timer | None = None

    def ask(
        self, request: dict[str, Any], timeout_s: float, *, behind: bool = False
    ) -> dict[str, Any]:
        """The reply to one request. behind: all others go first.

        Raises JobError when it does not come in time or cannot be read.
        """
        if behind:
            while self._asking:
                time.sleep(WATCH_EVERY_S / 5)
            return self._asked(request, timeout_s)
        self._asking.append(True)
        try:
            return self._asked(request, timeout_s)
        finally:
            self._asking.pop()

    def _asked(self, request: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        with self._lock:
            process = self._running()
            try:
                assert process.stdin is not None
                process.stdin.write(json.dumps(request).encode() + b"\n")
                process.stdin.flush()
                reply = json.loads(self._reply(process, timeout_s))
            except JobError:
                self._end()
                raise
            except (ValueError, OSError) as error:
                self._end()
                raise JobError(
                    "The tokens could not be read.", "Check the model, then try again."
                ) from error
            self._sleep_later()
            return dict(reply)

    def _reply(self, process: "subprocess.Popen[bytes]", timeout_s: float) -> bytes:
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            with contextlib.suppress(queue.Empty):
                return self._replies.get(timeout=WATCH_EVERY_S)
            with contextlib.suppress(psutil.Error):
                if psutil.Process(process.pid).memory_info().rss >> 20 > self.memory_mb:
                    raise JobError(
                        "Reading the tokens needs more than {memory} MB of memory.",
                        "Try again with fewer rows, or choose another model.",
                        memory=f"{self.memory_mb:,}",
                    )
        raise JobError("Reading the tokens took too long.", "Try again with fewer rows.")

    def close(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            self._end()

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._idle is not None:
            self._idle.cancel()
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "studio.datasets.token_view.token_worker", "--serve"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=worker_environment(),
            )
            self._replies = queue.Queue()
            threading.Thread(
                target=_read, args=(self._process, self._replies), daemon=True, name="tokens"
            ).start()
        return self._process

    def _sleep_later(self) -> None:
        self._idle = threading.Timer(IDLE_S, self.close)
        self._idle.daemon = True
        self._idle.start()

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _read(process: "subprocess.Popen[bytes]", replies: "queue.Queue[bytes]") -> None:
    """Hand on the lines that are replies; what a library prints between is left out.

    At the end an empty one.
    """
    for line in process.stdout or ():
        if line.startswith(b"{"):
            replies.put(line)
    replies.put(b"")


SERVER = TokenServer()
atexit.register(SERVER.close)
