"""The chat in a real browser: base beside tuned by name, the system prompt and questions of the
training, Enter and compositions, regenerate, edit, stop, and the picture of an exchange.
"""

import json
import os
import re
import struct
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from studio import datasets, page_state
from tests import raw_calls
from tests.bench.used_workspace import Sizes, build
from tests.journeys import hands

pytestmark = pytest.mark.browser
NOTHING = Sizes(
    documents=1, chunk_sets=0, line_sets=0, row_sets=0, datasets=1, runs=1, points=4, steps=4
)


class Model:
    """What answers in the place of the model server: who is asked, and what was said before."""

    def __init__(self):
        self.asked = []
        self.go_on = threading.Event()
        self.go_on.set()

    def connect(self, spec, server, voice):
        model = self

        class Client:
            def stream(self, messages, stop):
                model.asked.append((voice, messages))
                for piece in ("磨墨", "要慢。", f" ({voice}, {len(model.asked)})"):
                    yield piece
                    while not model.go_on.wait(0.02):
                        if stop():
                            return

        return Client()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The window in this process with one trained run; its address and its workspace."""
    with raw_calls.at_home(tmp_path_factory.mktemp("chat")) as patch:
        from tabs import app

        folder = Path(os.environ["INKWELL_HOME"]).parent
        workspace = build(folder / "book", NOTHING)
        asked = [f"Held out, number {n}: who grinds the ink?" for n in range(8)]
        rows = [
            {"system": "You are Mary.", "instruction": q, "input": "", "output": "Tom."}
            for q in asked
        ]
        datasets.register_file(workspace, "held.json", json.dumps(rows).encode(), "set_00-heldout")
        routes = []
        with raw_calls.opened(app.build(workspace.path, routes=routes), routes) as url:
            yield url, workspace, patch


@pytest.fixture(autouse=True)
def own_home(served):
    """All tests share the window's home."""
    return Path(os.environ["INKWELL_HOME"])


@pytest.fixture
def model(served, monkeypatch):
    """A model server that answers at once; nothing has been said yet."""
    from studio import serving
    from tabs.chat import stream

    made = Model()
    _, workspace, _ = served
    kept = page_state.load(workspace)
    page_state.save(workspace, dict.fromkeys(kept))
    monkeypatch.setattr(stream, "connect_served", made.connect)
    monkeypatch.setattr(
        serving, "ensure", lambda *_, **__: SimpleNamespace(adapters=["train-0000"])
    )
    monkeypatch.setattr(serving, "start", lambda *_: None)
    return made


def landed(page, url):
    """The chat as "Chat with it" opens it."""
    hands.enter(page, url)
    hands.open_tab(page, "training")
    page.locator("#train-runs").get_by_role("button", name="Chat with it").first.click()
    expect(page.locator("#chat-who input:checked")).to_have_value("both")
    return page.locator("#chat-view")


def test_the_landing_has_names_the_system_prompt_and_five_questions(served, page, model):
    url, _, _ = served
    view = landed(page, url)
    questions = page.locator("#chat-asking .ink-questions button")
    expect(questions).to_have_count(5)
    expect(questions.first).to_contain_text("Held out, number 0")
    expect(page.locator("#chat-asking")).to_contain_text("set_00-heldout")
    expect(page.locator("#chat-system textarea")).to_have_value("You are Mary.")
    expect(page.locator("#chat-asking")).to_contain_text(
        "The system prompt is that of the training"
    )
    questions.nth(1).click()
    for voice, name in (("base", "starter|SmolLM2"), ("tuned", "train-0000")):
        reply = view.locator(f".ink-reply.{voice}")
        expect(reply.locator("h3")).to_contain_text(re.compile(name, re.IGNORECASE))
        expect(reply.locator("[data-testid=bot]")).to_contain_text("磨墨要慢。")
    assert {voice for voice, _ in model.asked} == {"base", "train-0000"}
    assert all(
        turns[0] == {"role": "system", "content": "You are Mary."} for _, turns in model.asked
    )
    page.wait_for_function("() => !Object.keys(ink.keep.pending).length && !ink.keep.timer")
    page.reload()
    expect(page.locator("#chat-who input:checked")).to_have_value("both")
    expect(view.locator(".ink-reply.tuned [data-testid=bot]")).to_contain_text("磨墨要慢。")


