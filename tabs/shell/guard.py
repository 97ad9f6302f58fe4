"""Safe launch: who may reach the window, and with which of Gradio's doors open.

Gradio itself answers any Host, takes cross-site uploads and bodies of any size, may be framed by
any page and tries passwords without end; small ASGI layers close that. Sharing and LAN need a login
and wire the chat alone; the login's throttle is in tabs/shell/login.py.
"""

import contextlib
import hashlib
import hmac
import ipaddress
import os
import secrets
import socket
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from starlette.middleware import Middleware

from studio.errors import LaunchError
from tabs.kit import guests
from tabs.shell.login import LoginThrottle
from tabs.shell.packed_page import PackedPage

LOOPBACK = {"127.0.0.1", "localhost", "[::1]", "::1"}
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
MOST_BODY = (
    16 * 1024**2
)  # bytes of one call; a page sends its form and one view, some hundred KB at most
DRAINED = 256 * 1024**2
TOO_LARGE = "This request is too large."

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class HostCheck:
    """Answers only requests addressed to a known host name, which ends DNS rebinding."""

    def __init__(self, app: App, hosts: set[str]) -> None:
        self.app, self.hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse with 400."""
        if (
            scope["type"] in ("http", "websocket")
            and host_name(header(scope, b"host")) not in self.hosts
        ):
            await refuse(send, 400, "This address is not served here.")
            return
        await self.app(scope, receive, send)


class SameOrigin:
    """Refuses requests that change something and come from another site's page."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse with 403."""
        if scope["type"] == "websocket" or (
            scope["type"] == "http" and scope["method"] not in SAFE_METHODS
        ):
            origin, site = header(scope, b"origin"), header(scope, b"sec-fetch-site")
            foreign = (
                bool(origin) and urlsplit(origin).netloc.lower() != header(scope, b"host").lower()
            )
            if foreign or site not in ("", "same-origin", "none"):
                await refuse(send, 403, "Requests from other sites are refused.")
                return
        await self.app(scope, receive, send)


