"""Rows under review in a real browser: what will be trained in sight beside its source, decisions
by key, nothing that moves, rows as they are made.
"""

import json

import pytest
from playwright.sync_api import expect

from studio import documents, generation
from studio.store import chunks, rows, sets
from studio.store import jobs as job_rows
from studio.store.jobs import JobRow
from studio.store.rows import NewRow
from studio.workspace import Workspace
from tests.fake_provider import FakeProvider
from tests.filling import Piece
from tests.journeys import hands
from tests.journeys.conftest import begin_generation

pytestmark = pytest.mark.browser
TEXTS = {
    "en": (
        "The ink house stood at the end of the quay. The old man said that ink must be ground"
        " slowly, and Mary went on washing the brushes. ",
        "What does the old man say?",
        "He says that ink must be ground slowly.",
        "He says that paint has to be ground quickly.",
        "that ink must be ground slowly",
    ),
    "zh": (
        "墨坊在码头尽西头。老沈说，墨要慢慢磨，急不得。阿苇低头接着洗笔，一句话也不说。",
        "老沈怎么说？",
        "他告诉她：墨要慢慢磨，急不得。",
        "他告诉她：纸要快快磨，慢不得。",
        "墨要慢慢磨，急不得",
    ),
}


def filled(desk, kind, language="en", count=60):
    """A set of rows of a kind of job, each from a chunk of its own."""
    workspace = Workspace.open(desk.workspace)
    passage, question, good, bad, _ = TEXTS[language]
    document = documents.add_text(workspace, "book.txt", passage * 3 * count)
    size, job = len(passage) * 3, f"{kind}-20260101-120000-abcd"
    made = f"rows-{job}"
    with workspace.store.write() as db:
        job_rows.add(
            db, JobRow(id=job, kind=kind, state="done", spec={"kind": kind}, fingerprint=job)
        )
        sets.add(db, "c", "chunks", "book")
        pieces = [Piece(size * n, size * n + size, passage * 3) for n in range(count)]
        chunks.append(db, "c", document.id, pieces)
        kept = chunks.of_set(db, "c")
        sets.add(db, made, "rows", "book", job=job, meta={"format": "sft"})
        for n, chunk in enumerate(kept):
            answer = (
                {"output": f"{good} ({n})"}
                if kind == "instructions"
                else {"chosen": f"{good} ({n})", "rejected": bad}
            )
            asked = {"system": "", "instruction": f"{n}. {question}", "input": ""}
            rows.add(
                db,
                made,
                NewRow(
                    unit=f"u{n}",
                    data=asked | answer,
                    document=document.id,
                    start=chunk.start,
                    end=chunk.end,
                    chunk=chunk.id,
                ),
            )
    return workspace, made


def opened(desk, page, kind):
    """The tab's view, with its first row open."""
    desk.enter(page)
    hands.open_tab(page, kind)
    hands.settled(page, kind)
    view = page.locator(f"#{kind}-view")
    expect(view.locator(".ink-row-open .ink-actions")).to_be_visible()
    return view


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_answer_stands_above_the_fold_beside_its_source(desk, page, language):
    filled(desk, "instructions", language)
    view = opened(desk, page, "instructions")
    output, source = view.locator(".ink-field.output p"), view.locator(".ink-source")
    actions = view.locator(".ink-actions").bounding_box()
    answer, beside = output.bounding_box(), source.bounding_box()
    assert answer["y"] + answer["height"] <= actions["y"] < actions["y"] + actions["height"] <= 800
    assert beside["x"] >= answer["x"] + answer["width"] and beside["y"] < actions["y"]
    assert view.locator(".ink-field.instruction").bounding_box()["y"] < answer["y"]
    expect(source.locator(".ink-place.taken").first).to_have_text(TEXTS[language][4])


