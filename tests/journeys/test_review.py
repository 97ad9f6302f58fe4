"""The review of who speaks, in a real browser: doubtful lines decided by keys alone, kept over a
reload, paired anew.
"""

import re

import pytest
from playwright.sync_api import expect

from studio import documents, jobs
from studio.dialogue.review import decisions, queries
from studio.dialogue.spec import DialogueJob
from studio.store import rows
from studio.workspace import Workspace
from tests.journeys import hands
from tests.waiting import until

pytestmark = pytest.mark.browser
PEOPLE = ("Mara", "Tobin", "Sela")
THINGS = (
    "ink",
    "pot",
    "lamp",
    "ledger",
    "ferry",
    "rope",
    "kettle",
    "stove",
    "letter",
    "key",
    "barrel",
    "quill",
)
LINES = (
    "Who has moved the {thing}?",
    "Not I, and I was here the whole day of the {thing}.",
    "The {thing} stood by the window in the morning.",
    "Then it has legs, your {thing}.",
    "Ask the boy about the {thing}.",
    "The boy is asleep beside the {thing}.",
    "Wake him, then, {thing} or no {thing}.",
    "No. Leave the {thing} alone.",
)
CHINESE = "第一章\n\n" + "\n".join(
    (
        f"{a}、{b}和{c}站在{thing}旁边，谁也不看谁。\n“谁动了{thing}？”{a}问道。\n"
        f"“不是我，我今天一直在外面。”\n“早上{thing}还在窗边呢。”\n“那{thing}是长了腿。”\n"
        f"“去问问孩子。”\n“孩子睡了。”\n"
    )
    for thing, (a, b, c) in zip(
        ("墨锭", "陶罐", "油灯", "账本"),
        (
            ("阿苇", "老沈", "小满"),
            ("老沈", "小满", "阿苇"),
            ("小满", "阿苇", "老沈"),
            ("阿苇", "小满", "老沈"),
        ),
        strict=True,
    )
)


def novel(scenes=20):
    """Three people who speak in turn; only the first line of each scene says who it is.

    Gives text and each line's speaker.
    """
    parts, truth = [], []
    for n in range(scenes):
        people = [PEOPLE[(n + k) % 3] for k in range(3)]
        thing = f"{THINGS[n % len(THINGS)]} of room {n + 1}"
        said = [line.format(thing=thing) for line in LINES]
        truth += [people[k % 3] for k in range(len(LINES))]
        spoken = [f'"{said[0]}" said {people[0]}.', *(f'"{line}"' for line in said[1:])]
        parts.append(
            (
                f"CHAPTER {n + 1}\n\n{people[0]}, {people[1]} and {people[2]} stood around the "
                f"{thing}. Nobody looked at anybody.\n\n"
            )
            + "\n\n".join(spoken)
            + "\n\nThe wind rattled the door of the house."
        )
    return "\n\n".join(parts) + "\n", truth


def seeded(desk, name, text, people, target):
    """A workspace with the lines of one text; the workspace and the set."""
    workspace = Workspace.open(desk.workspace)
    document = documents.add(workspace, name, text.encode())
    made = jobs.start(
        workspace, DialogueJob(documents=[document.id], characters="\n".join(people), target=target)
    )
    assert jobs.wait(workspace, made.id, 60).state == "done"
    return workspace, queries.utterance_sets(workspace)[0]["id"]


def enter(page, desk):
    """Open the tab and put the focus on the card."""
    desk.enter(page)
    hands.open_tab(page, "dialogue")
    expect(page.locator("#dialogue-view .ink-question:not(.waiting)")).to_be_visible()
    page.locator("#dialogue-view .host").focus()


def opened(page):
    """The id of the open line."""
    return int(page.locator("#dialogue-view .ink-speech.on").get_attribute("data-id"))


