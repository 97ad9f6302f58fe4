"""What a window at rest costs: CPU of its process and of the browser, bytes a second, and memory as
it is used.

    python tests/bench/bench_idle.py                 each tab of a used workspace, nothing running
    python tests/bench/bench_idle.py --training      the same while a run logs two steps a
                                                     second (--logged 20000 before)
    python tests/bench/bench_idle.py --growth        resident memory over 500 ticks, 100 tab
                                                     changes and 50 reloads

CPU seconds mean something on a busy machine, wall times do not; each figure is a line for the
README.
"""

import argparse
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import filelock
import psutil
from playwright.sync_api import Page, sync_playwright

from studio.jobs.context import Job
from studio.store import dumps, jobs
from studio.store.jobs import JobRow
from studio.training.metrics import Metrics
from studio.workspace import Workspace
from tests.bench import used_workspace
from tests.journeys import hands
from tests.journeys.conftest import Window, stop_everything

STEPS_A_SECOND = 2
WATCH_LONG_TASKS = (
    "() => { window.long = 0; new PerformanceObserver(l => l.getEntries().forEach(e => { "
    "window.long += e.duration; })).observe({type: 'longtask'}); }"
)
# What the window asks by itself, so that hundreds of ticks take a minute and not ten.
ASK_NOW = (
    "() => (window.ink && ink.pulse) ? ink.pulse.ask() : new Promise(done => setTimeout(done, "
    "1000))"
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=30, help="how long each tab is watched")
    parser.add_argument("--tabs", nargs="*", default=list(hands.TABS))
    parser.add_argument("--training", action="store_true")
    parser.add_argument(
        "--logged", type=int, default=200, help="steps that the run has logged before"
    )
    parser.add_argument("--growth", action="store_true")
    parser.add_argument(
        "--rounds", type=int, default=2, help="how often the whole of --growth is done"
    )
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="inkwell-idle-"))
    workspace = used_workspace.build(folder / "book", used_workspace.Sizes(steps=options.logged))
    window = Window(folder)
    try:
        window.open()
        with _page() as (page, chromium):
            hands.enter(page, window.url)
            if options.growth:
                growth(window, page, options.rounds)
            elif options.training:
                with training(workspace, options.logged):
                    watch(window, page, chromium, options)
            else:
                watch(window, page, chromium, options)
    finally:
        window.close()
        stop_everything(folder)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _page() -> Iterator[tuple[Page, psutil.Process]]:
    with sync_playwright() as playwright:
        before = set(psutil.Process().children(recursive=True))
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--no-first-run"],
        )
        started = [
            p
            for p in psutil.Process().children(recursive=True)
            if p not in before and "chromium" in p.name()
        ]
        page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="en-GB")
        yield page, min(started, key=lambda p: p.create_time())
        browser.close()


def watch(
    window: Window, page: Page, chromium: psutil.Process, options: argparse.Namespace
) -> None:
    """One line a tab."""
    server = psutil.Process(window.process.pid)
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")
    devtools.send("Network.enable")
    traffic = {"bytes": 0, "requests": 0}
    devtools.on(
        "Network.loadingFinished",
        lambda event: traffic.update(
            bytes=traffic["bytes"] + event["encodedDataLength"], requests=traffic["requests"] + 1
        ),
    )
    page.evaluate(WATCH_LONG_TASKS)
    print(
        f"{'tab':<14}{'window ms/s':>12}{'page % core':>12}{'browser %':>11}{'long ms/s':>10}"
        f"{'bytes/s':>10}{'asks/s':>8}   of the page: script, layout, style ms/s"
    )
    for tab in options.tabs:
        hands.open_tab(page, tab)
        page.wait_for_timeout(16_000)  # what the click itself brings is over
        before, counters, long_before = (
            _cpu(server, chromium),
            _counters(devtools),
            page.evaluate("window.long"),
        )
        traffic.update(bytes=0, requests=0)
        began = time.monotonic()
        while time.monotonic() - began < options.seconds:
            page.wait_for_timeout(1000)
        span = time.monotonic() - began
        sent = dict(traffic)
        after, now = _cpu(server, chromium), _counters(devtools)
        spent = [(b - a) / span * 1000 for a, b in zip(before, after, strict=True)]
        inner = [
            1000 * (now[k] - counters[k]) / span
            for k in ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration")
        ]
        long = (page.evaluate("window.long") - long_before) / span
        print(
            (
                f"{tab:<14}{spent[0]:>12.1f}{spent[1] / 10:>12.1f}{spent[2] / 10:>11.1f}"
                f"{long:>10.1f}{sent['bytes'] / span:>10.0f}{sent['requests'] / span:>8.2f}   "
            )
            + ", ".join(f"{n:.1f}" for n in inner),
            flush=True,
        )


