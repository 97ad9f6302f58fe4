"""What a person has typed and chosen is there again: after a reload, in another workspace and back,
in another browser.
"""

import json
import re
import time

import pytest
from playwright.sync_api import expect

from studio import page_state
from studio.workspace import Workspace
from tests.fake_provider import FakeProvider
from tests.journeys import hands
from tests.waiting import until

pytestmark = pytest.mark.browser
CAST = "\n".join(f"Person {n} ({'mf'[n % 2]}): Nick {n}" for n in range(24))
BOOK = """Chapter 1

"Where is the key?" asked Anna Brandt. "I had it yesterday."

"Under the stone," said Tobias Rehm. "Where it always is."

Chapter 2

"I took it," said Old Jonas. "The mill must stay shut this winter."

"Why?" asked Anna Brandt.

"Because the wheel is broken," said Old Jonas, "and I am too old to mend it."
"""


@pytest.fixture
def place(desk):
    """The workspace of the test's own."""
    return Workspace.open(desk.workspace)


def enter(page, served, place):
    """Open the window and a workspace in it."""
    hands.enter(page, served.url)
    hands.change_to(page, place.name)
    hands.open_tab(page, hands.FIRST)


def again(page):
    """Reload, and wait until the page has filled itself."""
    page.reload()
    page.locator("#tabs:not([inert])").wait_for()
    page.wait_for_function("ink.keep.base !== null")


def box(page, elem_id):
    return page.locator(f"#{elem_id} textarea, #{elem_id} input").first


def kept(place, key, value):
    """Wait until the workspace has a value under a key."""
    until(lambda: page_state.load(place).get(key) == value, 20)


