"""A training that is looked at does not notice: reloads, a window that is killed and opened anew,
ten megabytes in its log. Its measures, its replies and its weights are those of a run that nobody
looked at.
"""

import time

import pytest
from playwright.sync_api import expect
from tiny_model import SYSTEM, sailors, training

from studio import jobs
from studio.training import curves
from studio.training import sample_replies as samples
from tests.journeys import hands

pytest_plugins = ["tiny_model"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.model,
    pytest.mark.slow,
    pytest.mark.timeout(1500),
]
RELOADS, LOG_LINES = 20, 130_000
STEPS = 2000


def measured(workspace, record):
    """What a run says of its steps, without its clock."""
    lines = curves.read(workspace.run_folder(record.id) / "metrics.jsonl")
    kept = ("step", "epoch", "loss", "grad_norm", "learning_rate", "tokens")
    return [{name: line[name] for name in kept if name in line} for line in lines]


def replies(workspace, record):
    found = samples.read(workspace.run_folder(record.id))
    return [(one.step, one.prompts, one.replies) for one in found]


def weights(workspace, record):
    folder = workspace.run_folder(record.id) / "adapter"
    return (folder / "adapter_model.safetensors").read_bytes()


def shown(page, window):
    """The Training tab as it is after a reload, with the curve of the run."""
    hands.enter(page, window.url)
    hands.open_tab(page, "training")
    expect(page.locator("#train-curve canvas").first).to_be_visible(timeout=60_000)


def test_a_run_that_is_looked_at_is_the_run_that_nobody_looked_at(
    window, browser, tiny, monkeypatch
):
    from studio.workspace import Workspace

    monkeypatch.setenv("INKWELL_HOME", str(window.folder / "home"))
    workspace = Workspace.open(window.workspace)
    sailors(workspace)
    asked = {"sample_prompts": ["What is the rope?"], "sample_system": SYSTEM}
    fields = {"max_steps": STEPS, "save_steps": 500, "lora_dropout": 0.1, "threads": 1, **asked}
    window.open()
    record = jobs.start(workspace, training(tiny, name="watched", **fields))
    log = workspace.run_folder(record.id) / "log.txt"
    page = browser.new_page()
    for number in range(RELOADS):
        if number % 5:
            page.goto(window.url)
        else:
            shown(page, window)
        if number == 3:
            with log.open("a", encoding="utf-8") as out:
                out.writelines(
                    f"{n:07} a line of a library that says a lot and means little, as many do\n"
                    for n in range(LOG_LINES)
                )
                out.write("01:23:45 careful: the needle in it\n")
            assert log.stat().st_size > 8_000_000
        if number == 8:
            window.kill()
            window.open()
    assert jobs.get(workspace, record.id).active, "it has to go on while it is looked at"
    shown(page, window)
    page.locator("#train-live [data-part=log]").click()
    page.locator("#train-live [data-part=query]").fill("needle")
    expect(page.locator("#train-live .ink-live-log .warning mark")).to_have_text("needle")
    ended = time.monotonic() + 300
    while jobs.get(workspace, record.id).active:
        assert time.monotonic() < ended, "it does not come to its end"
        time.sleep(0.5)
    page.close()
    assert jobs.get(workspace, record.id).state == "done"
    alone = jobs.start(workspace, training(tiny, name="alone", **fields))
    assert jobs.wait(workspace, alone.id, 300).state == "done"
    assert measured(workspace, record) == measured(workspace, alone)
    assert len(measured(workspace, alone)) == STEPS
    assert replies(workspace, record) == replies(workspace, alone)
    assert [one[0] for one in replies(workspace, alone)] == [0, 500, 1000, 1500, STEPS]
    assert weights(workspace, record) == weights(workspace, alone)