def test_a_system_prompt_of_ones_own_is_left_alone(served, page, model):
    url, _, _ = served
    hands.enter(page, url)
    hands.open_tab(page, "chat")
    hands.fill(page, "chat-system", "Answer as a stone.")
    hands.choose(page, "adapter", "train-0000")
    expect(page.locator("#chat-asking .ink-questions button")).to_have_count(5)
    hands.asks(page, 2)
    expect(page.locator("#chat-system textarea")).to_have_value("Answer as a stone.")
    expect(page.locator("#chat-asking")).not_to_contain_text("The system prompt")


def test_enter_sends_and_one_that_ends_a_composition_does_not(served, page, model):
    url, _, _ = served
    hands.enter(page, url)
    hands.open_tab(page, "chat")
    hands.settled(page, "chat")
    box, view = page.locator("#chat-message textarea"), page.locator("#chat-view")
    box.click()
    keys = page.context.new_cdp_session(page)
    keys.send("Input.imeSetComposition", {"text": "mo", "selectionStart": 2, "selectionEnd": 2})
    pressed = {"type": "keyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
    keys.send("Input.dispatchKeyEvent", pressed)
    keys.send("Input.insertText", {"text": "墨"})
    # As WebKit does: the end of the composition first, then its Enter.
    page.evaluate(
        """() => {
          const box = document.querySelector('#chat-message textarea');
          box.dispatchEvent(new CompositionEvent('compositionend', {bubbles: true}));
          for (const kind of ['keydown', 'keypress'])
            box.dispatchEvent(new KeyboardEvent(kind, {key: 'Enter', bubbles: true, keyCode: 13}));
        }"""
    )
    hands.asks(page, 1)
    expect(box).to_have_value("墨")
    assert not model.asked
    box.press("Shift+Enter")
    box.press_sequentially("second line")
    expect(box).to_have_value("墨\nsecond line")
    assert not model.asked
    box.press("Enter")
    expect(view.locator("[data-testid=user]")).to_have_text("墨\nsecond line")
    expect(box).to_have_value("")
    expect(view.locator(".ink-reply.base [data-testid=bot]")).to_contain_text("(base, 1)")


def test_asking_again_editing_stopping_and_clearing(served, page, model):
    url, _, _ = served
    view = landed(page, url)
    box = page.locator("#chat-message textarea")
    for text in ("One?", "Two?"):
        box.fill(text)
        box.press("Enter")
        expect(view.locator("[data-testid=user]").last).to_have_text(text)
        expect(view.locator(".ink-reply.tuned .ink-quiet").last).to_be_visible()
    box.fill("half written")
    view.locator("[data-act=again]").click()
    expect(view.locator(".ink-reply.base [data-testid=bot]").last).to_contain_text(
        re.compile("[56]")
    )
    expect(view.locator(".ink-round")).to_have_count(2)
    expect(box).to_have_value("half written")
    view.locator("[data-part=change]").first.click()
    view.locator(".ink-said textarea").fill("One, anew?")
    view.locator(".ink-said textarea").press("Enter")
    expect(view.locator(".ink-round")).to_have_count(1)
    expect(view.locator("[data-testid=user]")).to_have_text("One, anew?")
    expect(view.locator(".ink-reply.tuned .ink-quiet")).to_be_visible()
    model.go_on.clear()
    box.fill("Never ending?")
    box.press("Enter")
    expect(page.locator("#chat-stop")).to_be_visible()
    expect(view.locator(".ink-reply.tuned [data-testid=bot]").last).to_have_text("磨墨")
    page.locator("#chat-stop").click()
    expect(page.locator("#chat-send")).to_be_visible()
    expect(view.locator(".ink-reply.tuned [data-testid=bot]").last).to_have_text("磨墨")
    page.locator("#chat-clear").click()
    expect(view.locator(".ink-empty")).to_be_visible()


def test_an_exchange_is_saved_as_an_image_without_a_request(served, page, model, tmp_path):
    url, _, _ = served
    view = landed(page, url)
    page.locator("#chat-asking .ink-questions button").first.click()
    expect(view.locator(".ink-reply.tuned .ink-quiet")).to_be_visible()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_download() as found:
        view.locator("[data-part=image]").click()
    path = tmp_path / "exchange.png"
    found.value.save_as(path)
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    wide, high = struct.unpack(">II", data[16:24])
    assert wide == 2160 and high > 400 and len(data) > 10_000
    assert re.fullmatch(r"inkwell-\d{4}-\d\d-\d\d\.png", found.value.suggested_filename)
    assert not [one for one in asked if not one.startswith((url, "blob:", "data:"))]
