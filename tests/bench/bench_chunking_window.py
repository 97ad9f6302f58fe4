"""A 2 MB novel in the window: from the press to the first borders, and how soon a border set by
hand answers.

    python tests/bench/bench_chunking_window.py [--book FILE] [--language zh]

Prints one JSON line: seconds to the first borders and to done, milliseconds of 20 edits (median and
worst), in a real browser (chromium) against a window in its own process.
"""

import argparse
import json
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.journeys import hands
from tests.journeys.conftest import Window, stop_everything

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT.parent / "shared" / "data" / "novels" / "journey_to_the_west.txt"
EDITS = 20
DRAWN = """place => new Promise(done => {
  const host = document.querySelector('#chunk-view .host'), begun = performance.now();
  const drawn = () => done(performance.now() - begun);
  const seen = new MutationObserver(() => { seen.disconnect(); requestAnimationFrame(drawn); });
  seen.observe(host, {childList: true, subtree: true});
  host.querySelectorAll('button.ink-cut')[place].click();
})"""


def measure(book: Path, language: str) -> dict[str, object]:
    """One run in a fresh workspace."""
    folder = Path(tempfile.mkdtemp(prefix="inkwell-bench-"))
    window = Window(folder)
    try:
        window.open()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_context(
                viewport={"width": 1280, "height": 800},
                locale="zh-CN" if language == "zh" else "en-GB",
            ).new_page()
            hands.enter(page, window.url)
            page.locator("#chunk-upload input[type=file]").set_input_files(book)
            page.locator("#chunk-documents", has_text=book.name).wait_for(timeout=30000)
            page.wait_for_timeout(1500)
            begun = time.monotonic()
            page.locator("#chunk-start").click()
            page.locator("#chunk-view .ink-cut").first.wait_for(timeout=60000)
            first = time.monotonic() - begun
            hands.done(page, "chunk")
            done = time.monotonic() - begun
            page.locator("#chunk-view button.ink-cut").first.wait_for(timeout=10000)
            page.wait_for_timeout(1500)
            edits = [page.evaluate(DRAWN, n % 7 + 1) for n in range(EDITS)]
            browser.close()
        return {
            "book": book.name,
            "bytes": book.stat().st_size,
            "language": language,
            "first_borders_s": round(first, 2),
            "done_s": round(done, 2),
            "edit_ms_median": round(statistics.median(edits)),
            "edit_ms_worst": round(max(edits)),
        }
    finally:
        window.close()
        stop_everything(folder)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--book", type=Path, default=BOOK)
    parser.add_argument("--language", choices=["en", "zh"], default="en")
    options = parser.parse_args()
    print(json.dumps(measure(options.book, options.language), ensure_ascii=False))
