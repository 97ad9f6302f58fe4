"""A whole job over many documents, while its processes are killed: of the pool one, then the job's
own. Nothing finished is lost or done twice, and what comes of it is what one process gives
undisturbed.
"""

import psutil
import pytest

from studio import documents, jobs
from studio.jobs import records
from studio.jobs.kinds import read_spec, run_function
from studio.processes import alive
from studio.store import chunks, units, utterances
from studio.workspace import Workspace
from tests.bench.bench_many import book
from tests.in_process import job_for
from tests.other_process import kill
from tests.waiting import until

pytestmark = pytest.mark.process
BOOKS = 10
# Of each kind of job: the characters of a book that is some work, the set it fills, its fields.
KINDS = {
    "clean": (120_000, "clean", {}),
    "chunk": (40_000, "chunks", {"max_tokens": 128, "min_tokens": 16}),
    "dialogue": (10_000, "utterances", {"characters": "王平\n李静", "target": "李静"}),
}


def library(path, size):
    """A workspace with the books, and their ids."""
    workspace = Workspace.open(path)
    names = [f"book-{n}.txt" for n in range(BOOKS)]
    texts = [book(n, size).encode() for n in range(BOOKS)]
    added = [documents.add(workspace, *one).id for one in zip(names, texts, strict=True)]
    return workspace, added


def in_pool(worker):
    """The processes of a job's pool."""
    return [
        process
        for process in psutil.Process(worker).children(recursive=True)
        if "spawn_main" in " ".join(process.cmdline())
    ]


def made(workspace, kind, set_id, found):
    """What a finished job has made, as others read it."""
    folder = workspace.run_folder(found.id)
    if kind == "clean":
        copies = [documents.get(workspace, ref) for ref in found.result["documents"]]
        return [documents.text(workspace, copy) for copy in copies], found.result["counts"]
    if kind == "chunk":
        return [(folder / name).read_bytes() for name in ("chunks.jsonl", "chunks.parquet")]
    files = ("utterances.parquet", "dialogue.jsonl", "pairs.json", "sharegpt.json")
    return [(folder / name).read_bytes() for name in files], found.result["dropped"]


def finished(workspace, kind, set_id):
    """The rows of the store that finished documents have, with their ids: one that was done anew
    has others."""
    marks = units.of_set(workspace.store, set_id)
    if kind == "chunk":  # whose mark says how far a document is
        marks = [unit for unit in marks if unit.data["end"] == unit.data["chars"]]
    ended = {unit.key: unit.note for unit in marks}
    if kind == "chunk":
        kept = [[c for c in chunks.of_set(workspace.store, set_id) if c.document in ended]]
    elif kind == "dialogue":
        kept = [utterances.of_document(workspace.store, set_id, key) for key in ended]
    else:
        kept = [documents.listing(workspace)]
    return ended, {one.id for some in kept for one in some}


SLOW = pytest.mark.slow  # each starts three processes three times


@pytest.mark.parametrize(
    "kind", ["dialogue", pytest.param("clean", marks=SLOW), pytest.param("chunk", marks=SLOW)]
)
def test_killed_in_the_middle_it_ends_as_if_undisturbed(kind, tmp_path):
    size, prefix, fields = KINDS[kind]
    workspace, chosen = library(tmp_path / "killed", size)
    spec = read_spec({"kind": kind, "documents": chosen, "workers": 2, **fields})
    record = jobs.start(workspace, spec)
    set_id, folder = f"{prefix}-{record.id}", workspace.run_folder(record.id)

    def done():
        return len(units.of_set(workspace.store, set_id))

    until(lambda: done() >= 1)
    victim = in_pool(int((folder / "pid").read_text()))[0]
    victim.kill()
    at = done()
    assert at < BOOKS, "it was too quick to be killed in the middle"
    until(lambda: "A process ended unexpectedly" in (folder / "log.txt").read_text())
    until(lambda: done() > at)  # it goes on by itself
    pool = in_pool(int((folder / "pid").read_text()))
    kill(workspace, record.id)
    until(lambda: not alive(folder))
    marks, ids = finished(workspace, kind, set_id)
    assert 0 < len(marks) < BOOKS, "it was too quick to be killed in the middle"
    until(lambda: not [process for process in pool if process.is_running()])
    until(
        lambda: jobs.recover(workspace) or records.get(workspace, record.id).state == "interrupted"
    )
    jobs.resume(workspace, record.id)
    ended = jobs.wait(workspace, record.id, 60)
    assert ended.state == "done"
    marks_then, ids_then = finished(workspace, kind, set_id)
    assert marks.items() <= marks_then.items() and ids <= ids_then
    assert sorted(marks_then) == sorted(chosen)

    undisturbed, same = library(tmp_path / "undisturbed", size)
    assert same == chosen
    alone = job_for(undisturbed, spec.model_copy(update={"workers": 1}))
    alone.result = run_function(kind)(spec.model_copy(update={"workers": 1}), alone)
    assert made(workspace, kind, set_id, ended) == made(undisturbed, kind, set_id, alone)
