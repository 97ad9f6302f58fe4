"""A workbook in, a dataset out in another form, and what is not carried over, in the window."""

import csv
import json
import zipfile

import pytest
from hands import choose, open_tab, unfold
from playwright.sync_api import expect

from studio import datasets
from studio.workspace import Workspace
from tests.workbook_files import xlsx

pytestmark = pytest.mark.browser
PAIR = {"instruction": "谁在摆渡？", "chosen": "老艄公。", "rejected": "不知道。", "from": "a book"}


def test_a_workbook_comes_in_and_pairs_go_out_with_labels(desk, page, tmp_path):
    book = tmp_path / "book.xlsx"
    book.write_bytes(
        xlsx({"notes": [["x", "y"], ["1", "2"]], "qa": [["问题", "回答"], ["问", "答"]]})
    )
    workspace = Workspace.open(desk.workspace)
    datasets.register_file(workspace, "pairs.jsonl", json.dumps(PAIR).encode(), "pairs")
    desk.enter(page)
    open_tab(page, "dataset")
    page.locator("#dataset-upload input[type=file]").first.set_input_files(str(book))
    notice = page.locator(".tabitem:visible .ink-notice")
    expect(notice).to_contain_text("the sheet qa was read, left out: notes (1)")
    expect(page.locator("#dataset-view .ink-card").first).to_contain_text("答")
    unfold(page, "Export")
    choose(page, "export-rows_as", "Labelled (KTO)")
    page.locator("#dataset-export").click()
    expect(notice).to_contain_text("it has neither a label nor a second answer")
    choose(page, "dataset-shown", "pairs")
    choose(page, "export-formatting", "TRL")
    choose(page, "export-file_type", "csv")
    page.locator("#dataset-export").click()
    expect(notice).to_contain_text("the column from (1; a book)")
    with page.expect_download(timeout=30000) as download:
        page.locator("#dataset-download").click(timeout=30000)
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.namelist() == ["pairs.csv"]
        lines = archive.read("pairs.csv").decode("utf-8-sig").splitlines()
    rows = list(csv.DictReader(lines))
    assert [row["label"] for row in rows] == ["true", "false"]
    assert json.loads(rows[1]["completion"]) == [{"role": "assistant", "content": "不知道。"}]
