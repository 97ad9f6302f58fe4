"""How the window is composed: the working view has most of its height on every tab, and nothing
moves that nobody has touched.
"""

import json
import re
import time

import filelock
import pytest
from playwright.sync_api import expect

from studio import documents, jobs
from studio.chunking.spec import ChunkJob
from studio.store import jobs as stored
from studio.store.jobs import JobRow
from studio.workspace import Workspace
from tests.bench import used_workspace
from tests.journeys import hands

pytestmark = pytest.mark.browser
SMALL = used_workspace.Sizes(
    documents=2,
    chunk_sets=1,
    chunks=40,
    line_sets=1,
    lines=80,
    row_sets=3,
    rows=20,
    datasets=1,
    runs=6,
    points=40,
    steps=40,
)
# What one works with on a tab; several that lie under each other count together.
WORKING = {
    "start": [".start-page .ink-start"],
    "chunking": ["#chunk-view .ink-passage"],
    "dialogue": ["#dialogue-view .ink-pair", "#dialogue-view .ink-question"],
    "instructions": ["#instructions-view .ink-pair"],
    "preferences": ["#preferences-view .ink-pair"],
    "dataset": ["#dataset-view .ink-cards"],
    "training": [
        "#train-curve .ink-legend",
        "#train-curve .ink-main-box",
        "#train-curve .ink-smalls",
        "#train-live",
    ],
    "chat": ["#chat-view"],
    "library": ["#library-list .ink-pair"],
}
LEAST = 0.6
MOST_SHIFT = 0.02
HEIGHTS = """selectors => selectors.map(one => {
    const found = [...document.querySelectorAll(one)].find(each => each.offsetParent);
    return found ? found.getBoundingClientRect().height / innerHeight : 0; })"""
# The shifts that nobody has caused by a press or a key within half a second before.
WATCH = """window.shifts = []; const named = one => `${one.node?.id}.${one.node?.className}`;
new PerformanceObserver(list => {
    for (const one of list.getEntries())
        if (!one.hadRecentInput) window.shifts.push([one.value, ...one.sources.map(named)]);
}).observe({type: 'layout-shift', buffered: true});"""


def running(workspace):
    """A job under way, whose worker is this process."""
    with workspace.store.write() as db:
        row = JobRow(
            id="train-live",
            kind="train",
            state="running",
            spec={"kind": "train", "stage": "sft"},
            fingerprint="live",
            title="live",
            started=time.time(),
            progress={"done": 3, "total": 90, "unit": "steps", "rate": 20.0, "eta_s": 260.0},
        )
        stored.add(db, row)
    folder = workspace.run_folder("train-live")
    folder.mkdir(parents=True)
    logged = [json.dumps(used_workspace.metrics(step, 90)) for step in (1, 2, 3)]
    (folder / "metrics.jsonl").write_text("\n".join(logged) + "\n")
    return filelock.FileLock(folder / "lock")


def shares(page):
    """Tab → the share of the window's height that one works with."""
    found = {}
    for tab in hands.TABS:
        hands.open_tab(page, tab)
        hands.settled(page, tab)
        expect(page.locator(f"{WORKING[tab][0]}:visible").first).to_be_visible()
        found[tab] = sum(page.evaluate(HEIGHTS, WORKING[tab]))
    return found


def test_the_working_view_has_most_of_the_height(desk, page):
    """In English at rest, in Chinese with a job running."""
    workspace = used_workspace.build(desk.workspace, SMALL)
    desk.enter(page)
    measured = {"en": shares(page)}
    with running(workspace):
        expect(page.locator("#job-status")).to_contain_text("3/90")
        page.get_by_role("button", name="中文").click()
        expect(page.locator("#job-status")).to_contain_text("3/90 步")
        measured["zh"] = shares(page)
        line = page.locator("#job-status").bounding_box()
    assert line == {"x": 0, "y": 772, "width": 1280, "height": 28}
    assert not {
        (language, tab, share)
        for language, tabs in measured.items()
        for tab, share in tabs.items()
        if share < LEAST
    }


def shifted(page):
    """How much has moved by itself since this was last asked, and what."""
    found = page.evaluate("window.shifts.splice(0)")
    return sum(one[0] for one in found), found


@pytest.mark.parametrize("locale", ["zh-CN", pytest.param("en-GB", marks=pytest.mark.slow)])
def test_nothing_moves_by_itself(desk, browser, locale):
    """At the load, a reload, each change of tab, and when a job ends."""
    workspace = Workspace.open(desk.workspace)
    document = documents.add_text(workspace, "book.txt", "One sentence follows another. " * 400)
    made = jobs.start(workspace, ChunkJob(documents=[document.id], max_tokens=64, name="first"))
    assert jobs.wait(workspace, made.id, 60).state == "done"
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale=locale)
    page = context.new_page()
    page.add_init_script(WATCH)
    moved = {}
    desk.enter(page)
    hands.asks(page, 1)
    shifted(page)  # another workspace was opened
    for step in ("load", "reload"):
        page.reload()
        page.locator("#tabs:not([inert])").wait_for(timeout=30_000)
        hands.asks(page, 1)
        moved[step] = shifted(page)
    for tab in (*hands.TABS, hands.TABS[0]):
        hands.open_tab(page, tab)
        hands.settled(page, tab)
        moved[tab] = shifted(page)
    hands.open_tab(page, "chunking")
    hands.settled(page, "chunking")
    # The cut that a press would set is drawn, with the similarity there.
    page.locator("#chunk-view .ink-gap").nth(2).hover()
    expect(page.locator("#chunk-view .ink-margin-cut")).to_be_visible()
    expect(page.locator("#chunk-view .ink-similarity")).to_have_text(re.compile(r" \d\.\d\d$"))
    page.locator("#chunk-view .ink-strip").hover()
    expect(page.locator("#chunk-view .ink-margin-cut")).to_be_hidden()
    expect(page.locator("#chunk-view .ink-similarity")).to_be_empty()
    jobs.start(workspace, ChunkJob(documents=[document.id], max_tokens=128, name="second"))
    expect(page.locator("#job-status")).to_contain_text("second", timeout=60_000)
    expect(page.locator("#job-status .ink-status[data-state=done]")).to_contain_text(
        "second", timeout=60_000
    )
    expect(page.locator("#chunk-shown input").first).to_have_value(re.compile("first"))
    hands.asks(page, 2)
    moved["job end"] = shifted(page)
    context.close()
    assert not {step: told for step, told in moved.items() if told[0] > MOST_SHIFT}
