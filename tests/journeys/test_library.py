"""What was made is found again: the Library in the browser, over a workspace of many things."""

import re

import pytest
from playwright.sync_api import expect

from studio import inventory
from studio.inventory import Ref
from studio.workspace import Workspace
from tests.bench import used_workspace
from tests.journeys import hands

pytestmark = pytest.mark.browser
SIZES = used_workspace.Sizes(
    documents=4, chunk_sets=4, chunks=20, line_sets=2, lines=20, row_sets=6, rows=8, datasets=3,
    runs=5, points=5, steps=5,
)  # fmt: skip


@pytest.fixture
def place(desk):
    """The workspace of the test's own, as after months."""
    return used_workspace.build(Workspace.open(desk.workspace).path, SIZES)


@pytest.fixture
def shelf(page, desk, place):
    """The Library, opened by key from the first tab."""
    hands.enter(page, desk.url)
    hands.change_to(page, place.name)
    page.keyboard.press("Control+k")
    expect(page.locator(".ink-search")).to_be_focused()
    return page.locator("#library-list")


def row(shelf, name, kind):
    """The line of a thing."""
    return shelf.locator("tbody tr", has_text=name).filter(has_text=kind).first


def test_find_rename_note_and_compare_a_run(shelf, page, place):
    run, other = [t for t in inventory.things(place) if t.kind == "run"][:2]
    page.keyboard.type(f"{run.name} training run")
    expect(shelf.locator("tbody tr")).to_have_count(1)
    shelf.locator("tbody tr").click()
    shelf.get_by_label("Compare with…").select_option(label_of(shelf, other.name))
    expect(shelf.locator(".ink-library-facts")).to_contain_text(other.name)
    shelf.get_by_role("button", name="Close").click()
    shelf.get_by_role("button", name="Rename").click()
    page.keyboard.type("emma, best of three")
    page.keyboard.press("Enter")
    expect(shelf.locator(".ink-library-name")).to_contain_text("emma, best of three")
    shelf.get_by_label("Note", exact=True).fill("rate 2e-4 was right")
    page.keyboard.press("Tab")
    shelf.locator("[data-act=star]").click()
    expect(shelf.locator("[data-act=star]")).to_contain_text("Starred")
    found = inventory.find(place, run.ref)
    assert (found.name, found.note, found.starred) == (
        "emma, best of three", "rate 2e-4 was right", True,
    )  # fmt: skip
    adapter = inventory.find(place, Ref("adapter", run.ref.id))
    assert adapter.name == "emma, best of three"


def label_of(shelf, name):
    """What the list of things to compare with calls one."""
    options = shelf.get_by_label("Compare with…").locator("option").all_inner_texts()
    return next(text for text in options if text.startswith(name))


def test_a_document_is_deleted_with_what_holds_its_text(shelf, page, place):
    book = next(t for t in inventory.things(place) if t.kind == "document" and t.used_in)
    shelf.locator(".ink-search").fill(book.name)
    row(shelf, book.name, "Document").click()
    shelf.locator("[data-act=plan]").click()
    plan = shelf.get_by_role("alertdialog")
    expect(plan).to_contain_text("Chunks")
    plan.locator("[data-act=cancel]").click()
    expect(plan).to_have_count(0)
    assert inventory.find(place, book.ref)
    shelf.locator("[data-act=plan]").click()
    shelf.get_by_role("alertdialog").locator("[data-act=delete]").click()
    expect(page.locator("#tab-library, [id='tab-library']").first).to_contain_text("is deleted")
    refs = {t.ref for t in inventory.things(place)}
    assert book.ref not in refs and not refs & set(book.used_in)


@pytest.mark.parametrize(
    ("kind", "tab", "shown"),
    [
        ("chunks", "chunking", "#chunk-shown"),
        ("instructions", "instructions", "#instructions-shown"),
    ],
)
def test_an_older_set_opens_in_its_tab(shelf, page, place, kind, tab, shown):
    oldest = [t for t in inventory.things(place) if t.kind == kind][-1]
    shelf.locator(f"[data-name={kind}]").click()
    row(shelf, oldest.name, "").click()
    shelf.locator("[data-act=show]").click()
    hands.settled(page, tab)
    expect(page.locator(f"{shown} input")).to_have_value(
        re.compile(rf"^{re.escape(oldest.name)}\b")
    )


def test_what_is_archived_stands_apart_and_a_reload_keeps_it(shelf, page, place):
    preset = next(t for t in inventory.things(place) if t.kind == "dataset")
    shelf.locator(".ink-search").fill(preset.name)
    row(shelf, preset.name, "Dataset").click()
    shelf.locator("[data-act=archive]").click()
    expect(shelf.locator("[data-name=archived]")).to_be_visible()
    line = shelf.locator(f"tr[data-key='{preset.ref}']")
    expect(line).to_have_count(0)
    page.reload()
    page.locator("#tabs:not([inert])").wait_for()
    page.keyboard.press("Control+k")
    shelf.locator("[data-name=archived]").click()
    expect(line).to_have_count(1)
    assert inventory.find(place, preset.ref).archived
