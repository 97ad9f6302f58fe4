"""Uploads in the window: a small book at once, a program refused before a job, a dataset's broken
row named where it is seen.
"""

import os
import re

import pytest
from hands import history, job, open_tab
from playwright.sync_api import expect

from studio import documents, jobs
from studio.workspace import Workspace

pytestmark = pytest.mark.browser
GOOD = '{"instruction": "Who rows?", "output": "The ferryman."}\n'


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("files")


def upload(page, elem_id, path):
    page.locator(f"#{elem_id} input[type=file]").first.set_input_files(str(path))


def test_files_of_every_fate(desk, page, folder):
    (folder / "small.txt").write_bytes("老周说：“来了，你们怎么还在这里？”\n".encode("gbk") * 9)
    (folder / "run.txt").write_bytes(b"\x7fELF\x02\x01\x01" + os.urandom(4000))
    (folder / "mine.jsonl").write_text(GOOD + '{"instruction": "half\n' + GOOD)
    desk.enter(page)
    upload(page, "chunk-upload", folder / "small.txt")
    expect(page.locator(".tabitem:visible .ink-notice.good")).to_contain_text("1 document")
    upload(page, "chunk-upload", folder / "run.txt")
    expect(page.locator(".tabitem:visible .ink-notice")).to_contain_text(
        "run.txt is a program (ELF)"
    )
    workspace = Workspace.open(desk.workspace)
    assert jobs.recent(workspace) == []
    assert documents.get(workspace, "small.txt").encoding == "gb18030"
    expect(page.locator("#chunk-upload")).not_to_contain_text(
        "run.txt"
    )  # the box is free for the next file
    open_tab(page, "dataset")
    upload(page, "dataset-upload", folder / "run.txt")
    expect(page.locator(".tabitem:visible .ink-notice")).to_contain_text(
        "run.txt is a program (ELF)"
    )
    expect(page.locator("#dataset-upload")).not_to_contain_text("run.txt")
    upload(page, "dataset-upload", folder / "mine.jsonl")
    expect(page.locator(".tabitem:visible .ink-notice")).to_contain_text(
        "1 of 3 rows cannot be used"
    )
    expect(page.locator(".tabitem:visible .ink-notice")).to_contain_text("Row 2: not valid JSON")
    view = page.locator("#dataset-view")
    expect(view.locator(".ink-card").first).to_contain_text("The ferryman.")
    view.locator(".ink-problems summary").click()
    expect(view.locator(".ink-problems")).to_contain_text(
        'Line 2 of mine.jsonl: not valid JSON — {"instruction": "half'
    )


def rows(count):
    return "".join(
        f'{{"instruction": "Who rows at {n}?", "output": "{"The ferryman. " * 40}"}}\n'
        for n in range(count)
    )


def test_a_large_file_of_rows_is_a_job_that_survives_a_reload_and_a_stop(desk, page, folder):
    (folder / "large.jsonl").write_text(rows(9000) + '{"half\n')
    desk.enter(page)
    open_tab(page, "dataset")
    upload(page, "dataset-upload", folder / "large.jsonl")
    expect(page.locator(".tabitem:visible .ink-notice")).to_contain_text("large")
    expect(job(page, "register")).to_be_visible()
    page.reload()
    expect(job(page, "register", "done")).to_be_visible(timeout=90_000)
    expect(history(page).locator(".ink-notes")).to_contain_text("Row 9,001: not valid JSON")
    page.keyboard.press("Escape")
    expect(page.locator("#dataset-view .ink-card").first).to_contain_text("Who rows at 0?")
    expect(page.locator("#dataset-shown input").first).to_have_value(
        "large", timeout=3000
    )  # the mark of what is being made goes with the job
    # Stopped, it is no longer offered; resumed, it is what is shown.
    (folder / "larger.jsonl").write_text(rows(60_000))
    upload(page, "dataset-upload", folder / "larger.jsonl")
    page.locator("#job-status").get_by_role("button", name="■ Stop").click()
    expect(job(page, "register", "stopped")).to_be_visible()
    expect(page.locator("#dataset-shown input").first).to_have_value("large")
    page.locator("#job-status").get_by_role("button", name="Resume").click()
    expect(page.locator("#dataset-shown input").first).to_have_value(re.compile("^larger"))
    expect(job(page, "register", "done")).to_be_visible(timeout=90_000)
    expect(page.locator("#dataset-shown input").first).to_have_value("larger")
    expect(page.locator("#dataset-view")).to_contain_text("60,000")


@pytest.mark.parametrize("tab", ["chunking", "dialogue"])
def test_an_omnibus_is_taken_apart_on_a_press(desk, page, tmp_path, tab):
    page.set_default_timeout(20000)
    desk.enter(page)
    open_tab(page, tab)
    name = "chunk" if tab == "chunking" else tab
    chapters = "".join(f"Chapter {n}\n\nA page of words.\n\n" for n in (1, 2, 3))
    (tmp_path / "two.txt").write_text(f"# The Mill\n\n{chapters}# The Quay\n\n{chapters}")
    page.locator(f"#{name}-upload input[type=file]").set_input_files(tmp_path / "two.txt")
    tokens = page.locator(f"#{name}-documents .token")
    expect(tokens).to_have_count(1)
    page.locator(f"#{name}-apart").click()
    expect(tokens).to_have_count(2)
    expect(tokens.first).to_contain_text("The Mill")
    expect(tokens.last).to_contain_text("The Quay")
    expect(page.locator(f"#{name}-apart")).to_be_hidden()
