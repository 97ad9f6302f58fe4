"""Small requests to the model server's own routes, over loopback with the standard library."""

import json
import urllib.error
import urllib.request
from typing import Any

from studio.errors import LlmFault, ModelError, StudioError
from studio.serving.state import ServerStatus

# A proxy set in the environment must never see a request to this machine itself.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def call(
    server: ServerStatus, method: str, path: str, body: Any = None, timeout_s: float = 10.0
) -> dict[str, Any]:
    """One request to `path` under the server's base URL; its JSON.

    Raises ModelError or LlmFault.
    """
    data = None if body is None else json.dumps(body).encode()
    headers = {
        "Authorization": f"Bearer {server.token.reveal()}",
        "Content-Type": "application/json",
    }
    request = urllib.request.Request(
        server.base_url + path, data=data, headers=headers, method=method
    )
    try:
        with OPENER.open(request, timeout=timeout_s) as reply:
            answer: dict[str, Any] = json.load(reply)
            return answer
    except urllib.error.HTTPError as error:
        raise _told(error) from error
    except (OSError, ValueError) as error:
        raise LlmFault(
            "unreachable",
            "The model server does not answer.",
            "Start it again; its log is in the server folder.",
        ) from error


def _told(error: urllib.error.HTTPError) -> StudioError:
    """The server's own sentence, with its templates where it sent them."""
    try:
        told = json.load(error)["error"]
        if told.get("record"):
            record = told["record"]
            return ModelError(record["what"], record["do"], **record["values"])
        message = str(told["message"])
    except (ValueError, KeyError, TypeError, AttributeError):
        message = f"status {error.code}"
    return LlmFault("server", "The model server refused: {message}", message=message)
