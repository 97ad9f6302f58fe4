"""Closed browsers and killed windows: jobs go on, and the next look shows them as they are."""

import re
import time

import pytest
from playwright.sync_api import expect

from studio import jobs
from studio.processes import alive
from studio.store import sets
from tests.journeys import hands
from tests.journeys.conftest import begin_generation

pytestmark = pytest.mark.browser


@pytest.fixture
def fake(fake):
    fake.delay_s = 0.25
    return fake


@pytest.fixture
def generation(window, fake, monkeypatch):
    """A generation under way in the window's workspace, long enough for a slow machine."""
    monkeypatch.setenv("INKWELL_HOME", str(window.folder / "home"))
    return begin_generation(window, fake, 900)


def rows_made(workspace):
    return sum(one.size for one in sets.row_sets(workspace.store))


def more_rows(workspace):
    """Wait until the job has made some more, whoever watches."""
    had = rows_made(workspace)
    until = time.monotonic() + 60
    while rows_made(workspace) <= had + 3:
        assert time.monotonic() < until, "the job stands still"
        time.sleep(0.05)


def test_a_new_browser_shows_the_running_job(window, browser, generation):
    workspace, record = generation
    window.open()
    first = browser.new_page()
    hands.enter(first, window.url)
    hands.open_tab(first, "instructions")
    expect(hands.job(first, "instructions", "running")).to_be_visible(timeout=30000)
    first.close()
    more_rows(workspace)
    second = browser.new_page()
    second.goto(window.url)
    hands.open_tab(second, "instructions")
    expect(hands.job(second, "instructions", "running")).to_be_visible(timeout=30000)
    second.get_by_role("button", name="■ Stop").first.click()
    expect(hands.job(second, "instructions", "stopped")).to_be_visible(timeout=30000)
    second.locator("#job-status").get_by_role("button", name="Resume").click()
    expect(hands.job(second, "instructions", "running")).to_be_visible(timeout=30000)
    second.close()
    jobs.stop(workspace, record.id)


def test_killing_the_window_stops_no_job(window, browser, generation):
    workspace, record = generation
    window.open()
    window.kill()
    more_rows(workspace)
    assert alive(workspace.run_folder(record.id))
    window.open()
    page = browser.new_page()
    hands.enter(page, window.url)
    hands.open_tab(page, "instructions")
    expect(hands.job(page, "instructions", "running")).to_be_visible(timeout=30000)
    page.close()
    jobs.stop(workspace, record.id)
    assert jobs.wait(workspace, record.id, 20).state == "stopped"


def test_bad_input_gets_one_sentence_beside_the_button(desk, page, tmp_path):
    desk.enter(page)
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)
    notice = page.locator(".tabitem:visible .ink-notice")
    for name in ("empty.txt", "picture.txt"):
        page.locator("#chunk-upload input[type=file]").set_input_files(tmp_path / name)
        expect(notice).to_contain_text(name, timeout=30000)
    page.locator("#chunk-start").click()
    expect(notice).to_contain_text("No document is chosen", timeout=30000)
    hands.fill(page, "chunk-max_tokens", "3")
    page.locator("#chunk-start").click()
    expect(notice).to_contain_text("Longest chunk: at least 16", timeout=30000)
    hands.open_tab(page, "training")
    page.locator("#train-start").click()
    expect(page.locator(".tabitem:visible .ink-notice")).to_contain_text(
        re.compile("dataset", re.IGNORECASE), timeout=30000
    )
    hands.open_tab(page, "chat")
    page.locator("#chat-send").click()
    expect(page.locator(".tabitem:visible .ink-notice")).to_contain_text(
        "nothing to send", timeout=30000
    )
