"""The status line in a real browser: jobs on every tab, stepped through and stopped; the history;
done jobs as toasts, failures that stay until they are read.
"""

import re
import threading
import time
from contextlib import contextmanager

import filelock
import pytest
from playwright.sync_api import expect

from studio import documents, jobs
from studio.chunking.spec import ChunkJob
from studio.errors import JobError
from studio.jobs.context import Job
from studio.store import jobs as stored
from studio.store.jobs import JobRow
from studio.workspace import Workspace
from tests.journeys import hands

pytestmark = pytest.mark.browser
COVERED = """() => { const toast = document.querySelector('.ink-toast').getBoundingClientRect();
    return [...document.querySelectorAll('button')].filter(one => {
        const box = one.getBoundingClientRect();
        return box.width && box.height && box.left < toast.right && toast.left < box.right &&
            box.top < toast.bottom && toast.top < box.bottom; }).map(one => one.outerHTML); }"""


def add(workspace, kind, number, state, **more):
    """A job of the list."""
    row = JobRow(
        id=f"{kind}-{number:04}",
        kind=kind,
        state=state,
        spec={"kind": kind, "stage": "sft"},
        fingerprint=f"{kind}{number}",
        created=time.time() - 1000 + number,
        started=time.time() - 1000 + number,
        **more,
    )
    with workspace.store.write() as db:
        stored.add(db, row)
    return row.id


@contextmanager
def at_work(workspace, job_id):
    """The job's lock held, and its stop obeyed, as a worker does."""
    folder = workspace.run_folder(job_id)
    folder.mkdir(parents=True, exist_ok=True)
    over = threading.Event()

    def work():
        job = Job(id=job_id, workspace=Workspace(workspace.path), folder=folder)
        while not over.wait(0.1):
            if (folder / "stop").exists():
                jobs.records.set_state(job.workspace, job_id, "stopped", ended=time.time())
                return

    thread = threading.Thread(target=work)
    with filelock.FileLock(folder / "lock"):
        thread.start()
        try:
            yield folder
        finally:
            over.set()
            thread.join()


def test_jobs_of_all_tabs_stand_in_one_line(desk, page):
    workspace = Workspace.open(desk.workspace)
    first = add(workspace, "train", 1, "running", title="slow one")
    second = add(workspace, "dataset", 2, "running", title="newer one")
    with at_work(workspace, first), at_work(workspace, second) as folder:
        (folder / "log.txt").write_text("12:00:00 reading\n")
        job = Job(id=second, workspace=workspace, folder=folder)
        job.progress(120, 480, "rows", force=True, rate=41.0, eta_s=528.0)
        desk.enter(page)
        line = page.locator("#job-status")
        for tab in ("chat", "library", "chunking"):
            hands.open_tab(page, tab)
            expect(line).to_contain_text("newer one")
        expect(line).to_contain_text("120/480 rows · 41 rows/min · 9 min left")
        expect(line.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "25")
        line.get_by_role("button", name=re.compile("next of 2")).click()
        expect(line).to_contain_text("slow one")
        line.get_by_role("button", name=re.compile("next of 2")).click()
        expect(line).to_contain_text("newer one")
        # The log, by keys alone; closed again the focus is where it was.
        line.locator("[data-part=open]").focus()
        page.keyboard.press("Enter")
        opened = page.locator("#job-history")
        expect(opened.locator(".ink-log")).to_contain_text("12:00:00 reading")
        expect(opened.locator("tbody tr")).to_have_count(2)
        with (folder / "log.txt").open("a") as log:
            log.write("12:00:01 more\n")
        expect(opened.locator(".ink-log")).to_contain_text("12:00:01 more")
        opened.locator("tbody tr", has_text="slow one").click()
        expect(opened.locator(".ink-job-head")).to_contain_text("slow one")
        page.keyboard.press("Escape")
        expect(opened).to_be_hidden()
        expect(line.locator("[data-part=open]")).to_be_focused()
        line.get_by_role("button", name="■ Stop").click()
        expect(line).to_contain_text("slow one")  # the one that is left
        expect(line.get_by_role("button", name=re.compile("next of"))).to_have_count(0)


def test_a_failure_stays_until_it_is_read_and_is_in_the_history(desk, page):
    workspace = Workspace.open(desk.workspace)
    error = JobError("The disk is full.", "Free some space, then resume; nothing finished is lost.")
    add(workspace, "train", 1, "failed", error=error.as_record(), ended=time.time() - 60)
    desk.enter(page)
    line = page.locator("#job-status")
    expect(line.get_by_role("alert")).to_contain_text("The disk is full. Free some space")
    expect(line.locator(".ink-facts")).to_contain_text("The disk is full.")
    expect(line.get_by_role("button", name="▶ Resume")).to_be_visible()
    page.reload()
    close = line.get_by_role("button", name="Close this message")
    expect(close).to_be_visible()
    page.locator("#tabs:not([inert])").wait_for()
    close.click()
    expect(line.get_by_role("alert")).to_be_empty()
    page.reload()
    expect(line).to_contain_text("Failed")
    expect(line.get_by_role("button", name="Close this message")).to_have_count(0)
    page.locator("#tabs:not([inert])").wait_for()
    expect(hands.history(page).locator(".ink-error")).to_contain_text("The disk is full.")


def test_done_is_a_quiet_toast_and_its_result_opens_from_the_history(desk, page):
    workspace = Workspace.open(desk.workspace)
    document = documents.add_text(workspace, "book.txt", "One sentence follows another. " * 60)
    desk.enter(page)
    expect(page.locator("#job-status")).to_contain_text("No job has run")
    hands.open_tab(page, "library")
    made = jobs.start(workspace, ChunkJob(documents=[document.id], max_tokens=64, name="mine"))
    toast = page.locator(".ink-toast")
    expect(toast).to_have_text(re.compile(r"^Cut into \d+ chunks · mine$"), timeout=60_000)
    assert page.locator("#toasts").get_attribute("aria-live") == "polite"
    assert page.evaluate(COVERED) == []
    expect(toast).to_have_count(0, timeout=15_000)
    expect(page.locator("#job-status")).to_contain_text("just now")
    opened = hands.history(page)
    expect(opened).to_contain_text("took")
    opened.get_by_role("button", name="Open").click()
    expect(page.locator("#job-history")).to_be_hidden()
    expect(page.locator("#tab-chunking-button")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#chunk-shown input").first).to_have_value(re.compile("mine"))
    page.reload()
    expect(page.locator("#job-status")).to_contain_text("mine")
    hands.asks(page, 1)
    expect(toast).to_have_count(0)  # what was done before is no news
    assert jobs.get(workspace, made.id).state == "done"
