"""The window as a program of its own: in a Chromium-family browser without its bars, and an entry
in the start menu.
"""

import os
import shlex
import shutil
import subprocess
import sys
import time
import webbrowser
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from studio.errors import LaunchError
from studio.files import write_text
from studio.workspace import home

ICONS = Path(__file__).with_name("icons")
NAME, ID = "Inkwell Studio", "inkwell-studio"
HANDED_OVER_S = 5.0  # a browser that ends sooner has handed the address to one that was open
# As they are called on the path; first those that people have beside a main browser.
BROWSERS = (
    "google-chrome",
    "google-chrome-stable",
    "chromium",
    "chromium-browser",
    "microsoft-edge",
    "microsoft-edge-stable",
    "brave-browser",
    "vivaldi",
    "chrome",
    "msedge",
)
MAC = ("Google Chrome", "Chromium", "Microsoft Edge", "Brave Browser", "Vivaldi")
WINDOWS = (
    "Google/Chrome/Application/chrome.exe",
    "Chromium/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
    "BraveSoftware/Brave-Browser/Application/brave.exe",
)


def browser(
    which: Callable[[str], str | None] = shutil.which,
    system: str = sys.platform,
    environment: Mapping[str, str] = os.environ,
) -> str | None:
    """A browser of the Chromium family that is installed here; None where there is none."""
    found = (path for path in _places(which, system, environment) if path)
    return next(found, None)


def _places(
    which: Callable[[str], str | None], system: str, environment: Mapping[str, str]
) -> Iterator[str | None]:
    yield from (which(name) for name in BROWSERS)
    if system == "darwin":
        for folder in (Path("/Applications"), Path.home() / "Applications"):
            for name in MAC:
                path = folder / f"{name}.app" / "Contents" / "MacOS" / name
                yield str(path) if path.is_file() else None
    if system == "win32":
        for root in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
            for name in WINDOWS:
                path = Path(environment.get(root, "")) / name
                yield str(path) if environment.get(root) and path.is_file() else None


