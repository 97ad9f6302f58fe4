"""What the status line says of jobs: units, rates, faults, results; every kind has its words."""

import json
import time
from types import SimpleNamespace

import pytest

from studio import jobs
from studio.errors import JobError
from studio.jobs import context, records
from studio.jobs.context import Job
from studio.jobs.kinds import KINDS
from studio.store import jobs as stored
from studio.store.jobs import JobRow
from tabs import TABS
from tabs.kit import job_results, job_status
from tabs.kit.language import LANGUAGES, find
from tabs.kit.session import Session
from tabs.shell import job_history


def add(workspace, kind, state="done", number=0, **more):
    """A job that ended `number` seconds after the first."""
    begun = 1.7e9 + 100 * number
    row = JobRow(
        **{
            "id": f"{kind}-{number:04}",
            "kind": kind,
            "state": state,
            "spec": {"kind": kind},
            "fingerprint": f"{kind}{number}",
            "created": begun,
            "started": begun,
            "ended": None if state in jobs.ACTIVE else begun + 5,
        }
        | more
    )
    with workspace.store.write() as db:
        stored.add(db, row)
    return jobs.get(workspace, row.id)


@pytest.fixture
def shared():
    """Of the window's common components those that the line needs."""
    return SimpleNamespace(status="status", places=job_history.places(TABS))


def line(shared, session):
    """The status line's value."""
    return json.loads(next(iter(job_status.show(shared, session).values())))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_job_has_its_words(language):
    assert not [kind for kind in KINDS if find(language, f"job.doing.{kind}") is None]
    assert not [kind for kind in KINDS if find(language, f"job.made.{kind}") is None]


def test_every_kind_that_a_tab_starts_belongs_to_one():
    places = job_history.places(TABS)
    assert {
        "chunk": "chunking",
        "import": "chunking",
        "pairs": "dialogue",
    }.items() <= places.items()
    assert set(places) == {kind for tab in TABS for kind in tab.kinds}


@pytest.mark.parametrize(
    ("progress", "told"),
    [
        ({"rate": None, "eta_s": None}, []),
        ({"rate": 41.0, "eta_s": 240.0}, ["41 rows/min", "4 min left"]),
        ({"rate": 4.26, "eta_s": 7300.0}, ["4.3 rows/min", "2.0 h left"]),
        ({"rate": 12_054_362.0, "eta_s": 60.0}, ["201k rows/s", "60 s left"]),
        ({"rate": 90_000_000.0, "eta_s": 9.0}, ["1.5M rows/s", "9 s left"]),
        ({"rate": 12_054_362.0, "eta_s": 1.0}, []),  # over before it is read
        ({"rate": 30.0, "eta_s": None}, ["30 rows/min"]),
    ],
)
def test_rates_are_such_as_one_can_follow(workspace, progress, told):
    assert job_status.pace(Session(workspace, "en"), progress, "rows") == told


def test_a_resumed_jobs_rate_counts_this_attempt_alone(workspace, tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(context.time, "monotonic", lambda: now[0])
    record = add(workspace, "train", "running")
    job = Job(id=record.id, workspace=workspace, folder=tmp_path)

    def told(done, at, **more):
        now[0] = at
        job.progress(done, 1000, "steps", force=True, **more)
        progress = jobs.get(workspace, record.id).progress
        return progress["rate"], progress["eta_s"]

    assert told(0, 100.0) == (None, None)
    assert told(500, 160.0, begins=True) == (None, None)  # loaded, and passed over what was done
    assert told(501, 162.0) == (None, None)  # two seconds tell nothing
    assert told(510, 170.0) == (60.0, pytest.approx(490.0))


def test_took_is_the_time_of_the_last_attempt(workspace):
    record = add(workspace, "chunk", started=1.7e9 + 60, ended=1.7e9 + 72)
    assert job_status.facts(Session(workspace, "en"), record) == ["took 12 s"]


def test_the_line_shows_what_runs_else_what_ended_last(workspace, shared):
    session = Session(workspace, "en")
    assert line(shared, session)["last"] is None
    add(workspace, "chunk", number=1, result={"chunks": 214}, title="Emma")
    shown = line(shared, session)
    last = shown["last"]
    assert (last["what"], last["name"], last["tab"]) == ("Cut into 214 chunks", "Emma", "Chunking")
    assert shown["running"] == [] and last["age_s"] > 0
    add(workspace, "train", "running", 2, progress={"done": 3, "total": 8, "unit": "steps"})
    add(workspace, "dataset", "queued", 3)
    shown = line(shared, session)
    assert [job["kind"] for job in shown["running"]] == ["dataset", "train"]  # the newest first
    assert shown["running"][1]["facts"] == ["3/8 steps"]
    assert shown["running"][0]["facts"] == ["starting…"]


def test_a_failure_stands_until_the_same_was_done_anew(workspace, shared):
    session = Session(workspace, "en")
    add(workspace, "train", "failed", 1, error=JobError("It broke.", "Mend it.").as_record())
    add(workspace, "chunk", number=2)
    shown = line(shared, session)
    assert [job["error"] for job in shown["failed"]] == [["It broke.", "Mend it."]]
    assert shown["failed"][0]["resumable"]
    add(workspace, "train", number=3)
    assert line(shared, session)["failed"] == []
    add(workspace, "dataset", "interrupted", 4)
    failed = line(shared, session)["failed"]
    assert failed[0]["error"][0] == "The job was interrupted."


def test_what_was_left_out_is_counted_in_the_line(workspace, shared):
    add(workspace, "dataset", result={"rows": 1, "skipped": 2, "problems": [{"row": 4}]})
    last = line(shared, Session(workspace, "zh"))["last"]
    assert last["what"] == "数据集已制成，共 1 条"
    assert len(last["notes"]) == 1 and last["more"] == 1


def test_results_are_opened_where_they_still_stand(workspace):
    session = Session(workspace, "en")
    chunk = add(workspace, "chunk", result={"set": "chunks-gone"})
    assert job_results.opened_as(chunk) == ("shown chunks", "chunks-gone")
    assert not job_results.stands(session, "shown chunks", "chunks-gone")
    assert not job_results.stands(session, "shown dataset", "gone")
    assert not job_results.stands(session, "document", "gone")
    assert job_results.opened_as(add(workspace, "import", "failed", 1)) is None
    assert job_results.opened_as(add(workspace, "train", "failed", 2)) == ("run", "train-0002")
    assert job_results.opened_as(add(workspace, "evaluate", number=3)) is None


def test_a_line_costs_nothing_while_nothing_is_written(workspace, shared):
    session = Session(workspace, "en")
    for number in range(30):
        add(workspace, "chunk", number=number)
    first = job_status.lazy(shared, session).mark
    begun = time.process_time()
    marks = {job_status.lazy(shared, session).mark for _ in range(200)}
    assert marks == {first}
    assert time.process_time() - begun < 1.0  # 5 ms each would be a hundred times too much
    add(workspace, "chunk", number=31)
    assert job_status.lazy(shared, session).mark != first
    assert records.recent(workspace, limit=1)[0].id == "chunk-0031"
