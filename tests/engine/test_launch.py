"""launch.py before the environment exists: flags, help, and what a missing package says."""

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

import launch

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments, **more):
    return subprocess.run(
        [sys.executable, str(ROOT / "launch.py"), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        **more,
    )


def test_help_needs_nothing_installed():
    told = subprocess.run(
        [sys.executable, "-S", str(ROOT / "launch.py"), "--help"],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert told.returncode == 0 and "--workspace" in told.stdout and "--auth" in told.stdout


def test_a_mistyped_flag_is_told_before_anything_is_installed():
    told = run("--workspce", "x")
    assert (
        told.returncode == 2
        and "unrecognized arguments" in told.stderr
        and "Making" not in told.stderr
    )


def test_a_package_that_cannot_be_had_is_named(monkeypatch, capsys):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(ROOT / "tests"))
    said = launch.pip(Path(sys.executable), ["inkwell-no-such-package"])
    assert said is not None and "inkwell-no-such-package" in said


def test_the_second_start_installs_nothing(tmp_path, monkeypatch):
    python = tmp_path / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    python.parent.mkdir(parents=True)
    python.write_text("")
    marker = {
        "lock": launch.digest(launch.LOCK),
        "python": sys.version.split()[0],
        "root": str(ROOT),
        "tests": True,
    }
    (tmp_path / "inkwell.json").write_text(json.dumps(marker))
    monkeypatch.setattr(launch, "VENV", tmp_path)
    monkeypatch.setattr(launch, "install", lambda *_, **__: 1 / 0)
    assert launch.prepare(with_tests=True) == (python, 0)


def test_the_studio_is_compiled_once_and_not_for_every_job(monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(launch, "prepare", lambda **_: (Path(sys.executable), 0))
    given = []
    monkeypatch.setattr(
        launch, "hand_over", lambda command: given.append((command, dict(os.environ)))
    )
    monkeypatch.setattr(launch, "inside", lambda *_, **__: 0)
    assert launch.main(["run", "x.yaml"]) == 0
    (command, environment), *_ = given
    assert command[2:] == ["run", "--here", "x.yaml"]
    assert "PYTHONDONTWRITEBYTECODE" not in environment


def test_another_lock_is_installed_and_then_known(tmp_path, monkeypatch):
    python = tmp_path / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    python.parent.mkdir(parents=True)
    python.write_text("")
    (tmp_path / "inkwell.json").write_text(
        json.dumps({"lock": "another", "python": sys.version.split()[0], "root": str(ROOT)})
    )
    asked = []
    monkeypatch.setattr(launch, "VENV", tmp_path)
    monkeypatch.setattr(
        launch, "install", lambda *given, with_tests: asked.append((given, with_tests)) or 0
    )
    assert launch.prepare(with_tests=False) == (python, 0) == launch.prepare(with_tests=False)
    assert asked == [((python, launch.LOCK), False)]


def test_the_environment_finds_the_studio_from_anywhere(tmp_path):
    venv.create(tmp_path / "venv", with_pip=False)
    launch.find_here(tmp_path / "venv")
    python = tmp_path / "venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    found = subprocess.run(
        [str(python), "-c", "import studio; print(studio.__file__)"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    )
    assert Path(found.stdout.strip()) == ROOT / "studio" / "__init__.py"


@pytest.mark.long
@pytest.mark.parametrize(
    "script", sorted((ROOT / "tests" / "bench").glob("bench_*.py")), ids=lambda path: path.stem
)
def test_the_readmes_measurements_start(script, tmp_path):
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    assert (
        subprocess.run(
            [sys.executable, str(script), "--help"], capture_output=True, cwd=tmp_path, env=env
        ).returncode
        == 0
    )
    assert f"python tests/bench/{script.name}" in (ROOT / "README.md").read_text(encoding="utf-8")


def wheel(folder):
    """The smallest package that pip takes."""
    path = folder / "inkwell_probe-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "inkwell_probe-1.0.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: inkwell-probe\nVersion: 1.0\n",
        )
        archive.writestr(
            "inkwell_probe-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr("inkwell_probe-1.0.dist-info/RECORD", "")
    return path


def test_a_package_that_differs_from_the_lock_is_not_installed(tmp_path, monkeypatch, capsys):
    made = wheel(tmp_path)
    python = tmp_path / "env" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    for name, value in {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(tmp_path),
        "PIP_TARGET": str(tmp_path / "there"),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(
        launch, "pip", lambda _, what, real=launch.pip: real(Path(sys.executable), what)
    )
    lock = tmp_path / "lock"
    lock.write_text(f"inkwell-probe==1.0 \\\n    --hash=sha256:{'0' * 64}\n")
    assert launch.install(python, lock, with_tests=False) == 1
    assert (
        "not the one that was tested" in capsys.readouterr().err
        and not (tmp_path / "there").exists()
    )
    lock.write_text(f"inkwell-probe==1.0 \\\n    --hash=sha256:{launch.digest(made)}\n")
    assert launch.install(python, lock, with_tests=False) == 0
    assert (tmp_path / "there" / "inkwell_probe-1.0.dist-info").is_dir()


def test_a_torn_marker_means_install_again(tmp_path):
    (tmp_path / "inkwell.json").write_text('{"project": "ab')
    assert launch.read_marker(tmp_path / "inkwell.json") == {}


@pytest.mark.long
def test_a_port_in_use_gets_one_sentence(tmp_path):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        told = run(
            "--here",
            "--no-starter",
            "--no-browser",
            "--port",
            str(taken.getsockname()[1]),
            "--workspace",
            str(tmp_path / "w"),
        )
    assert (
        told.returncode == 2
        and "is in use" in told.stderr
        and len(told.stderr.strip().splitlines()) == 1
    )
