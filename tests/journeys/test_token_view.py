"""The Dataset tab in a real browser: three faces of one row, a chip a token, and the share of the
whole set.
"""

import json
import os
import re
import shutil

import pytest
from playwright.sync_api import expect

from studio import datasets
from studio.workspace import Workspace
from tests.journeys import hands

pytestmark = [pytest.mark.browser, pytest.mark.model]
ROWS = [
    {"system": "你是墨坊的老师傅。", "instruction": f"第{n}问：囍字怎么写？", "output": "慢慢写。"}
    for n in range(14)
]
LONG = {"instruction": "Tell me all.", "input": "", "output": "It boils and boils. " * 700}
PAIR = {
    "instruction": "Who are you?",
    "input": "",
    "chosen": "A king.",
    "rejected": "Nobody at all.",
}


def opened(desk, page, starter, rows, mode="Tokens"):
    """The view of a dataset of these rows, with its first row open."""
    models = desk.folder / "home" / "models"
    models.mkdir(exist_ok=True)
    if not (models / starter.name).exists():
        shutil.copytree(starter, models / starter.name, copy_function=os.symlink)
    workspace = Workspace.open(desk.workspace)
    datasets.register_file(workspace, "d.json", json.dumps(rows).encode(), "d")
    desk.enter(page)
    hands.open_tab(page, "dataset")
    page.locator("#dataset-mode").get_by_text(mode, exact=True).click()
    return page.locator("#dataset-view")


def test_one_row_has_three_faces_and_keeps_its_place(desk, page, starter):
    view = opened(desk, page, starter, ROWS, "Raw")
    view.locator(".ink-item").nth(3).click()
    expect(view.locator(".ink-kv")).to_contain_text("第3问")
    for mode, shown in (("Chat", ".ink-bubble.user"), ("Tokens", ".ink-tokens")):
        page.locator("#dataset-mode").get_by_text(mode, exact=True).click()
        expect(view.locator(shown).first).to_be_visible(timeout=60_000)
        expect(view.locator("li.on .ink-row-number")).to_have_text("4")
    text = view.locator(".ink-tokens")
    expect(text.locator(".tok.s").first).to_have_text("<|im_start|>")
    expect(text.locator(".tok.t").last).to_have_text("<|im_end|>")
    # A character of three bytes is three chips, each with its byte; the first bears the character.
    chips = text.locator(".tok:has(.ink-byte-of:text-is('囍'))").first
    bytes_of = [chips.locator(".ink-byte").inner_text()]
    at = int(chips.get_attribute("data-at"))
    while len(" ".join(bytes_of).split()) < 3:
        at += 1
        bytes_of.append(text.locator(f"[data-at='{at}'] .ink-byte").inner_text())
    assert bytes.fromhex(" ".join(bytes_of)).decode() == "囍"
    chips.hover()
    expect(text.locator(".ink-tip")).to_contain_text("bytes of 囍")
    text.locator("[data-at='0']").focus()
    expect(text.locator(".ink-tip")).to_contain_text("id 1 · special · context only")
    page.keyboard.press("ArrowRight")
    expect(text.locator("[data-at='1']")).to_be_focused()
    view.get_by_role("button", name="Next page").click()
    expect(view.locator("li.on .ink-row-number")).to_have_text("11", timeout=60_000)


def test_what_is_cut_off_is_hatched_and_the_whole_set_counted(desk, page, starter):
    view = opened(desk, page, starter, [LONG, *ROWS])
    expect(view.locator(".ink-cutoff")).to_have_text("1,024", timeout=60_000)
    assert view.locator(".tok[data-at]").count() == 1024
    assert view.locator(".tok.lost").count() == 400
    expect(view.locator(".ink-lost-more")).to_contain_text("more tokens")
    whole = view.locator(".ink-share-whole")
    expect(whole).to_contain_text("Whole set, 15 rows", timeout=60_000)
    figures = whole.locator(".ink-whole-figures")
    expect(figures).to_contain_text("tokens of 1 rows")
    # A smaller cutoff: the row's tokens and the figures of all rows follow.
    view.locator("[data-field=cutoff]").fill("32")
    view.locator("[data-field=cutoff]").press("Enter")
    expect(view.locator(".ink-cutoff")).to_have_text("32", timeout=60_000)
    expect(figures).to_contain_text("15 rows with nothing left to train on")
    slider = view.locator("[data-field=cutoff-slider]")
    slider.focus()
    for _ in range(3):
        page.keyboard.press("PageUp")
    expect(view.locator(".ink-cutoff")).not_to_have_text("32", timeout=60_000)
    expect(figures).to_contain_text("0 rows with nothing left to train on")
    expect(view.locator(".ink-lengths rect.beyond").first).to_be_attached()


def test_packs_and_their_rows_are_shown(desk, page, starter):
    view = opened(desk, page, starter, ROWS)
    expect(view.locator(".ink-whole-figures")).to_contain_text("14 rows", timeout=60_000)
    view.locator("[data-field=packing]").check()
    begins = view.locator(".ink-row-start")
    expect(begins.first).to_have_text(re.compile("Row [0-9]+"), timeout=60_000)
    assert begins.count() == 14  # all of them lie in one pack
    expect(view.locator(".ink-figures")).to_contain_text("Packs1")
    second = begins.nth(1).locator("xpath=following-sibling::span[1]")
    second.hover()
    expect(view.locator(".ink-tip")).to_contain_text("position 0")
    expect(view.locator("[data-field=packing]")).to_be_checked()


@pytest.mark.slow
def test_both_sides_of_a_pair_have_their_share(desk, page, starter):
    view = opened(desk, page, starter, [PAIR] * 2 + [PAIR | {"instruction": "And you?"}])
    for side in ("chosen", "rejected"):
        expect(view.locator(f".ink-part.{side} .tok.t").first).to_be_visible(timeout=60_000)
        expect(view.locator(f".ink-share-whole .ink-share-side.{side}")).to_contain_text("%")
