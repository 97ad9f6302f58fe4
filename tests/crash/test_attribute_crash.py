"""Asking who speaks, as a real worker that is killed: no answer is lost, and the end is that of an
unbroken run.
"""

import os
import signal
from collections import Counter

import pytest

from studio import jobs
from studio.jobs import records
from studio.processes import alive
from studio.store import units
from tests.doubtful_set import answered, attribute_spec, doubtful_set, knows, stored
from tests.waiting import until


@pytest.fixture
def fake(fake):
    fake.delay_s = 0.15
    return fake


def kept(workspace):
    return len(units.of_set(workspace.store, "utterances-1", key="ask:", note="{"))


def test_killed_at_three_moments_no_answer_is_lost(workspace, fake):
    stand = doubtful_set(workspace, 80)
    fake.answer = knows(stand.truth)
    spec = attribute_spec(fake, stand, concurrency=2, lines_per_request=2)
    record = jobs.start(workspace, spec)
    for share in (2, 12, 25):
        until(lambda share=share: kept(workspace) >= share)
        os.kill(int((workspace.run_folder(record.id) / "pid").read_text()), signal.SIGKILL)
        until(lambda: not alive(workspace.run_folder(record.id)))
        until(
            lambda: (
                jobs.recover(workspace) or records.get(workspace, record.id).state == "interrupted"
            )
        )
        before = kept(workspace)
        assert jobs.resume(workspace, record.id).active
        assert kept(workspace) >= before
    done = jobs.wait(workspace, record.id, 120)
    assert done.state == "done", done.error
    count = answered(fake)
    assert set(count) == set(stand.doubtful) and min(count.values()) == 2
    assert (
        sum(count.values()) <= 2 * 40 + 3 * 2 * 2
    )  # twice only what was under way at a kill: two requests of two lines
    rows = stored(workspace)
    assert all(
        rows[n]["speaker"] == stand.truth[n] and rows[n]["votes"] == f'{{"{stand.truth[n]}":2}}'
        for n in stand.doubtful
    )
    assert Counter(row["decided"] for row in rows.values()) == {"model": 40, "rules": 40}
    assert (done.result["answered"], done.result["left"]) == (40, 0) and done.progress[
        "unit"
    ] == "lines"
    assert done.progress["done"] == done.progress["total"] == 40
    assert (workspace.run_folder(record.id) / "utterances.parquet").is_file()
