"""Inkwell Studio's one command; standard library only until the environment exists.

    python launch.py                 make .venv if needed, install, fetch the starter models, open the window
    python launch.py test [ARGS]     the same for the tests; ARGS go to pytest
    python launch.py run SPEC.yaml   any job without the window (see studio/jobs/headless.py)
    python launch.py setup           only install and fetch

Flags of the window: --workspace DIR, --host, --port, --share, --auth USER:PASSWORD, --models DIR,
--no-browser. Flags of every command: --here (use the running interpreter, install nothing) and
--no-starter (do not fetch the starter models).
"""

import argparse
import gc
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
COMMANDS = ("window", "run", "test", "setup")
NO_GPU_TORCH = "torch==2.13.0+cpu"


def main(arguments: list[str]) -> int:
    """Choose the command, make sure of the environment, hand over to it; the exit status."""
    if sys.version_info < (3, 11):  # noqa: UP036 -- this file is what an old Python meets first
        return complain(f"Python {sys.version.split()[0]} is too old.", "Install Python 3.11 or newer.")
    command = arguments[0] if arguments and arguments[0] in COMMANDS else "window"
    rest = arguments[1:] if arguments and arguments[0] in COMMANDS else arguments
    flags = [flag for flag in ("--here", "--no-starter") if flag in rest]
    rest = [item for item in rest if item not in flags]
    if command == "window":
        window_parser().parse_args(rest)  # --help and mistakes before anything is installed
    if "--here" not in flags:
        python, wrong = prepare(with_tests=command == "test")
        if wrong:
            return wrong
        hand_over([str(python), str(ROOT / "launch.py"), command, "--here", *rest, *flags])
    return inside(command, rest, starter="--no-starter" not in flags)


def window_parser() -> argparse.ArgumentParser:
    """The flags of the window."""
    parser = argparse.ArgumentParser(
        prog="launch.py", description="Inkwell Studio: from a raw book to a model tuned on it, in one window.",
        epilog="Other commands: launch.py run SPEC.yaml, launch.py test, launch.py setup.",
    )
    parser.add_argument("--workspace", help="project folder (default: ~/.inkwell/workspaces/default)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; anything but loopback needs --auth")
    parser.add_argument("--port", type=int, help="port (default: the first free one from 7860)")
    parser.add_argument("--share", action="store_true", help="open a public link to the chat alone; needs --auth")
    parser.add_argument("--auth", metavar="USER:PASSWORD", help="login for the window")
    parser.add_argument("--models", action="append", default=[], metavar="DIR", help="a folder of models to offer (repeatable)")
    parser.add_argument("--no-browser", action="store_true", help="do not open the browser")
    return parser


def inside(command: str, rest: list[str], *, starter: bool) -> int:
    """The command itself, in an interpreter that has everything installed."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("PYTHONUTF8", "1")
    if command == "run":
        from studio.jobs.headless import main as run

        if starter and "-h" not in rest and "--help" not in rest:
            fetch_starter()
        return run(rest)
    if starter:
        fetch_starter()
    if command == "test":
        os.chdir(ROOT)
        # Much of the suite waits: two files at a time take about half as long.
        return subprocess.call([sys.executable, "-m", "pytest", *(rest or ["-n", "2", "--dist", "loadfile"])])
    if command == "setup":
        return 0
    # Importing makes many objects that stay: collecting garbage meanwhile costs a fifth of the start.
    gc.disable()
    from tabs.app import open_window

    return open_window(window_parser().parse_args(rest))


def fetch_starter() -> None:
    """Fetch and verify the starter models; without them the window still opens and says so."""
    from studio.errors import StudioError
    from studio.models.starter import ensure_starters

    try:
        ensure_starters(lambda line: sys.stderr.write(f"{line}\n"))
    except StudioError as error:
        complain(error.what, error.do)


def prepare(*, with_tests: bool) -> tuple[Path, int]:
    """The environment's interpreter, made and filled if needed, and 0; or an exit status that is not 0."""
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    marker = VENV / "inkwell.json"
    wanted = {"project": digest(ROOT / "pyproject.toml"), "python": sys.version.split()[0], "root": str(ROOT)}
    have = read_marker(marker)
    if python.exists() and all(have.get(key) == value for key, value in wanted.items()):
        if have.get("tests") or not with_tests:
            return python, 0
    try:
        if not python.exists() or have.get("python", wanted["python"]) != wanted["python"]:
            sys.stderr.write("Making the environment .venv …\n")
            shutil.rmtree(VENV, ignore_errors=True)
            venv.create(VENV, with_pip=True)
    except (OSError, subprocess.CalledProcessError) as error:
        return python, complain(
            f"The environment .venv could not be made ({error}).",
            "Free some disk space, or install Python's venv module (Debian: apt install python3-venv).",
        )
    extras = "[test]" if with_tests or have.get("tests") else ""
    if wrong := install(python, f"{ROOT}{extras}"):
        return python, wrong
    marker.write_text(json.dumps(wanted | {"tests": bool(extras)}))
    return python, 0


