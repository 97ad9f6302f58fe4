"""Real books through Chunking and Role dialogue in the window, and the whole way on Alice."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys import hands
from tests.other_process import ROOT, run_command

ALICE = Path("speakers/pdnc/AlicesAdventuresInWonderland/novel_text.txt")
MONKEY = Path("novels/journey_to_the_west.txt")
pytestmark = pytest.mark.browser


def cut_and_read(page, book, role):
    """Upload a book, cut it, find the role's lines."""
    page.locator("#chunk-upload input[type=file]").set_input_files(book)
    expect(page.locator("#chunk-documents")).to_contain_text(book.name, timeout=30000)
    page.locator("#chunk-start").click()
    hands.done(page, "chunk")
    expect(page.locator("#chunk-view .ink-chunk").first).to_be_visible(timeout=30000)
    hands.open_tab(page, "dialogue")
    expect(page.locator("#dialogue-documents")).to_contain_text(book.name)
    hands.fill(page, "dialogue-characters", role)
    hands.fill(page, "dialogue-target", role.split(":")[0])
    page.locator("#dialogue-start").click()
    hands.done(page, "dialogue")
    expect(page.locator("#dialogue-view .ink-speech").first).to_be_visible(timeout=30000)
    return int(
        re.search(
            r"\s([\d,]+)",
            page.locator("#tab-dialogue-button, #tabs > .tab-wrapper button[role=tab]")
            .nth(1)
            .inner_text()[1:],
        )[1].replace(",", "")
    )


def test_the_journey_to_the_west(desk, page, shared):
    desk.enter(page)
    assert cut_and_read(page, shared / MONKEY, "孙悟空: 行者, 悟空, 大圣, 美猴王, 猴王") > 500


def test_alice(desk, page, shared):
    desk.enter(page)
    assert cut_and_read(page, shared / ALICE, "Alice") > 100


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.timeout(1500)
def test_the_whole_way_on_alice(window, page, shared, starter, monkeypatch):
    """Headless from the novel to an adapter of 30 steps, then a streamed chat with it in the
    window.
    """
    monkeypatch.setenv("INKWELL_HOME", str(window.folder / "home"))
    command = run_command(
        ROOT / "presets/pipelines/demo.yaml",
        window.workspace,
        f"document={shared / ALICE}",
        "role=Alice",
        "characters=Alice",
        "name=alice",
    )
    ran = subprocess.run(command, capture_output=True, text=True, timeout=1200)
    told = json.loads(ran.stdout.splitlines()[-1])
    steps = told["result"]["steps"]
    assert (
        told["state"] == "done" and steps["lines"]["pairs"] > 100 and steps["train"]["steps"] == 30
    )
    assert steps["evaluate"]["loss_tuned"] < steps["evaluate"]["loss_base"]
    window.open()
    hands.enter(page, window.url)
    hands.open_tab(page, "training")
    page.locator("#train-runs").get_by_role("button", name="Chat with it").first.click()
    page.locator("#chat-message textarea").fill("Who are you?")
    page.locator("#chat-send").click()
    expect(page.locator("#chat-view .ink-reply.tuned [data-testid=bot]").last).to_contain_text(
        re.compile(r"\w+ \w+"), timeout=120000
    )
