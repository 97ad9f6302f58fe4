"""The list of runs in the window: into the queue, the order, a note that the search finds, a
deletion.
"""

import pytest
from playwright.sync_api import expect

from studio import jobs
from studio.jobs import queue, records
from studio.store import marks
from studio.training.spec import TrainJob
from studio.workspace import Workspace
from tests.journeys import hands
from tests.waiting import until

MEASURED = """async () => {
    const list = document.querySelector('#train-runs');
    const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
    const search = () => {
        const box = list.querySelector('[data-field=query]');
        box.value = 'voyage 2';
        box.dispatchEvent(new Event('input', {bubbles: true}));
    };
    const times = [];
    for (const press of [search, () => list.querySelector('[data-part=sort-loss]').click()]) {
        const begun = performance.now();
        press();
        await frame();
        times.push(performance.now() - begun);
    }
    return times;
}"""


def run(workspace, number, *, state="done", waits=False):
    spec = TrainJob.read({"dataset": "sailors", "name": f"voyage {number}", "seed": number})
    record, _ = records.create(workspace, spec, parent=None, step=None, waits=waits)
    if state != "queued":
        result = {"loss_last": 3.0 - number / 100, "eval_loss": 3.1, "steps": 6}
        records.set_state(workspace, record.id, state, result=result)
    return record.id


@pytest.fixture
def workspace(desk):
    """Eight runs that ended, and three that wait in a queue that is held."""
    made = Workspace.open(desk.workspace)
    queue.hold(made, held=True)
    for number in range(8):
        run(made, number)
    for number in (21, 22, 23):
        run(made, number, state="queued", waits=True)
    return made


def names(page):
    return page.locator("#train-runs tbody tr td.clip").all_inner_texts()


def test_the_list_of_runs(desk, page, workspace):
    desk.enter(page)
    hands.open_tab(page, "training")
    listed = page.locator("#train-runs")
    expect(listed.locator("tbody tr")).to_have_count(11)
    assert names(page)[:3] == ["voyage 21", "voyage 22", "voyage 23"]
    expect(listed.locator(".ink-runs-queue")).to_have_text("The queue is held; 3 wait")

    listed.locator("tr", has_text="voyage 23").locator("[data-act=up]").click()
    until(lambda: names(page)[1] == "voyage 23")
    listed.locator("tr", has_text="voyage 21").locator("[data-act=out]").click()
    until(lambda: [r.title for r in queue.look(workspace).waiting] == ["voyage 23", "voyage 22"])

    row = listed.locator("tr", has_text="voyage 5")
    row.locator("[data-part=edit]").click()
    listed.locator(".ink-run-edit input.note").fill("storm at sea")
    listed.locator(".ink-run-edit [data-part=save]").click()
    expect(listed.locator(".ink-run-note")).to_have_text("storm at sea")
    listed.locator("[data-field=query]").fill("storm")
    expect(listed.locator("tbody tr")).to_have_count(1)
    kept = [mark for mark in marks.every(workspace.store) if mark.note]
    assert [mark.note for mark in kept] == ["storm at sea"]

    row.locator("[data-part=edit]").click()
    listed.locator(".ink-run-edit [data-act=plan]").click()
    listed.locator(".ink-run-edit [data-act=delete]").click()
    expect(listed.locator("tbody tr")).to_have_count(0)
    assert kept[0].id not in [record.id for record in jobs.recent(workspace)]


@pytest.mark.slow
def test_three_hundred_runs_are_searched_and_sorted_at_once(desk, page, workspace):
    for number in range(100, 389):
        run(workspace, number)
    desk.enter(page)
    hands.open_tab(page, "training")
    expect(page.locator("#train-runs .ink-runs-count")).to_contain_text("300 of 300")
    took = page.evaluate(MEASURED)
    print("search and sort of 300 runs, ms:", [round(one) for one in took])
    assert names(page)[0] == "voyage 2"  # the highest loss of those that hold the words
