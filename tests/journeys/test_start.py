"""The start page in the browser: a book dropped and read, the sample, the tour, and which method
when.
"""

import json
import zipfile

import pytest
from playwright.sync_api import expect

from studio import documents, jobs
from studio.store import jobs as job_rows
from studio.store.jobs import JobRow
from studio.training import checkpoints
from studio.workspace import Workspace
from tests.journeys import hands

pytestmark = pytest.mark.browser
SHIFTS = """window.moved = 0; new PerformanceObserver(list => { for (const one of list.getEntries())
    window.moved += one.value; }).observe({type: 'layout-shift', buffered: true});"""
PARAGRAPH = """The ferryman leant upon his pole and  looked at the grey water for a
long while before he said that no boat would cross that day, whatever
the gentleman from the customs house might be pleased to pay for one.

"""
BOOK = "".join(f"Chapter {n}\n\n{PARAGRAPH * 25}" for n in range(1, 7))


@pytest.fixture
def start(page, desk):
    """The start page of a workspace in which nothing has been done."""
    hands.enter(page, desk.url, begin=False)
    hands.change_to(page, desk.workspace.name)
    hands.open_tab(page, "start")
    hands.settled(page, "start")
    return page


def drop(page, name, data):
    page.locator("#start-upload input[type=file]").first.set_input_files(
        [{"name": name, "mimeType": "application/octet-stream", "buffer": data}]
    )


def test_a_book_is_dropped_read_cleaned_cut_and_read_again(start, desk):
    page = start
    expect(page.locator("#start-view .ink-invitation")).to_be_visible()
    drop(page, "run.txt", b"\x7fELF\x02\x01\x01" + bytes(4000))
    expect(page.locator(".tabitem:visible .ink-notice")).to_contain_text("is a program (ELF)")
    drop(page, "ferry_man.txt", BOOK.encode())
    leaf = page.locator("#chunk-view .ink-leaf")
    expect(leaf).to_contain_text("Chapter 1")
    facts = page.locator("#chunk-view .ink-tags")
    expect(facts).to_contain_text("hard-wrapped")
    expect(facts).to_contain_text("6 chapters")
    expect(facts).to_contain_text(f"{len(BOOK):,} characters")
    page.locator(".ink-contents button", has_text="Chapter 6").click()
    expect(leaf.locator("h3", has_text="Chapter 6")).to_be_in_viewport()
    expect(page.locator(".ink-contents [aria-current=true]")).to_have_text("Chapter 6")
    page.locator("#chunk-view .ink-reading").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#chunk-view .ink-pager span")).to_contain_text("of")

    page.locator("#chunk-view [data-act=clean]").click()
    expect(page.locator("#clean-view del").first).to_be_visible()
    expect(page.locator("#chunk-documents")).to_contain_text("ferry_man.clean.txt")
    page.locator("#clean-view [data-act=back]").click()
    expect(facts).to_contain_text("cleaned copy")
    expect(page.locator("#chunk-view [data-act=clean]")).to_have_count(0)

    page.locator("#chunk-start").click()
    hands.done(page, "chunk")
    expect(page.locator("#chunk-view .ink-cut").first).to_be_visible()
    page.locator("#chunk-view [data-act=book]").click()
    expect(leaf).to_contain_text("Chapter 1")
    page.reload()  # in the middle: the tab and the book are as they were left
    expect(leaf).to_contain_text("Chapter 1")
    page.locator("#chunk-view [data-act=cuts]").click()
    expect(page.locator("#chunk-view .ink-cut").first).to_be_visible()

    hands.open_tab(page, "start")
    spine = page.locator("#start-view .ink-spine")
    expect(spine).to_have_count(1)
    assert "ferry man" in spine.get_attribute("aria-label")
    assert "chunk" in spine.get_attribute("aria-label")
    spine.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#chunk-view h2")).to_have_text("ferry_man.clean.txt")


def test_what_a_job_brings_is_opened_when_it_has_come(start, desk, tmp_path):
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as packed:
        packed.writestr("one.txt", "The first text. " * 50)
    drop(start, "two.zip", (tmp_path / "two.zip").read_bytes())
    expect(start.locator("#chunk-view .ink-leaf")).to_contain_text("The first text.")
    assert jobs.latest(Workspace.open(desk.workspace), "import").state == "done"


def shelved(desk, count=60):
    """So many books, and the sample as it stands once it has been trained."""
    workspace = Workspace.open(desk.workspace)
    for n in range(count):
        documents.add(workspace, f"book {n}.txt", f"Text of book {n}. ".encode() * 40)
    adapter = workspace.run_folder("train-20260101-120000-abcd") / "adapter"
    adapter.mkdir(parents=True)
    (adapter / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "starter"}))
    (adapter / "adapter_model.safetensors").write_bytes(b"0" * 64)
    checkpoints.sign(adapter, 30, "starter")
    steps = {"train": {"adapter": f"runs/{adapter.parent.name}/adapter"}}
    story = {"document": "sample:story.en.md"}
    with workspace.store.write() as db:
        for job, kind, spec, result in (
            (adapter.parent.name, "train", {"kind": "train", "dataset": "demo"}, {}),
            ("pipeline-1", "pipeline", {"vars": story, "steps": []}, {"steps": steps}),
        ):
            row = JobRow(
                id=job, kind=kind, state="done", spec=spec, fingerprint=job, title="demo",
                result=result,
            )  # fmt: skip
            job_rows.add(db, row)
    return workspace


