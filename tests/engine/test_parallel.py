"""Many documents side by side: in order, equal to one after the other, nothing finished lost."""

import functools
import os
import subprocess
import sys
import time

import psutil
import pytest

from studio import documents
from studio.chunking.job import run as chunk
from studio.chunking.spec import ChunkJob
from studio.dialogue.job import run as dialogue
from studio.dialogue.spec import DialogueJob
from studio.documents.cleaning.job import run as clean
from studio.documents.cleaning.spec import CleanJob
from studio.errors import InputError, JobError, Stopped
from studio.jobs import parallel, process_pool
from studio.jobs.parallel_fields import ParallelFields
from studio.store import units
from tests.engine import parallel_tasks
from tests.in_process import job_for
from tests.waiting import until

pytestmark = pytest.mark.process


def results(function, tasks, workers=2, check_stop=lambda: None, log=lambda text: None):
    given = [functools.partial(lambda task: task, task) for task in tasks]
    return process_pool.pool_results(function, given, workers, check_stop, log)


def plain(found):
    return [(number, answer.result) for number, answer in found]


def test_results_come_in_the_order_of_the_tasks():
    assert plain(results(parallel_tasks.double, range(8))) == [(n, 2 * n) for n in range(8)]


def test_no_more_tasks_are_made_than_are_needed_soon():
    made = []
    given = [lambda n=n: made.append(n) or n for n in range(50)]
    found = process_pool.pool_results(
        parallel_tasks.refuse, given, 2, lambda: None, lambda text: None
    )
    next(found)
    assert len(made) <= 2 * process_pool.AHEAD + 1
    found.close()


def test_a_refusal_comes_back_as_what_it_was(workspace):
    spec = ParallelFields(workers=2)
    job = job_for(workspace, DialogueJob(documents=["x"]))
    given = [functools.partial(int, n) for n in range(5)]
    found = parallel.in_order(spec, job, parallel_tasks.refuse, given)
    assert [next(found), next(found)] == [(0, 0), (1, 1)]
    with pytest.raises(InputError.__mro__[1], match="Number 2 is refused") as raised:
        next(found)
    assert raised.value.type == "InputError"


def test_what_nobody_foresaw_is_raised():
    with pytest.raises(ZeroDivisionError):
        list(results(parallel_tasks.fall, range(3)))


def test_a_process_that_dies_once_loses_nothing(tmp_path):
    told = []
    tasks = [(str(tmp_path), n) for n in range(8)]
    assert plain(results(parallel_tasks.die_once, tasks, log=told.append)) == [
        (n, n) for n in range(8)
    ]
    begun = {n: len((tmp_path / f"{n}").read_text()) for n in range(8)}
    assert begun[3] == 2 and max(begun.values()) <= 2 and len(told) == 1


def test_a_task_at_which_processes_die_is_reported_when_the_others_are_done(tmp_path):
    found = []
    with pytest.raises(JobError, match="1 of the documents"):
        for number, answer in results(
            parallel_tasks.die_always, [(str(tmp_path), n) for n in range(8)]
        ):
            found.append((number, answer.result))
    assert found == [(n, n) for n in range(8) if n != 3]
    assert (tmp_path / "3").read_text() == "xx"


def test_a_stop_ends_the_processes_within_a_second():
    begun = time.monotonic()

    def stop():
        if time.monotonic() - begun > 3:
            raise Stopped

    before = set(psutil.Process().children())
    with pytest.raises(Stopped):
        list(results(parallel_tasks.sleep_long, range(4), check_stop=stop))
    assert time.monotonic() - begun < 4
    left = [p for p in psutil.Process().children() if p not in before]
    assert not [p for p in left if "spawn_main" in " ".join(p.cmdline())]


def test_the_processes_end_with_the_one_that_started_them(tmp_path):
    file = tmp_path / "pid"
    code = (
        "from tests.engine import parallel_tasks\nfrom studio.jobs import process_pool\n"
        f"list(process_pool.pool_results(parallel_tasks.write_pid, [lambda: {str(file)!r}], 1,"
        " lambda: None, print))"
    )
    parent = subprocess.Popen([sys.executable, "-c", code])
    until(lambda: file.exists() and file.read_text(), 20)
    parent.kill()
    parent.wait()
    until(lambda: not psutil.pid_exists(int(file.read_text())), 5)


