"""A dataset divided, mixed and given identity rows in the window, and what a training is then
measured on.
"""

import json

import pytest
from hands import choose, done, fill, history, open_tab
from playwright.sync_api import expect

from studio import datasets
from studio.datasets import registry
from studio.workspace import Workspace

pytestmark = pytest.mark.browser


def test_a_set_is_divided_and_its_part_is_what_a_training_is_measured_on(desk, page):
    workspace = Workspace.open(desk.workspace)
    rows = [{"instruction": f"Question {n} {n * n}?", "output": f"Of {n}."} for n in range(40)]
    datasets.register_file(workspace, "law.json", json.dumps(rows).encode(), "law")
    desk.enter(page)
    open_tab(page, "dataset")
    split, mix, identity = (
        page.locator(f"#dataset-fold-{name}") for name in ("split", "mix", "identity")
    )
    expect(split).to_be_visible()
    expect(mix).to_be_hidden()
    choose(page, "dataset-op", "Mix sources")
    expect(page.locator("#dataset-interleave_probs textarea")).to_have_value("law: 1")
    choose(page, "dataset-op", "Make identity rows")
    expect(mix).to_be_hidden()
    expect(identity).to_be_visible()
    choose(page, "dataset-op", "Check only")
    expect(split).to_be_hidden()
    choose(page, "dataset-op", "Split a dataset")
    expect(page.locator("#dataset-test_size input")).to_be_visible()
    for name, value in (("name", "parts"), ("val_size", "0.2"), ("test_size", "5")):
        fill(page, f"dataset-{name}", value)
    page.locator("#dataset-start").click()
    done(page, "dataset")
    notes = history(page)
    expect(notes).to_contain_text("parts: 27 rows to train on.")
    expect(notes).to_contain_text("parts-test: 5 rows for the test.")
    page.keyboard.press("Escape")
    assert registry.names(workspace) == ["law", "parts", "parts-heldout", "parts-test"]
    page.locator("#dataset-onward").click()
    told = page.locator(".tabitem:visible .ink-notice")
    expect(told).to_contain_text("Measured on parts-heldout")
    chosen = page.locator("#train-dataset .token", has_text="parts")
    chosen.locator(".token-remove").click()
    expect(told).to_contain_text("Held-out dataset cleared")
    choose(page, "train-dataset", "parts")
    expect(told).to_contain_text("its rows were held out of parts.")
