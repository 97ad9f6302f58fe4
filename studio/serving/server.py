"""The model server's main: ``python -m studio.serving.server '{"model_name_or_path": "starter"}'``.

Listens on a free port of 127.0.0.1, writes port and token to the state file, loads the model in a
thread, and ends on SIGTERM, when loading fails, or after `idle_minutes` without a request.
"""

import asyncio
import json
import os
import secrets
import signal
import socket
import sys
import threading
from contextlib import suppress

import filelock
import uvicorn

from studio.errors import ModelError
from studio.serving.holder import Holder
from studio.serving.routes import build_app
from studio.serving.spec import ServerSpec
from studio.serving.state import mine, server_folder, write_state

TAKEOVER_S = 10.0  # how long to wait for a former server to let go of the lock
TICK_S = 0.25


def main(arguments: list[str]) -> int:
    """Serve until told to end; 0 for a clean end, 1 when the model could not be loaded."""
    spec = ServerSpec.read(json.loads(arguments[0]) if arguments else {})
    try:
        with filelock.FileLock(server_folder() / "lock", timeout=TAKEOVER_S):
            return _serve(spec)
    except filelock.Timeout:
        return 0  # another server serves this home already


def _serve(spec: ServerSpec) -> int:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    port, token = listener.getsockname()[1], secrets.token_urlsafe(32)
    holder = Holder(spec, port=port, token=token)
    app = build_app(holder, port=port, token=token)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
        lifespan="off",
    )
    server = uvicorn.Server(config)

    def end(*_: object) -> None:
        server.should_exit = True

    # uvicorn raises the signal again when it is done; this handler keeps the end an orderly one.
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    threading.Thread(target=_load, args=(holder,), name="loader", daemon=True).start()
    asyncio.run(_run(server, holder, listener))
    if holder.state != "failed" and mine():
        write_state("off")
    sys.stderr.flush()
    # A loader in the midst of foreign code cannot be interrupted; nothing is left to write, so
    # leave at once.
    os._exit(1 if holder.state == "failed" else 0)


async def _run(server: uvicorn.Server, holder: Holder, listener: socket.socket) -> None:
    watch = asyncio.create_task(_watch(server, holder))
    try:
        await server.serve(sockets=[listener])
    finally:
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch


async def _watch(server: uvicorn.Server, holder: Holder) -> None:
    """Ask the server to end when nobody can use it (any more), and let open answers go when it
    ends.
    """
    limit = holder.spec.idle_minutes * 60
    while not server.should_exit:
        await asyncio.sleep(TICK_S)
        engine = holder.engine
        if holder.state == "failed" or (engine is not None and engine.dead):
            server.should_exit = True
        elif not mine() or engine is not None and limit and engine.idle_s > limit:
            server.should_exit = True
    if holder.engine is not None:
        await asyncio.to_thread(holder.engine.close)


def _load(holder: Holder) -> None:
    """Load the model; a failure that nobody foresaw goes to the log, and its thread still leaves a
    state.
    """
    try:
        holder.load()
    finally:
        if holder.state == "loading":
            holder.fail(
                ModelError("The model could not be loaded.", "The server's log has the details.")
            )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