def test_a_cast_names_and_numbers_come_back(served, page, place):
    enter(page, served, place)
    hands.open_tab(page, "dialogue")
    hands.fill(page, "dialogue-characters", CAST)
    hands.fill(page, "dialogue-target", "Person 3")
    hands.open_tab(page, "training")
    hands.unfold(page, "Steps and learning rate")
    hands.fill(page, "train-max_steps", "37")
    hands.choose(page, "train-stage", "DPO")
    kept(place, "train-stage", "dpo")
    again(page)
    expect(page.locator("#workspace input")).to_have_value(place.name)
    expect(page.locator("#tab-training-button")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#train-stage input")).to_have_value("DPO")
    hands.unfold(page, "Steps and learning rate")
    expect(box(page, "train-max_steps")).to_have_value("37")
    hands.open_tab(page, "dialogue")
    expect(box(page, "dialogue-characters")).to_have_value(CAST)
    expect(box(page, "dialogue-target")).to_have_value("Person 3")
    page.locator("#dialogue-people-button").click()
    expect(page.locator("#cast-view")).to_contain_text("24")


def test_what_was_typed_a_moment_before_a_reload_comes_back(served, page, place):
    """Before the page had time to tell it."""
    enter(page, served, place)
    hands.open_tab(page, "dialogue")
    box(page, "dialogue-target").fill("Tobias Rehm")
    again(page)
    expect(page.locator("#tab-dialogue-button")).to_have_attribute("aria-selected", "true")
    expect(box(page, "dialogue-target")).to_have_value("Tobias Rehm")
    kept(place, "dialogue-target", "Tobias Rehm")


def test_another_workspace_has_its_own_values(served, page, place):
    enter(page, served, place)
    hands.open_tab(page, "dialogue")
    hands.fill(page, "dialogue-target", "Anna Brandt")
    hands.change_to(page, "elsewhere")
    expect(box(page, "dialogue-target")).to_have_value("")
    hands.fill(page, "dialogue-target", "Old Jonas")
    hands.change_to(page, place.name)
    expect(box(page, "dialogue-target")).to_have_value("Anna Brandt")
    kept(place, "dialogue-target", "Anna Brandt")
    kept(Workspace.open(place.path.parent / "elsewhere"), "dialogue-target", "Old Jonas")


def test_two_browsers_do_not_pull_at_each_other(served, browser, place):
    """Each goes on with what it shows; the last that writes a value has it; a reload shows that."""
    pages = [browser.new_context(locale="en-GB").new_page() for _ in range(2)]
    for page in pages:
        enter(page, served, place)
        hands.open_tab(page, "dialogue")
    first, second = pages
    hands.fill(first, "dialogue-target", "of the first")
    kept(place, "dialogue-target", "of the first")
    expect(box(second, "dialogue-target")).to_have_value("")
    hands.fill(second, "dialogue-target", "of the second")
    hands.fill(first, "dialogue-system", "You speak plainly.")
    kept(place, "dialogue-target", "of the second")
    kept(place, "dialogue-system", "You speak plainly.")
    for page in pages:
        again(page)
        expect(box(page, "dialogue-target")).to_have_value("of the second")
        expect(box(page, "dialogue-system")).to_have_value("You speak plainly.")
        page.context.close()


def test_keys_are_not_kept_and_presets_still_fill(served, page, place):
    enter(page, served, place)
    hands.open_tab(page, "training")
    hands.choose(page, "training-preset", "Quick try on a CPU")
    expect(box(page, "train-cutoff_len")).to_have_value("512")
    hands.open_tab(page, "instructions")
    hands.unfold(page, "Provider")
    hands.fill(page, "instructions-key", "sk-very-secret-key-0123456789")
    hands.fill(page, "instructions-name", "with a name")
    kept(place, "instructions-name", "with a name")
    assert "sk-very-secret" not in json.dumps(page_state.load(place))
    assert b"sk-very-secret" not in b"".join(p.read_bytes() for p in place.path.glob("inkwell.db*"))
    again(page)
    hands.open_tab(page, "training")
    expect(box(page, "train-cutoff_len")).to_have_value("512")


def test_a_choice_that_has_gone_becomes_the_default_and_is_told(served, page, place):
    from studio import documents

    story = documents.add(place, "mill.txt", BOOK.encode())
    page_state.save(
        place,
        {
            "chunk-documents": ["doc-that-was-deleted"],
            "chunk-max_tokens": "not a number",
            "chunk-method": "no-such-method",
            "of-a-later-version": 1,
        },
    )
    enter(page, served, place)
    expect(page.locator("#window-notice")).to_contain_text("Documents")
    expect(page.locator("#window-notice")).to_contain_text("no longer there")
    expect(page.locator("#chunk-documents")).to_contain_text(story.name)
    again(page)
    expect(page.locator("#chunk-documents")).to_contain_text(story.name)
    expect(page.locator("#window-notice .ink-notice")).to_have_count(0)


def test_a_change_of_language_changes_words_alone(served, page, place):
    """Not what has been typed, also where each language has words of its own to begin with."""
    enter(page, served, place)
    hands.open_tab(page, "instructions")
    expect(box(page, "instructions-question_types")).not_to_have_value("")
    hands.fill(page, "instructions-question_types", "Ask about the wheel")
    hands.fill(page, "instructions-model_name_or_path", "qwen3:8b")
    kept(place, "instructions-question_types", "Ask about the wheel")
    page.locator("#language").click()
    expect(page.locator("#language")).to_have_text("EN")
    expect(box(page, "instructions-question_types")).to_have_value("Ask about the wheel")
    expect(box(page, "instructions-model_name_or_path")).to_have_value("qwen3:8b")


def event_number(page, target):
    """The number by which the page sends the event of a component: its id on the page or, of the
    page's own channel, its name."""
    return page.evaluate(
        """target => gradio_config.dependencies.find(one => one.targets.some(([id, event]) =>
          event === target || gradio_config.components.find(part => part.id === id)?.props.elem_id
            === target)).id""",
        target,
    )


def came(page, held):
    """Wait until something is held back. Only in a call of its own does Playwright look at what the
    page sends."""
    end = time.monotonic() + 30
    while not held:
        assert time.monotonic() < end, "the page has not asked"
        page.wait_for_timeout(50)


def hold_back(page, target):
    """Let no request of an event through; those held, to be let go by `continue_()`."""
    number, held = event_number(page, target), []

    def late(route):
        if (route.request.post_data_json or {}).get("fn_index") == number:
            return held.append(route)
        return route.continue_()

    page.route("**/gradio_api/**", late)
    return held


def test_a_new_set_is_taken_on_before_the_lists_offer_it(served, page, place):
    """The page fetches its lists a moment after a job has ended; here never: what is taken on to
    the next tab comes with its list.
    """
    from studio import documents

    documents.add(place, "mill.txt", BOOK.encode())
    enter(page, served, place)
    held = hold_back(page, "chunk_sets")
    page.locator("#chunk-start").click()
    hands.done(page, "chunk")
    page.locator("#chunk-onward").click()
    expect(box(page, "instructions-chunks")).to_have_value(re.compile("mill"))
    came(page, held)
    page.unroute_all(behavior="ignoreErrors")


def test_a_form_takes_nothing_in_until_its_preset_has_come(served, page, place):
    """What is typed meanwhile would be replaced by the preset's value without a word."""
    enter(page, served, place)
    hands.open_tab(page, "training")
    held = hold_back(page, "training-preset")
    hands.choose(page, "training-preset", "Quick try on a CPU")
    came(page, held)
    expect(page.locator("#train-cutoff_len")).to_have_js_property("inert", True)
    expect(page.locator("#train-fold-schedule")).to_have_js_property("inert", True)
    expect(page.locator("#training-preset")).to_have_js_property("inert", False)
    held[0].continue_()
    expect(page.locator("#train-cutoff_len")).to_have_js_property("inert", False)
    expect(box(page, "train-cutoff_len")).to_have_value("512")
    hands.unfold(page, "Steps and learning rate")  # one press is enough
    expect(page.locator("#train-fold-schedule")).to_have_js_property("inert", False)
    expect(box(page, "train-max_steps")).to_have_value("30")
    page.unroute_all(behavior="ignoreErrors")


def test_a_typed_model_stands_and_is_what_is_asked(served, page, place):
    """Through a press, the ticks after it, other tabs, another chunking and a reload."""
    from studio import documents

    documents.add(place, "mill.txt", BOOK.encode())
    with FakeProvider() as fake:
        enter(page, served, place)
        hands.fill(page, "model", "my/typed-model")
        hands.fill(page, "chunk-max_tokens", "400")
        page.locator("#chunk-start").click()
        hands.done(page, "chunk")
        expect(page.locator("#chunk-onward")).to_be_visible()
        page.locator("#chunk-onward").click()
        hands.choose(page, "instructions-provider", "OpenAI")
        hands.fill(page, "instructions-base_url", fake.url("openai"))
        hands.fill(page, "instructions-model_name_or_path", "qwen3:8b")
        page.locator("#instructions-start").click()
        hands.done(page, "instructions")
        assert {
            request["body"]["model"]
            for request in fake.requests
            if "model" in (request.get("body") or {})
        } == {"qwen3:8b"}
        hands.open_tab(page, "chunking")
        hands.fill(page, "chunk-max_tokens", "300")
        page.locator("#chunk-start").click()
        hands.done(page, "chunk")
        hands.open_tab(page, "instructions")
        for _ in range(2):
            expect(box(page, "instructions-model_name_or_path")).to_have_value("qwen3:8b")
            expect(box(page, "model")).to_have_value("my/typed-model")
            again(page)