def test_a_decision_moves_nothing_and_can_be_taken_back(desk, page):
    workspace, made = filled(desk, "instructions")
    view = opened(desk, page, "instructions")
    view.locator(".ink-item").nth(2).click()
    expect(view.locator(".ink-field.output p")).to_contain_text("(2)")
    places = "() => [...document.querySelectorAll('#instructions-view :is(.ink-actions button," + (
        " .ink-items li, .ink-chips button, .ink-field p)')].map(one => {"
        " const {x, y} = one.getBoundingClientRect(); return [x, y]; })"
    )
    before = page.evaluate(places)
    page.keyboard.press("a")
    expect(view.locator("li.on .ink-dot.accepted")).to_be_visible()
    expect(view.locator("[data-name=accepted]")).to_contain_text("1")
    assert page.evaluate(places) == before
    expect(view.locator(".ink-field.output p")).to_contain_text("(2)")
    page.keyboard.press("ArrowDown")
    expect(view.locator(".ink-field.output p")).to_contain_text("(3)")
    assert page.evaluate(places) == before
    page.keyboard.press("r")
    expect(view.locator("li.on .ink-dot.rejected")).to_be_visible()
    page.keyboard.press("u")
    expect(view.locator("li.on .ink-dot.new")).to_be_visible()
    page.keyboard.press("u")  # the one before, which is opened
    expect(view.locator(".ink-field.output p")).to_contain_text("(2)")
    expect(view.locator("li.on .ink-dot.new")).to_be_visible()
    assert generation.counts(workspace, made) == {"new": 60, "accepted": 0, "rejected": 0}
    expect(view.locator("[data-act=undo]")).to_be_disabled()


def test_what_is_decided_leaves_the_undecided_and_the_next_takes_its_place(desk, page):
    filled(desk, "instructions")
    view = opened(desk, page, "instructions")
    view.locator("[data-name=new]").click()
    expect(view.locator("[data-name=new].on")).to_be_visible()
    view.locator(".ink-item").nth(1).click()
    page.keyboard.press("a")
    expect(view.locator(".ink-field.output p")).to_contain_text("(2)")
    expect(view.locator("[data-name=new]")).to_contain_text("59")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_sides_of_a_pair_show_their_difference_and_are_edited_and_flipped(desk, page, language):
    workspace, made = filled(desk, "preferences", language, count=3)
    view = opened(desk, page, "preferences")
    chosen, rejected = view.locator(".ink-field.chosen"), view.locator(".ink-field.rejected")
    first = {"en": "ink must", "zh": "墨"}[language]
    other = {"en": "paint has to", "zh": "纸"}[language]
    expect(chosen.locator("mark").first).to_have_text(first)
    expect(rejected.locator("mark").first).to_have_text(other)
    unit = {"en": "9 words", "zh": "12 characters"}[language]
    expect(chosen.locator(".ink-length")).to_have_text(unit)
    view.locator(".ink-item").first.click()
    page.keyboard.press("f")
    expect(rejected.locator("mark").first).to_have_text(first)
    page.keyboard.press("e")
    box = view.locator("textarea[data-field=chosen]")
    expect(box).to_be_visible()
    box.fill(TEXTS[language][3] * 2)
    page.keyboard.press("Control+Enter")
    expect(chosen.locator("p")).to_have_text(TEXTS[language][3] * 2)
    page.keyboard.press("u")
    expect(chosen.locator("p")).to_have_text(TEXTS[language][3])
    assert generation.rows_page(workspace, made)[0][0]["data"]["chosen"] == TEXTS[language][3]


def test_rows_appear_as_they_are_made_with_a_word_about_the_next(desk, page):
    """A set that was chosen before does not stand in their place, nor does the empty state."""
    filled(desk, "instructions", count=2)
    with FakeProvider() as fake:
        asked = []

        def answer(messages, _):
            asked.append(1)
            return json.dumps(
                {
                    "instruction": f"What boils over, for the {len(asked)}. time?",
                    "output": f"Pot number {len(asked)} does, it is said.",
                }
            )

        fake.answer, fake.delay_s = answer, 0.5
        view = opened(desk, page, "instructions")
        begin_generation(desk, fake, 8)
        expect(view.locator(".ink-making")).to_contain_text("of 8")
        expect(view.locator(".ink-making")).to_contain_text("boils over")
        expect(view.locator(".ink-item").first).to_be_visible()
        expect(view.locator(".ink-item")).to_have_count(8)
        expect(view.locator(".ink-making")).to_have_count(0)
    assert page.locator("#instructions-view .ink-empty").count() == 0
