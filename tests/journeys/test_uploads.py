"""Uploads in the window: a small book at once, a program refused before a job, a dataset's broken row named where it is seen."""

import os

import pytest
from hands import open_tab
from playwright.sync_api import expect

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
    expect(page.locator(".tabitem:visible .ink-notice")).to_contain_text("run.txt is a program (ELF)")
    workspace = Workspace.open(desk.workspace)
    assert workspace.store.value("SELECT count(*) FROM jobs") == 0
    assert workspace.store.value("SELECT encoding FROM documents WHERE name = 'small.txt'") == "gb18030"
    open_tab(page, "dataset")
    upload(page, "dataset-upload", folder / "mine.jsonl")
    expect(page.locator(".tabitem:visible .ink-notice")).to_contain_text("1 of 3 rows cannot be used")
    expect(page.locator(".tabitem:visible .ink-notice")).to_contain_text("Row 2: not valid JSON")
    view = page.locator("#dataset-view")
    expect(view.locator(".ink-card").first).to_contain_text("The ferryman.")
    view.locator(".ink-problems summary").click()
    expect(view.locator(".ink-problems")).to_contain_text('Row 2: not valid JSON — {"instruction": "half')
