"""What the server process tells the others: one small file under home, readable by its owner
alone.
"""

import json
import os
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import psutil

from studio.errors import ModelError, StudioError
from studio.files import write_text
from studio.processes import alive
from studio.secrets import Secret, redact
from studio.serving.spec import ServerSpec
from studio.workspace import home

START_GRACE_S = 30.0
LOG_TAIL = 4096  # bytes
RAISED = re.compile(r"(?!MemoryError)[\w.]*(Error|Exception)\b")
PLACE = re.compile(r" \([^()]*[/\\][^()]*\)")  # Python names the file of a failed import


@dataclass(frozen=True)
class ServerStatus:
    """The model server as the window shows it.

    `started` is a Unix time, `memory_mb` resident memory.
    """

    state: Literal["off", "loading", "ready", "failed"]
    model: str = ""
    adapters: tuple[str, ...] = ()
    base_url: str = ""
    token: Secret = field(default_factory=lambda: Secret(""))
    error: StudioError | None = None
    started: float | None = None
    memory_mb: int | None = None
    pid: int | None = None
    spec: ServerSpec | None = None


def server_folder() -> Path:
    """The folder of the server's state, lock and log; made on first use, closed to other users."""
    folder = home() / "server"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def write_state(state: str, **values: Any) -> None:
    """Replace the state file in one step; the file holds the token, so only its owner may read
    it.
    """
    write_text(server_folder() / "state.json", json.dumps({"state": state} | values), mode=0o600)


def read_state() -> dict[str, Any]:
    """The state file's table; empty when there is none or it is not ours."""
    try:
        data = json.loads((home() / "server" / "state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def mine() -> bool:
    """Whether the state file is this process's own; not so once its home is gone or another server
    has begun.
    """
    return read_state().get("pid") == os.getpid()


def status() -> ServerStatus:
    """How the server is, from files and the process table alone: cheap enough for a timer, never
    raises.
    """
    folder, record = home() / "server", read_state()
    if record.get("state") == "starting" and (alive(folder) or starting(folder)):
        return ServerStatus(
            "loading", spec=_spec(record)
        )  # it takes its lock and writes its state next
    if record.get("state") not in ("loading", "ready") or not alive(folder):
        return _ended(record)
    return ServerStatus(
        state=record["state"],
        model=str(record.get("model", "")),
        adapters=tuple(record.get("adapters", ())),
        base_url=str(record.get("base_url", "")),
        token=Secret(str(record.get("token", ""))),
        started=record.get("started"),
        memory_mb=_memory(record.get("pid")),
        pid=record.get("pid"),
        spec=_spec(record),
    )


def starting(folder: Path) -> bool:
    """Whether a server was spawned so recently that it may not have taken its lock yet."""
    pid = spawned(folder, within_s=START_GRACE_S)
    try:
        return pid is not None and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def spawned(folder: Path, within_s: float = float("inf")) -> int | None:
    """The process id of the server spawned last, if that was at most `within_s` ago."""
    try:
        pid, at = (folder / "starting").read_text().split()
        return int(pid) if time.time() - float(at) <= within_s else None
    except (OSError, ValueError):
        return None


def allow_adapters_in(roots: list[str], *, afresh: bool = False) -> None:
    """Let the server load adapters from these folders too; `afresh` forgets the former ones."""
    path = server_folder() / "roots.json"
    kept = [] if afresh else [str(root) for root in adapter_roots()]
    wanted = list(
        dict.fromkeys([*kept, *(str(Path(root).expanduser().resolve()) for root in roots)])
    )
    if afresh or wanted != kept:
        write_text(path, json.dumps(wanted), mode=0o600)


def adapter_roots() -> list[Path]:
    """The folders from which adapters may be loaded: those allowed so far and
    `INKWELL_ADAPTER_ROOTS`.
    """
    given = [
        part
        for part in os.environ.get("INKWELL_ADAPTER_ROOTS", "").split(os.pathsep)
        if part.strip()
    ]
    try:
        given += json.loads((home() / "server" / "roots.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        pass
    return [Path(part).expanduser().resolve() for part in given]


def _ended(record: dict[str, Any]) -> ServerStatus:
    """The status of a server that is not alive: stopped, failed, or gone without a word."""
    if record.get("state") == "failed":
        error = StudioError.from_record(record.get("error") or {})
        return ServerStatus(
            "failed", model=str(record.get("model", "")), error=error, spec=_spec(record)
        )
    if record.get("state") in ("starting", "loading", "ready"):
        # One that was ready has written errors of single requests, which it did not die of.
        begun = record["state"] == "ready"
        error = (None if begun else _last_words()) or ModelError(
            "The model server ended without a word.",
            "Start it again; if it repeats, the memory may be too small.",
        )
        return ServerStatus(
            "failed", model=str(record.get("model", "")), error=error, spec=_spec(record)
        )
    return ServerStatus("off")


def _last_words() -> ModelError | None:
    """What the log of a server that died before it was ready ends with, when that is an error of
    Python's.
    """
    try:
        with (home() / "server" / "log.txt").open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - LOG_TAIL))
            lines = log.read().decode("utf-8", errors="replace").split("\n")
    except OSError:
        return None
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    if not RAISED.match(last):
        return None
    return ModelError(
        "The model server ended ({reason}).",
        "Start it again; if it repeats, run python launch.py setup.",
        reason=PLACE.sub("", redact(last))[:200].rstrip("."),
    )


def _memory(pid: Any) -> int | None:
    try:
        return int(psutil.Process(int(pid)).memory_info().rss) >> 20
    except (psutil.Error, TypeError, ValueError):
        return None


def _spec(record: dict[str, Any]) -> ServerSpec | None:
    try:
        return ServerSpec.read(record["spec"])
    except (KeyError, StudioError):
        return None
