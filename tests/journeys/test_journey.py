"""The whole way in a real browser: from a story to a streamed reply of the model tuned on it."""

import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys import hands

pytestmark = [pytest.mark.browser, pytest.mark.model]
PICTURE = Path(__file__).with_name("window.png")
# Every state in which the page shows a reply.
STATES = """() => {
  window.replies = new Set();
  new MutationObserver(() => document.querySelectorAll('[data-testid=bot]').forEach(
    (reply, column) => replies.add(column + reply.innerText)))
    .observe(document.body, {subtree: true, childList: true, characterData: true});
}"""


def count(page, name):
    """The live count in a tab's label."""
    text = (
        page.locator("#tabs > .tab-wrapper button[role=tab]")
        .nth(hands.TABS.index(name))
        .inner_text()
    )
    found = re.search(r"\s([\d,]+)", text[1:])
    return int(found[1].replace(",", "")) if found else 0


def cut(page):
    """Chunking: The sample, cut, shown in its place."""
    page.get_by_role("button", name="Take the sample story").first.click()
    expect(page.locator("#chunk-documents")).to_contain_text("story.en")
    page.locator("#chunk-start").click()
    hands.done(page, "chunk")
    expect(page.locator("#chunk-view .ink-cut").first).to_be_visible()
    assert count(page, "chunking") > 5
    page.locator("#chunk-view tbody tr").nth(3).click()
    expect(page.locator("#chunk-view .ink-chunk.on")).to_have_attribute("data-n", "4")


def find_lines(page):
    """Role dialogue: The sample's cast, lines with speakers, pairs for the role."""
    hands.open_tab(page, "dialogue")
    page.locator("#dialogue-view").get_by_role("button", name="Take the sample story").click()
    expect(page.locator("#dialogue-target input, #dialogue-target textarea").first).to_have_value(
        "Oren Pell"
    )
    page.locator("#dialogue-start").click()
    hands.done(page, "dialogue")
    expect(page.locator("#dialogue-view .ink-speech.on")).to_be_visible()
    assert count(page, "dialogue") >= 60
    page.locator("#dialogue-view .ink-turn").nth(5).click()
    expect(page.locator("#dialogue-view li.on .ink-who")).to_be_visible()


def write_rows(page):
    """Instructions: A row from the local model, appearing as it is made."""
    hands.open_tab(page, "instructions")
    expect(page.locator("#instructions-chunks input")).not_to_have_value("")
    hands.fill(page, "instructions-questions_per_chunk", "1")
    hands.unfold(page, "Limits")
    hands.fill(page, "instructions-max_chunks", "1")
    hands.unfold(page, "Sampling")
    hands.fill(page, "instructions-max_tokens", "200")
    page.locator("#instructions-start").click()
    hands.done(page, "instructions", 180)
    expect(page.locator("#instructions-view .ink-item").first).to_be_visible()
    page.locator("#instructions-view").get_by_role("button", name="Accept (A)").click()
    expect(page.locator("#instructions-view .ink-dot.accepted").first).to_be_visible()


def build_dataset(page):
    """Dataset: From the pairs, previewed as rows, chat and tokens."""
    hands.open_tab(page, "dialogue")
    page.locator("#dialogue-onward").click()
    expect(page.locator("#dataset-name input, #dataset-name textarea").first).to_have_value(
        "Oren_Pell"
    )
    hands.fill(page, "dataset-val_size", "0.1")
    page.locator("#dataset-start").click()
    hands.done(page, "dataset")
    expect(page.locator("#dataset-view .ink-kv").first).to_be_visible()
    page.locator("#dataset-mode").get_by_text("Chat", exact=True).click()
    expect(page.locator("#dataset-view .ink-bubble.assistant").first).to_be_visible()
    page.locator("#dataset-mode").get_by_text("Tokens", exact=True).click()
    expect(page.locator("#dataset-view .tok.t").first).to_be_visible(timeout=60000)
    assert page.locator("#dataset-view .ink-card").first.locator(".tok.t").count() > 2
    hands.unfold(page, "Export")
    page.locator("#dataset-export").click()
    with page.expect_download(timeout=30000) as download:
        page.locator("#dataset-download").click(timeout=30000)
    with zipfile.ZipFile(download.value.path()) as exported:
        assert "dataset_info.json" in " ".join(exported.namelist())


def prefer(page):
    """Preferences: Rewritten answers as chosen; edited and flipped."""
    hands.open_tab(page, "preferences")
    hands.unfold(page, "Limits")
    hands.fill(page, "preferences-max_rows", "1")
    hands.unfold(page, "Sampling")
    hands.fill(page, "preferences-max_tokens", "100")
    page.locator("#preferences-start").click()
    hands.done(page, "preferences", 180)
    rows = page.locator("#preferences-view")
    expect(rows.locator(".ink-field.rejected p")).to_be_visible()
    before = rows.locator(".ink-field.rejected p").inner_text()
    rows.get_by_role("button", name="Flip (F)").click()
    expect(rows.locator(".ink-field.chosen p")).to_have_text(before)
    rows.get_by_role("button", name="Edit (E)").click()
    rows.locator("textarea[data-field=chosen]").fill("A better answer, by hand.")
    rows.get_by_role("button", name="Save").click()
    expect(rows.locator(".ink-field.chosen p")).to_have_text("A better answer, by hand.")


def train(page, request):
    """Training: A short run from the preset; reloaded in the middle, the curve is there again."""
    hands.open_tab(page, "dataset")
    hands.choose(page, "dataset-shown", "Oren_Pell")
    page.locator("#dataset-onward").click()
    expect(page.locator("#train-dataset .token")).to_contain_text("Oren_Pell")
    hands.choose(page, "training-preset", "Quick try on a CPU")
    hands.unfold(page, "Steps and learning rate")
    expect(page.locator("#train-max_steps input")).to_have_value(
        "30"
    )  # the preset has filled the form
    hands.fill(page, "train-max_steps", "8")
    page.locator("#train-start").click()
    expect(page.locator("#train-curve canvas").first).to_be_visible(timeout=90000)
    page.reload()
    hands.open_tab(page, "training")
    expect(page.locator("#train-curve .ink-figures")).to_contain_text("/8", timeout=30000)
    hands.done(page, "train", 180)
    expect(page.locator("#train-curve .ink-figures")).to_contain_text("8/8")
    if request.config.getoption("--screens"):
        page.screenshot(path=PICTURE)  # the README's picture


def chat(page):
    """Chat: Base and tuned side by side, both streamed."""
    page.locator("#train-runs").get_by_role("button", name="Chat with it").first.click()
    expect(page.locator("#chat-who input:checked")).to_have_value("both")
    page.locator("#chat-message textarea").fill("How do you make good ink?")
    page.evaluate(STATES)
    page.locator("#chat-send").click()
    for voice in ("tuned", "base"):
        reply = page.locator(f"#chat-view .ink-reply.{voice} [data-testid=bot]").last
        expect(reply).to_contain_text(re.compile(r"\w"), timeout=90000)
    page.wait_for_function("replies.size > 8", timeout=60000)  # in pieces: the base one is long


@pytest.mark.timeout(600)
def test_from_a_story_to_a_chat_with_the_tuned_model(window, page, starter, request):
    window.open()
    hands.enter(page, window.url)
    cut(page)
    find_lines(page)
    write_rows(page)
    build_dataset(page)
    prefer(page)
    train(page, request)
    chat(page)
    assert window.peak_mb() < 350, "the window shall stay light: models live elsewhere"
