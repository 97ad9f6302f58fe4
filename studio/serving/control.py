"""Starting, finding and ending the model server, from any process.

One server serves all of this home.

The server is alive if it holds `server/lock`. Who starts it holds `server/start.lock` meanwhile, so
that two processes that ask at the same time get one server.
"""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import filelock
import psutil

from studio.errors import ModelError, Stopped, StudioError
from studio.files import disk_error, write_text
from studio.models import AdapterInfo, check_adapter, resolve
from studio.processes import alive, start_detached
from studio.secrets import Secret
from studio.serving import admin_client
from studio.serving.spec import ServerSpec
from studio.serving.state import (
    ServerStatus,
    allow_adapters_in,
    server_folder,
    spawned,
    starting,
    status,
    write_state,
)

STOP_GRACE_S = 6.0
QUIET_S = 2.0  # a server whose last answer is younger may be between two requests of one job


@dataclass(frozen=True)
class ServerInfo:
    """A ready server: `base_url` ends in /v1, `token` is the API key, a model's name is "base" or
    an adapter's.
    """

    base_url: str
    token: Secret
    model: str
    adapters: tuple[str, ...]


def start(spec: ServerSpec) -> None:
    """Start the server unless one is running or starting; returns at once.

    Raises ModelError, WorkspaceError.
    """
    with _starting_alone():
        if status().state in ("off", "failed"):
            _spawn(spec)


def ensure(
    spec: ServerSpec, timeout_s: float = 600.0, stop: Callable[[], bool] | None = None
) -> ServerInfo:
    """The ready server for `spec`: the running one, or a new one in place of one that nobody is
    using.

    Waits until it is ready. Raises ModelError (unfit model, another model busy, time over), the
    server's own loading error, or Stopped as soon as `stop()` is true.
    """
    until = time.monotonic() + timeout_s
    _bring_up(spec, until, stop)
    while True:
        now = status()
        if now.state == "ready":
            return ServerInfo(now.base_url, now.token, now.model, now.adapters)
        if now.state in ("failed", "off"):
            raise now.error or ModelError("The model server was stopped.", "Start it again.")
        _pause(until, stop)


def load_adapter(name: str, path: str | Path) -> AdapterInfo:
    """Put an adapter onto the served weights under `name`, in place of a former one of that name.

    Raises ModelError.
    """
    info = check_adapter(path)
    admin_client.call(
        _ready(), "POST", "/adapters", {"name": name, "path": str(info.path)}, timeout_s=180
    )
    return info


def unload_adapter(name: str) -> None:
    """Take an adapter off the served weights. Raises ModelError for an unknown or busy one."""
    admin_client.call(_ready(), "DELETE", f"/adapters/{quote(name, safe='')}", timeout_s=60)


def stop() -> None:
    """End the server and free all its memory; at the latest after 6 s. Nothing happens when none is
    running.
    """
    with _starting_alone():  # so that none is half started by another process
        _stop()


def _stop() -> None:
    folder = server_folder()
    if alive(folder) or starting(folder):
        _end(status().pid or spawned(folder), folder)
    write_state("off")


def _end(pid: int | None, folder: Path) -> None:
    """Terminate the server's process, which may not have come as far as its lock; kill it when it
    overstays.
    """
    until = time.monotonic() + STOP_GRACE_S
    try:
        process = psutil.Process(pid)
        process.terminate()
        while (alive(folder) or _runs(process)) and time.monotonic() < until:
            time.sleep(0.05)
        if alive(folder) or _runs(process):
            process.kill()
            process.wait(5)
    except (psutil.NoSuchProcess, psutil.TimeoutExpired):
        return


def _runs(process: psutil.Process) -> bool:
    return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)


def _bring_up(spec: ServerSpec, until: float, stopped: Callable[[], bool] | None) -> None:
    """See to it that a server for `spec` is ready or loading."""
    resolve(spec.model_name_or_path, spec.hub_name, runs=spec.adapter_roots)
    while True:
        with _starting_alone():
            now = status()
            if now.state in ("off", "failed"):
                return _spawn(spec)
            if now.spec is not None and spec.same_weights(now.spec):
                return allow_adapters_in(spec.adapter_roots)
            if now.state == "ready" and _quiet(now):
                _stop()
                return _spawn(spec)
        _pause(until, stopped)


def _quiet(now: ServerStatus) -> bool:
    """Whether nobody uses the server; False while it may be between two requests.

    Raises ModelError when busy.
    """
    try:
        told = admin_client.call(now, "GET", "/status")
    except StudioError:
        return True  # it cannot serve anybody
    if told["active"]:
        raise ModelError(
            "The model server is busy with {model}.",
            "Wait until that is done, or stop it, then try again.",
            model=now.model,
        )
    return not told["served"] or told["idle_s"] >= QUIET_S


def _spawn(spec: ServerSpec) -> None:
    folder = server_folder()
    allow_adapters_in(spec.adapter_roots, afresh=True)
    command = [sys.executable, "-m", "studio.serving.server", spec.model_dump_json()]
    write_text(
        folder / "starting", f"{os.getpid()} {time.time()}"
    )  # until the child's own id is known
    write_state("starting", spec=spec.model_dump())
    try:
        start_detached(command, folder, new_log=True)
    except OSError as error:
        raise disk_error(error, folder) from error


def _ready() -> ServerStatus:
    now = status()
    if now.state != "ready":
        raise ModelError("The model server is not ready.", "Load a model first.")
    return now


def _pause(until: float, stopped: Callable[[], bool] | None) -> None:
    if stopped is not None and stopped():
        raise Stopped
    if time.monotonic() > until:
        raise ModelError(
            "The model server is not ready yet.", "Wait longer, or choose a smaller model."
        )
    time.sleep(0.1)


def _starting_alone() -> filelock.BaseFileLock:
    return filelock.FileLock(server_folder() / "start.lock", timeout=30)
