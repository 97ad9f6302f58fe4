"""The keyboard alone walks the whole way: from a file to a reply of the model tuned on it."""

import re

import pytest
from playwright.sync_api import expect

from studio.documents.samples import sample_facts, sample_file
from tests.journeys import hands

pytestmark = [pytest.mark.browser, pytest.mark.model, pytest.mark.slow]
MOST = 260  # presses of Tab to the farthest thing on a page
AT = """([selector, text]) => {
  const at = document.activeElement;
  return !!at && at !== document.body && !!at.closest(selector) && at.textContent.includes(text);
}"""


def reach(page, selector, text=""):
    """Press Tab until what has the focus is the thing, or in it, and says so."""
    seen = []
    for _ in range(MOST):
        if page.evaluate(AT, [selector, text]):
            return
        page.keyboard.press("Tab")
        seen.append(page.evaluate("() => document.activeElement?.id || ''"))
    raise AssertionError(f"{selector} is not reached by Tab: {[s for s in seen if s]}")


def press(page, selector, key="Enter"):
    """Go to a thing and press a key on it."""
    reach(page, selector)
    page.keyboard.press(key)


def write(page, selector, text):
    """Go to a field and write into it, in place of what stands there."""
    reach(page, f"{selector} input, {selector} textarea")
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def tab(page, name):
    """Go to a tab and open it."""
    press(page, f"#tab-{name}-button")
    hands.settled(page, name)


@pytest.mark.timeout(600)
def test_from_a_file_to_a_chat(window, page, starter, tmp_path):
    about = sample_facts("story.en.md")
    story = tmp_path / "tale.txt"
    story.write_text(sample_file("story.en.md").read_text("utf-8"), encoding="utf-8")
    window.open()
    hands.enter(page, window.url)
    with page.expect_file_chooser() as chooser:
        press(page, "#chunk-upload button")
    chooser.value.set_files(story)  # the system's own window, which is no part of the page
    expect(page.locator("#chunk-documents")).to_contain_text("tale.txt")
    press(page, "#chunk-start")
    hands.done(page, "chunk")

    tab(page, "dialogue")
    if not page.locator("#dialogue-documents .token, #dialogue-documents [class*=token]").count():
        reach(page, "#dialogue-documents input")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
    expect(page.locator("#dialogue-documents")).to_contain_text("tale.txt")
    write(page, "#dialogue-characters", "Oren Pell: Oren, Master Pell, the ink-maker, the old man")
    write(page, "#dialogue-target", str(about["target"]))
    press(page, "#dialogue-start")
    hands.done(page, "dialogue")
    press(page, "#dialogue-onward")

    expect(page.locator("#dataset-name input, #dataset-name textarea").first).to_have_value(
        re.compile(r"\w")
    )
    press(page, "#dataset-start")
    hands.done(page, "dataset")
    press(page, "#dataset-onward")

    hands.settled(page, "training")
    write(page, "#train-cutoff_len", "128")
    reach(page, "button.label-wrap", "Steps and learning rate")
    page.keyboard.press("Enter")
    write(page, "#train-max_steps", "2")
    press(page, "#train-start")
    hands.done(page, "train", 240)
    press(page, "#train-runs [data-act=chat]")

    hands.settled(page, "chat")
    write(page, "#chat-message", "How do you make good ink?")
    press(page, "#chat-send")
    reply = page.locator("#chat-view .ink-reply.tuned [data-testid=bot]").last
    expect(reply).to_contain_text(re.compile(r"\w"), timeout=90_000)
