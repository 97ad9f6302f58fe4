"""The local model server: one process that holds the weights and speaks the OpenAI protocol on
loopback.

Importing this is cheap; torch lives only in that process (`python -m studio.serving.server`).
"""

from studio.serving.control import ServerInfo, ensure, load_adapter, start, stop, unload_adapter
from studio.serving.spec import ServerSpec
from studio.serving.state import ServerStatus, status

__all__ = [
    "ServerInfo",
    "ServerSpec",
    "ServerStatus",
    "ensure",
    "load_adapter",
    "start",
    "status",
    "stop",
    "unload_adapter",
]
