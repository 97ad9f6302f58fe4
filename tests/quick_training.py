"""A job of the kind `train` that trains nothing: it notes that it began and ended, and takes as
long as it is told. What waits, begins and is killed is then seen in tenths of a second.
"""

import os
import time
from pathlib import Path

import pytest

from studio.errors import InputError, JobError
from studio.jobs import kinds
from studio.spec import Spec, field

HERE = Path(__file__).resolve().parent
PATCH = """
from studio.jobs import kinds
kinds.KINDS["train"] = ("quick_training:QuickJob", "quick_training:run")
"""


class QuickJob(Spec):
    """number tells two apart; seconds: how long it takes; fails: it ends with an error; the file
    `impossible` in the workspace lets its check fail.
    """

    KIND = "train"
    name: str = field("")
    number: int = field(0)
    seconds: float = field(0.05)
    fails: bool = field(False)

    def check(self, workspace, *, later=frozenset(), work=""):
        """As the file says."""
        if (workspace.path / "impossible").exists():
            raise InputError("The dataset {name} is gone.", "Choose another.", name="d")


def run(spec, job):
    """Note the beginning, wait, note the end."""
    note(job, "began")
    until = time.monotonic() + spec.seconds
    while time.monotonic() < until:
        job.check_stop()
        time.sleep(0.01)
    if spec.fails:
        raise JobError("It failed.", "Try again.")
    note(job, "ended")
    return {"steps": spec.number}


def note(job, what):
    """One line in one write, so that two processes never mix theirs."""
    with os.fdopen(
        os.open(job.workspace.path / "notes", os.O_CREAT | os.O_APPEND | os.O_WRONLY), "w"
    ) as out:
        out.write(f"{what} {job.id}\n")


def notes(workspace, what):
    """The ids of the jobs that began, or ended, in order."""
    path = workspace.path / "notes"
    lines = path.read_text().splitlines() if path.exists() else []
    return [line.split()[1] for line in lines if line.startswith(what)]


@pytest.fixture
def quick(tmp_path, monkeypatch):
    """Trainings of this kind, here and in every process that is started from here."""
    folder = tmp_path / "patched"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(PATCH)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), str(HERE), str(HERE.parent)]))
    monkeypatch.setitem(kinds.KINDS, "train", ("quick_training:QuickJob", "quick_training:run"))
    return QuickJob
