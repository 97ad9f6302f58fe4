"""Under the curve of a run: replies step by step, the log with its search; any measure fills the
card.
"""

import json

import pytest
from playwright.sync_api import expect

from studio.training import sample_replies as samples
from studio.training.sample_replies import Reply, Sample
from tests.journeys import hands

pytestmark = pytest.mark.browser


@pytest.fixture
def run(desk):
    """A run that has ended, with measures, replies and a log."""
    from studio.jobs import records
    from studio.training.spec import TrainJob
    from studio.workspace import Workspace

    workspace = Workspace.open(desk.workspace)
    spec = TrainJob.read({"dataset": "demo", "name": "sea", "stage": "dpo"})
    record = records.create(workspace, spec, parent=None, step=None)[0]
    records.set_state(workspace, record.id, "stopped")
    folder = workspace.run_folder(record.id)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "metrics.jsonl").open("w") as out:
        for step in range(1, 41):
            line = {"step": step, "total_steps": 40, "epoch": step / 20, "loss": 4 / step}
            line |= {"rewards/margins": step / 10, "seconds": step * 3.0, "cpu_load": 50}
            out.write(json.dumps(line) + "\n")
    words = ["I do not know.", "The rope is old.", "The rope is mine."]
    for at, text in enumerate(words):
        prompts = ("What is the rope?", "<b>Who?</b>")
        replies = (Reply(text, 4), Reply(f"other {at}", 2, ended=False))
        samples.add(folder, Sample(20 * at, prompts, replies, 0.5))
    log = [f"line {n}" for n in range(1000)]
    log[500] = "careful: a <needle> of a log"
    (folder / "log.txt").write_text("".join(f"{line}\n" for line in log))
    return record


def test_replies_log_and_measures(desk, page, run):
    desk.enter(page)
    hands.open_tab(page, "training")
    panel, now = page.locator("#train-live"), page.locator("#train-live section.now")
    expect(now.locator("p")).to_have_text("The rope is mine.")
    expect(now.locator("mark")).to_have_text("mine")
    expect(panel.locator("section.before p")).to_have_text("I do not know.")
    panel.get_by_role("button", name="An earlier step").click()
    expect(now.locator("p")).to_have_text("The rope is old.")
    panel.locator("[data-part=prompt]").select_option(label="<b>Who?</b>")
    expect(now.locator("p")).to_have_text("other 1…")
    panel.locator("[data-part=log]").click()
    expect(panel.locator("[role=status]")).to_contain_text("1,000 lines")
    panel.locator("[data-part=query]").fill("NEEDLE")
    lines = panel.locator(".ink-live-log > div")
    expect(lines).to_have_count(5)
    expect(panel.locator(".ink-live-log .warning mark")).to_have_text("needle")
    panel.locator("[data-part=order]").click()
    expect(lines.first).to_contain_text("line 502")
    panel.locator("[data-part=level-error]").click()
    expect(panel).to_contain_text("No line of the log has this.")
    panel.get_by_role("button", name="Download").click()
    expect(page.locator("#train-download")).to_contain_text("log.txt")
    panel.locator("[data-part=log]").click()  # which folds it, so that the small charts have room
    page.locator("#train-curve [data-part=measure]").select_option("rewards/margins")
    chart = page.locator("#train-curve .ink-main")
    expect(chart).to_have_attribute("aria-label", "reward margin, Steps: 4")
    page.locator("#train-curve [data-part=axis]").select_option("time")
    expect(chart).to_have_attribute("aria-label", "reward margin, Minutes: 4")
    page.locator("#train-curve figcaption button", has_text="training loss").click()
    expect(chart).to_have_attribute("aria-label", "training loss, Minutes: 0.1")


def test_prompts_are_filled_in_from_rows(desk, page):
    from studio.datasets import register_file
    from studio.workspace import Workspace

    rows = [
        {"instruction": f"Question {n}?", "output": "Yes.", "system": "Be short."} for n in range(9)
    ]
    register_file(Workspace.open(desk.workspace), "asked.json", json.dumps(rows).encode())
    desk.enter(page)
    hands.open_tab(page, "training")
    hands.unfold(page, "Sample replies")
    expect(page.locator("#train-dataset")).to_contain_text("asked")
    page.locator("#train-sample-fill").click()
    expect(page.locator("#train-sample_prompts textarea")).to_have_value(
        "\n".join(f"Question {n}?" for n in range(4))
    )
    expect(page.locator("#train-sample_system textarea")).to_have_value("Be short.")
