"""Who may speak to the server: requests for loopback's own names that carry the token."""

import secrets
from typing import Any

from starlette.responses import JSONResponse

from studio.serving.request import Refusal

OPEN_PATHS = {"/health"}


class Gate:
    """ASGI middleware: a foreign Host is refused (DNS rebinding), then a request without the
    token.
    """

    def __init__(self, app: Any, *, port: int, token: str) -> None:
        self._app = app
        self._hosts = {f"{name}:{port}".encode() for name in ("127.0.0.1", "localhost", "[::1]")}
        self._wanted = f"Bearer {token}".encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass the request on, or answer it with the refusal."""
        refusal = None if scope["type"] == "lifespan" else self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            await JSONResponse(refusal.as_json(), refusal.status)(scope, receive, send)

    def _refusal(self, scope: Any) -> Refusal | None:
        if scope["type"] != "http":
            return Refusal(403, "forbidden", "Only HTTP is served here.")
        hosts = [value.lower() for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return Refusal(
                403, "forbidden_host", "This server answers to this machine's own name only."
            )
        if scope["path"] in OPEN_PATHS:
            return None
        given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        if not secrets.compare_digest(given, self._wanted):
            return Refusal(401, "invalid_api_key", "The token is missing or wrong.")
        return None