def open_app(address: str, closed: Callable[[], None]) -> str:
    """Show the window as a program of its own; `closed()` is called once a person has closed it.

    Returns how it was shown: "browser", "webview" or, where there is neither, "default".
    """
    if (found := browser()) is not None:
        profile = home() / "browser"
        profile.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        process = subprocess.Popen(
            [
                found,
                f"--app={address}",
                f"--user-data-dir={profile}",
                "--no-first-run",
                "--no-default-browser-check",
                f"--class={ID}",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        process.wait()
        if time.monotonic() - began >= HANDED_OVER_S:
            closed()
        return "browser"
    if _in_webview(address):
        closed()
        return "webview"
    webbrowser.open(address)
    return "default"


def _in_webview(address: str) -> bool:
    """Show the window through pywebview, where it is installed; whether it is."""
    command = (
        "import sys, webview\n"
        f"webview.create_window({NAME!r}, sys.argv[1], width=1280, height=860)\n"
        "webview.start()"
    )
    # A process of its own: it wants the main thread, which serves the window.
    done = subprocess.run(
        [sys.executable, "-c", command, address], stderr=subprocess.DEVNULL, check=False
    )
    return done.returncode == 0


def shortcut(
    root: Path, system: str = sys.platform, environment: Mapping[str, str] = os.environ
) -> list[Path]:
    """Make an entry in the start menu (and on the desktop, where there is one) that opens the
    window of the studio in `root`; the files made. Raises LaunchError where that cannot be.
    """
    try:
        if system == "win32":
            return _windows_entries(root, environment)
        if system == "darwin":
            return [_mac_app(root, Path.home() / "Applications")]
        return _freedesktop_entries(root, environment)
    except (OSError, subprocess.CalledProcessError) as error:
        raise LaunchError(
            "The entry could not be made ({reason}).",
            "Start the window with python launch.py --app.",
            reason=error,
        ) from error


def _freedesktop_entries(root: Path, environment: Mapping[str, str]) -> list[Path]:
    """Desktop Entry Specification 1.5; a quoted argument escapes `"`, `` ` ``, `$` and `\\`."""
    data = Path(environment.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    icon = data / "icons" / "hicolor" / "256x256" / "apps" / f"{ID}.png"
    icon.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ICONS / "inkwell.png", icon)
    command = " ".join(_quoted(part) for part in (_python(), str(root / "launch.py"), "--app"))
    text = "\n".join(
        (
            "[Desktop Entry]",
            "Type=Application",
            f"Name={NAME}",
            "Comment=From a raw book to a model tuned on it",
            "Comment[zh]=从一本书到一个微调好的模型",
            f"Exec={command}",
            f"Path={_plain(str(root))}",
            f"Icon={ID}",
            "Terminal=false",
            "Categories=Education;Science;",
            f"StartupWMClass={ID}",
            "",
        )
    )
    made = [data / "applications" / f"{ID}.desktop"]
    desktop = Path(environment.get("XDG_DESKTOP_DIR") or Path.home() / "Desktop")
    if desktop.is_dir():
        made.append(desktop / f"{ID}.desktop")
    for path in made:
        write_text(path, text)
        path.chmod(0o755)
    return made


def _quoted(text: str) -> str:
    """One argument of an Exec line: quoted, then escaped as a string; `%` is doubled."""
    inner = "".join(f"\\{letter}" if letter in '"`$\\' else letter for letter in text)
    return _plain(f'"{inner}"').replace("%", "%%")


def _plain(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _mac_app(root: Path, folder: Path) -> Path:
    """A bundle with a script; macOS starts it like any program."""
    app = folder / f"{NAME}.app"
    script = app / "Contents" / "MacOS" / ID
    resources = app / "Contents" / "Resources"
    resources.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ICONS / "inkwell.png", resources / "inkwell.png")
    write_text(
        app / "Contents" / "Info.plist",
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<plist version="1.0"><dict>'
        f"<key>CFBundleName</key><string>{NAME}</string>"
        f"<key>CFBundleExecutable</key><string>{ID}</string>"
        "<key>CFBundleIdentifier</key><string>studio.inkwell</string>"
        "<key>CFBundlePackageType</key><string>APPL</string>"
        "<key>CFBundleIconFile</key><string>inkwell.png</string>"
        "</dict></plist>\n",
    )
    parts = " ".join(shlex.quote(part) for part in (_python(), str(root / "launch.py"), "--app"))
    write_text(script, f"#!/bin/sh\nexec {parts}\n")
    script.chmod(0o755)
    return app


def _windows_entries(root: Path, environment: Mapping[str, str]) -> list[Path]:
    """Shell links, made by Windows' own scripting host through PowerShell."""
    menu = Path(environment["APPDATA"]) / "Microsoft" / "Windows" / "Start Menu" / "Programs"
    desktop = Path(environment.get("USERPROFILE", "")) / "Desktop"
    made = [folder / f"{NAME}.lnk" for folder in (menu, desktop) if folder.is_dir()]
    for path in made:
        lines = (
            f"$l = (New-Object -ComObject WScript.Shell).CreateShortcut({_power(str(path))})",
            f"$l.TargetPath = {_power(_python())}",
            f"$l.Arguments = {_power(subprocess.list2cmdline([str(root / 'launch.py'), '--app']))}",
            f"$l.WorkingDirectory = {_power(str(root))}",
            f"$l.IconLocation = {_power(str(ICONS / 'inkwell.ico'))}",
            "$l.WindowStyle = 7",
            "$l.Save()",
        )
        subprocess.run(
            ["powershell", "-NoProfile", "-NonInteractive", "-Command", "; ".join(lines)],
            check=True,
            capture_output=True,
        )
    return made


def _power(text: str) -> str:
    """A string of PowerShell's that means what it says."""
    return "'" + text.replace("'", "''") + "'"


def _python() -> str:
    """The interpreter that the entry starts: the one that made the environment, if it is there, so
    that the entry outlives an environment that is made anew.
    """
    base = Path(getattr(sys, "_base_executable", "") or sys.executable)
    return str(base if base.is_file() else Path(sys.executable))
