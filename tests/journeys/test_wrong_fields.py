"""Refusals in a real browser: the field is named by its label and marked, names that are taken,
what is told before a job.
"""

import json

import pytest
from playwright.sync_api import expect

from tests.journeys import hands

pytestmark = pytest.mark.browser
ROWS = [{"instruction": f"Question {n}?", "input": "", "output": f"Answer {n}."} for n in range(12)]


def notice(page):
    return page.locator(".tabitem:visible .ink-notice").first


def upload(page, name, rows):
    body = json.dumps(rows).encode()
    page.locator("#dataset-upload input[type=file]").set_input_files(
        [{"name": name, "mimeType": "application/json", "buffer": body}]
    )


def wrong(page, elem_id):
    return page.locator(f"#{elem_id}.ink-wrong")


def test_a_wrong_number_is_told_by_its_label_and_marked_until_it_is_right(desk, page):
    desk.enter(page)
    page.locator("#chunk-upload input[type=file]").set_input_files(
        [{"name": "a.txt", "mimeType": "text/plain", "buffer": b"One sentence. Another one. " * 40}]
    )
    expect(page.locator("#chunk-documents")).to_contain_text("a.txt")
    hands.fill(page, "chunk-max_tokens", "3")
    page.locator("#chunk-start").click()
    expect(notice(page)).to_contain_text("Longest chunk: at least 16")
    expect(notice(page)).not_to_contain_text("max_tokens")
    expect(wrong(page, "chunk-max_tokens")).to_be_visible()
    expect(page.locator("#chunk-max_tokens input[aria-invalid=true]").first).to_be_in_viewport()
    assert page.locator(".ink-wrong").count() == 1
    page.locator("#language").click()
    expect(page.locator("#tabs")).to_contain_text("分块")
    page.locator("#chunk-start").click()
    expect(notice(page)).to_contain_text("最长分块：不能小于 16")
    page.locator("#language").click()
    expect(page.locator("#tabs")).to_contain_text("Chunking")
    hands.fill(
        page, "chunk-max_tokens", "15"
    )  # still wrong: unmarked as it is changed, marked again by the press
    expect(wrong(page, "chunk-max_tokens")).to_have_count(0)
    page.locator("#chunk-start").click()
    expect(wrong(page, "chunk-max_tokens")).to_be_visible()
    hands.fill(page, "chunk-max_tokens", "64")
    expect(page.locator("[aria-invalid=true]")).to_have_count(0)
    hands.unfold(page, "Limits")
    hands.fill(page, "chunk-overlap", "50")
    hands.unfold(page, "Limits")
    expect(page.locator("#chunk-overlap")).not_to_be_visible()
    page.locator("#chunk-start").click()
    expect(notice(page)).to_contain_text("Overlap is more than half of Longest chunk")
    expect(wrong(page, "chunk-overlap")).to_be_visible()  # its fold is opened
    hands.fill(page, "chunk-overlap", "0")
    page.locator("#chunk-start").click()
    hands.done(page, "chunk")
    expect(notice(page)).to_have_count(0)
    expect(page.locator(".ink-wrong")).to_have_count(0)


def test_no_dataset_is_overwritten_unasked(desk, page):
    desk.enter(page)
    hands.open_tab(page, "dataset")
    upload(page, "raw.json", ROWS[:5])
    expect(notice(page)).to_contain_text("The dataset raw is registered")
    expect(page.locator("#dataset-sources .token")).to_contain_text("raw")  # the first there is
    upload(page, "Emma.json", ROWS)
    expect(notice(page)).to_contain_text("The dataset Emma is registered")
    upload(page, "emma.json", ROWS[:3])
    expect(notice(page)).to_contain_text("registered as emma-2")
    hands.fill(page, "dataset-name", "EMMA")
    page.locator("#dataset-start").click()
    expect(notice(page)).to_contain_text("There is a dataset named Emma already.")
    expect(notice(page)).to_contain_text("for example EMMA-3")  # emma-2 is taken too
    expect(wrong(page, "dataset-name")).to_be_visible()
    expect(page.locator("#job-status .ink-state")).to_have_count(0)  # there is no job
    hands.fill(page, "dataset-name", "EMMA-2")
    page.locator("#dataset-start").click()
    expect(notice(page)).to_contain_text("already")
    hands.fill(page, "dataset-name", "Emma")
    hands.unfold(page, "More")
    page.locator("#dataset-overwrite input").check()
    page.locator("#dataset-start").click()
    hands.done(page, "dataset")
    expect(page.locator("#job-status")).to_contain_text("Replaced: Emma.")
    assert set(json.loads((desk.workspace / "data" / "dataset_info.json").read_text())) == {
        "raw",
        "Emma",
        "emma-2",
    }
    assert len(json.loads((desk.workspace / "data" / "Emma.json").read_text())) == 5


def test_a_training_that_does_not_fit_its_dataset_is_no_job(desk, page):
    desk.enter(page)
    hands.open_tab(page, "dataset")
    upload(
        page, "pairs.json", [{"instruction": "q", "input": "", "chosen": "a", "rejected": "b"}] * 4
    )
    expect(notice(page)).to_contain_text("The dataset pairs is registered")
    hands.open_tab(page, "training")
    hands.choose(page, "train-dataset", "pairs")
    page.locator("#train-start").click()
    expect(notice(page)).to_be_visible()
    expect(page.locator("#job-status .ink-state")).to_have_count(0)
    expect(page.locator("#train-runs tbody tr")).to_have_count(0)
