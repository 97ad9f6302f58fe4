"""The chunking job: what it leaves, and that a kill at any instant loses nothing and repeats
nothing.
"""

import math

import pytest

from studio import documents
from studio.chunking import ChunkJob, chunk_text, job
from studio.chunking.sets import borders_file, queries
from studio.chunking.sets.borders_file import Borders
from studio.errors import InputError, JobError, SpecError, Stopped
from studio.jobs import records
from studio.jobs.context import Job
from studio.store import chunks, loads, sets, units

COOKING = (
    "锅里的油热了，把葱姜下锅炒香。再把切好的肉片倒进锅里翻炒。加一勺酱油，肉片炒到变色。"
    "放进青菜，锅里加半碗水。盖上锅盖，小火把青菜焖熟。"
)
LAW = (
    "合同当事人应当按照约定履行义务。当事人一方违反合同的，应当承担违约责任。"
    "违约责任包括继续履行合同和赔偿损失。违约金过高的，当事人可以请求法院减少。"
)
# Some sections long.
LONG = "".join(f"第{n}章 题\n\n{COOKING}{n}\n{LAW}\n\n" for n in range(400))


class Killed(BaseException):
    """The worker is gone: nothing may catch this."""


def ready(workspace, spec: ChunkJob) -> Job:
    record, _ = records.create(workspace, spec, parent=None, step=None)
    folder = workspace.run_folder(record.id)
    folder.mkdir(parents=True)
    return Job(id=record.id, workspace=workspace, folder=folder)


def kept(workspace, work: Job) -> list[chunks.Chunk]:
    return chunks.of_set(workspace.store, f"chunks-{work.id}")


def spans(found: list[chunks.Chunk]) -> list[tuple]:
    """The chunks but for their ids."""
    return [(c.document, c.ordinal, c.start, c.end, c.tokens, c.text, c.heading) for c in found]


def test_the_job_writes_its_set_and_tables(workspace):
    import pyarrow.parquet

    text = f"第一章 锅\r\n{COOKING}\r\n第二章 法\r\n{LAW}"
    document = documents.add(workspace, "两章.txt", text.encode())
    spec = ChunkJob(documents=[document.id, "两章.txt"], min_tokens=0)
    work = ready(workspace, spec)
    result = job.run(spec, work)
    rows = pyarrow.parquet.read_table(workspace.path / result["file"]).to_pylist()
    assert list(rows[0]) == ["document", "chunk_id", "start", "end", "text", "tokens"]
    assert "".join(row["text"] for row in rows) == text
    assert {row["document"] for row in rows} == {"两章.txt"}
    lines = (work.folder / "chunks.jsonl").read_text(encoding="utf-8").splitlines()
    assert [loads(line) for line in lines] == rows
    assert (result["set"], result["name"], result["documents"], result["coverage"]) == (
        f"chunks-{work.id}",
        "两章.txt",
        1,
        1.0,
    )
    assert (result["mid_sentence_share"], result["chunks"], result["notes"]) == (0, len(rows), [])
    assert 0 < result["cohesion"] <= 1
    assert sum(count for _, _, count in result["histogram"]) == len(rows)
    (held,) = queries.chunk_sets(workspace)
    assert (held["id"], held["count"]) == (result["set"], len(rows))
    assert held["meta"]["tokens_max"] == max(row["tokens"] for row in rows) == result["tokens_max"]
    shown = queries.page(workspace, held["id"], 1, 2)
    assert [row["chunk_id"] for row in shown] == [1, 2][: len(rows) - 1]
    assert (shown[0]["document"], shown[0]["heading"]) == (document.id, "第二章 法")
    place = text.index("第二章")
    assert [
        row["start"]
        for row in queries.document_chunks(workspace, held["id"], document.id, place, place + 1)
    ] == [place]
    assert (
        len(queries.document_chunks(workspace, held["id"], document.id, place - 1, place + 1)) == 2
    )
    assert len(queries.histogram(workspace, held["id"], 5)) <= 5
    records.set_state(workspace, work.id, "done")
    queries.delete_set(workspace, held["id"])
    assert not queries.chunk_sets(workspace)
    assert not kept(workspace, work)
    with pytest.raises(InputError):
        queries.delete_set(workspace, held["id"])


