"""The window as a program of its own: the browser that is found, the entry in the start menu."""

import configparser
import os
import plistlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from studio import desktop
from studio.errors import LaunchError

ROOT = Path(__file__).resolve().parents[2]


def test_the_browser_on_the_path_is_taken():
    def which(name):
        return f"/usr/bin/{name}" if name in ("chromium", "brave-browser") else None

    assert desktop.browser(which, "linux", {}) == "/usr/bin/chromium"
    assert desktop.browser(lambda name: None, "linux", {}) is None


def test_windows_browser_is_found_in_its_folder(tmp_path):
    place = tmp_path / "Microsoft" / "Edge" / "Application" / "msedge.exe"
    place.parent.mkdir(parents=True)
    place.touch()
    found = desktop.browser(lambda name: None, "win32", {"PROGRAMFILES(X86)": str(tmp_path)})
    assert found == str(place)


@pytest.mark.parametrize("folder", ["plain", "with blank", 'odd "$`%\\ name', "书房"])
def test_the_entry_starts_the_studio_wherever_it_lies(tmp_path, folder):
    root = tmp_path / folder
    root.mkdir()
    environment = {"XDG_DATA_HOME": str(tmp_path / "data"), "XDG_DESKTOP_DIR": str(tmp_path)}
    made = desktop.shortcut(root, "linux", environment)
    assert [path.name for path in made] == ["inkwell-studio.desktop"] * 2
    entry = configparser.RawConfigParser()
    entry.optionxform = str
    entry.read(made[0], encoding="utf-8")
    section = entry["Desktop Entry"]
    # As the specification reads it: first the string, then the quoted arguments, then the codes.
    text = section["Exec"].replace("\\\\", "\\").replace("%%", "%")
    quoted = re.findall(r'"((?:[^"\\]|\\.)*)"', text)
    python, script, flag = (re.sub(r"\\(.)", r"\1", part) for part in quoted)
    assert (script, flag) == (str(root / "launch.py"), "--app") and Path(python).exists()
    icon = tmp_path / "data" / "icons" / "hicolor" / "256x256" / "apps" / "inkwell-studio.png"
    assert icon.read_bytes().startswith(b"\x89PNG") and os.access(made[0], os.X_OK)


def test_a_mac_gets_a_bundle(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (app,) = desktop.shortcut(tmp_path / "with blank", "darwin", {})
    about = plistlib.loads((app / "Contents" / "Info.plist").read_bytes())
    script = app / "Contents" / "MacOS" / about["CFBundleExecutable"]
    assert os.access(script, os.X_OK) and "'" in script.read_text()


def test_where_it_cannot_be_written_one_sentence_says_so(tmp_path):
    (tmp_path / "data").write_text("a file")
    with pytest.raises(LaunchError, match="could not be made"):
        desktop.shortcut(tmp_path, "linux", {"XDG_DATA_HOME": str(tmp_path / "data")})


def test_the_app_ends_with_its_window(tmp_path, monkeypatch):
    """A stand-in for a browser: it lives as long as its window does."""
    monkeypatch.setenv("INKWELL_HOME", str(tmp_path))
    stand_in = tmp_path / "chromium"
    stand_in.write_text(f"#!{sys.executable}\nimport sys, time\nprint(sys.argv)\ntime.sleep(0.2)\n")
    stand_in.chmod(0o755)
    monkeypatch.setattr(desktop, "browser", lambda: str(stand_in))
    closed = []
    assert desktop.open_app("http://127.0.0.1:1", lambda: closed.append(1)) == "browser"
    assert closed == []  # too soon: an open browser has taken the address
    monkeypatch.setattr(desktop, "HANDED_OVER_S", 0.1)
    desktop.open_app("http://127.0.0.1:1", lambda: closed.append(1))
    assert closed == [1] and (tmp_path / "browser").is_dir()


def test_the_command_makes_the_entry(tmp_path):
    environment = os.environ | {"XDG_DATA_HOME": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "launch.py", "shortcut", "--here"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert Path(done.stdout.strip()).is_file()
