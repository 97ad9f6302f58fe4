"""A row as the settings would make it, beside the fields of Role dialogue, in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys import hands

pytestmark = pytest.mark.browser
STORY = Path(__file__).resolve().parents[2] / "presets" / "samples" / "story.en.md"


@pytest.mark.timeout(240)
def test_the_row_follows_the_fields_and_the_presets(desk, page):
    page.set_default_timeout(20000)
    desk.enter(page)
    hands.open_tab(page, "dialogue")
    page.locator("#dialogue-upload input[type=file]").set_input_files(STORY)
    expect(page.locator("#dialogue-documents .token")).to_have_count(1)
    row = page.locator("#dialogue-example")
    expect(row.locator("h3")).to_have_count(0)
    hands.fill(page, "dialogue-system", "You are {name}.")
    page.locator("#dialogue-start").click()
    hands.done(page, "dialogue")
    expect(row.locator("dd")).to_have_count(3)
    expect(row.locator("dt")).to_have_text(["system", "input", "output"])
    expect(row.locator("dd").first).to_contain_text("You are")
    heard = row.locator("dd").nth(1).inner_text()
    hands.choose(page, "dialogue-preset", "Script or play")
    expect(row.locator("h3")).not_to_have_text("")
    hands.unfold(page, "What a row holds")
    hands.choose(page, "dialogue-persona", "Nowhere")
    expect(row.locator("dt").first).not_to_have_text("system")
    assert heard
    hands.fill(page, "dialogue-target", "Nobody At All")
    expect(row.locator("dd")).to_have_count(0)