# Where the question stands, how far the text is scrolled, and the lines that are well in sight.
STANDING = """() => { const card = document.querySelector('#dialogue-view');
    const text = card.querySelector('.ink-passage'), frame = text.getBoundingClientRect();
    const seen = [...text.querySelectorAll('mark')].filter(mark => {
        const box = mark.getBoundingClientRect();
        return box.top > frame.top + 30 && box.bottom < frame.bottom - 30; });
    return [card.querySelector('.ink-question').getBoundingClientRect().top, text.scrollTop,
        seen.map(mark => +mark.dataset.id)]; }"""


def press(page, key):
    """A key that goes on to another line; the line that is open then.

    The question stays where it is, and so does the text where the other line was in sight.
    """
    before, (place, scrolled, seen) = opened(page), page.evaluate(STANDING)
    page.keyboard.press(key)
    page.wait_for_function(
        "id => { const on = document.querySelector('#dialogue-view .ink-speech.on'), "
        "host = document.querySelector('#dialogue-view .host'); "
        "return on && +on.dataset.id !== id && !host.classList.contains('waiting'); }",
        arg=before,
    )
    now, after = opened(page), page.evaluate(STANDING)
    assert after[0] == place
    if now in seen and before in seen:
        assert after[1] == scrolled
    return now


def key_of(page, name):
    """The key that gives the open line to a person: its number, or Enter where that is what
    stands.
    """
    return page.evaluate(
        """name => {
        const all = [...document.querySelectorAll('#dialogue-view [data-choice]')];
        const one = all.find(b => b.querySelector('.ink-who').textContent === name);
        return one.getAttribute('aria-pressed') === 'true' ? 'Enter' : one.dataset.choice; }""",
        name,
    )


def counter(page):
    """Doubtful lines left and lines reviewed, as the card tells them."""
    return [
        int(n)
        for n in re.findall(
            r"\d+", page.locator("#dialogue-view .ink-left").inner_text().replace(",", "")
        )
    ]


def settled(page, workspace, set_id):
    """Wait until the store has what the page shows; the counts."""
    for _ in range(200):
        counts = decisions.counts(workspace, set_id, 0.7)
        if counter(page) == [counts.doubtful, counts.reviewed]:
            return counts
        page.wait_for_timeout(100)
    raise AssertionError((counter(page), decisions.counts(workspace, set_id, 0.7)))


def decide(page, truth):
    """Fifty lines by keys: numbers and Enter, every tenth taken back and decided again, a few told
    otherwise.
    """
    decided = {}
    for n in range(50):
        line = opened(page)
        if n == 20:
            decided[line] = None
            press(page, "0")
        elif n == 25:
            page.keyboard.press("/")
            page.keyboard.type("Old Jory")
            decided[line] = "Old Jory"
            press(page, "Enter")
        else:
            decided[line] = truth[line]
            press(page, key_of(page, truth[line]))
        if n % 10 == 9:
            assert press(page, "Backspace") == line
            press(page, key_of(page, truth[line]))
    return decided


@pytest.mark.timeout(300)
def test_fifty_doubtful_lines_by_keyboard_alone(desk, page):
    text, truth = novel()
    workspace, set_id = seeded(desk, "house.txt", text, PEOPLE, "Mara")
    before = decisions.counts(workspace, set_id, 0.7)
    assert before.doubtful >= 60 and len(truth) == before.total
    enter(page, desk)
    assert opened(page) == decisions.next_doubtful(workspace, set_id, 0.7)
    decided = decide(page, truth)
    first = opened(page)
    assert press(page, "n") != first and press(page, "p") == first
    press(page, "x")
    assert counter(page) == [before.doubtful - 51, 51]
    counts = settled(page, workspace, set_id)
    assert counts.edits == 51
    page.reload()
    enter(page, desk)
    assert counter(page) == [counts.doubtful, 51]
    lines = {u["utterance_id"]: u for u in queries.page(workspace, set_id, 0, 1000)}
    assert {line: lines[line]["speaker"] for line in decided} == decided
    assert lines[first]["kind"] == "quoted"
    # After a reload the newest decision can still be taken back, by key.
    assert press(page, "u") == first
    expect(page.locator("#dialogue-view .ink-undo")).to_contain_text("50")
    _pairs(page, workspace, set_id, decided)
    _hear(page)