@pytest.mark.parametrize("method", ["semantic", "greedy", "length"])
def test_a_job_killed_at_any_section_ends_as_if_it_had_not_been(workspace, monkeypatch, method):
    one = documents.add(workspace, "长.txt", LONG.encode())
    two = documents.add(workspace, "短.txt", LAW.encode())
    spec = ChunkJob(documents=[one.id, two.id], method=method, max_tokens=120, overlap=20)
    whole = ready(workspace, spec)
    expected = job.run(spec, whole)
    before = spans(kept(workspace, whole))
    curve = borders_file.of_set(workspace, expected["set"], one.id, 0, len(LONG))
    with workspace.store.write() as db:
        assert sets.delete(db, expected["set"], "chunks")
    work = ready(workspace, spec.model_copy(update={"name": "again"}))
    calls = []

    def dying(write):
        def dies(*given):
            calls.append(len(calls))
            if len(calls) % 2:
                raise Killed
            write(*given)

        return dies

    # Dies within every second transaction, after the borders file has grown.
    monkeypatch.setattr(units, "put", dying(units.put))
    monkeypatch.setattr(sets, "set_meta", dying(sets.set_meta))
    deaths, seen = 0, []
    while True:
        try:
            result = job.run(spec, work)
            break
        except Killed:
            deaths += 1
            now = [chunk.id for chunk in kept(workspace, work)]
            assert now[: len(seen)] == seen
            seen = now
    assert deaths >= 3
    assert spans(kept(workspace, work)) == before
    for key in ("chunks", "tokens_median", "coverage", "cohesion", "mid_sentence_share"):
        assert result[key] == pytest.approx(expected[key]), key
    assert result["histogram"] == expected["histogram"]
    again = borders_file.of_set(workspace, result["set"], one.id, 0, len(LONG))
    assert (again.places, again.similarities) == (curve.places, curve.similarities)
    monkeypatch.undo()
    monkeypatch.setattr(job, "cut_sections", None)
    assert job.run(spec, work) == result
    assert [chunk.id for chunk in kept(workspace, work)][: len(seen)] == seen


def test_a_stop_is_heard_inside_a_document_and_the_next_run_goes_on(workspace):
    document = documents.add(workspace, "长.txt", LONG.encode())
    spec = ChunkJob(documents=[document.id], max_tokens=120)
    work = ready(workspace, spec)
    told = []

    class Watched(Job):
        def progress(self, done, total, unit, **more):
            told.append((done, total, unit))
            super().progress(done, total, unit, **more)
            if len(told) == 1:
                (self.folder / "stop").touch()
                self._checked = 0.0

    watched = Watched(id=work.id, workspace=workspace, folder=work.folder)
    with pytest.raises(Stopped):
        job.run(spec, watched)
    half = kept(workspace, work)
    assert 0 < len(half) < len(chunk_text(LONG, spec))
    (work.folder / "stop").unlink()
    with pytest.raises(JobError):
        queries.delete_set(workspace, f"chunks-{work.id}")
    job.run(spec, work)
    assert [(chunk.start, chunk.end) for chunk in kept(workspace, work)] == [
        (c.start, c.end) for c in chunk_text(LONG, spec)
    ]
    assert {(total, unit) for _, total, unit in told} == {(len(LONG), "characters")}
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)


def test_a_set_of_an_older_version_is_read(workspace):
    document = documents.add(workspace, "甲.txt", LAW.encode())
    spec = ChunkJob(documents=[document.id])
    work = ready(workspace, spec)
    old = {
        "id": document.id,
        "name": "甲.txt",
        "chars": len(LAW),
        "chunks": 1,
        "covered": len(LAW),
        "mid_sentence": 0,
    }
    with workspace.store.write() as db:
        sets.add(db, f"chunks-{work.id}", "chunks", "x", job=work.id)
        units.add(db, f"chunks-{work.id}", document.id, old)
    assert job.run(spec, work)["chunks"] == 0
    assert not kept(workspace, work)


def test_a_job_without_documents_says_so(workspace):
    spec = ChunkJob()
    with pytest.raises(SpecError, match="No document is chosen"):
        job.run(spec, ready(workspace, spec))


def test_the_borders_file_is_read_by_place_and_drops_what_was_not_committed(tmp_path):
    path = tmp_path / "borders" / "d.bin"
    at = borders_file.append(path, _curve([3, 9, 20], [0.5, math.nan, -0.25]), 0)
    borders_file.append(path, _curve([33, 34, 35], [1.0, 1.0, 1.0]), at)
    assert borders_file.append(path, _curve([40, 70000], [0.125, 1.0]), at) == at + 16
    found = borders_file.read(path, 9, 41)
    assert list(found.places) == [9, 20, 40]
    assert math.isnan(found.similarities[0])
    assert list(found.similarities[1:]) == [-0.25, 0.125]
    assert list(borders_file.read(path, 0, 1 << 31).places) == [3, 9, 20, 40, 70000]
    assert list(borders_file.read(tmp_path / "no.bin", 0, 9).places) == []


def _curve(places: list[int], similarities: list[float]) -> Borders:
    found = Borders()
    found.places.extend(places)
    found.similarities.extend(similarities)
    return found
