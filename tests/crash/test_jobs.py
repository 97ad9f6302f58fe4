"""Jobs under kills, stops and doubled starts: nothing finished is lost, nothing finished is
repeated.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from studio import jobs
from studio.errors import JobError
from studio.files import write_text
from studio.jobs import records
from studio.processes import alive
from studio.store import jobs as job_rows
from studio.store import sets
from studio.store.jobs import JobRow
from tests.filling import one_row_a_text
from tests.other_process import kill_all, kill_and_resume, run_command
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
CHUNKS = 24


@pytest.fixture
def fake(fake):
    fake.delay_s = 0.15
    return fake


@pytest.fixture
def spec(fake, workspace):
    """A job of 24 rows that takes some seconds."""
    texts = [f"Chapter {n}: the ink-maker stirs pot number {n}." for n in range(CHUNKS)]
    return one_row_a_text(workspace, fake, texts)


def rows(workspace):
    return sum(one.size for one in sets.row_sets(workspace.store))


def answered(fake):
    """Prompts that got an answer, as often as they did."""
    return [
        json.dumps(r["body"]["messages"], ensure_ascii=False)
        for r in fake.requests
        if r["fault"] == "ok"
    ]


def test_a_job_runs_in_a_process_of_its_own(workspace, spec):
    record = jobs.start(workspace, spec)
    until(
        lambda: (
            alive(workspace.run_folder(record.id))
            and (workspace.run_folder(record.id) / "pid").is_file()
        )
    )
    assert (workspace.run_folder(record.id) / "pid").read_text() != str(os.getpid())
    done = jobs.wait(workspace, record.id, 60)
    assert (done.state, done.result["rows"]) == ("done", CHUNKS)
    assert (workspace.run_folder(record.id) / "spec.yaml").is_file()


def test_killed_at_three_moments_it_still_ends_whole(workspace, spec, fake):
    record = jobs.start(workspace, spec)
    kill_and_resume(workspace, record.id, lambda: rows(workspace), (2, 9, 17))
    assert jobs.wait(workspace, record.id, 60).state == "done"
    assert rows(workspace) == CHUNKS
    # At most the one request in flight at each kill was asked twice.
    assert len(answered(fake)) <= CHUNKS + 3 and len(set(answered(fake))) == CHUNKS


def test_stop_keeps_what_is_finished_and_resume_goes_on(workspace, spec):
    record = jobs.start(workspace, spec)
    until(lambda: rows(workspace) >= 3)
    begun = time.monotonic()
    jobs.stop(workspace, record.id)
    stopped = jobs.wait(workspace, record.id, 20)
    assert stopped.state == "stopped" and time.monotonic() - begun < 15
    kept = rows(workspace)
    assert 3 <= kept < CHUNKS
    jobs.resume(workspace, record.id)
    assert jobs.wait(workspace, record.id, 60).state == "done"
    assert rows(workspace) == CHUNKS


def test_pressing_start_twice_starts_one_job(workspace, spec):
    first, second = jobs.start(workspace, spec), jobs.start(workspace, spec)
    assert first.id == second.id
    jobs.stop(workspace, first.id)
    jobs.wait(workspace, first.id, 20)


def test_a_reused_pid_is_never_taken_for_a_worker(workspace, spec):
    record = JobRow(
        id="instructions-old",
        kind=spec.KIND,
        state="queued",
        spec=spec.plain(),
        fingerprint=spec.fingerprint(),
        created=time.time() - 2000,  # long ago, and then started
    )
    with workspace.store.write() as db:
        job_rows.add(db, record)
    folder = workspace.run_folder(record.id)
    write_text(folder / "pid", str(os.getpid()))  # this test's own process, alive but no worker
    write_text(folder / "lock", "")
    write_text(folder / "starting", f"{os.getpid()} {time.time() - 1000}")
    assert not alive(folder)
    jobs.recover(workspace)
    assert records.get(workspace, record.id).state == "interrupted"
    jobs.stop(workspace, record.id)  # must not signal us
    with pytest.raises(JobError):
        records.get(workspace, "train-no-such")


def test_a_chattering_worker_never_blocks(workspace, spec, fake):
    fake.delay_s = 0
    record = jobs.start(workspace, spec)
    with (workspace.run_folder(record.id) / "log.txt").open("ab") as log:
        log.write(b"x" * (1 << 20))
    assert jobs.wait(workspace, record.id, 60).state == "done"


def headless(*arguments, cwd=ROOT):
    return subprocess.run(
        [sys.executable, str(ROOT / "launch.py"), "run", "--here", "--no-starter", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_headless_ends_with_one_json_line(workspace, spec, fake, tmp_path):
    fake.delay_s = 0
    (tmp_path / "job.yaml").write_text(spec.as_yaml())
    ran = headless(
        str(tmp_path / "job.yaml"), "--workspace", str(workspace.path), "--set", "name=tales"
    )
    told = json.loads(ran.stdout.splitlines()[-1])
    assert (ran.returncode, told["kind"], told["state"], told["result"]["rows"]) == (
        0,
        "instructions",
        "done",
        CHUNKS,
    )
    assert "rows" in ran.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("kind: chunck\ndocuments: []\n", "no job of kind"),
        ("kind: chunk\nmax_tokns: 5\n", "did you mean `max_tokens`"),
        ("kind: chunk\nmax_tokens: many\n", "max_tokens"),
        ("kind: chunk\ndocuments: [none.txt]\n", "no document"),
        ("- 1\n", "not a table"),
        ("a: [", "not valid YAML"),
        ("kind: pipeline\nsteps: []\n", "at least one step"),
        (
            "kind: pipeline\nsteps:\n- {id: a, kind: chunk, documents: ['${b.set}']}\n",
            "refers to b.set",
        ),
        ("kind: pipeline\nsteps:\n- {id: a, kind: train, datset: x}\n", "did you mean `dataset`"),
    ],
)
def test_bad_specs_get_one_sentence_and_status_2(workspace, tmp_path, text, says):
    (tmp_path / "bad.yaml").write_text(text)
    ran = headless(str(tmp_path / "bad.yaml"), "--workspace", str(workspace.path))
    assert ran.returncode == 2 and says in ran.stderr and "Traceback" not in ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1


def test_a_missing_spec_file_is_told(workspace):
    ran = headless("nothing.yaml", "--workspace", str(workspace.path))
    assert ran.returncode == 2 and "no file" in ran.stderr


def test_a_job_that_is_being_resumed_is_not_taken_for_a_dead_one(workspace, spec):
    """Between its new place in the queue and its new worker only the dead worker of before can be
    seen; whoever looks then leaves it alone.
    """
    record, _ = records.create(workspace, spec, parent=None, step=None)
    folder = workspace.run_folder(record.id)
    folder.mkdir(parents=True, exist_ok=True)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    write_text(folder / "starting", f"{dead.pid} {record.created - 1}")
    assert not jobs.recover(workspace)
    write_text(folder / "starting", f"{dead.pid} {time.time()}")
    assert [r.id for r in jobs.recover(workspace)] == [record.id]


def test_a_killed_pipeline_goes_on_where_it_stopped(workspace, spec, fake, tmp_path):
    """The pipeline's own worker and its step's worker are killed; run again, no finished answer is
    asked for twice.
    """
    step = {k: v for k, v in spec.plain().items() if k != "kind"}
    text = json.dumps(
        {
            "kind": "pipeline",
            "name": "p",
            "vars": {},
            "steps": [
                {"id": "first", "kind": "instructions", **step},
                {"id": "second", "kind": "instructions", **step, "seed": 7},
            ],
        }
    )
    (tmp_path / "p.yaml").write_text(text)
    command = run_command(tmp_path / "p.yaml", workspace.path)
    for count in (5, CHUNKS + 4):
        running = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until(lambda count=count: rows(workspace) >= count, 60)
        kill_all(workspace, running)
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert json.loads(ran.stdout.splitlines()[-1])["state"] == "done"
    assert rows(workspace) == 2 * CHUNKS and len(jobs.recent(workspace)) == 3
    assert len(answered(fake)) <= 2 * CHUNKS + 2
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert again.returncode == 0 and len(answered(fake)) <= 2 * CHUNKS + 2
