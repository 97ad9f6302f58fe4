"""Search, filters, order and places over a dataset's rows, in a real browser."""

import json

import pytest
from playwright.sync_api import expect

from tests.journeys import hands

pytestmark = pytest.mark.browser
ROWS = [
    {
        "instruction": f"question {n}",
        "output": ("雪夜 " if n % 10 == 0 else "answer ") * (n % 5 + 1) + str(n),
        "system": "Be kind." if n % 4 == 0 else "",
    }
    for n in range(60)
]


@pytest.mark.timeout(240)
def test_rows_are_found_and_what_is_typed_stays(desk, page, tmp_path):
    file = tmp_path / "my rows.jsonl"
    lines = [json.dumps(row, ensure_ascii=False) for row in ROWS]
    file.write_text("\n".join([*lines[:7], "{broken", *lines[7:]]) + "\n", encoding="utf-8")
    page.set_default_timeout(20000)
    desk.enter(page)
    hands.open_tab(page, "dataset")
    page.locator("#dataset-upload input[type=file]").set_input_files(file)
    view = page.locator("#dataset-view")
    numbers, found = view.locator(".ink-row-number"), view.locator(".ink-find-count")
    box, clear = view.locator(".ink-find-box"), view.locator("[data-part=clear]")
    expect(numbers).to_have_text([str(n) for n in range(1, 11)])

    page.locator("body").press("/")
    expect(box).to_be_focused()
    page.keyboard.type("雪夜")
    expect(found).to_have_text("6 match")
    expect(numbers).to_have_text(["1", "11", "21", "31", "41", "51"])
    # While an answer is on its way and polls come in, more is typed; nothing of it is lost.
    page.keyboard.type(" 3", delay=300)
    expect(found).to_have_text("1 match")
    expect(box).to_have_value("雪夜 3")
    page.reload()
    expect(box).to_have_value("雪夜 3")
    expect(numbers).to_have_text(["31"])
    clear.click()
    expect(box).to_have_value("")
    expect(numbers).to_have_count(10)

    view.locator("[data-part='chip-with system prompt']").click()
    expect(found).to_have_text("15 match")
    view.locator("[data-part=order]").select_option("reply down")
    expect(numbers.first).to_have_text("25")
    clear.click()
    view.locator("[data-part=order]").select_option("file up")
    view.locator("[data-part=more]").click()
    view.locator("[data-part=Field]").select_option("output")
    view.locator("[data-part=Condition]").select_option("under")
    view.locator("[data-part=value]").fill("9")
    view.locator("[data-part=condition]").click()
    expect(found).to_have_text("7 match")
    clear.click()

    view.locator("[data-part=jump]").fill("37")
    view.locator("[data-part=jump]").press("Enter")
    expect(view.locator("li.on .ink-row-number")).to_have_text("37")
    expect(view.locator(".ink-pager span")).to_have_text("31–40 / 60")
    view.locator("[data-part='chip-cannot be used']").click()
    expect(view.locator(".ink-bad-row")).to_have_text("Line 8 of my rows.jsonl not valid JSON")
    expect(view.locator(".ink-bad-example")).to_have_text("{broken")
