"""What was made is found again: the Library in the browser, over a workspace of many things."""

import re
import zipfile

import pytest
from playwright.sync_api import expect

from studio import documents, inventory, presets, secrets
from studio.chunking import ChunkSpec
from studio.dialogue import Character
from studio.inventory import Ref, casts, chats
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
    return shelf_of(page, desk, place)


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


MANY = used_workspace.Sizes(
    documents=10, chunk_sets=40, chunks=2, line_sets=4, lines=3, row_sets=45, rows=2, datasets=12,
    runs=45, points=3, steps=3,
)  # fmt: skip


def shelf_of(page, desk, place):
    """The Library of a workspace."""
    hands.enter(page, desk.url)
    hands.change_to(page, place.name)
    page.keyboard.press("Control+k")
    expect(page.locator(".ink-search")).to_be_focused()
    return page.locator("#library-list")


def test_the_run_whose_held_out_loss_was_best_in_three_clicks(desk, page):
    place = used_workspace.build(Workspace.open(desk.workspace).path, MANY)
    every = inventory.things(place)
    assert len(every) >= 200
    best = min((t for t in every if t.kind == "run"), key=lambda t: t.facts["eval_loss"])
    shelf = shelf_of(page, desk, place)
    shelf.locator("[data-name=run]").click()
    shelf.locator("[data-name='sort eval_loss']").click()
    shelf.locator("tbody tr").first.click()
    expect(shelf.locator(".ink-library-name")).to_contain_text(best.name)
    expect(shelf.locator(".ink-library-facts")).to_contain_text(f"{best.facts['eval_loss']:.3f}")


def furnish(place):
    """Two of each kind that a used workspace has not got by itself."""
    for n in (1, 2):
        casts.keep(place, f"people {n}", [Character(name="Emma"), Character(name=f"Tom {n}")])
        said = [{"role": "user", "content": f"Talk {n}"}, {"role": "assistant", "content": "Yes."}]
        chats.keep(place, "", {"base": said}, model="starter", adapter="")
        secrets.save_key(f"https://api{n}.example", "sk-abcdefghijklmnop")
        presets.save("chunking", f"mine {n}", ChunkSpec(max_tokens=90 + n), place)
        book = inventory.things(place)[-1]
        documents.add_text(place, f"clean {n}.txt", f"One {n}. Two.", parent=book.ref.id)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_one_of_each_kind_is_found_compared_renamed_and_deleted(shelf, page, place):
    furnish(place)
    page.reload()
    page.locator("#tabs:not([inert])").wait_for()
    page.keyboard.press("Control+k")
    for kind in inventory.KINDS:
        shelf.locator(f"[data-name={kind}]").click()
        rows = shelf.locator("tbody tr")
        rows.nth(0).click()
        rows.nth(1).click(modifiers=["Control"])
        expect(shelf.locator(".ink-library-open")).to_contain_text("2 chosen")
        shelf.locator("[data-act=compare]").click()
        expect(shelf.locator(".ink-library-compared tbody tr").first).to_be_visible()
        shelf.get_by_role("button", name="Close").click()
        shelf.locator("[data-part=none]").click()
        rows.nth(0).click()
        shelf.get_by_role("button", name="Rename").click()
        page.keyboard.type(f"my own {kind}")
        page.keyboard.press("Enter")
        expect(shelf.locator(".ink-library-name")).to_contain_text(f"my own {kind}")
        shelf.locator(".ink-search").fill(f"my own {kind}")
        shelf.locator("tbody tr", has_text=f"my own {kind}").first.click()
        shelf.locator("[data-act=plan]").click()
        shelf.get_by_role("alertdialog").locator("[data-act=delete]").click()
        expect(page.locator(".view-notice", has_text="is deleted").first).to_be_visible()
        expect(shelf.locator("tbody tr", has_text=f"my own {kind}")).to_have_count(0)
        shelf.locator(".ink-search").fill("")
        shelf.locator("[data-name=all]").click()
    assert not [
        t.name for t in inventory.things(place) if t.name.startswith("my own") and t.kind != "run"
    ]


def test_several_are_chosen_by_keys_and_go_with_one_summary(shelf, page, place):
    runs = [t for t in inventory.things(place) if t.kind == "run"]
    shelf.locator("[data-name=run]").click()
    shelf.locator(".ink-search").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    expect(shelf.locator("tr[aria-selected=true]")).to_have_count(3)
    page.keyboard.press("Delete")
    plan = shelf.get_by_role("alertdialog")
    expect(plan).to_contain_text("6 will be deleted")  # each run takes its adapter
    expect(plan).to_contain_text("freed")
    plan.locator("[data-act=delete]").focus()
    page.keyboard.press("Enter")
    expect(shelf.locator("tbody tr")).to_have_count(len(runs) - 3)
    assert len([t for t in inventory.things(place) if t.kind == "run"]) == len(runs) - 3


def test_a_thing_is_exported_in_the_forms_of_its_tab(shelf, page, place):
    shelf.locator("[data-name=dataset]").click()
    shelf.locator("tbody tr").first.click()
    shelf.get_by_label("Export as").select_option("sharegpt jsonl")
    shelf.locator("[data-act=export]").click()
    with page.expect_download() as download:
        page.locator("#library-download").click()
    with zipfile.ZipFile(download.value.path()) as made:
        assert "dataset_info.json" in made.namelist()


@pytest.mark.timeout(240)
def test_a_workspace_goes_to_another_machine_by_its_zip(shelf, page, place, window, tmp_path):
    page.locator("#library-pack").click()
    shelf.locator("[data-part=fetch]").click()
    with page.expect_download() as download:
        page.locator("#library-download").click()
    download.value.save_as(tmp_path / "book.zip")
    window.open()  # another home
    there = page.context.new_page()
    hands.enter(there, window.url)
    hands.open_tab(there, "library")
    bad = tmp_path / "bad.zip"
    bad.write_text("no zip")
    for file, told in ((bad, "is no packed workspace"), (tmp_path / "book.zip", "")):
        with there.expect_file_chooser() as chooser:
            there.locator("#library-unpack").click()
        chooser.value.set_files(file)
        if told:
            expect(there.locator("#job-status")).to_contain_text(told)
    there.locator("[data-part=enter]").click()
    there.locator("#tabs:not([inert])").wait_for()
    expect(there.locator("#workspace input")).to_have_value(place.name)
    there.keyboard.press("Control+k")
    run = next(t for t in inventory.things(place) if t.kind == "run")
    there.keyboard.type(f"{run.name} training run")
    there.locator("#library-list tbody tr").first.click()
    there.locator("#library-list [data-act=show]").click()
    hands.settled(there, "training")
    expect(there.locator("#train-curve")).to_contain_text(run.name)
