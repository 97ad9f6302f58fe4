"""A line: one HTTP client with hooks, kept for one call at a time.

It adds what the libraries leave open. The key is put on here and nowhere else, so that neither
environment variables nor a changed address can send another one; redirects are not followed; the
sockets are known, so that a call can be cut off from another thread and the server notices at once.
The same hooks fit httpx (ollama) and httpx2 (openai).
"""

import socket
from collections.abc import Callable
from typing import Any

from studio.errors import LlmFault
from studio.llm.address import forbidden, loopback
from studio.llm.faults import Trouble

CONNECT_S = 10.0
STRAY_HEADERS = (
    "authorization",
    "openai-organization",
    "openai-project",
    "api-key",
    "x-api-key",
    "cookie",
)


class Line:
    """One HTTP client's hooks and sockets. `client` is the library's client, set by the dialect."""

    def __init__(self, host: str, key: str, model: str = "") -> None:
        self.host = host
        self.model = model
        self.status = 0
        self.headers: dict[str, str] = {}
        self.client: Any = None
        self._key = key
        self._aborted = False
        self._sockets: list[socket.socket] = []
        self._closers: list[Callable[[], None]] = []

    def options(self, http: Any, read_s: float) -> dict[str, Any]:
        """Arguments for an `httpx.Client` or `httpx2.Client`; `read_s` bounds a silence, in
        seconds.
        """
        return {
            "timeout": http.Timeout(read_s, connect=min(CONNECT_S, read_s)),
            "follow_redirects": False,
            # A proxy from the environment is for the outside world, never for this machine.
            "trust_env": not loopback(self.host.rsplit(":", 1)[0].strip("[]")),
            "event_hooks": {"request": [self._request], "response": [self._response]},
        }

    def on_close(self, close: Callable[[], None]) -> None:
        """Call `close` when the line is closed."""
        self._closers.append(close)

    def abort(self) -> None:
        """Cut the line off, from any thread: a blocked read ends now and the server sees the
        end.
        """
        self._aborted = True
        for known in self._sockets:
            try:
                socket.socket.shutdown(known, socket.SHUT_RDWR)
            except OSError:
                continue  # closed already, or wrapped by TLS meanwhile

    def close(self) -> None:
        """Give the connection back; the line cannot be used again."""
        self.abort()
        for close in self._closers:
            close()

    def _request(self, request: Any) -> None:
        if self._aborted:
            raise ConnectionAbortedError("the call was given up")
        for name in STRAY_HEADERS:
            request.headers.pop(name, None)
        if self._key:
            request.headers["authorization"] = f"Bearer {self._key}"
        self.status, self.headers = 0, {}
        request.extensions["trace"] = self._trace

    def _response(self, response: Any) -> None:
        self.status = response.status_code
        self.headers = {name.lower(): value for name, value in response.headers.items()}

    def _trace(self, name: str, info: dict[str, Any]) -> None:
        """Called by httpcore at each step: remember sockets, and refuse a name that resolves to a
        forbidden address.
        """
        if not name.endswith(("connect_tcp.complete", "start_tls.complete")):
            return
        known = info["return_value"].get_extra_info("socket")
        self._sockets.append(known)
        if self._aborted:
            raise ConnectionAbortedError("the call was given up")
        peer = known.getpeername()[0]
        if name.endswith("connect_tcp.complete") and forbidden(peer):
            raise Trouble(
                LlmFault(
                    "bad_request",
                    "The address {host} is not allowed for a model server.",
                    "Use the address of the server itself.",
                    host=peer,
                )
            )
