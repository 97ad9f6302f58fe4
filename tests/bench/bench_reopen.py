"""How soon a new browser shows the job that runs: from opening the page to the running job on its
tab.

    python tests/bench/bench_reopen.py [--runs 5]

A window in its own process with a generation under way against a protocol-true server on loopback;
each run is a fresh page of a real browser (chromium). Prints one JSON line: median and worst in
seconds.
"""

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.fake_provider import FakeProvider
from tests.journeys import hands
from tests.journeys.conftest import Window, begin_generation, stop_everything

ROOT = Path(__file__).resolve().parents[2]


def measure(runs: int) -> dict[str, float]:
    """Median and worst of some fresh pages."""
    folder, told = Path(tempfile.mkdtemp(prefix="inkwell-bench-")), []
    window = Window(folder)
    with FakeProvider() as fake, sync_playwright() as playwright:
        fake.delay_s = 0.2
        try:
            os.environ["INKWELL_HOME"] = str(folder / "home")
            begin_generation(window, fake, 2000)
            window.open()
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            for _ in range(runs + 1):
                page = browser.new_context().new_page()
                begun = time.monotonic()
                page.goto(window.url)
                hands.open_tab(page, "instructions")
                hands.job(page, "instructions", "running").wait_for(timeout=30000)
                told.append(time.monotonic() - begun)
                page.context.close()
            browser.close()
            return {
                "runs": runs,
                "median_s": round(statistics.median(told[1:]), 2),
                "worst_s": round(max(told[1:]), 2),
            }
        finally:
            window.close()
            stop_everything(folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    print(json.dumps(measure(parser.parse_args().runs)))
