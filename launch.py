"""Inkwell Studio's one command; standard library only until the environment exists.

    python launch.py                 make .venv if needed, install, fetch the starter models, open
                                     the window
    python launch.py test [ARGS]     the same for the tests; ARGS go to pytest ("quick": the part
                                     under two minutes)
    python launch.py test --newest   the tests on the newest packages that pyproject.toml allows,
                                     in .venv-newest
    python launch.py run SPEC.yaml   any job without the window (see studio/cli/run.py)
    python launch.py run --explain KIND   a kind's spec with every field explained
    python launch.py queue [SPEC.yaml …]   put trainings into the queue, see and change it
    python launch.py list [WORDS]    what the workspace holds, without the window
    python launch.py pack FILE.zip   the workspace as one zip; `unpack FILE.zip` opens it elsewhere
    python launch.py shortcut        an entry in the start menu that opens the window (--app)
    python launch.py setup           only install and fetch; puts back versions that were changed
                                     by hand
    python launch.py update [NAMES]  move the lock to the newest packages (or only these), run the
                                     tests, keep it if they pass

Flags of the window: --workspace DIR, --host, --port, --share, --auth USER:PASSWORD, --models DIR,
--no-browser, --app (a window of its own). Flags of every command: --here (use the running
interpreter, install nothing) and --no-starter (do not fetch the starter models).

What is installed is what the tests passed with: requirements.lock pins every package by version and
SHA-256, for Linux, Windows and macOS and for Python 3.11 to 3.14 alike (see studio/lock.py). It is
a requirements file made by `uv pip compile`, since that form names no package host (pip takes each
user's own index), holds all platforms in one file, and is installed by the pip that every Python
brings.
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
import sysconfig
import time
import venv
from pathlib import Path

# Where `studio` and `tabs` are found; Python does not look beside the script when told -P.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from studio.lock import LOCK, changes, make_lock, pins, selected

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
NEWEST = ROOT / ".venv-newest"
STUDIO = ("queue", "list", "pack", "unpack", "shortcut")  # commands of studio.cli beside `run`
COMMANDS = ("window", "run", *STUDIO, "test", "setup", "update")
TELLING = ("-h", "--help", "--explain")  # flags of `run` that run nothing
FLAGS = ("--here", "--no-starter", "--newest")
# Much of the suite waits: several files at a time, the long ones first (tests/conftest.py), take
# about half as long.
WHOLE_SUITE = ("-n", "3", "--dist", "loadfile", "--no-loadscope-reorder", "--durations=40")


def main(arguments: list[str]) -> int:
    """Choose the command, make sure of the environment, hand over to it; the exit status."""
    if sys.version_info < (3, 11):  # noqa: UP036 -- this file is what an old Python meets first
        return complain(
            f"Python {sys.version.split()[0]} is too old.", "Install Python 3.11 or newer."
        )
    command = arguments[0] if arguments and arguments[0] in COMMANDS else "window"
    rest = arguments[1:] if arguments and arguments[0] in COMMANDS else arguments
    flags = [flag for flag in FLAGS if flag in rest]
    rest = [item for item in rest if item not in flags]
    if command == "window":
        window_parser().parse_args(rest)  # --help and mistakes before anything is installed
    if "--here" not in flags:
        python, wrong = prepare(with_tests=command in ("test", "update"), anew=command == "setup")
        if wrong:
            return wrong
        if command == "update":
            return update(python, rest)
        if "--newest" in flags:
            return on_the_newest(python, rest)
        # Images of containers set it, and every job, a process, would compile the studio anew.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        hand_over([str(python), str(ROOT / "launch.py"), command, "--here", *rest, *flags])
    return inside(command, rest, starter="--no-starter" not in flags)


def window_parser() -> argparse.ArgumentParser:
    """The flags of the window."""
    parser = argparse.ArgumentParser(
        prog="launch.py",
        description="Inkwell Studio: from a raw book to a model tuned on it, in one window.",
        epilog="Other commands: launch.py run SPEC.yaml, launch.py test, launch.py setup.",
    )
    parser.add_argument(
        "--workspace", help="project folder (default: ~/.inkwell/workspaces/default)"
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to listen on; anything but loopback needs --auth",
    )
    parser.add_argument("--port", type=int, help="port (default: the first free one from 7860)")
    parser.add_argument(
        "--share", action="store_true", help="open a public link to the chat alone; needs --auth"
    )
    parser.add_argument("--auth", metavar="USER:PASSWORD", help="login for the window")
    parser.add_argument(
        "--models",
        action="append",
        default=[],
        metavar="DIR",
        help="a folder of models to offer (repeatable)",
    )
    parser.add_argument("--no-browser", action="store_true", help="do not open the browser")
    parser.add_argument(
        "--app", action="store_true", help="open a window of its own; closing it closes the studio"
    )
    return parser


def inside(command: str, rest: list[str], *, starter: bool) -> int:
    """The command itself, in an interpreter that has everything installed."""
    os.environ.setdefault("PYTHONUTF8", "1")
    if command == "run":
        from studio.cli import main as run

        if starter and not any(item.partition("=")[0] in TELLING for item in rest):
            fetch_starter()
        return run(rest)
    if command in STUDIO:
        from studio import cli

        return cli.COMMANDS[command](rest)
    if starter:
        fetch_starter()
    if command == "test":
        os.chdir(ROOT)
        return subprocess.call([sys.executable, "-m", "pytest", *test_arguments(rest)])
    if command == "setup":
        return 0
    # Importing makes many objects that stay: collecting garbage meanwhile costs a fifth of the
    # start.
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


def test_arguments(rest: list[str]) -> list[str]:
    """What pytest is called with: the whole suite without arguments, its quick part for `quick`."""
    if rest[:1] == ["quick"]:
        return [
            "-m",
            "not slow and not long and not browser and not process and not model",
            *WHOLE_SUITE,
            *rest[1:],
        ]
    return rest or list(WHOLE_SUITE)


def prepare(
    *,
    with_tests: bool,
    anew: bool = False,
    venv_folder: Path | None = None,
    lock: Path | None = None,
) -> tuple[Path, int]:
    """The environment's interpreter, made and filled if needed, and 0; or an exit status that is
    not 0.

    anew: install what the lock pins even where nothing of it has changed, since a package may have
    been by hand.
    """
    venv_folder, lock = venv_folder or VENV, lock or LOCK
    python = venv_folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    marker = venv_folder / "inkwell.json"
    wanted = {"lock": digest(lock), "python": sys.version.split()[0], "root": str(ROOT)}
    have = read_marker(marker)
    if (
        not anew
        and python.exists()
        and all(have.get(key) == value for key, value in wanted.items())
    ):
        if have.get("tests") or not with_tests:
            find_here(venv_folder)
            return python, 0
    try:
        if not python.exists() or have.get("python", wanted["python"]) != wanted["python"]:
            sys.stderr.write(f"Making the environment {venv_folder.name} …\n")
            shutil.rmtree(venv_folder, ignore_errors=True)
            venv.create(venv_folder, with_pip=True)
    except (OSError, subprocess.CalledProcessError) as error:
        return python, complain(
            f"The environment {venv_folder.name} could not be made ({error}).",
            (
                "Free some disk space, or install Python's venv module (Debian: "
                "apt install python3-venv)."
            ),
        )
    with_tests = with_tests or bool(have.get("tests"))
    if wrong := install(python, lock, with_tests=with_tests):
        return python, wrong
    find_here(venv_folder)
    marker.write_text(json.dumps(wanted | {"tests": with_tests}))
    return python, 0


def find_here(venv_folder: Path) -> None:
    """Let the environment's interpreter find `studio` and `tabs` from anywhere, as the scripts in
    tests/bench need it.
    """
    base = {"base": str(venv_folder), "platbase": str(venv_folder)}
    path = Path(sysconfig.get_path("purelib", "venv", base)) / "inkwell.pth"
    if not path.exists() or path.read_text(encoding="utf-8") != f"{ROOT}\n":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{ROOT}\n", encoding="utf-8")


def install(python: Path, lock: Path, *, with_tests: bool) -> int:
    """Install what the lock pins, torch in the build that fits this machine; 0, or 1 after a clear
    sentence.
    """
    sys.stderr.write("Installing packages; the first time this takes some minutes.\n")
    text = lock.read_text(encoding="utf-8")
    torch = re.search(r"^torch==[\w.]+", text, re.MULTILINE)
    cuda = True
    if torch and not shutil.which("nvidia-smi") and sys.platform == "linux":
        # The plain Linux build brings gigabytes of CUDA; take the CPU build where the index offers
        # one.
        cuda = pip(python, ["--no-deps", f"{torch[0]}+cpu"]) is not None
    wanted = python.parent.parent / "wanted.txt"
    wanted.write_text(selected(text, with_tests=with_tests, cuda=cuda), encoding="utf-8")
    said = pip(
        python,
        ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--requirement", str(wanted)],
    )
    if said is None:
        return 0
    if "DO NOT MATCH THE HASHES" in said:
        return complain(
            (
                "A package that came is not the one that was tested: "
                "its SHA-256 differs from the lock's."
            ),
            (
                "Check which package index pip uses (pip config list), "
                "empty its cache (pip cache purge), then start again."
            ),
        )
    missing = re.search(r"No matching distribution found for (\S+)", said)
    if missing:
        return complain(
            f"The package {missing[1]} could not be had.",
            "Check the network or the package index; ready packages exist for Python 3.11 to "
            "3.14 on 64-bit Linux, Windows and Macs with Apple silicon. Then start again.",
        )
    return complain(
        f"Installing failed: {said}",
        "Mend the cause, then start again; what is downloaded is kept.",
    )


def update(python: Path, names: list[str]) -> int:
    """Move the lock (or only the named packages), install it and run the tests; the former lock
    comes back if they fail.
    """
    tried = VENV / "tried.lock"
    if wrong := make_lock(python, tried, names, complain):
        return wrong
    former = pins(LOCK.read_text(encoding="utf-8")) if LOCK.exists() else {}
    new = pins(tried.read_text(encoding="utf-8"))
    moved = changes(former, new)
    sys.stderr.write("\n".join(moved or ["Every package is at its newest already."]) + "\n")
    python, wrong = prepare(with_tests=True, lock=tried)
    if not wrong and not subprocess.call([str(python), str(ROOT / "launch.py"), "test", "--here"]):
        shutil.copyfile(tried, LOCK)
        prepare(with_tests=True)
        return 0
    prepare(with_tests=True)
    return complain(
        "The tests do not pass on these packages.",
        f"The lock stays as it was; what was tried stands in {tried}.",
    )


def on_the_newest(python: Path, rest: list[str]) -> int:
    """Run the tests on the newest of everything that pyproject.toml allows, in an environment of
    its own.
    """
    lock = VENV / "newest.lock"
    if wrong := make_lock(python, lock, [], complain):
        return wrong
    newest, wrong = prepare(with_tests=True, venv_folder=NEWEST, lock=lock)
    if wrong:
        return wrong
    failed = subprocess.call([str(newest), str(ROOT / "launch.py"), "test", "--here", *rest])
    have = pins(lock.read_text(encoding="utf-8"))
    named = ", ".join(
        f"{name} {have[name]}"
        for name in ("gradio", "transformers", "trl", "peft", "torch", "openai")
        if name in have
    )
    sys.stderr.write(
        f"{time.strftime('%Y-%m-%d')}: {'the tests fail' if failed else 'all tests pass'} on "
        f"{named}\n"
    )
    return 1 if failed else 0


def pip(python: Path, what: list[str]) -> str | None:
    """Run pip with one short line of progress a package; None, or pip's last complaint."""
    command = [
        str(python),
        "-m",
        "pip",
        "install",
        "--progress-bar",
        "off",
        "--disable-pip-version-check",
        *what,
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    count, complaint = 0, "pip ended without a word"
    for line in process.stdout or ():
        words = line.split()
        if line.startswith("Collecting") and len(words) > 1:
            count += 1
            tell(f"  {count:>3}  {words[1]}")
        elif line.lstrip().startswith("Downloading") and len(words) > 2:
            tell(
                f"  {count:>3}  {words[1].rsplit('/', 1)[-1].split('-')[0]} {' '.join(words[2:4])}"
            )
        elif line.startswith("Installing collected"):
            tell(f"  unpacking {line.count(',') + 1} packages")
        elif line.startswith("ERROR:"):
            complaint = line.removeprefix("ERROR:").strip()[:300]
    failed = process.wait() != 0
    if sys.stderr.isatty():
        sys.stderr.write("\n")
    return complaint if failed else None


def tell(text: str) -> None:
    """Progress: in place on a terminal, a line each elsewhere."""
    sys.stderr.write(f"\r\033[K{text[:100]}" if sys.stderr.isatty() else f"{text}\n")
    sys.stderr.flush()


def hand_over(command: list[str]) -> None:
    """Go on in the environment's interpreter; this process becomes that one where the system
    can.
    """
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
