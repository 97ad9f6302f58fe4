"""Chunking in a real browser: borders set by hand and undone, compared, exported; many files;
cleaning before and after.
"""

import io
import re
import zipfile

import pytest
from playwright.sync_api import expect

from tests.journeys import hands

pytestmark = pytest.mark.browser

PARTS = (
    "锅里的汤已经滚了，她又添了一把盐。",
    "汤要慢慢熬，盐要最后放。",
    "他把葱切成段，丢进锅里。",
    "法院在周一开庭。",
    "法官敲了敲木槌，请双方陈述。",
    "原告说合同无效，被告不同意。",
)
TEXT = "".join(f"{part}（{n}）" if n % 5 == 0 else part for n, part in enumerate(PARTS * 20))


def cut(page, method="Whole sentences", tokens="64"):
    """Fill the form and cut what is chosen."""
    hands.choose(page, "chunk-method", method)
    hands.fill(page, "chunk-max_tokens", tokens)
    page.locator("#chunk-start").click()
    hands.done(page, "chunk")
    expect(page.locator("#chunk-view button.ink-cut").first).to_be_visible(timeout=30000)


def add(page, *files):
    """Put files into the upload box."""
    page.locator("#chunk-upload input[type=file]").set_input_files(
        [{"name": n, "mimeType": "application/octet-stream", "buffer": b} for n, b in files]
    )


def count(page):
    """The number of chunks that the figures name."""
    return int(page.locator("#chunk-view .ink-figures dd").first.inner_text().replace(",", ""))


def test_borders_are_set_by_hand_undone_saved_and_exported(desk, page):
    desk.enter(page)
    add(page, ("汤与法.txt", TEXT.encode()))
    expect(page.locator("#chunk-documents")).to_contain_text("汤与法.txt", timeout=30000)
    cut(page)
    before = count(page)
    page.locator("#chunk-view button.ink-cut").nth(1).click()
    expect(page.locator("#chunk-view .ink-figures dd").first).to_have_text(
        str(before - 1), timeout=30000
    )
    page.locator("#chunk-view .ink-chunk").nth(1).locator("button.ink-gap").first.click()
    expect(page.locator("#chunk-view .ink-figures dd").first).to_have_text(
        str(before), timeout=30000
    )
    expect(page.locator("#chunk-view [data-act=undo]")).to_contain_text("2")
    page.reload()
    expect(page.locator("#chunk-view [data-act=undo]")).to_contain_text("2", timeout=30000)
    page.locator("#tabs:not([inert])").wait_for()
    # The same by the keyboard alone: to a border, away with it, and back.
    page.locator("#chunk-view .ink-passage").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    place = page.evaluate("document.activeElement.dataset.place")
    page.keyboard.press("Enter")
    expect(page.locator("#chunk-view [data-act=undo]")).to_contain_text("3", timeout=30000)
    assert page.evaluate("document.activeElement.dataset.place") == place
    page.keyboard.press("Backspace")
    expect(page.locator("#chunk-view [data-act=undo]")).to_contain_text("2", timeout=30000)
    # A copy under a name stands beside the first set.
    page.locator("#chunk-view .ink-input").fill("by hand")
    page.locator("#chunk-view [data-act=save]").click()
    expect(page.locator("#chunk-shown input").first).to_have_value(
        re.compile("by hand"), timeout=30000
    )
    hands.unfold(page, "Export")
    page.locator("#chunk-export").click()
    with page.expect_download() as download:
        page.locator("#chunk-download").click()
    with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as archive:
        assert len(archive.namelist()) == before
        assert "".join(archive.read(name).decode() for name in archive.namelist()) == TEXT
    # Only the copy is deleted.
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("#chunk-view [data-act=delete]").click()
    expect(page.locator("#chunk-shown input").first).to_have_value(
        re.compile("汤与法"), timeout=30000
    )


def test_two_methods_stand_side_by_side(desk, page):
    desk.enter(page)
    add(page, ("汤与法.txt", TEXT.encode()))
    expect(page.locator("#chunk-documents")).to_contain_text("汤与法.txt", timeout=30000)
    cut(page)
    hands.fill(page, "chunk-name", "semantic")
    cut(page, "Semantic", "200")
    expect(page.locator("#chunk-shown input").first).to_have_value(
        re.compile("semantic"), timeout=30000
    )
    hands.choose(page, "chunk-other", "汤与法")
    expect(page.locator("#chunk-view .ink-agree")).to_contain_text("in common", timeout=30000)
    left = page.locator("#chunk-view .ink-grid > .ink-chunk:nth-child(odd)").all_inner_texts()
    right = page.locator("#chunk-view .ink-grid > .ink-chunk:nth-child(even)").all_inner_texts()
    plain = [re.sub(r"^\s*\d+ · [\d,]+\s*", "", text) for text in left]
    assert len(left) == len(right) > 5 and plain == [
        re.sub(r"^\s*\d+ · [\d,]+\s*", "", text) for text in right
    ]
    # Equal text stands at equal height.
    tops = page.evaluate(
        "() => [4, 5].map(n => document.querySelectorAll('#chunk-view .ink-grid > "
        ".ink-chunk')[n].getBoundingClientRect().top)"
    )
    assert abs(tops[0] - tops[1]) < 1


def test_many_files_come_in_a_bad_one_is_named_and_the_rest_goes_on(desk, page):
    desk.enter(page)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for n in range(30):
            archive.writestr(f"章/{n}.txt", f"第{n}章\n" + TEXT[:200])
        archive.writestr("章/坏.docx", b"PK\x03\x04 not a document")
        archive.writestr("章/网页.html", "<html><body><h1>标题</h1><p>正文一段。</p></body></html>")
    add(page, ("书.zip", packed.getvalue()))
    hands.done(page, "import")
    expect(page.locator("#chunk-documents .token")).to_have_count(31, timeout=30000)
    expect(page.locator("#job-status")).to_contain_text("坏.docx")
    expect(hands.history(page).locator(".ink-notes")).to_contain_text("坏.docx")
    page.keyboard.press("Escape")
    add(page, ("坏.docx", b"PK\x03\x04 not a document"))
    expect(
        page.locator(".tabitem:visible .ink-notice, #job-status [data-state=failed]").first
    ).to_contain_text("坏.docx", timeout=30000)


def test_cleaning_shows_before_and_after_and_its_copy_is_chosen(desk, page):
    desk.enter(page)
    dirty = (
        "<p>第一段　　有 多余 的空格&amp;实体。</p>\n\n\n\n"
        + TEXT[:300]
        + "\n\u200b电话13812345678。\n"
    )
    add(page, ("脏.txt", dirty.encode()))
    expect(page.locator("#chunk-documents")).to_contain_text("脏.txt", timeout=30000)
    hands.unfold(page, "Clean the text")
    expect(page.locator("#clean-view del").first).to_be_visible(timeout=30000)
    hands.unfold(page, "Personal data")
    page.locator("#clean-mask_personal input").check()
    expect(page.locator("#clean-view .ink-changes")).to_contain_text("13812345678", timeout=30000)
    page.locator("#clean-view [data-act=clean]").click()
    hands.done(page, "clean")
    expect(page.locator("#chunk-documents")).to_contain_text("clean", timeout=30000)
    cut(page)
    assert "13812345678" not in page.locator("#chunk-view .ink-passage").inner_text()
