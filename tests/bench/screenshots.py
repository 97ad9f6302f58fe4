"""Seven pictures of each tab of a used workspace, and sheets of them all to look at.

    python tests/bench/screenshots.py DIR [--tabs chunking library]

At 1280×800 in both languages and both schemes, at 1920×1080 (English light, Chinese dark) and at
900 pixels (English light). The workspace is `prepared_workspace`'s, made in a folder of its own;
the window runs in its own process. DIR gets `<tab>-<width>-<language>-<scheme>.png`, and
`sheet-<tab>.png` with all seven.
"""

import argparse
import os
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, sync_playwright

from tests.bench import prepared_workspace
from tests.journeys import hands
from tests.journeys.conftest import Window, stop_everything

ACROSS, GAP, WIDTH = 3, 12, 640  # of a sheet: pictures a line, pixels between and of each


class Look(NamedTuple):
    """One way to look at the window."""

    width: int
    height: int
    language: str
    scheme: str

    @property
    def name(self) -> str:
        """As the files are called."""
        return f"{self.width}-{self.language}-{self.scheme}"


LOOKS = (
    Look(1280, 800, "en", "light"),
    Look(1280, 800, "en", "dark"),
    Look(1280, 800, "zh", "light"),
    Look(1280, 800, "zh", "dark"),
    Look(1920, 1080, "en", "light"),
    Look(1920, 1080, "zh", "dark"),
    Look(900, 1000, "en", "light"),
)


def take(target: Path, tabs: list[str]) -> list[Path]:
    """Make the workspaces, open the window and take all pictures; their paths."""
    folder, taken = Path(tempfile.mkdtemp(prefix="inkwell-screens-")), []
    window = Window(folder)
    os.environ["INKWELL_HOME"] = str(folder / "home")
    target.mkdir(parents=True, exist_ok=True)
    try:
        for language in ("en", "zh"):
            prepared_workspace.build(folder / "home" / "workspaces" / language, language)
        window.open()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            for look in LOOKS:
                taken += looked(browser, window.url, look, tabs, target)
            browser.close()
    finally:
        window.close()
        stop_everything(folder)
        shutil.rmtree(folder, ignore_errors=True)
    return taken


def looked(browser: Browser, url: str, look: Look, tabs: list[str], target: Path) -> list[Path]:
    """The pictures of one look."""
    context = browser.new_context(
        viewport={"width": look.width, "height": look.height},
        locale="zh-CN" if look.language == "zh" else "en-GB",
        color_scheme=look.scheme,  # type: ignore[arg-type]
    )
    page, taken = context.new_page(), []
    hands.enter(page, url)
    hands.change_to(page, look.language)
    for tab in tabs:
        # In a narrow window Gradio keeps the last tabs in a menu.
        page.set_viewport_size({"width": max(1280, look.width), "height": look.height})
        hands.open_tab(page, tab)
        page.set_viewport_size({"width": look.width, "height": look.height})
        hands.settled(page, tab)
        if tab == "library":
            page.locator("#library-list tbody tr").first.click()
        path = target / f"{tab}-{look.name}.png"
        page.screenshot(path=path)
        taken.append(path)
    context.close()
    return taken


def sheet(tab: str, target: Path) -> Path:
    """A tab's pictures on one sheet, each under its name."""
    pictures = [(look, Image.open(target / f"{tab}-{look.name}.png")) for look in LOOKS]
    small = [
        (look, one.resize((WIDTH, round(one.height * WIDTH / one.width)))) for look, one in pictures
    ]
    lines = [small[n : n + ACROSS] for n in range(0, len(small), ACROSS)]
    heights = [max(one.height for _, one in line) + 24 + GAP for line in lines]
    made = Image.new("RGB", (ACROSS * (WIDTH + GAP), sum(heights)), "white")
    draw, top = ImageDraw.Draw(made), 0
    for line, height in zip(lines, heights, strict=True):
        for n, (look, one) in enumerate(line):
            draw.text((n * (WIDTH + GAP) + 4, top + 6), f"{tab} · {look.name}", fill="black")
            made.paste(one, (n * (WIDTH + GAP), top + 24))
        top += height
    path = target / f"sheet-{tab}.png"
    made.save(path)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--tabs", nargs="+", choices=hands.TABS, default=list(hands.TABS))
    options = parser.parse_args()
    taken = take(options.folder, options.tabs)
    for tab in options.tabs:
        print(sheet(tab, options.folder))
    print(f"{len(taken)} pictures in {options.folder}")


if __name__ == "__main__":
    main()
