"""The reading of one long document: it tells how far it is, ends when a stop is asked for, and
comes out the same in every process.
"""

from itertools import pairwise

import pytest

from studio import documents
from studio.dialogue import find_utterances
from studio.dialogue import job as finding
from studio.dialogue.review import decisions, propagate_job
from studio.dialogue.spec import DialogueJob, PropagateJob
from studio.errors import Stopped
from studio.jobs.context import Job
from studio.jobs.records import create, set_state
from studio.progress import Watch
from studio.store import sets
from tests.engine.test_decisions import run
from tests.other_process import printed

NOVEL = "“你来了。”王成说。\n\n“嗯。”李四点头。\n\n他们坐下。\n\n“喝茶？”\n\n“好。”\n\n"
SHAPES = {
    "novel": NOVEL,
    "script": "皇帝：你好。\n皇后（笑）：谢皇上。\n",
    "classical": "宝玉道：我不去。\n\n黛玉道：你不去，我去。\n\n",
    "chat": "2024-05-01 12:03 张三: 你好\n2024-05-01 12:04 李四: 好\n",
    "screenplay": "INT. CAFE - DAY\n\nMAX\nHello there.\n\nANNA\nYou are late.\n\n",
}


@pytest.mark.parametrize("layout", SHAPES)
def test_a_reading_tells_how_far_it_is(layout):
    told = []
    find_utterances(SHAPES[layout] * 400, watch=Watch(told.append))
    assert told == sorted(told) and 0 <= told[0] and told[-1] <= 1
    assert max(b - a for a, b in pairwise([0, *told, 1])) < 0.2


def test_a_stop_ends_the_reading_of_a_long_document_and_a_resumed_job_reads_it_whole(
    workspace, monkeypatch
):
    text = NOVEL * 300
    document = documents.add(workspace, "long.txt", text.encode())
    spec = DialogueJob(documents=[document.id], layout="novel")
    record, _ = create(workspace, spec, parent=None, step=None)
    job = Job(id=record.id, workspace=workspace, folder=workspace.run_folder(record.id))
    job.folder.mkdir(parents=True, exist_ok=True)
    shown = []

    def progress(done, total, unit, **more):
        shown.append((done, total, unit))
        if done > total / 2:
            job.wanted_stop.append(True)

    with monkeypatch.context() as watched, pytest.raises(Stopped):
        watched.setattr(job, "progress", progress)
        finding.run(spec, job)
    assert 0.5 < shown[-1][0] / shown[-1][1] < 0.9 and shown[-1][1:] == (len(text), "characters")
    assert [one.size for one in sets.utterance_sets(workspace.store)] == [0]
    job.wanted_stop.clear()
    result = finding.run(spec, job)
    assert result["utterances"] == 4 * 300

    set_state(workspace, record.id, "done")
    decisions.accept(workspace, result["utterance_set"], 5)
    monkeypatch.setattr(Job, "progress", lambda self, *told, **more: self.wanted_stop.append(True))
    with pytest.raises(Stopped):
        run(workspace, PropagateJob(utterances=result["utterance_set"]), propagate_job.run)


def test_equal_chances_come_out_the_same_in_every_process():
    code = (
        "from studio.dialogue.characters.table import Cast, Mention\n"
        "from studio.dialogue.speakers.kinship import KinTable\n"
        "from studio.dialogue.speakers.mentions import MentionIndex\n"
        "from studio.dialogue import Character\n"
        "names = [f'P{n}' for n in range(12)]\n"
        "text = ' '.join([*names, 'her mother sat there. ' * 9]) + ' x' * 9000\n"
        "cast = Cast([Character(n) for n in names])\n"
        "print(list(KinTable(text, MentionIndex(cast.find(text)), cast).usual('mother')))"
    )
    found = {printed(code, PYTHONHASHSEED=seed) for seed in ("1", "2")}
    assert found == {str([f"P{n}" for n in range(12)])}
