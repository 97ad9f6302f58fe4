"""How long a person waits at a set of many rows: from the key to what it changes on the page.

    python tests/bench/bench_rows.py [--rows 20000] [--runs 15]

Every row comes from a chunk of its own. Printed as JSON, in ms: median and worst of each action, as
the page sees it (Playwright, chromium).
"""

import argparse
import json
import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from studio import documents
from studio.store import chunks, rows, sets
from studio.store import jobs as job_rows
from studio.store.jobs import JobRow
from studio.store.rows import NewRow
from studio.workspace import Workspace
from tests.filling import Piece
from tests.journeys import hands
from tests.journeys.conftest import Window

JOB = "instructions-20260101-120000-abcd"
# (action, key or button, what the page shows once it is carried out: a selector, or after "=" how
# the pager's words begin)
ACTIONS = (
    ("accept", "a", "li.on .ink-dot.accepted"),
    ("reject", "r", "li.on .ink-dot.rejected"),
    ("undo", "u", "li.on .ink-dot.accepted"),
    ("undo again", "u", "li.on .ink-dot.new"),
    ("next page", "[data-act=page][aria-label='Next page']", "=41–80"),
    ("page back", "[data-act=page][aria-label='Previous page']", "=1–40"),
    ("filter", "[data-name=accepted]", "[data-name=accepted].on"),
    ("all", ".ink-chips [data-act=filter]:first-child", ".ink-chips button:first-child.on"),
)
WAIT_JS = """([shown, key]) => new Promise((done, failed) => {
  const view = document.querySelector('#instructions-view');
  const begun = performance.now();
  const there = () => shown[0] === '='
    ? view.querySelector('.ink-pager span').textContent.startsWith(shown.slice(1))
    : view.querySelector(shown);
  const look = () => {
    const passed = performance.now() - begun;
    if (there()) requestAnimationFrame(() => done(performance.now() - begun));
    else if (passed > 10000) failed(new Error(shown));
    else setTimeout(look, 2);
  };
  if (key.length > 1) view.querySelector(key).click();
  else view.querySelector('li.on button').dispatchEvent(
    new KeyboardEvent('keydown', {key, bubbles: true}));
  look();
})"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=15)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    window = Window(folder)
    fill(Workspace.open(window.workspace), options.rows)
    window.open()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="en-GB")
            print(json.dumps(measured(page, window.url, options.runs), indent=2))
            browser.close()
    finally:
        window.close()
        shutil.rmtree(folder)


def fill(workspace: Workspace, count: int) -> None:
    """One set of so many rows."""
    passage = "The ink house stood at the end of the quay, and the old man ground his ink. " * 8
    document = documents.add_text(workspace, "book.txt", passage * 4)
    with workspace.store.write() as db:
        job_rows.add(
            db,
            JobRow(id=JOB, kind="instructions", state="done", spec={}, fingerprint=JOB),
        )
        sets.add(db, "c", "chunks", "book")
        places = [Piece(n, n + 1, f"{n} {passage}") for n in range(count)]
        chunks.append(db, "c", document.id, places)
        sets.add(db, f"rows-{JOB}", "rows", "book", job=JOB, meta={"format": "sft"})
        made = [
            NewRow(
                unit=f"u{n}",
                data={"instruction": f"What stands there ({n})?", "output": passage[:300]},
                document=document.id,
                start=chunk.start,
                end=chunk.end,
                chunk=chunk.id,
            )
            for n, chunk in enumerate(chunks.of_set(db, "c"))
        ]
        rows.add(db, f"rows-{JOB}", *made)


def measured(page: Page, url: str, runs: int) -> dict[str, Any]:
    """ms of each action."""
    hands.enter(page, url)
    hands.open_tab(page, "instructions")
    hands.settled(page, "instructions")
    page.locator("#instructions-view .ink-item").first.click()
    found: dict[str, list[float]] = {name: [] for name, _, _ in ACTIONS}
    for _ in range(runs):
        for name, how, shown in ACTIONS:
            found[name].append(float(page.evaluate(WAIT_JS, [shown, how])))
    return {
        name: {"median": round(statistics.median(times)), "worst": round(max(times))}
        for name, times in found.items()
    }


if __name__ == "__main__":
    main()
