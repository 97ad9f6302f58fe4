"""The README's two commands as a stranger meets them: a fresh clone, an empty home, an empty pip
cache. Slow, and needs a package index.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """The repository as git has it, and an environment that knows nothing of this machine's
    user.
    """
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("this is no clone")
    folder = tmp_path_factory.mktemp("fresh")
    subprocess.run(["git", "clone", "-q", str(ROOT), str(folder / "inkwell")], check=True)
    (folder / "home").mkdir()
    env = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("INKWELL", "HF_", "PYTHON", "VIRTUAL_ENV"))
    }
    return folder / "inkwell", env | {
        "HOME": str(folder / "home"),
        "PIP_CACHE_DIR": str(folder / "pip"),
    }


def launch(clone, *arguments):
    folder, env = clone
    python = getattr(
        sys, "_base_executable", sys.executable
    )  # not the environment that these tests run in
    return subprocess.run(
        [python, "launch.py", *arguments], cwd=folder, env=env, capture_output=True, text=True
    )


def test_the_demo_is_done_on_what_the_lock_pins(clone):
    done = launch(
        clone, "run", "presets/pipelines/demo.yaml", "--workspace", str(clone[0].parent / "demo")
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.splitlines()[-1])["state"] == "done"


def test_the_tests_run_on_what_the_lock_pins(clone):
    done = launch(
        clone,
        "test",
        "tests/engine/test_lock.py",
        "tests/engine/test_library_contracts.py",
        "tests/engine/test_selfcheck.py",
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.mark.parametrize("version", ["5.23.0", "5.24.0"])
def test_another_transformers_put_in_by_hand_serves_and_trains_too(clone, version):
    python = clone[0] / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    subprocess.run(
        [str(python), "-m", "pip", "install", "-q", "--no-deps", f"transformers=={version}"],
        env=clone[1],
        check=True,
    )
    done = launch(
        clone,
        "run",
        "presets/pipelines/demo.yaml",
        "--workspace",
        str(clone[0].parent / f"demo-{version}"),
    )
    assert done.returncode == 0 and json.loads(done.stdout.splitlines()[-1])["state"] == "done", (
        done.stderr[-2000:]
    )
    assert launch(clone, "setup").returncode == 0  # puts the lock's version back
    told = subprocess.run(
        [str(python), "-m", "pip", "show", "transformers"],
        env=clone[1],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    pinned = [
        line
        for line in (clone[0] / "requirements.lock").read_text().splitlines()
        if line.startswith("transformers==")
    ][0]
    assert f"Version: {pinned.split('==')[1].split()[0]}" in told
