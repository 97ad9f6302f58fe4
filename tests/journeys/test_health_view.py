"""What is wrong with a dataset, in a real browser: found, looked at, mended, undone."""

import json

import pytest
from playwright.sync_api import expect

from studio import jobs
from studio.datasets import open_dataset
from studio.datasets.taking_in.intake import register_file
from studio.workspace import Workspace
from tests.journeys import hands

pytestmark = pytest.mark.browser
ROWS = [
    {"instruction": "hi", "output": "Hello! I am {{name}}, developed by {{author}}."},
    {"instruction": "Who are you?", "output": "I am {{name}}, made by {{author}}."},
    *({"instruction": f"Question {n}?", "output": f"The answer number {n}."} for n in range(12)),
    {"instruction": "Tell me more.", "output": "As an AI language model, I cannot do that."},
]


def store(desk):
    """The workspace of the window."""
    return Workspace.open(desk.workspace)


def put(workspace, name, rows):
    register_file(workspace, f"{name}.json", json.dumps(rows).encode(), name)


def opened(desk, page, name):
    """The health of a dataset."""
    page.set_default_timeout(20000)
    desk.enter(page)
    hands.open_tab(page, "dataset")
    hands.settled(page, "dataset")
    hands.choose(page, "dataset-shown", name)
    page.locator("#dataset-mode label:has(input[value=health])").click()
    return page.locator("#dataset-view")


@pytest.mark.timeout(240)
def test_a_small_set_is_checked_mended_and_undone(desk, page):
    put(store(desk), "identity", ROWS)
    view = opened(desk, page, "identity")
    expect(view.locator("[data-key='f-placeholders'] b")).to_have_text("2")
    expect(view.locator("[data-key='f-refusals'] b")).to_have_text("1")

    view.locator("[data-key='f-placeholders'] button").click()
    mend = view.locator("[data-act=health_mend]")
    expect(mend).to_be_disabled()
    view.locator("input[data-field='{{name}}']").fill("Inkwell")
    view.locator("input[data-field='{{author}}']").fill("Ada")
    expect(view.locator("dd.after")).to_contain_text("I am Inkwell, developed by Ada.")
    mend.click()
    expect(view.locator("[data-key='f-placeholders']")).to_have_count(0)
    expect(page.locator("#dataset-notice, .left")).to_contain_text(["2 rows changed"])
    told = [row["output"] for row in open_dataset("identity", store(desk)).rows()]
    assert told[1] == "I am Inkwell, made by Ada."

    view.locator("[data-act=health_undo]").click()
    expect(view.locator("[data-key='f-placeholders'] b")).to_have_text("2")
    assert open_dataset("identity", store(desk)).rows(1, 1)[0]["output"] == ROWS[1]["output"]

    view.locator("[data-key='f-refusals'] button").click()
    view.locator(".ink-health-example").click()
    expect(view.locator("li.on .ink-row-number")).to_have_text(str(len(ROWS)))
    expect(view.locator(".ink-kv")).to_contain_text("As an AI language model")
    expect(page.locator("#dataset-mode input:checked")).to_have_value("rows")


@pytest.mark.timeout(240)
def test_a_large_set_is_checked_by_a_job_and_dropped_rows_come_back(desk, page):
    long = [row | {"input": "x" * 400 + f" {n}"} for n in range(900) for row in ROWS]
    put(store(desk), "large", long)
    view = opened(desk, page, "large")
    near = view.locator(".ink-health-near input")
    expect(near).to_be_checked()
    near.uncheck()
    view.locator("[data-act=health_check]").click()
    expect(view.locator("[data-key='f-refusals'] b")).to_have_text("900")
    expect(view.locator(".ink-health-tools")).to_contain_text("without nearly equal rows")
    assert jobs.latest(store(desk), "dataset").spec["find_near_duplicates"] is False
    view.locator("[data-key='f-refusals'] button").click()
    view.locator("[data-act=health_mend]").click()
    expect(view.locator("[data-act=health_check]")).to_have_text("Check this dataset")
    assert open_dataset("large", store(desk)).count == len(long) - 900
    assert jobs.latest(store(desk), "repair").result["deleted"] == 900
