"""Jobs run in the test's own process, and stopped while they ask a model."""

import threading
import time

import pytest

from studio.errors import Stopped
from studio.jobs import records
from studio.jobs.context import Job


def job_for(workspace, spec):
    """A job with its run folder, ready for `run(spec, job)`."""
    record, _ = records.create(workspace, spec, parent=None, step=None)
    job = Job(id=record.id, workspace=workspace, folder=workspace.run_folder(record.id))
    job.folder.mkdir(parents=True, exist_ok=True)
    return job


def stopped_after(calls, fake, job, run):
    """Run until the server has had so many requests, then ask for the stop; the seconds till the
    run ended.

    The wish is taken back, and answered is a job that goes on with the same folder.
    """
    ended = []

    def work():
        with pytest.raises(Stopped):
            run()
        ended.append(time.monotonic())

    thread = threading.Thread(target=work)
    thread.start()
    while fake.calls < calls:
        time.sleep(0.01)
    asked = time.monotonic()
    (job.folder / "stop").write_text("now")
    thread.join(30)
    (job.folder / "stop").unlink()
    assert ended, "it did not stop"
    return ended[0] - asked, Job(id=job.id, workspace=job.workspace, folder=job.folder)