def _pairs(page, workspace, set_id, decided):
    """Pairs built again hold the corrected speakers; a click shows both lines in the text."""
    page.locator("#dialogue-again-onward").click()
    made = until(lambda: jobs.latest(workspace, "pairs"))
    assert jobs.wait(workspace, made.id, 60).state == "done"
    spoken = {u["start"]: u for u in queries.page(workspace, set_id, 0, 1000)}
    pairs = rows.of_set(workspace.store, f"rows-{made.id}")
    roles = {spoken[pair.start]["utterance_id"]: spoken[pair.start]["speaker"] for pair in pairs}
    assert set(roles.values()) == {"Mara"} and {
        line for line in roles if decided.get(line) == "Mara"
    }
    page.get_by_role("tab", name="Pairs").click()
    expect(page.locator("#dialogue-pairs .ink-chips")).to_contain_text(f"All {len(pairs)}")
    page.locator("#dialogue-pairs .ink-item").nth(2).click()
    data = sorted(pairs, key=lambda pair: pair.start)[2].data
    marks = page.locator("#dialogue-pairs .ink-place.input")
    expect(marks.first).to_be_visible()
    assert " ".join(marks.all_inner_texts()) == data["input"]
    expect(page.locator("#dialogue-pairs .ink-place.output").first).to_have_text(data["output"])
    _keys(page, len(pairs))
    page.locator("#dialogue-pairs [data-act=place]").click()
    expect(page.locator("#dialogue-view .ink-speech.on")).to_have_text(data["output"])


def _keys(page, n):
    """Pairs accepted and rejected by keys after a click on one; the third is open again in the
    end.
    """
    chips = page.locator("#dialogue-pairs .ink-chips")
    page.keyboard.press("a")
    expect(chips).to_contain_text("Accepted 1")
    page.keyboard.press("j")
    page.keyboard.press("r")
    expect(chips).to_contain_text("Rejected 1")
    chips.get_by_role("button", name="New").click()
    expect(page.locator("#dialogue-pairs .ink-item")).to_have_count(min(n, 40) - 2)
    following = page.locator("#dialogue-pairs .ink-item").nth(1).inner_text()
    page.keyboard.press("a")
    expect(chips).to_contain_text("Accepted 2")
    expect(page.locator("#dialogue-pairs li.on")).to_have_text(following)
    chips.get_by_role("button", name="All").click()
    expect(chips.locator("button.on")).to_contain_text("All")
    page.locator("#dialogue-pairs .ink-item").nth(2).click()


def _hear(page):
    """Ten lines of one person, ten others, and one of them opened in the text."""
    page.locator("#dialogue-view .ink-chips button.hue").filter(has_text="Sela").click()
    page.locator("#dialogue-view .ink-hear").click()
    heard = page.locator("#dialogue-view .ink-turn-text.whole")
    expect(heard).to_have_count(10)
    first = heard.all_inner_texts()
    page.locator("#dialogue-view .ink-others").click()
    page.wait_for_function(
        (
            "first => [...document.querySelectorAll('#dialogue-view .ink-turn-text.whole')].map(e "
            "=> e.innerText).join() !== first.join()"
        ),
        arg=first,
    )
    line = heard.nth(4).inner_text()
    heard.nth(4).click()
    expect(page.locator("#dialogue-view .ink-speech.on")).to_have_text(line)


@pytest.mark.timeout(180)
def test_quick_keys_and_a_slow_answer_lose_nothing(desk, page):
    text, _ = novel()
    workspace, set_id = seeded(desk, "house.txt", text, PEOPLE, "Mara")
    page.add_init_script("""const real = window.fetch; window.sent = 0;
        window.fetch = async (...given) => {
          if (String(given[1]?.body || '').includes('"steps"')) {
            window.sent++; await new Promise(done => setTimeout(done, 500)); }
          return real(...given); };""")
    enter(page, desk)
    left = counter(page)[0]
    typed = page.evaluate("""async () => {
        const host = document.querySelector('#dialogue-view .host'); let done = 0;
        for (const key of '12u1Ex121212u2') {
          const pressed = {key: key === 'E' ? 'Enter' : key, bubbles: true};
          host.dispatchEvent(new KeyboardEvent('keydown', pressed));
          done += key === 'u' ? -1 : 1;
          do await new Promise(next => setTimeout(next, 60));
          while (host.classList.contains('waiting'));
        }
        return done; }""")
    assert counter(page) == [left - typed, typed]
    counts = settled(page, workspace, set_id)
    assert counts.edits == typed == 10
    assert 2 <= page.evaluate("window.sent") < 12, (
        "later decisions go behind the one under way, together"
    )