class BodyLimit:
    """Refuses a request's body beyond a size, before anything of the window takes it into memory;
    uploads of files go to the disk and pass.

    Gradio reads the whole body of a call and parses it as JSON before it looks whom it is for.
    """

    def __init__(self, app: App, most_bytes: int = MOST_BODY) -> None:
        self.app, self.most_bytes = app, most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse with 413: at once where the length is told, else as soon as too much
        has come.
        """
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS or self._upload(scope):
            await self.app(scope, receive, send)
            return
        announced = header(scope, b"content-length")
        if announced.isdigit() and int(announced) > self.most_bytes:
            await self._refuse(receive, send, int(announced))
            return
        got = 0

        async def counted() -> dict[str, Any]:
            nonlocal got
            message = await receive()
            got += len(message.get("body", b""))
            if got > self.most_bytes:
                raise _TooLarge
            return message

        async def sent(message: dict[str, Any]) -> None:
            # What reads the body may make an answer of its own from the exception: ours goes
            # instead.
            if got <= self.most_bytes:
                await send(message)

        with contextlib.suppress(_TooLarge):
            await self.app(scope, counted, sent)
        if got > self.most_bytes:
            await refuse(send, 413, TOO_LARGE)

    @staticmethod
    def _upload(scope: Scope) -> bool:
        """Whether this is a file being uploaded, which Gradio writes to the disk as it comes, up to
        its own limit.
        """
        path = scope["path"].removeprefix(scope.get("root_path") or "").rstrip("/")
        return path in ("/upload", "/gradio_api/upload") and header(
            scope, b"content-type"
        ).startswith("multipart/form-data")

    @staticmethod
    async def _refuse(receive: Receive, send: Send, size: int) -> None:
        """Answer 413 once the sender has sent what it had, so that it reads the answer; beyond a
        limit the line is cut.
        """
        left = min(size, DRAINED)
        while left > 0:
            message = await receive()
            if message["type"] != "http.request" or not message.get("more_body"):
                break
            left -= len(message.get("body", b""))
        await refuse(send, 413, TOO_LARGE)


class _TooLarge(Exception):
    """More has come than a request may hold."""


class Unframed:
    """No page of another site may show the window in a frame of its own (clickjacking)."""

    HEADERS = (
        (b"x-frame-options", b"DENY"),
        (b"content-security-policy", b"frame-ancestors 'none'"),
    )

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with two headers more on the answer."""

        async def framed(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                mine = {name for name, _ in self.HEADERS}
                message["headers"] = [
                    (name, value)
                    for name, value in message.get("headers", [])
                    if name.lower() not in mine
                ] + list(self.HEADERS)
            await send(message)

        await self.app(scope, receive, framed if scope["type"] == "http" else send)


class GuestDoors:
    """In a shared window: none of Gradio's doors but those that the chat needs."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse with 404."""
        if scope["type"] == "http" and guests.closed(scope["path"]):
            await refuse(send, 404, "Only the chat is shared here.")
            return
        await self.app(scope, receive, send)


def header(scope: Scope, name: bytes) -> str:
    """A request header's text, empty where it is missing."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def host_name(value: str) -> str:
    """The name in a Host header without its port, in lower case."""
    value = value.strip().lower()
    return value.split("]")[0] + "]" if value.startswith("[") else value.split(":")[0]


async def refuse(send: Send, status: int, text: str) -> None:
    """A plain-text answer."""
    head = {
        "type": "http.response.start",
        "status": status,
        "headers": [(b"content-type", b"text/plain; charset=utf-8")],
    }
    await send(head)
    await send({"type": "http.response.body", "body": text.encode()})


def public(host: str, share: bool) -> bool:
    """Whether others than this machine can reach the window."""
    if share or host in LOOPBACK:
        return share
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True


def check_login(auth: str | None, host: str, share: bool) -> Callable[[str, str], bool] | None:
    """A constant-time login check, or None on loopback without one. Raises LaunchError."""
    if not auth:
        if public(host, share):
            raise LaunchError(
                "Sharing the window or opening it to the network needs a login.",
                "Add --auth USER:PASSWORD, for example --auth ink:{password}.",
                password=secrets.token_urlsafe(9),
            )
        return None
    user, colon, password = auth.partition(":")
    if not colon or not user or len(password) < 8:
        raise LaunchError(
            "The login {auth} cannot be used.",
            "Write --auth USER:PASSWORD with at least 8 letters of password.",
            auth="given",
        )

    def digest(text: str) -> bytes:
        return hashlib.sha256(
            text.encode("utf-8", "surrogatepass")
        ).digest()  # of one length, so that none is told by the time taken

    def check(name: str, word: str) -> bool:
        return hmac.compare_digest(digest(name), digest(user)) & hmac.compare_digest(
            digest(word), digest(password)
        )

    return check


def free_port(host: str, wanted: int | None) -> int:
    """`wanted` if it is free, else the first free port from 7860 when none was asked for.

    Raises LaunchError.
    """
    for port in [wanted] if wanted else range(7860, 7960):
        if not 1 <= port <= 65535:
            raise LaunchError("{port} is not a port.", "Choose one from 1024 to 65535.", port=port)
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
                return port
            except PermissionError as error:
                raise LaunchError(
                    "Port {port} needs special rights.",
                    "Choose one above 1024 with --port.",
                    port=port,
                ) from error
            except OSError as error:
                if isinstance(error, socket.gaierror) or error.errno == 99:
                    raise LaunchError(
                        "{host} is not an address of this machine.",
                        "Leave --host out, or give this machine's own address.",
                        host=host,
                    ) from error
                if wanted:
                    raise LaunchError(
                        "Port {port} is in use.",
                        "Close the program that uses it, or choose another with --port.",
                        port=port,
                    ) from error
    raise LaunchError("No port from 7860 to 7959 is free.", "Choose one with --port.")


def launch_arguments(
    *, host: str, port: int, share: bool, login: Callable[[str, str], bool] | None, hosts: set[str]
) -> dict[str, Any]:
    """Every argument of `Blocks.launch` that safety hangs on, given outright so that no environment
    variable decides.
    """
    # Else uvicorn takes an address that the visitor writes (X-Forwarded-For) for the visitor's own
    # when it comes over loopback.
    os.environ["FORWARDED_ALLOW_IPS"] = ""
    doors = [Middleware(GuestDoors)] if public(host, share) else []
    hosts |= LOOPBACK | (
        {host} if host not in ("0.0.0.0", "::") else {socket.gethostname().lower(), *addresses()}
    )
    return {
        "server_name": host,
        "server_port": port,
        "share": share,
        "auth": login,
        "allowed_paths": [],
        "blocked_paths": [],
        "max_file_size": "200mb",
        "show_error": False,
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "mcp_server": False,
        "pwa": False,
        "strict_cors": True,
        "footer_links": [],
        "quiet": True,
        "inbrowser": False,
        "app_kwargs": {
            "middleware": [
                Middleware(Unframed),
                Middleware(HostCheck, hosts=hosts),
                Middleware(SameOrigin),
                Middleware(BodyLimit),
                *doors,
                Middleware(LoginThrottle),
                Middleware(PackedPage),
            ],
            "docs_url": None,
            "redoc_url": None,
            "openapi_url": None,
        },
        "prevent_thread_lock": True,
    }


def addresses() -> set[str]:
    """This machine's own addresses, for a window opened to the network."""
    try:
        return {str(info[4][0]).lower() for info in socket.getaddrinfo(socket.gethostname(), None)}
    except OSError:
        return set()
