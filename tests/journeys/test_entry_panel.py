"""The entries of dataset_info.json in the window: the list with its reasons, the form with its
check, a file whose columns nobody knows, a path.
"""

import json

import pytest
from hands import done, fill, open_tab
from playwright.sync_api import expect

from studio import jobs
from studio.datasets import registry
from studio.datasets.opened import open_dataset
from studio.workspace import Workspace
from tests.waiting import until

pytestmark = pytest.mark.browser
ROWS = [{"Frage": f"Wer ist Nummer {n}?", "Antwort": f"Der {n}. Fährmann."} for n in range(5)]


@pytest.fixture
def workspace(desk):
    """The window's workspace with a good entry, one on a hub and one that nobody can read."""
    made = Workspace.open(desk.workspace)
    (made.data / "good.json").write_text(json.dumps(ROWS), encoding="utf-8")
    info = {
        "remote": {"hf_hub_url": "o/remote", "later_key": 1},
        "odd": {"file_name": "good.json", "formatting": "vicuna"},
        "good": {
            "file_name": "good.json",
            "columns": {"prompt": "Frage", "response": "Antwort"},
            "later_key": [1],
        },
    }
    (made.data / "dataset_info.json").write_text(json.dumps(info), encoding="utf-8")
    return made


def panel(page):
    page.locator("#dataset-mode input[value=entry]").check(force=True)
    return page.locator("#dataset-entries")


def test_entries_are_listed_changed_with_a_check_and_saved(desk, page, workspace):
    desk.enter(page)
    open_tab(page, "dataset")
    made = panel(page)
    expect(page.locator("#dataset-view")).to_be_hidden()
    expect(made.locator("li[data-key=odd]")).to_contain_text("unknown formatting 'vicuna'")
    expect(made.locator("li[data-key=remote]")).to_contain_text("Hugging Face · o/remote")
    made.locator("li[data-key=good] .ink-item").click()
    expect(made.locator("[role=status]")).to_have_text("All of the first 5 rows can be used.")
    expect(made.locator(".ink-bubble.assistant").first).to_contain_text("Der 0. Fährmann.")
    made.locator("select[data-field=response]").select_option("Frage")
    expect(made.locator(".ink-bubble.assistant").first).to_contain_text("Wer ist Nummer 0?")
    made.locator("select[data-field=prompt]").select_option("")
    expect(made.locator("[role=status]")).to_have_text("5 of the first 5 rows cannot be used.")
    made.locator("[data-part=back]").click()
    expect(made.locator("select[data-field=prompt]")).to_have_value("Frage")
    made.locator("select[data-field=query]").select_option("Antwort")
    made.locator("input[data-field=num_samples]").fill("3")
    made.locator("[data-part=save]").click()
    expect(page.locator(".tabitem:visible .ink-notice.good")).to_contain_text("good is written")
    entry = registry.read_info(workspace)["good"]
    assert entry["columns"] == {"prompt": "Frage", "query": "Antwort", "response": "Antwort"}
    assert (entry["num_samples"], entry["later_key"]) == (3, [1])
    assert registry.read_info(workspace)["remote"]["later_key"] == 1


def test_a_broken_entry_is_mended_in_its_form(desk, page, workspace):
    desk.enter(page)
    open_tab(page, "dataset")
    made = panel(page)
    made.locator("li[data-key=odd] .ink-item").click()
    expect(made.locator(".ink-error").first).to_contain_text("unknown formatting")
    expect(made.locator("select[data-field=prompt]")).to_have_value("Frage")
    made.locator("[data-part=save]").click()
    expect(made.locator("li[data-key=odd] .ink-dot.accepted")).to_be_visible()
    assert open_dataset("odd", workspace).count == 5


def test_a_download_is_a_job_and_its_failure_is_told(desk, page, workspace):
    desk.enter(page)
    open_tab(page, "dataset")
    panel(page).locator("li[data-key=remote] [data-part=download]").click()
    until(lambda: [job.state for job in jobs.recent(workspace)] == ["failed"])
    expect(page.locator("#job-status")).to_contain_text("o/remote could not be fetched")
    assert registry.read_info(workspace)["remote"] == {"hf_hub_url": "o/remote", "later_key": 1}


def test_a_file_of_unknown_columns_is_asked_about(desk, page, tmp_path, workspace):
    (tmp_path / "quiz.csv").write_text(
        "Frage,Antwort\n" + "".join(f"{r['Frage']},{r['Antwort']}\n" for r in ROWS),
        encoding="utf-8",
    )
    desk.enter(page)
    open_tab(page, "dataset")
    page.locator("#dataset-upload input[type=file]").first.set_input_files(tmp_path / "quiz.csv")
    made = page.locator("#dataset-entries")
    expect(made.locator("h3")).to_have_text("quiz.csv")
    expect(made.locator(".ink-bubble.assistant").first).to_contain_text("Der 0. Fährmann.")
    assert "quiz" not in registry.read_info(workspace)
    made.locator("select[data-field=prompt]").select_option("Antwort")
    made.locator("select[data-field=response]").select_option("Frage")
    expect(made.locator(".ink-bubble.assistant").first).to_contain_text("Wer ist Nummer 0?")
    made.locator("[data-part=take]").click()
    done(page, "register")
    expect(page.locator("#dataset-view .ink-kv").first).to_contain_text("Wer ist Nummer 0?")
    assert registry.read_info(workspace)["quiz"]["columns"] == {
        "prompt": "Antwort",
        "response": "Frage",
    }


def test_a_path_outside_is_imported(desk, page, tmp_path, workspace):
    folder = tmp_path / "outside"
    folder.mkdir()
    for n in (1, 2):
        row = {"instruction": f"q{n}", "output": f"a{n}"}
        (folder / f"{n}.jsonl").write_text(json.dumps(row) + "\n")
    desk.enter(page)
    open_tab(page, "dataset")
    page.locator("#dataset-bring-fold button").first.click()
    fill(page, "register-file", str(folder / "gone.json"))
    page.locator("#dataset-bring").click()
    expect(page.locator(".tabitem:visible .ink-notice")).to_contain_text("There is no file")
    fill(page, "register-file", str(folder))
    page.locator("#dataset-bring").click()
    done(page, "register")
    expect(page.locator("#dataset-view .ink-items li")).to_have_count(2)
    assert [row["output"] for row in open_dataset("outside", workspace).rows()] == ["a1", "a2"]
