"""A window at rest, and answers that come late: what costs nothing, and what never goes back in
time.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys import hands

pytestmark = pytest.mark.browser
QUIET_TRIES = 3
COUNT_FRAMES = (
    "window.frames_asked = 0; const real = window.requestAnimationFrame.bind(window); "
    "window.requestAnimationFrame = f => { window.frames_asked++; return real(f); };"
)
STATES = """() => { window.states = []; const box = document.querySelector('#job-status');
    const seen = new MutationObserver(() => {
        const state = box.querySelector('.ink-state')?.classList[1];
        if (state && state !== window.states.at(-1)) window.states.push(state); });
    seen.observe(box, {subtree: true, childList: true, characterData: true, attributes: true}); }"""


def sample(page):
    """The sample story, taken in if it is not there."""
    expect(page.locator("#chunk-documents")).to_be_visible()
    if "story.en" not in page.locator("#chunk-documents").inner_text():
        page.get_by_role("button", name="Take the sample story").first.click()
    expect(page.locator("#chunk-documents")).to_contain_text("story.en")


def test_an_untouched_page_asks_one_small_question_and_nothing_else(served, page):
    page.add_init_script(COUNT_FRAMES)
    hands.enter(page, served.url, begin=False)  # a tab that is opened is told, and kept
    hands.asks(page, 1)
    page.wait_for_function("() => ink.pulse.settled()")
    sent, answers = [], []
    page.on("request", lambda request: sent.append(request.url.split("/", 3)[3]))
    page.on("response", lambda answer: answers.append(answer))
    for _ in range(QUIET_TRIES):  # something else on this machine may move the window once
        sent.clear()
        answers.clear()
        frames = page.evaluate("window.frames_asked")
        hands.asks(page, 3)
        if set(sent) == {"inkwell/changes"}:
            break
    assert set(sent) == {"inkwell/changes"}, sent
    assert max(len(answer.body()) for answer in answers) < 2000
    assert page.evaluate("window.frames_asked") - frames < 90, (  # 60 a second if it did
        "something draws at every frame of an idle page"
    )


def test_a_hidden_page_asks_nothing_and_at_once_when_it_is_looked_at(served, page):
    hands.enter(page, served.url)
    hands.asks(page, 1)
    page.evaluate(
        "() => { Object.defineProperty(document, 'hidden', {value: true, configurable: true}); "
        "document.dispatchEvent(new Event('visibilitychange')); }"
    )
    sent = []
    page.on("request", lambda request: sent.append(request.url))
    other = page.context.new_page()
    hands.enter(other, served.url)
    hands.asks(other, 3)
    assert (
        len([url for url in sent if url.endswith("/inkwell/changes")]) <= 1
    )  # the one that was due
    with page.expect_request(lambda request: request.url.endswith("/inkwell/changes")):
        page.evaluate(
            "() => { Object.defineProperty(document, 'hidden', {value: false, configurable: "
            "true}); document.dispatchEvent(new Event('visibilitychange')); }"
        )


def test_a_second_page_shows_what_the_first_has_made(served, page):
    other = page.context.new_page()
    hands.enter(other, served.url)
    hands.enter(page, served.url)
    hands.asks(other, 1)
    page.locator("#chunk-name textarea, #chunk-name input").first.fill("seen by both")
    sample(page)
    page.locator("#chunk-start").click()
    hands.done(page, "chunk")
    hands.done(other, "chunk")
    expect(other.locator("#tab-chunking-button")).to_have_text(
        page.locator("#tab-chunking-button").inner_text()
    )
    expect(other.locator("#chunk-view .ink-cut").first).to_be_visible()


def test_a_clicks_late_answer_does_not_overwrite_what_came_later(served, page):
    """The answer to the press on Cut is held back until the job is done: the line stays done and
    never says Starting.
    """
    held = []

    def hold(route):
        answer = route.fetch()
        if not held and '\\"state\\":\\"queued\\"' in answer.text():
            held.append((route, answer))
        else:
            route.fulfill(response=answer)

    hands.enter(page, served.url)
    sample(page)
    hands.fill(page, "chunk-name", "the late one")
    page.evaluate(STATES)
    page.route("**/run/predict*", hold)
    page.locator("#chunk-start").click()
    facts = page.locator("#job-status .ink-status-what")
    expect(facts).to_contain_text(re.compile("Cut into.*the late one"), timeout=60_000)
    assert held, "the press was not answered with a job that starts"
    page.evaluate("window.states = []")
    route, answer = held[0]
    with page.expect_response(lambda response: "/run/predict" in response.url):
        route.fulfill(response=answer)
    hands.asks(page, 2)
    assert set(page.evaluate("window.states")) <= {"done"}
    expect(hands.job(page, "chunk", "done")).to_be_visible()
    page.unroute_all(behavior="ignoreErrors")


def test_three_thousand_names_are_pasted_shown_and_taken_back(served, page):
    hands.enter(page, served.url)
    hands.open_tab(page, "dialogue")
    page.locator("#dialogue-people-button").click()
    field = page.locator("#dialogue-characters textarea")
    field.fill("Mary (f)")
    text = "\n".join(f"Person {n} Name{n} ({'mf'[n % 2]}): Alias{n}" for n in range(3000))
    field.fill(text)
    assert field.input_value() == text
    expect(page.locator("#cast-view .ink-tools")).to_contain_text("3,000")
    field.press("ControlOrMeta+z")
    expect(field).to_have_value("Mary (f)")
    expect(page.locator("#cast-view tbody tr")).to_have_count(1)


def test_what_goes_wrong_on_the_way_is_an_answer(served, page):
    asked = page.request
    assert asked.post(f"{served.url}/inkwell/changes", data="no question").status == 400
    assert asked.post(f"{served.url}/inkwell/changes", data="x" * 100_000).status == 400
    assert (
        asked.post(
            f"{served.url}/inkwell/changes", data='{"workspace": "../etc", "tab": "chunking"}'
        ).status
        == 404
    )
    assert (
        asked.post(
            f"{served.url}/inkwell/changes", data='{"workspace": "book", "tab": "none"}'
        ).status
        == 200
    )
    assert asked.get(f"{served.url}/inkwell/changes").status == 405
