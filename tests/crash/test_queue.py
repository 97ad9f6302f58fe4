"""The queue of trainings: one at a time, in a person's order, and each exactly once whatever is
killed.
"""

import os
import random
import signal
import subprocess
import sys
import time

import pytest
from quick_training import notes

from studio import jobs
from studio.errors import InputError
from studio.jobs import queue, records, workers
from studio.processes import alive
from studio.store import queue as rows
from tests.waiting import until

pytest_plugins = ["quick_training"]
LOOK = """
import sys, time
from studio import jobs
from studio.workspace import Workspace
workspace = Workspace.open(sys.argv[1])
while True:
    jobs.recover(workspace)
    time.sleep(0.01)
"""


@pytest.fixture(autouse=True)
def _nothing_left(workspace):
    """What still waits or runs ends with the test."""
    yield
    queue.hold(workspace, held=True)
    for record in jobs.running(workspace):
        jobs.stop(workspace, record.id)


def states(workspace):
    return [r.state for r in sorted(jobs.recent(workspace, limit=-1), key=lambda r: r.id)]


def waiting(workspace):
    return [record.spec["number"] for record in queue.look(workspace).waiting]


def ended(workspace, count):
    return until(lambda: len(notes(workspace, "ended")) >= count)


def test_a_second_start_waits_and_begins_when_the_first_ends(workspace, quick):
    first = jobs.start(workspace, quick(number=1, seconds=1.5))
    second = jobs.start(workspace, quick(number=2))
    assert queue.place(workspace, first.id) == 0 and queue.place(workspace, second.id) == 1
    assert jobs.start(workspace, quick(number=2)).id == second.id  # the same work, once
    assert [r.id for r in queue.look(workspace).holders] == [first.id]
    ended(workspace, 2)  # nobody looks: the ending worker lets the next one go
    assert notes(workspace, "began") == [first.id, second.id] == notes(workspace, "ended")


def test_the_order_is_changed_and_what_waits_is_taken_out(workspace, quick):
    jobs.start(workspace, quick(number=0, seconds=30))
    made = [jobs.start(workspace, quick(number=n)) for n in (1, 2, 3, 4)]
    queue.move(workspace, made[3].id, -2)
    queue.move(workspace, made[0].id, 1)
    assert waiting(workspace) == [4, 1, 2, 3]
    queue.move(workspace, made[3].id, -5)  # beyond the end is the end
    assert waiting(workspace) == [4, 1, 2, 3]
    assert jobs.stop(workspace, made[1].id).state == "stopped"
    assert queue.take_out(workspace, [made[2].id, made[2].id]) == 1
    assert waiting(workspace) == [4, 1]
    with pytest.raises(InputError):
        queue.move(workspace, made[2].id, 1)
    assert jobs.resume(workspace, made[1].id).state == "queued"
    assert waiting(workspace) == [4, 1, 2]
    queue.start_now(workspace, made[0].id)
    ended(workspace, 1)
    assert notes(workspace, "ended") == [made[0].id] and waiting(workspace) == [4, 2]
    with pytest.raises(InputError):
        queue.start_now(workspace, made[0].id)


def test_a_failure_lets_the_next_begin_or_holds_the_queue(workspace, quick):
    jobs.start(workspace, quick(number=1, fails=True, seconds=0.8))
    jobs.start(workspace, quick(number=2))
    ended(workspace, 1)
    until(lambda: sorted(states(workspace)) == ["done", "failed"])
    queue.hold_on_failure(workspace, wanted=True)
    broken = jobs.start(workspace, quick(number=3, fails=True, seconds=0.8))
    jobs.start(workspace, quick(number=4))
    until(lambda: queue.look(workspace).hold.held)
    assert queue.look(workspace).hold.after == broken.id and waiting(workspace) == [4]
    assert jobs.recover(workspace) == []
    direct = jobs.start(workspace, quick(number=5))  # a press of Start means now
    ended(workspace, 2)
    assert notes(workspace, "ended")[-1] == direct.id and waiting(workspace) == [4]
    queue.hold(workspace, held=False)
    ended(workspace, 3)


def test_a_spec_that_became_impossible_is_told_when_its_turn_comes(workspace, quick):
    jobs.start(workspace, quick(number=1, seconds=1.5))
    second = jobs.start(workspace, quick(number=2))
    (workspace.path / "impossible").touch()
    with pytest.raises(InputError):
        jobs.start(workspace, quick(number=3))  # checked when it is queued
    until(lambda: not records.get(workspace, second.id).active)
    failed = records.get(workspace, second.id)
    assert (failed.state, failed.error.type) == ("failed", "InputError")
    assert notes(workspace, "began") == notes(workspace, "ended")


def test_a_killed_worker_lets_the_next_begin_without_any_window(workspace, quick):
    first = jobs.start(workspace, quick(number=1, seconds=60))
    jobs.start(workspace, quick(number=2))
    folder = workspace.run_folder(first.id)
    until(lambda: alive(folder) and (folder / "pid").exists() and notes(workspace, "began"))
    os.kill(int((folder / "pid").read_text()), signal.SIGKILL)
    ended(workspace, 1)  # the watching process has seen it
    assert records.get(workspace, first.id).state == "interrupted"


def test_what_was_let_go_by_a_process_that_died_is_put_back(workspace, quick, monkeypatch):
    """Killed between taking a job and starting its worker."""
    monkeypatch.setattr(workers, "spawn", lambda *_: os.getpid())
    monkeypatch.setattr(queue, "watch", lambda *_: None)
    record = jobs.start(workspace, quick(number=1), waits=True)
    assert queue.place(workspace, record.id) == 0  # let go, and nobody came
    monkeypatch.undo()
    monkeypatch.setitem(jobs.KINDS, "train", ("quick_training:QuickJob", "quick_training:run"))
    assert jobs.recover(workspace) == [] and records.get(workspace, record.id).state == "queued"
    monkeypatch.setattr(workers, "START_GRACE_S", -1.0)  # as if it were long ago
    monkeypatch.setattr(workers, "spawn", lambda *_: None)
    assert [r.id for r in jobs.recover(workspace)] == [record.id]
    assert rows.every(workspace.store)[0].taken is not None


def test_kills_at_random_moments_lose_nothing_and_begin_nothing_twice(workspace, quick):
    """Whoever looks after the queue is killed again and again while short jobs go through it: each
    of them runs once.
    """
    count, chance = 9, random.Random(3)
    for number in range(count):
        jobs.start(workspace, quick(number=number, seconds=0.02), waits=True)
    environment = os.environ | {"PYTHONWARNINGS": "ignore"}
    end = time.monotonic() + 120
    while len(notes(workspace, "ended")) < count and time.monotonic() < end:
        lookers = [
            subprocess.Popen([sys.executable, "-c", LOOK, str(workspace.path)], env=environment)
            for _ in range(2)
        ]
        time.sleep(chance.uniform(0.3, 1.2))
        for looker in lookers:
            looker.kill()
            looker.wait()
    assert sorted(notes(workspace, "ended")) == sorted(set(notes(workspace, "began")))
    assert len(notes(workspace, "began")) == count == len(set(notes(workspace, "ended")))
    until(lambda: states(workspace) == ["done"] * count)
