"""How each process of a run ended, told in a file of its own, and what follows. Light."""

import json
import re
import time
from pathlib import Path
from typing import Any

from studio.errors import JobError, Stopped, StudioError
from studio.files import write_json
from studio.secrets import redact

DONE, STOPPED, FAILED = "done", "stopped", "failed"
LAST = 3  # lines of the log that are told
# As torch's launcher tells which of the processes went first, and how.
ENDED = re.compile(r"rank\s*:\s*(\d+) .*\n\s*exitcode\s*:\s*(-\d+) ")
NOISE = re.compile(
    r"^(\s|\[rank\d+\]|[EW]\d{4} |Traceback|[=-]{5}|torch\.distributed|.* FAILED$|Fail"
    r"ures:|Root Cause|\[\d+\]:)"
)


def file_of(folder: Path, rank: int) -> Path:
    """Where a process tells how it ended."""
    return folder / f"ended-{rank}.json"


def clear(folder: Path) -> None:
    """Forget how the processes of an earlier attempt ended."""
    for path in folder.glob("ended-*.json"):
        path.unlink(missing_ok=True)


def tell(folder: Path, rank: int, state: str, error: BaseException | None = None) -> None:
    """Write down how this process ends."""
    found: dict[str, Any] = {"state": state, "rank": rank, "time": time.time()}
    if isinstance(error, StudioError):
        found["error"] = error.as_record()
    elif error is not None:
        found["text"] = redact(" ".join(str(error).split()))[:200] or type(error).__name__
    write_json(file_of(folder, rank), found)


def judge(folder: Path, code: int, log: str) -> None:
    """What the endings say of the run: nothing when it is done. log: what the launcher and the
    processes wrote in this attempt.

    Raises Stopped, the first process's StudioError, or JobError for one that died without a word or
    of something that nobody foresaw.
    """
    told = sorted(_told(folder), key=lambda one: float(one["time"]))
    if code == 0 and any(one["state"] == STOPPED for one in told):
        raise Stopped
    if code == 0 and any(one["state"] == DONE for one in told):
        return
    for one in told:
        if "error" in one:
            raise StudioError.from_record(one["error"])
    died = [(int(rank), int(how)) for rank, how in ENDED.findall(log)]
    silent = [one for one in died if not file_of(folder, one[0]).exists()]
    if silent:
        raise JobError(
            "Process {rank} of the training was ended by signal {signal}; the others were ended "
            "with it. Its last lines: {lines}",
            "Signal 9 often means that the memory was full. Resume: it goes on from the newest "
            "checkpoint.",
            rank=silent[0][0],
            signal=-silent[0][1],
            lines=_last(log),
        )
    raise JobError(
        "A process of the training ended unexpectedly. Its last lines: {lines}",
        "The log has the details; resume after mending the cause.",
        lines=next((str(one["text"]) for one in told if "text" in one), "") or _last(log),
    )


def _told(folder: Path) -> list[dict[str, Any]]:
    found = []
    for path in folder.glob("ended-*.json"):
        try:
            found.append(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            continue  # it died while it wrote
    return found


def _last(log: str) -> str:
    """The last lines that say something of the training, not of the launcher."""
    lines = [line.strip() for line in log.splitlines() if line.strip() and not NOISE.match(line)]
    return " | ".join(redact(line)[:160] for line in lines[-LAST:]) or "…"
