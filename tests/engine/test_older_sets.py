"""Sets of lines from before lines had a kind and a speech: read, reviewed, propagated and paired
like new ones.
"""

import pytest

from studio import documents
from studio.dialogue import find_utterances, job
from studio.dialogue.asking import plan
from studio.dialogue.pairs import job as pairing
from studio.dialogue.review import decisions, propagate_job, queries
from studio.dialogue.spec import DialogueJob, PairsJob, PropagateJob
from studio.jobs.records import create, set_state
from studio.store import database as store
from studio.store import rows, sets, units
from studio.workspace import Workspace
from tests.engine.test_decisions import PEOPLE, TEXT, run

OLD = ("start", "end", "text", "speaker", "addressee", "confidence", "method", "scene")


@pytest.fixture
def old(tmp_path, monkeypatch):
    """A workspace of schema version 2 with one set, brought up to date; the set's id and its
    job's.
    """
    with monkeypatch.context() as then:
        then.setattr(store, "MIGRATIONS", store.MIGRATIONS[:2])
        workspace = Workspace.open(tmp_path / "old")
        document = documents.add(workspace, "茶馆.md", TEXT.encode())
        spec = DialogueJob(
            documents=[document.id], characters=PEOPLE, target="李四", layout="novel"
        )
        record, _ = create(workspace, spec, parent=None, step=None)
        set_state(workspace, record.id, "interrupted")
        columns = ", ".join(f'"{name}"' for name in OLD)
        with workspace.store.write() as db:
            sets.add(
                db,
                f"utterances-{record.id}",
                "utterances",
                "茶馆",
                job=record.id,
                meta={"target": "李四"},
            )
            sets.add(db, f"rows-{record.id}", "rows", "茶馆", job=record.id)
            for number, line in enumerate(find_utterances(TEXT, spec.people(), layout="novel")):
                db.execute(
                    (
                        f"INSERT INTO utterances (set_id, document, ordinal, {columns})"
                        f" VALUES ({','.join('?' * 11)})"
                    ),
                    (
                        f"utterances-{record.id}",
                        document.id,
                        number,
                        *(getattr(line, name) for name in OLD),
                    ),
                )
            pair = {"system": "", "instruction": "", "input": "?", "output": "!"}
            rows.add(
                db,
                f"rows-{record.id}",
                rows.NewRow(unit=document.id, data=pair, document=document.id),
            )
            units.add(db, f"utterances-{record.id}", document.id, {"too_far": 1})
        workspace.store.close()
    return Workspace.open(tmp_path / "old"), f"utterances-{record.id}", record.id


def test_an_old_set_is_read_reviewed_carried_over_and_paired(old):
    workspace, set_id, _ = old
    lines = {row["text"]: row for row in queries.page(workspace, set_id, 0, 1000)}
    assert lines["好"]["kind"] == "quoted" and lines["好嘞。"]["kind"] == "speech"
    assert lines["好"]["utterance_id"] not in [
        line.id for line in plan.doubtful(workspace.store, set_id, 1.0)
    ]
    assert queries.table_names(workspace, set_id) == ["王成", "李四"]
    before = queries.page(workspace, set_id, 0, 1000)
    decisions.assign(workspace, set_id, lines["饭在锅里。"]["utterance_id"], None)
    decisions.assign(workspace, set_id, lines["今天不饿。"]["utterance_id"], None)
    assert len(
        {
            line.paragraph
            for line in pairing.stored(workspace.store, set_id, documents.listing(workspace)[0].id)
        }
    ) == len(before)
    run(workspace, PropagateJob(utterances=set_id), propagate_job.run)
    spoken = {row["speaker"] for row in queries.page(workspace, set_id, 0, 1000)}
    assert spoken <= {"王成", "李四", None}  # not 老王 or 掌柜: the table is known
    assert (
        run(workspace, PairsJob(utterances=set_id, target="掌柜"), pairing.run)[0]["target"]
        == "李四"
    )
    while decisions.undo(workspace, set_id) is not None:
        pass
    assert queries.page(workspace, set_id, 0, 1000) == before


def test_an_old_job_goes_on_with_what_it_has(old):
    from studio.jobs.context import Job
    from studio.jobs.records import get

    workspace, set_id, job_id = old
    again = Job(id=job_id, workspace=workspace, folder=workspace.run_folder(job_id))
    again.folder.mkdir(parents=True, exist_ok=True)
    result = job.run(DialogueJob.read(get(workspace, job_id).spec), again)
    assert (result["utterance_set"], result["pairs"], result["read"]) == (set_id, 1, [])