def _cpu(server: psutil.Process, chromium: psutil.Process) -> tuple[float, float, float]:
    """CPU seconds so far: of the window, of the busiest renderer, of the whole browser."""
    used = {
        p.pid: sum(p.cpu_times()[:2])
        for p in [chromium, *chromium.children(recursive=True)]
        if p.is_running()
    }
    pages = [
        used[p.pid]
        for p in chromium.children(recursive=True)
        if p.pid in used and "--type=renderer" in " ".join(p.cmdline())
    ]
    return sum(server.cpu_times()[:2]), max(pages, default=0.0), sum(used.values())


def _counters(devtools: Any) -> dict[str, float]:
    return {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}


@contextmanager
def training(workspace: Workspace, logged: int) -> Iterator[None]:
    """A run that logs two steps a second, as its worker would write it."""
    run_id, total = "train-running", logged + 100_000
    folder = workspace.run_folder(run_id)
    folder.mkdir(parents=True)
    metrics = Metrics(folder)
    metrics.path.write_text(
        "".join(dumps(used_workspace.metrics(step, total)) + "\n" for step in range(1, logged + 1))
    )
    with workspace.store.write() as db:
        jobs.add(
            db,
            JobRow(
                id=run_id,
                kind="train",
                state="running",
                spec={"kind": "train", "stage": "sft"},
                fingerprint=run_id,
                title="live",
                started=time.time(),
            ),
        )
    job, over = (
        Job(id=run_id, workspace=Workspace(workspace.path), folder=folder),
        threading.Event(),
    )

    def work() -> None:
        step = logged
        while not over.wait(1 / STEPS_A_SECOND):
            step += 1
            metrics.add(used_workspace.metrics(step, total))
            job.progress(step, total, "steps", force=True, loss=1.5)
            with (folder / "log.txt").open("a") as log:
                log.write(f"12:00:00 step {step} of {total}\n")

    worker = threading.Thread(target=work)
    with filelock.FileLock(folder / "lock"):
        worker.start()
        try:
            yield
        finally:
            over.set()
            worker.join()


def growth(window: Window, page: Page, rounds: int) -> None:
    """Resident memory of the window's process along a long use, told as it goes."""
    server = psutil.Process(window.process.pid)

    def tell(what: str) -> None:
        print(
            (
                f"{what:<34}{server.memory_info().rss / 2**20:>8.0f} MB "
                f"resident{len(server.threads()):>5} threads"
            ),
            flush=True,
        )

    def several(what: str, times: int, step: Callable[[int], Any], every: int) -> None:
        for n in range(times):
            step(n)
            if (n + 1) % every == 0:
                tell(f"{n + 1} {what}")

    tell("opened")
    for part in range(rounds):  # twice: what is filled once is no growth
        name = ("", " again")[part]
        several("ticks" + name, 500, lambda n: page.evaluate(ASK_NOW), 100)
        several(
            "tab changes" + name,
            100,
            lambda n: (
                hands.open_tab(page, hands.TABS[n % len(hands.TABS)]),
                page.wait_for_timeout(400),
            ),
            50,
        )
        several("reloads" + name, 50, lambda n: hands.enter(page, window.url), 25)
    tell(f"in all (peak {window.peak_mb():.0f} MB)")


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    main()
