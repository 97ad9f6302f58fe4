"""Asking who speaks, as a real worker that is killed: no answer is lost, and the end is that of an
unbroken run.
"""

from collections import Counter

import pytest

from studio import jobs
from studio.store import units
from tests.doubtful_set import answered, attribute_spec, doubtful_set, knows, stored
from tests.other_process import kill_and_resume


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
    kill_and_resume(workspace, record.id, lambda: kept(workspace), (2, 12, 25))
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