def in_sight(page):
    """The open line stands in the text's frame, and the question whole under the text."""
    places = page.evaluate("""() => {
        const at = s => document.querySelector('#dialogue-view ' + s).getBoundingClientRect();
        const frame = at('.ink-passage'), asked = at('.ink-question'), line = at('.ink-speech.on');
        return [line.top - frame.top, frame.bottom - line.bottom, asked.top - frame.bottom,
            innerHeight - asked.bottom]; }""")
    assert min(places) >= -1, places


@pytest.mark.timeout(180)
def test_extracting_in_the_window(desk, page):
    """Without a document a sentence and no job; with one, the lines when they come and the keys for
    them.
    """
    desk.enter(page)
    hands.open_tab(page, "dialogue")
    page.locator("#dialogue-start").click()
    expect(page.locator(".left .ink-notice")).to_contain_text("No document is chosen")
    page.get_by_role("tab", name="Ask a model").click()
    expect(page.locator(".left .ink-notice")).to_have_count(0)
    page.get_by_role("tab", name="Find the lines").click()
    assert not list((desk.workspace / "runs").glob("dialogue-*"))
    for name, text in (("house.txt", novel(4)[0]), ("墨.txt", CHINESE)):
        page.locator("#dialogue-upload input[type=file]").set_input_files(
            {"name": name, "mimeType": "text/plain", "buffer": text.encode()}
        )
        expect(page.locator("#dialogue-documents .token")).to_have_text(re.compile(re.escape(name)))
        page.get_by_role("tab", name="Pairs").click()
        page.locator("#dialogue-start").click()
        page.locator(
            "#language"
        ).click()  # no event in between makes the page take the set before for the new one
        expect(page.locator("#tabs")).to_contain_text("角色对话")
        expect(page.locator("#dialogue-view .ink-document")).to_have_text(name)
        page.locator("#language").click()
        expect(page.locator("#dialogue-view .ink-left")).to_contain_text("doubtful left")
        expect(page.locator("#dialogue-view .ink-keys-off")).to_be_visible()
        page.get_by_role("tab", name="Pairs").click()
        page.get_by_role("tab", name="Lines", exact=True).click()
        expect(page.locator("#dialogue-view .ink-keys-off")).to_be_hidden()
        before = opened(page)
        assert press(page, "n") != before


@pytest.mark.timeout(180)
def test_a_chinese_text_in_chinese(desk, page):
    workspace, set_id = seeded(desk, "墨.txt", CHINESE, ("阿苇", "老沈", "小满"), "阿苇")
    desk.enter(page)
    page.locator("#language").click()
    page.locator("#tabs").get_by_text("角色对话").first.wait_for(timeout=30000)
    hands.open_tab(page, "dialogue")
    expect(page.locator("#dialogue-view .ink-left")).to_contain_text("句存疑")
    page.locator("#dialogue-view .host").focus()
    left, _ = counter(page)
    assert left >= 4
    line = opened(page)
    in_sight(page)
    choices = page.locator("#dialogue-view [data-choice] .ink-who")
    shown = choices.all_text_contents()
    press(page, key_of(page, "老沈"))
    press(page, "0")
    in_sight(page)
    assert counter(page) == [left - 2, 2]
    settled(page, workspace, set_id)
    assert queries.lines(workspace, set_id, [line])[0]["speaker"] == "老沈"
    # What has been decided puts no other person under a key that was shown.
    page.locator(f"#dialogue-view mark[data-id='{line}']").click()
    assert opened(page) == line and choices.all_text_contents() == shown
