"""How one of several processes tells what it does: the first writes a file that the worker reads,
the others keep quiet. Light.
"""

import os
import time
from pathlib import Path
from typing import Any

from studio.files import write_json
from studio.training.distributed.launching import PROGRESS, STOP, WORKER
from studio.training.report import Reporter, plain

WRITE_EVERY_S = 0.3


def one_of_several(folder: Path, asked: list[bool]) -> Reporter:
    """The reporter of this process; asked: not empty once a signal asks to stop.

    Progress goes to the worker where there is one, else to stderr. The file `stop` is the wish to
    stop.
    """
    bare = plain()
    first = int(os.environ.get("RANK", 0)) == 0
    state = {"at": 0.0, "began": 0.0}

    def progress(step: float, total: float, begins: bool = False, **figures: Any) -> None:
        if begins:
            state["began"] = step
        now = time.monotonic()
        if not first or not begins and step < total and now - state["at"] < WRITE_EVERY_S:
            return
        state["at"] = now
        if WORKER in os.environ:
            told = {"done": step, "total": total, "began": state["began"], "figures": figures}
            write_json(folder / PROGRESS, told)
        else:
            bare.progress(step, total, **figures)

    def log(text: str) -> None:
        if first:
            bare.log(text)

    return Reporter(progress, lambda: bool(asked) or (folder / STOP).exists(), log)
