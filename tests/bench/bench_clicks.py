"""How soon a press is answered: every primary button and every way on to the next tab, in a used
workspace.

    python tests/bench/bench_clicks.py [--runs 5]

Of each the medians in ms from the press: until the page first shows that it was pressed, until it
shows something else than before, and until the answer is there or a job shows its progress. Wall
time: it means something on an idle machine.
"""

import argparse
import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.bench import used_workspace
from tests.journeys import hands
from tests.journeys.conftest import Window, stop_everything

SIGN_MS, DONE_MS = 200, 1000
SIZES = used_workspace.Sizes(documents=6, chunk_sets=4, line_sets=2, row_sets=6, runs=6)
BUTTONS = ".tabitem:visible button.primary:visible, .tabitem:visible button[id$=-onward]:visible"
INNER = ".tabitem:visible .left .inner-tabs > .tab-wrapper button[role=tab]:visible"
WATCH = r"""id => { const button = document.getElementById(id);
    const seen = window.seen = {};
    const ago = () => performance.now() - seen.pressed;
    const asks = /\/(?:run\/predict|queue\/(?:join|data))/;
    const works = () => document.querySelector(
        '#job-status [data-state=running], #job-status [data-state=queued]');
    const press = event => { if (!button.contains(event.target)) return;
        seen.pressed = performance.now(); removeEventListener('click', press, true); };
    addEventListener('click', press, true);
    const changes = new MutationObserver(list => { if (seen.pressed === undefined) return;
        seen.sign ??= ago();
        if (list.some(one => !button.contains(one.target) && !one.target.closest?.('#memory')))
            seen.shown ??= ago();
        if (works()) seen.done ??= ago(); });
    changes.observe(document.body, {subtree: true, childList: true, characterData: true,
        attributes: true});
    new PerformanceObserver(list => { for (const one of list.getEntries())
        if (asks.test(one.name) && one.startTime >= seen.pressed)
            seen.done ??= one.responseEnd - seen.pressed; }).observe({type: 'resource'}); }"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5, help="presses of each button")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="inkwell-clicks-"))
    used_workspace.build(folder / "book", SIZES)
    window = Window(folder)
    try:
        window.open()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="en-GB")
            hands.enter(page, window.url)
            tell(
                {
                    name: pressed(page, name, *place, options.runs)
                    for name, place in found(page).items()
                }
            )
            browser.close()
    finally:
        window.close()
        stop_everything(folder)
        shutil.rmtree(folder, ignore_errors=True)


def found(page: Page) -> dict[str, tuple[str, int]]:
    """The id of each button → its tab, and which of the inner tabs on the left it stands in."""
    buttons: dict[str, tuple[str, int]] = {}
    for tab in hands.TABS:
        hands.open_tab(page, tab)
        hands.settled(page, tab)
        for number in range(max(1, page.locator(INNER).count())):
            _turn(page, number)
            for name in page.locator(BUTTONS).evaluate_all("all => all.map(one => one.id)"):
                buttons.setdefault(name, (tab, number))
    return {name: place for name, place in buttons.items() if name}


def _turn(page: Page, number: int) -> None:
    """Open one of the inner tabs of the form, where it has any."""
    inner = page.locator(INNER)
    if inner.count():
        inner.nth(number).click()
        page.wait_for_function("() => ink.pulse.settled()")


def pressed(page: Page, name: str, tab: str, number: int, runs: int) -> list[dict[str, float]]:
    """What was measured of each press of one button."""
    measured = []
    for _ in range(runs):
        hands.open_tab(page, tab)
        hands.settled(page, tab)
        _turn(page, number)
        page.wait_for_function(
            "() => !document.querySelector('#job-status :is([data-state=running], "
            "[data-state=queued])')",
            timeout=120_000,
        )
        page.locator(f"#{name}").wait_for(timeout=30_000)
        page.evaluate(WATCH, name)
        page.locator(f"#{name}").click()
        page.wait_for_function("() => window.seen.shown && window.seen.done", timeout=30_000)
        measured.append(page.evaluate("window.seen"))
        page.wait_for_function("() => ink.pulse.settled()")
    return measured


def tell(measured: dict[str, list[dict[str, Any]]]) -> None:
    """A line for each button, then the worst of all."""
    print(f"{'button':<28}{'sign ms':>10}{'change ms':>12}{'done ms':>10}")
    medians = {
        name: [statistics.median(one[what] for one in runs) for what in ("sign", "shown", "done")]
        for name, runs in measured.items()
    }
    for name, (sign, shown, done) in medians.items():
        late = "   late" if sign > SIGN_MS or done > DONE_MS else ""
        print(f"{name:<28}{sign:>10.0f}{shown:>12.0f}{done:>10.0f}{late}")
    rows = [
        (what, [times[place] for times in medians.values()])
        for place, what in enumerate(("sign", "change", "done"))
    ]
    for what, times in rows:
        print(f"{what}: median {statistics.median(times):.0f} ms, worst {max(times):.0f} ms")


if __name__ == "__main__":
    main()