def test_when_processes_are_started():
    one, two = ParallelFields(workers=1), ParallelFields(workers=2)
    all_cores, ray = ParallelFields(), ParallelFields(executor="ray")
    much = parallel.WORTHWHILE
    assert not parallel.is_parallel(one, [much, much]) and not parallel.is_parallel(two, [much])
    assert parallel.is_parallel(two, [10, 10]) and not parallel.is_parallel(all_cores, [10, 10])
    assert parallel.is_parallel(all_cores, [much, 1]) == (parallel.cores() > 1)
    assert parallel.is_parallel(ray, [10]) and not parallel.is_parallel(ray, [])


def books(workspace, count=5):
    """Short novels of two kinds, each unlike the others."""
    found = []
    for n in range(count):
        text = "".join(
            f"第{'一二三四五'[k]}章\n\n“第{n}回，你怎么来了？”王平问。　　\n\n"
            f"“来看你{k}。”李静笑道。\n\n天黑了{n}。\n\n"
            for k in range(5)
        )
        found.append(documents.add(workspace, f"书{n}.txt", text.encode()).id)
    return found


def stored(job, kind, found):
    """The tables that a job leaves, and its documents' texts."""
    if kind == "clean":
        return [
            documents.text(job.workspace, documents.get(job.workspace, ref))
            for ref in found["documents"]
        ]
    names = {"chunk": ["chunks.jsonl", "chunks.parquet"], "dialogue": ["utterances.parquet"]}
    return [(job.folder / name).read_bytes() for name in [*names[kind]]]


KINDS = {
    "clean": (CleanJob, clean, {}),
    "chunk": (ChunkJob, chunk, {"max_tokens": 64, "min_tokens": 8}),
    "dialogue": (DialogueJob, dialogue, {"characters": "王平\n李静", "target": "李静"}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_two_workers_give_what_one_gives(kind, workspace):
    made, run, fields = KINDS[kind]
    chosen = books(workspace)
    left = []
    for workers in (1, 2):
        spec = made(documents=chosen, workers=workers, **fields)
        job = job_for(workspace, spec)
        found = run(spec, job)
        left.append(
            (stored(job, kind, found), {k: v for k, v in found.items() if k in ("counts", "pairs")})
        )
    assert left[0] == left[1]


def test_what_is_finished_when_a_stop_comes_is_not_done_again(workspace, monkeypatch):
    chosen = books(workspace)
    spec = DialogueJob(documents=chosen, workers=2)
    job = job_for(workspace, spec)
    kept = []
    add = units.add

    def count(db, set_id, key, note=None):
        add(db, set_id, key, note)
        kept.append(key)
        if len(kept) == 2:
            job.wanted_stop.append(True)

    monkeypatch.setattr(units, "add", count)
    with pytest.raises(Stopped):
        dialogue(spec, job)
    assert kept == chosen[:2]
    job.wanted_stop.clear()
    dialogue(spec, job)
    assert kept == chosen


def test_ray_that_is_not_installed_is_refused_in_a_sentence(workspace, monkeypatch):
    from studio.jobs import parallel_fields

    monkeypatch.setattr(parallel_fields, "find_spec", lambda name: None)
    for made in (CleanJob, ChunkJob, DialogueJob):
        with pytest.raises(InputError, match="Ray is not installed"):
            made(documents=books(workspace, 1), executor="ray").check(workspace)


@pytest.mark.parametrize("kind", KINDS)
def test_ray_gives_what_one_worker_gives(kind, workspace):
    pytest.importorskip("ray", reason="needs the extra [ray]")
    made, run, fields = KINDS[kind]
    chosen = books(workspace)
    left = []
    for executor in ("local", "ray"):
        spec = made(documents=chosen, workers=1, executor=executor, **fields)
        job = job_for(workspace, spec)
        left.append(stored(job, kind, run(spec, job)))
    assert left[0] == left[1]
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
