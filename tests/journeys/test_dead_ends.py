"""Where one press used to be the last: chat behind a fault, a model that is not there, a result
that never came into view.
"""

import os
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from studio import datasets
from studio.jobs import records
from studio.training.spec import TrainJob
from studio.workspace import Workspace
from tests import raw_calls
from tests.journeys import hands

pytestmark = pytest.mark.browser
ROWS = (
    b'[{"instruction": "Where is the key?", "input": "", "output": "Under the stone."}, '
    b'{"instruction": "Who took it?", "input": "", "output": "Old Jonas."}]'
)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The window in this process, so that a test can put a fault into it; its address and its
    workspace.
    """
    folder = tmp_path_factory.mktemp("ends")
    with raw_calls.at_home(folder):
        from tabs import app

        workspace = Workspace.open(folder / "book")
        routes = []
        with raw_calls.opened(app.build(workspace.path, routes=routes), routes) as url:
            yield url, workspace


@pytest.fixture(autouse=True)
def own_home(served):
    """All tests share the window's home."""
    return Path(os.environ["INKWELL_HOME"])


def say(page, text):
    page.locator("#chat-message textarea").fill(text)
    page.locator("#chat-send").click()


def test_a_fault_before_a_reply_leaves_send_alive(served, page, monkeypatch):
    from tabs.chat import exchange

    url, _ = served
    hands.enter(page, url)
    hands.open_tab(page, "chat")
    with monkeypatch.context() as patch:
        patch.setattr(exchange, "prepare", lambda *_: 1 / 0)
        say(page, "Hello")
        expect(page.locator(".tabitem:visible .ink-notice")).to_contain_text(
            "Something went wrong in the window"
        )
        expect(page.locator("#chat-send")).to_be_enabled()
    page.locator("#chat-message textarea").fill("")
    page.locator("#chat-send").click()
    expect(page.locator(".tabitem:visible .ink-notice")).to_contain_text("nothing to send")
    expect(page.locator("#chat-send")).to_be_enabled()


def test_a_fault_in_a_reply_is_told_in_its_column(served, page, monkeypatch):
    from studio import serving

    def fail(*_, **__):
        raise KeyError("the wheel")

    url, _ = served
    monkeypatch.setattr(serving, "ensure", fail)
    monkeypatch.setattr(serving, "start", lambda *_: None)
    hands.enter(page, url)
    hands.open_tab(page, "chat")
    say(page, "Hello there")
    expect(page.locator("#chat-view")).to_contain_text("Something went wrong in the window")
    expect(page.locator("#chat-send")).to_be_enabled()
    page.reload()
    expect(page.locator("#chat-view")).to_contain_text("Hello there")
    page.locator("#tabs:not([inert])").wait_for()
    page.locator("#chat-clear").click()
    expect(page.locator("#chat-view")).not_to_contain_text("Hello there")
    page.reload()
    page.locator("#tabs:not([inert])").wait_for()
    expect(page.locator("#chat-view")).not_to_contain_text("Hello there")


def test_a_model_that_is_not_there_is_told_and_the_state_is_true(served, page):
    url, _ = served
    hands.enter(page, url)
    hands.open_tab(page, "chat")
    for name, sentence in (
        ("no-such-model", "There is no model"),
        ("/etc", "lies outside the folders"),
    ):
        hands.fill(page, "model", name)
        page.locator("#chat-load").click()
        expect(page.locator(".tabitem:visible .ink-notice")).to_contain_text(sentence)
        expect(page.locator("#chat-load")).to_be_enabled()
        expect(page.locator("#chat-server .ink-server.off")).to_be_visible()


@pytest.mark.model
@pytest.mark.slow
def test_another_model_than_the_one_that_is_loaded_is_loaded(served, page, starter, monkeypatch):
    """Where it cannot be, what stands is shown: the model that failed, with the reason."""
    url, _ = served
    hands.enter(page, url)
    hands.open_tab(page, "chat")
    hands.choose(page, "model", "SmolLM2")
    page.locator("#chat-load").click()
    expect(page.locator("#chat-server .ink-server.ready")).to_contain_text(
        "starter", timeout=120_000
    )
    hands.fill(page, "model", "no-such/model")
    page.locator("#chat-load").click()
    expect(page.locator("#chat-server .ink-server.failed")).to_contain_text(
        "no-such/model", timeout=120_000
    )
    expect(page.locator("#chat-server .ink-error")).to_contain_text(
        "no-such/model is not on this machine"
    )
    expect(page.locator("#chat-load")).to_be_enabled()
    page.locator("#chat-unload").click()
    expect(page.locator("#chat-server .ink-server.off")).to_be_visible()


def test_the_dataset_just_made_is_shown_and_trained_on(served, page):
    url, workspace = served
    datasets.register_file(workspace, "older.json", ROWS, "older")
    hands.enter(page, url)
    hands.open_tab(page, "dataset")
    hands.choose(page, "dataset-shown", "older")
    expect(page.locator("#dataset-sources")).to_contain_text("older")
    hands.fill(page, "dataset-name", "newer")
    page.locator("#dataset-start").click()
    hands.done(page, "dataset")
    expect(page.locator("#job-status")).to_contain_text("newer")
    expect(page.locator("#dataset-shown input")).to_have_value("newer")
    expect(page.locator("#dataset-view .ink-kv").first).to_contain_text("Under the stone.")
    page.locator("#dataset-onward").click()
    expect(page.locator("#train-dataset .token")).to_contain_text("newer")


def test_choosing_for_the_chat_is_not_choosing_for_the_training(served, page, monkeypatch):
    """The bar names the chat's adapter, the training's form its own; neither moves the other."""
    from studio import training

    class Made:
        name = run_id = title = label = "emma"

    url, _ = served
    monkeypatch.setattr(training, "adapters", lambda workspace: [Made])
    hands.enter(page, url)
    hands.choose(page, "adapter", "emma")
    hands.open_tab(page, "training")
    expect(page.locator("#train-adapter_name_or_path input")).to_have_value(
        "None, from the base model"
    )
    hands.unfold(page, "YAML")
    expect(page.locator("#training-yaml")).not_to_contain_text("adapter_name_or_path")
    hands.choose(page, "adapter", "None")
    hands.choose(page, "train-adapter_name_or_path", "emma")
    hands.open_tab(page, "chat")
    expect(page.locator("#adapter input")).to_have_value("None")
    expect(page.locator("#chat-who input:checked")).to_have_value("base")
    expect(page.locator("#adapter")).to_contain_text("Chat adapter")


def test_a_stopped_run_is_listed_with_its_last_loss(served, page):
    url, workspace = served
    spec = TrainJob.read({"model_name_or_path": "starter", "dataset": "any", "name": "half way"})
    record, _ = records.create(workspace, spec, parent=None, step=None)
    progress = {"done": 11, "total": 30, "unit": "steps", "loss": 0.0677}
    records.set_state(workspace, record.id, "stopped", ended=time.time(), progress=progress)
    hands.enter(page, url)
    hands.open_tab(page, "training")
    row = page.locator("#train-runs tr", has_text="half way")
    expect(row).to_contain_text("11")
    expect(row).to_contain_text("0.068")
