"""A real window in its own process, and a real browser."""

import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.filling import one_row_a_text
from tests.journeys import hands

if TYPE_CHECKING:
    from studio.jobs.records import JobRecord
    from studio.workspace import Workspace
    from tests.fake_provider import FakeProvider

ROOT = Path(__file__).resolve().parents[2]
# Two files run at a time on two cores, a training among them: how quick the window is, is measured
# in tests/bench.
expect.set_options(timeout=30_000)


PORTS: dict[int, bool] = {}  # of this process's windows: whether one has it


def _free_port() -> int:
    """A port that a former window had, if there is one: to the browser it is the same place, and
    what it has compiled for it once need not be compiled again.
    """
    for port in [*(port for port, taken in PORTS.items() if not taken), 0]:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue  # somebody else has it meanwhile
            found = probe.getsockname()[1]
            PORTS[found] = True
            return found
    raise RuntimeError("no port is free")


class Window:
    """The window as a person starts it: `python launch.py`, with a workspace and home of its
    own.
    """

    def __init__(self, folder: Path, *flags: str) -> None:
        self.folder = folder
        self.flags = flags
        self.process: subprocess.Popen | None = None
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.workspace = folder / "book"

    def open(self, wait_s: float = 60) -> float:
        """Start it and wait until the page is served; seconds that took."""
        begun = time.monotonic()
        command = [
            sys.executable,
            str(ROOT / "launch.py"),
            "--here",
            "--no-starter",
            "--no-browser",
            "--port",
            str(self.port),
            "--workspace",
            str(self.workspace),
            *self.flags,
        ]
        # A temporary folder of its own: what Gradio may serve from there must not be all of the
        # test's folder.
        (self.folder / "tmp").mkdir(exist_ok=True)
        env = os.environ | {
            "INKWELL_HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "tmp"),
        }
        with (self.folder / "window.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, env=env, stdout=log, stderr=log, cwd=self.folder
            )
        while time.monotonic() - begun < wait_s:
            if self.process.poll() is not None:
                raise RuntimeError((self.folder / "window.log").read_text())
            try:
                urllib.request.urlopen(self.url, timeout=5).read()
                return time.monotonic() - begun
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.05)
        raise RuntimeError("the window did not open: " + (self.folder / "window.log").read_text())

    def peak_mb(self) -> float:
        """The most memory that the window's own process has held so far."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """As Ctrl-C does; its port is the next window's."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        PORTS[self.port] = False


@dataclass(frozen=True)
class Desk:
    """A workspace of a test's own, in the window that the tests of a file share."""

    url: str
    folder: Path
    workspace: Path

    def enter(self, page: Page) -> None:
        """Open the window and the workspace, at the first step."""
        hands.enter(page, self.url)
        hands.change_to(page, self.workspace.name)
        hands.open_tab(page, hands.FIRST)


@pytest.fixture
def desk(served, request, monkeypatch):
    """A workspace that nothing has been done in yet."""
    from studio.workspace import Workspace

    monkeypatch.setenv("INKWELL_HOME", str(served.folder / "home"))
    words = re.sub(r"[\W_]+", " ", request.node.name.removeprefix("test_")).strip()
    mark = hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:4]
    name = f"{words[:35].strip()} {mark}"
    return Desk(
        served.url, served.folder, Workspace.open(served.folder / "home" / "workspaces" / name).path
    )


def begin_generation(
    window: "Window | Desk", fake: "FakeProvider", rows: int
) -> "tuple[Workspace, JobRecord]":
    """A generation of so many rows, asked one after another, started in the window's workspace."""
    from studio import jobs
    from studio.workspace import Workspace

    workspace = Workspace.open(window.workspace)
    texts = [f"Chapter {n}: pot number {n} boils over." for n in range(rows)]
    spec = one_row_a_text(workspace, fake, texts)
    return workspace, jobs.start(workspace, spec)


@pytest.fixture
def window(tmp_path, own_home):
    """A window factory's one window; whatever it left running is stopped at the end."""
    made = Window(tmp_path)
    yield made
    made.close()
    stop_everything(tmp_path)


def stop_everything(folder: Path, *, but: int = 0) -> None:
    """End the workers and the model server that a test started: all that name its folder, save the
    process `but`.
    """
    import psutil

    for process in psutil.process_iter(["cmdline", "environ"]):
        try:
            home = (process.info["environ"] or {}).get("INKWELL_HOME", "")
            if home.startswith(str(folder)) and process.pid not in (os.getpid(), but):
                process.kill()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue


@pytest.fixture(scope="session")
def playing():
    """Playwright, and Debian's chromium to launch with it: (chromium's kind, how to launch it).

    Debian builds the same engine once more without a window's toolbars, as a package of its own:
    where that is installed it is taken, since opening a page costs it two thirds.
    """
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed; apt-get install chromium-headless-shell")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield (
            playwright.chromium,
            {
                "executable_path": chromium,
                "args": [
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    "--no-first-run",
                    "--js-flags=--no-opt",  # no page lives long enough to earn what it costs
                ],
            },
        )


@pytest.fixture(scope="session")
def browser(playing):
    """A browser for contexts of a test's own."""
    chromium, how = playing
    made = chromium.launch(**how)
    yield made
    made.close()


@pytest.fixture(scope="session")
def profile(playing, tmp_path_factory):
    """A browser of 1280×800 in English with a profile on disk, which keeps the scripts it has
    compiled from one test to the next: half the work of opening a page.
    """
    chromium, how = playing
    made = chromium.launch_persistent_context(
        tmp_path_factory.mktemp("profile"),
        viewport={"width": 1280, "height": 800},
        locale="en-GB",
        **how,
    )
    yield made
    made.close()


@pytest.fixture
def page(profile):
    """A page of 1280×800 in English that knows of nothing a former one has stored, and fails the
    test when a script of the window throws.
    """
    made = profile.new_page()
    made.add_init_script("""if (!sessionStorage.getItem("first")) {
        localStorage.clear();
        sessionStorage.setItem("first", "seen");
    }""")
    faults: list[str] = []
    made.on("pageerror", lambda error: faults.append(str(error)))
    yield made
    for other in profile.pages[1:]:  # the empty first one stays
        other.close()
    profile.clear_cookies()
    profile.clear_permissions()
    assert not faults, faults
