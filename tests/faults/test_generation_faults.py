"""Generating jobs under faults, kills and stops: every row once, no finished call repeated."""

import threading
import time
from collections import Counter

import pytest

from studio.errors import Stopped
from studio.generation import instructions, preferences
from studio.generation.spec import InstructionsJob, PreferencesJob
from studio.generation.work import Made, Unit, open_set, work
from studio.store import dumps, rows, sets, units
from tests.filling import add_chunk_set, add_document
from tests.in_process import job_for, stopped_after
from tests.other_process import loaded_by, run_until_killed


@pytest.fixture
def chunk_set(workspace):
    """Thirty different chunks."""
    with workspace.store.write() as db:
        add_document(db)
        add_chunk_set(db, [f"第{n}段：武松上了景阳冈，遇见第{n}只大虫。" for n in range(30)])
    return "chunks-1"


def instructions_spec(fake, **values):
    return InstructionsJob(
        **fake.spec(values.pop("provider", "openai")).model_dump() | {"chunks": "chunks-1"} | values
    )


def rows_of(workspace):
    return [
        dumps(data)
        for found in sets.row_sets(workspace.store)
        for data in rows.data_of_set(workspace.store, found.set.id)
    ]


@pytest.mark.parametrize(("provider", "concurrency"), [("openai", 6), ("ollama", 2)])
def test_a_fifth_of_all_requests_fails_and_every_row_is_made_once(
    fake, workspace, chunk_set, provider, concurrency
):
    fake.random(0.2, seed=3)
    spec = instructions_spec(fake, provider=provider, concurrency=concurrency)
    result = instructions.run(spec, job_for(workspace, spec))
    rows = rows_of(workspace)
    assert (result["rows"], result["skipped"]) == (60, 0)
    assert len(rows) == len(set(rows)) == 60
    answered = Counter(
        request["body"]["messages"][0]["content"]
        for request in fake.requests
        if request["fault"] == "ok"
    )
    assert set(answered.values()) == {1} and fake.calls > 60


def test_a_fifth_fails_while_pairing(fake, workspace):
    fake.random(0.2, seed=5)
    spec = PreferencesJob(**fake.spec().model_dump() | {"dataset": "rows"})
    rows = [{"instruction": f"Question {n}?", "output": f"Answer {n}"} for n in range(40)]
    result = preferences.pair_up(spec, job_for(workspace, spec), rows)
    assert (result["rows"], len(set(rows_of(workspace)))) == (40, 40)


def test_a_killed_run_goes_on_without_repeating_a_finished_call(fake, workspace, chunk_set):
    fake.delay_s = 0.03
    spec = instructions_spec(fake, concurrency=3)
    job = job_for(workspace, spec)
    for calls in (8, 25):
        run_until_killed(instructions, job, fake, calls)
    kept = units.count(workspace.store, f"rows-{job.id}")
    assert 0 < kept == len(rows_of(workspace)) < 60
    fake.left()
    before = fake.calls
    result = instructions.run(spec, job)
    assert result["rows"] == 60 and len(set(rows_of(workspace))) == 60
    assert fake.calls - before == 60 - kept  # what was finished is not asked for again
    assert result["prompt_tokens"] == 60 * 11


def test_a_failure_inside_the_write_loses_nothing_and_doubles_nothing(
    fake, workspace, chunk_set, monkeypatch
):
    class Killed(BaseException):
        pass

    spec = instructions_spec(fake, concurrency=1)
    job = job_for(workspace, spec)
    real, writes = job.store.write, [0]

    def write():
        writes[0] += 1
        if writes[0] == 20:
            raise Killed
        return real()

    monkeypatch.setattr(job.store, "write", write)
    with pytest.raises(Killed):
        instructions.run(spec, job)
    monkeypatch.setattr(job.store, "write", real)
    assert instructions.run(spec, job)["rows"] == 60
    assert len(set(rows_of(workspace))) == 60 and fake.calls <= 62


@pytest.mark.parametrize("waiting", ["answer", "retry"])
def test_stop_ends_the_run_within_a_second_and_keeps_the_rest(fake, workspace, chunk_set, waiting):
    spec = instructions_spec(fake, concurrency=2)
    job = job_for(workspace, spec)
    fake.script(*["ok"] * 5, *["429-date" if waiting == "retry" else "silent"] * 9)
    seconds, later = stopped_after(7, fake, job, lambda: instructions.run(spec, job))
    assert seconds < 8
    assert len(rows_of(workspace)) == 5
    fake.script()
    assert instructions.run(spec, later)["rows"] == 60


def test_a_reply_that_came_with_the_stop_is_kept(workspace, monkeypatch):
    spec = PreferencesJob(dataset="rows")
    job = job_for(workspace, spec)
    let_c_go, real = threading.Event(), job.progress

    def make(unit, stop):
        if unit.task == "c":
            let_c_go.wait(5)
        return Made({"instruction": unit.task, "chosen": "x", "rejected": "y"})

    def progress(done, *rest, **more):
        real(done, *rest, **more)
        if (
            done == 2
        ):  # a and b are kept; c is answered and then the stop comes, before c is looked at
            let_c_go.set()
            time.sleep(0.2)
            job.wanted_stop.append(True)

    monkeypatch.setattr(job, "progress", progress)
    tally = open_set(job, "rows", "ranking", "rows")
    with pytest.raises(Stopped):
        work(job, tally, [Unit(key=one, task=one) for one in "abc"], make, 2)
    assert len(rows_of(workspace)) == 3


def test_importing_the_room_is_light():
    rooms = "import studio.llm, studio.generation, studio.generation.spec"
    assert loaded_by(rooms, "openai", "ollama", "torch", "httpx") == []