def test_the_shelf_by_keys_without_a_shift_and_the_way_to_the_chat(page, desk):
    shelved(desk)
    hands.enter(page, desk.url)
    hands.change_to(page, desk.workspace.name)
    hands.open_tab(page, "start")
    page.wait_for_function("() => ink.keep.base?.tab === '\"start\"'")
    page.add_init_script(SHIFTS)
    page.reload()
    spines = page.locator("#start-view .ink-spine")
    expect(spines).to_have_count(48)
    expect(page.locator("#start-view")).to_contain_text("and 12 more")
    page.wait_for_function("() => ink.pulse.settled()")
    assert page.evaluate("window.moved") <= 0.02
    spines.first.focus()
    page.keyboard.press("ArrowRight")
    expect(spines.nth(1)).to_be_focused()
    title = spines.nth(1).inner_text()
    expect(page.locator(".ink-shelf-about")).to_contain_text(title)
    page.locator("#start-view .ink-start-list button").first.click()
    expect(page.locator("#tab-start-button")).to_have_attribute("aria-selected", "false")
    hands.open_tab(page, "start")
    page.locator("#start-first [data-act=chat]").click()
    expect(page.locator("#tab-chat-button")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#chat-who input[value=both]")).to_be_checked()


def test_the_sample_is_a_job_that_a_reload_leaves_and_a_press_stops(window, page, starter):
    window.open()
    hands.enter(page, window.url, begin=False)
    page.locator("#start-first [data-act=sample]").click()
    steps = page.locator("#start-first .ink-sample-steps li")
    expect(steps).to_have_count(6)
    expect(page.locator("#start-view .ink-running li")).to_have_count(1)
    expect(steps.nth(0)).to_have_class("done")
    page.reload()  # nobody has opened another tab: the page begins where it began
    expect(steps).to_have_count(6)
    workspace = Workspace.open(window.workspace)
    assert len(jobs.recent(workspace, "pipeline")) == 1
    page.locator("#start-first [data-act=stop]").click()
    expect(page.locator("#start-first [data-act=resume]")).to_be_visible(timeout=60_000)
    assert jobs.latest(workspace, "pipeline").state == "stopped"


def test_the_tour_is_left_in_the_middle_and_stands_in_nobodys_way(start):
    page = start
    page.evaluate(SHIFTS.replace(", buffered: true", ""))  # from now on
    expect(page.locator("#start-first")).to_contain_text("New here?")
    page.locator("[data-tour]").focus()
    page.keyboard.press("Enter")
    bubble, on = page.locator(".ink-tour"), page.locator(".ink-tour [data-part=on]")
    expect(bubble).to_contain_text("1 of 7")
    page.keyboard.press("Enter")
    expect(bubble).to_contain_text("2 of 7")
    expect(on).to_be_focused()
    assert page.evaluate("window.moved") <= 0.02
    on.click()
    expect(page.locator("#tab-chunking-button")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#chunk-start")).to_be_visible()
    box, ring = (
        page.locator("#chunk-start").bounding_box(),
        page.locator(".ink-tour-ring"),
    )
    page.wait_for_function(
        "([x, y]) => { const at = document.querySelector('.ink-tour-ring').getBoundingClientRect();"
        " return Math.abs(at.x - x) < 9 && Math.abs(at.y - y) < 9; }",
        arg=[box["x"], box["y"]],
    )
    hands.fill(page, "chunk-name", "while the tour stands")  # nothing is blocked
    page.wait_for_function("() => ink.keep.base?.tab === '\"chunking\"'")
    page.reload()
    expect(bubble).to_contain_text("3 of 7")
    page.keyboard.press("Escape")
    expect(bubble).to_have_count(0)
    expect(ring).to_have_count(0)
    hands.open_tab(page, "start")
    expect(page.locator("#start-first [data-tour]")).to_be_visible()
    expect(page.locator("#start-first")).not_to_contain_text("New here?")  # offered once


def test_which_method_when_opens_beside_the_field_and_from_the_start(start):
    page = start
    page.locator("#start-first [data-guide]").click()
    guide = page.locator("dialog.ink-guide[open]")
    expect(guide).to_contain_text("Which method when")
    page.keyboard.press("Escape")
    expect(guide).not_to_be_visible()
    hands.open_tab(page, "training")
    page.locator("#train-stage .ink-about").click()
    expect(guide.locator("h2", has_text="Stages of training")).to_be_in_viewport()
    guide.locator("[data-part=close]").click()
    hands.open_tab(page, "chunking")
    page.locator("#language").click()
    expect(page.locator("#chunk-method .ink-about")).to_have_attribute(
        "aria-label", "什么时候用哪种方法"
    )
    page.locator("#chunk-method .ink-about").click()
    expect(guide.locator("h2", has_text="分块")).to_be_in_viewport()
    expect(guide).to_contain_text("按语义")
