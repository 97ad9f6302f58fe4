"""Rows of a dataset are written in, deleted, added, undone and marked in the preview, in a real
browser; what is typed outlives everything that comes meanwhile.
"""

import json
import re
import zipfile

import pytest
from playwright.sync_api import expect

from studio.datasets import open_dataset, register_file
from studio.datasets.row_changes import edits
from studio.datasets.row_changes.edits import Change
from studio.workspace import Workspace
from tests.fake_hub import FakeHub
from tests.journeys import hands

pytestmark = pytest.mark.browser
ROWS = [
    {"instruction": f"Question {n}?", "input": "", "output": f"Answer {n}."} for n in range(1, 13)
]


@pytest.fixture
def rows(desk, page):
    """The Dataset tab with twelve rows on show; the workspace."""
    page.set_default_timeout(20000)
    workspace = Workspace.open(desk.workspace)
    data = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
    register_file(workspace, "pairs.jsonl", data, "pairs")
    desk.enter(page)
    hands.open_tab(page, "dataset")
    expect(page.locator("#dataset-view .ink-item")).to_have_count(10)
    return workspace


def outputs(workspace):
    return [row["output"] for row in open_dataset("pairs", workspace).rows()]


@pytest.mark.timeout(240)
def test_a_row_is_written_in_deleted_undone_and_stays_after_a_reload(rows, page):
    view = page.locator("#dataset-view")
    item = view.locator(".ink-item")
    item.nth(1).click()
    page.keyboard.press("e")
    boxes = view.locator(".ink-edit textarea")
    expect(boxes).to_have_count(3)
    boxes.last.fill("Written by hand.")
    # Something else comes meanwhile: another row is changed by a job.
    last = edits.row(rows, "pairs", 11) | {"output": "By a job."}
    edits.change(rows, "pairs", [Change(11, last)], "a job")
    page.wait_for_timeout(2500)  # longer than the page's own question takes to come
    expect(boxes.last).to_have_value("Written by hand.")
    page.keyboard.press("Control+Enter")
    notice = page.locator("#dataset-notice, .view-notice").filter(has_text="changed by something")
    expect(notice.first).to_be_visible()
    expect(boxes.last).to_have_value("Written by hand.")
    page.keyboard.press("Escape")
    expect(boxes).to_have_count(0)
    expect(view.locator("[data-act=row_undo]")).to_be_enabled()  # what came meanwhile is drawn
    page.keyboard.press("e")
    boxes.last.fill("")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("output is empty")).to_be_visible()
    boxes.last.fill("Written by hand.")
    page.keyboard.press("Control+Enter")
    expect(boxes).to_have_count(0)
    expect(view.locator(".ink-kv dd").last).to_have_text("Written by hand.")
    assert outputs(rows)[1] == "Written by hand." and outputs(rows)[11] == "By a job."
    item.nth(0).click()
    page.keyboard.press("Delete")
    expect(view.locator(".ink-figures dd").first).to_have_text("11")
    expect(item.first).to_contain_text("Question 2?")
    page.reload()
    expect(view.locator(".ink-figures dd").first).to_have_text("11")
    view.locator(".ink-item").first.click()
    page.keyboard.press("Control+z")
    expect(view.locator(".ink-figures dd").first).to_have_text("12")
    assert outputs(rows)[:2] == ["Answer 1.", "Written by hand."]


@pytest.mark.timeout(240)
def test_a_row_is_added_rated_and_tagged(rows, page):
    view = page.locator("#dataset-view")
    view.locator("[data-part=add]").click()
    boxes = view.locator(".ink-edit textarea")
    boxes.first.fill("New question?")
    boxes.last.fill("New answer.")
    view.locator("[data-act=row_save]").click()
    expect(view.locator("li.on .ink-item")).to_contain_text("New question?")
    assert outputs(rows)[12] == "New answer."
    view.locator("li.on .ink-item").click()
    page.keyboard.press("4")
    expect(view.locator(".ink-star.on")).to_have_count(4)
    expect(view.locator("li.on .ink-row-mark")).to_have_text("★★★★")
    view.locator("[data-name=tag]").fill("good law")
    page.keyboard.press("Enter")
    expect(view.locator(".ink-row-tag")).to_contain_text("good law")
    page.keyboard.press("e")  # a letter of a tag, not the key that opens the row
    expect(view.locator("[data-name=tag]")).to_have_value("e")
    expect(view.locator(".ink-edit")).to_have_count(0)


@pytest.mark.timeout(240)
def test_a_dataset_is_handed_over_and_asked_about_before_it_leaves(rows, page):
    hands.unfold(page, "Publish")
    page.locator("#publish-look").click()
    card = page.locator("#publish-card textarea")
    expect(card).to_have_value(re.compile("pretty_name: pairs"))
    card.fill("# My own card\n")
    page.locator("#publish-start").click()
    hands.done(page, "publish")
    with zipfile.ZipFile(rows.data / "exports" / "pairs-alpaca-jsonl.zip") as made:
        assert made.read("README.md") == b"# My own card\n"
        assert len(made.read("pairs.jsonl").splitlines()) == 12
    with FakeHub() as hub:
        hands.choose(page, "publish-to", "Hugging Face")
        hands.fill(page, "publish-repo_id", "me/pairs")
        page.locator("#publish-fold-more > button").click()
        hands.fill(page, "publish-endpoint", hub.address)
        page.locator("#publish-start").click()
        expect(page.get_by_text("There is no key for")).to_be_visible()
        hands.fill(page, "publish-key", hub.key)
        page.locator("#publish-key-keep").click()
        expect(page.locator("#publish-key input")).to_have_value("")
        page.locator("#publish-start").click()
        asked = page.locator("#publish-sure")
        expect(asked).to_contain_text(f"{hub.address}/datasets/me/pairs")
        expect(asked).to_contain_text("only its owner sees it")
        page.locator("#publish-leave").click()
        expect(asked).to_have_count(0)
        assert hub.seen == [] and hub.key not in page.content()
