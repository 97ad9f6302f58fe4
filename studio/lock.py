"""The lock: what requirements.lock pins, what of it one machine installs, and how it is made anew.

Standard library only, since launch.py imports this before any package is installed. Nothing here
installs a package or runs the tests: launch.py does both, and keeps a new lock only if the tests
pass with it. What goes wrong is told on the terminal and by an exit status, not by a StudioError,
since there is no window yet that could show one.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
TESTS_ONLY = "# Only for the tests"
# What torch's CUDA build brings along; its CPU build needs none of it, and it is gigabytes.
CUDA_ONLY = re.compile(r"(nvidia-(?!ml-py)|cuda-)")
# Where the lock's packages must have a ready file, as `uv` names the platforms.
PLATFORMS = ("x86_64-manylinux_2_28", "aarch64-manylinux_2_28", "windows", "macos")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


def pins(lock: str) -> dict[str, str]:
    """Name → version of each package that a lock pins."""
    return dict(re.findall(r"(?m)^([a-z0-9][\w.-]*)==([\w.+!-]+)", lock))


def selected(lock: str, *, with_tests: bool, cuda: bool) -> str:
    """The lines of a lock that one machine installs: requirements with their hashes, comments left
    out.
    """
    kept, keep = [], True
    for line in lock.splitlines():
        if line.startswith(TESTS_ONLY) and not with_tests:
            break
        if re.match(r"[a-z0-9]", line):
            # With the CPU build, torch is there already, from an index that has it under a hash of
            # its own.
            keep = cuda or not (CUDA_ONLY.match(line) or line.startswith("torch=="))
        if keep and line.strip() and not line.lstrip().startswith("#"):
            kept.append(line)
    return "\n".join(kept) + "\n"


def changes(former: dict[str, str], new: dict[str, str]) -> list[str]:
    """A line for each package whose version is not the same in two locks, as `pins` reads them."""
    return [
        f"  {name}: {former.get(name, 'new')} → {new.get(name, 'gone')}"
        for name in sorted(former | new)
        if former.get(name) != new.get(name)
    ]


def make_lock(
    python: Path, target: Path, names: list[str], complain: Callable[[str, str], int]
) -> int:
    """Resolve pyproject.toml into `target`: one version of each package for all platforms and
    Pythons; 0 or 1.

    Resolved first for the Python and platform that the tests run on, then for all the others with
    the same versions. `names` are the packages to move; without any, all move. 1 stands for what uv
    could not resolve, told through `complain` (what happened, what to do), and for a package that
    has no ready file for some platform, told by uv.
    """
    base = [
        str(python),
        "-m",
        "uv",
        "pip",
        "compile",
        "-q",
        "--no-emit-index-url",
        "--no-header",
        "--python-version",
        PYTHONS[0],
        str(ROOT / "pyproject.toml"),
    ]
    upgrade = (
        [part for name in names for part in ("--upgrade-package", name)] if names else ["--upgrade"]
    )
    here, runtime = target.with_name("here.txt"), target.with_name("runtime.txt")
    if LOCK.exists():
        # uv stays with the versions it finds where it is not asked to move them.
        shutil.copyfile(LOCK, here)
    same = ["--universal", "--generate-hashes", "-c", str(here)]
    steps = (
        ["--extra", "test", "--no-annotate", *upgrade, "-o", str(here)],
        ["--extra", "test", *same, "-o", str(target)],
        [*same, "-o", str(runtime)],
    )
    for path in (target, runtime):
        path.unlink(missing_ok=True)
    if any(subprocess.call([*base, *step]) for step in steps):
        return complain(
            "The newest packages could not be found out.",
            "Check the network or the package index; uv's words stand above.",
        )
    whole, needed = target.read_text(encoding="utf-8"), pins(runtime.read_text(encoding="utf-8"))
    write_lock(target, whole, needed)
    return sum(missing_files(python, target)) and 1


def write_lock(target: Path, whole: str, needed: dict[str, str]) -> None:
    """The resolved lines in two parts, those that only the tests need behind the others."""
    blocks = re.split(r"(?m)^(?=[a-z0-9])", whole)
    parts = [
        [b for b in blocks if b.strip() and (b.split("==")[0] in needed) is runtime]
        for runtime in (True, False)
    ]
    head = (
        "# Every package that the tests passed with. Made by `python launch.py update`; "
        "do not edit.\n"
    )
    target.write_text(
        f"{head}{''.join(parts[0])}\n{TESTS_ONLY}\n{''.join(parts[1])}", encoding="utf-8"
    )


def missing_files(python: Path, lock: Path) -> list[int]:
    """For each platform and Python, 1 where a package of the lock has no ready file; uv's words
    name it.
    """

    def check(platform: str, version: str) -> int:
        command = [
            str(python),
            "-m",
            "uv",
            "pip",
            "install",
            "-q",
            "--dry-run",
            "--only-binary",
            ":all:",
            "--no-deps",
            "--target",
            str(lock.with_name("none")),
            "--python-platform",
            platform,
            "--python-version",
            version,
            "-r",
            str(lock),
        ]
        return subprocess.call(command, env=os.environ | {"MACOSX_DEPLOYMENT_TARGET": "14.0"}) and 1

    return [check(platform, version) for platform in PLATFORMS for version in PYTHONS]
