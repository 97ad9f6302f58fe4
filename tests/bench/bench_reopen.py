"""How soon a new browser shows the job that runs: from opening the page to the running job on its tab.

    python tests/bench/bench_reopen.py [--runs 5]

A window in its own process with a generation under way against a protocol-true server on loopback; each run is a
fresh page of a real browser (chromium). Prints one JSON line: median and worst in seconds.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import sync_playwright  # noqa: E402

from studio import jobs  # noqa: E402
from studio.generation.spec import InstructionsJob  # noqa: E402
from studio.workspace import Workspace  # noqa: E402
from tests.fake_provider import FakeProvider  # noqa: E402
from tests.journeys import hands  # noqa: E402
from tests.journeys.conftest import Window, stop_everything  # noqa: E402


def begin(window: Window, fake: FakeProvider) -> None:
    """A generation of 2,000 rows in the window's workspace."""
    os.environ["INKWELL_HOME"] = str(window.folder / "home")
    workspace = Workspace.open(window.workspace)
    with workspace.store.write() as db:
        db.execute("INSERT INTO documents (id, name, file, sha256, chars, encoding) VALUES ('d','d','d.txt','',9,'utf-8')")
        db.execute("INSERT INTO sets (id, kind, name) VALUES ('chunks-1', 'chunks', 'c')")
        for n in range(2000):
            db.execute('INSERT INTO chunks (set_id, document, ordinal, "start", "end", tokens, text) VALUES (?,?,?,?,?,?,?)',
                       ("chunks-1", "d", n, n, n + 1, 9, f"Chapter {n}: pot number {n} boils over."))
    spec = InstructionsJob(**fake.spec().model_dump() | {"chunks": "chunks-1", "questions_per_chunk": 1, "concurrency": 1, "answer_format": "json"})
    jobs.start(workspace, spec)


def measure(runs: int) -> dict[str, float]:
    """Median and worst of some fresh pages."""
    folder, told = Path(tempfile.mkdtemp(prefix="inkwell-bench-")), []
    window = Window(folder)
    with FakeProvider() as fake, sync_playwright() as playwright:
        fake.delay_s = 0.2
        try:
            begin(window, fake)
            window.open()
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
            for _ in range(runs + 1):
                page = browser.new_context().new_page()
                begun = time.monotonic()
                page.goto(window.url)
                hands.open_tab(page, "instructions")
                page.locator("#job-instructions .ink-state.running").wait_for(timeout=30000)
                told.append(time.monotonic() - begun)
                page.context.close()
            browser.close()
            return {"runs": runs, "median_s": round(statistics.median(told[1:]), 2), "worst_s": round(max(told[1:]), 2)}
        finally:
            window.close()
            stop_everything(folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    print(json.dumps(measure(parser.parse_args().runs)))