def install(python: Path, project: str) -> int:
    """Install torch in the build that fits this machine, then the project; 0, or 1 after a clear sentence."""
    sys.stderr.write("Installing packages; the first time this takes some minutes.\n")
    has_torch = not subprocess.call([str(python), "-c", "import torch"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if not has_torch and not shutil.which("nvidia-smi") and sys.platform == "linux":
        # The plain Linux build brings gigabytes of CUDA; take the CPU build where the index offers one.
        pip(python, [NO_GPU_TORCH], quiet=True)
    said = pip(python, ["--editable", project])
    if said is None:
        return 0
    missing = re.search(r"No matching distribution found for (\S+)", said)
    if missing:
        return complain(f"The package {missing[1]} could not be had.", "Check the network or the package index, then start again.")
    return complain(f"Installing failed: {said}", "Mend the cause, then start again; what is downloaded is kept.")


def pip(python: Path, what: list[str], *, quiet: bool = False) -> str | None:
    """Run pip with one short line of progress a package; None, or pip's last complaint."""
    command = [str(python), "-m", "pip", "install", "--progress-bar", "off", "--disable-pip-version-check", *what]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    count, complaint = 0, "pip ended without a word"
    for line in process.stdout or ():
        words = line.split()
        if line.startswith("Collecting") and len(words) > 1:
            count += 1
            tell(f"  {count:>3}  {words[1]}")
        elif line.lstrip().startswith("Downloading") and len(words) > 2:
            tell(f"  {count:>3}  {words[1].rsplit('/', 1)[-1].split('-')[0]} {' '.join(words[2:4])}")
        elif line.startswith("Installing collected"):
            tell(f"  unpacking {line.count(',') + 1} packages")
        elif line.startswith("ERROR:"):
            complaint = line.removeprefix("ERROR:").strip()[:300]
    failed = process.wait() != 0
    if sys.stderr.isatty():
        sys.stderr.write("\n")
    return complaint if failed and not quiet else None


def tell(text: str) -> None:
    """Progress: in place on a terminal, a line each elsewhere."""
    sys.stderr.write(f"\r\033[K{text[:100]}" if sys.stderr.isatty() else f"{text}\n")
    sys.stderr.flush()


def hand_over(command: list[str]) -> None:
    """Go on in the environment's interpreter; this process becomes that one where the system can."""
    if os.name != "nt":
        os.execv(command[0], command)
    sys.exit(subprocess.call(command))


def digest(path: Path) -> str:
    """SHA-256 of a small file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_marker(path: Path) -> dict[str, object]:
    """What the last finished installation wrote, or nothing."""
    try:
        return dict(json.loads(path.read_text()))
    except (OSError, ValueError):
        return {}


def complain(what: str, do: str) -> int:
    """What happened and what to do, on stderr; the exit status 1."""
    sys.stderr.write(f"{what} {do}\n")
    return 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
