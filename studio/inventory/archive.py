"""A workspace as one zip, out and in: to take it to another machine, or to keep it.

The zip holds the folder as it is, with a whole copy of the store in place of the store's working
files; what is made again when needed (caches, locks, uploads under way) stays behind. API keys are
in no workspace. The first member, `inkwell.json`, names the form.
"""

import contextlib
import json
import os
import shutil
import stat
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from studio.errors import InputError, JobError
from studio.files import disk_error, require_space
from studio.inventory.collect import folder_bytes
from studio.jobs import records
from studio.progress import UNWATCHED, Watch
from studio.store import Store, jobs
from studio.workspace import Workspace, home, listed, safe_name

ABOUT = "inkwell.json"
FORM = 1
STORE = "inkwell.db"
LEFT_OUT = frozenset(("cache", "incoming", "exports", "__pycache__"))
BLOCK = 1 << 20
# Text and rows shrink; weights do not, and are only carried.
STORED = (".safetensors", ".bin", ".pt", ".gguf", ".zip", ".parquet", ".png")
MOST_MEMBERS = 200_000
MOST_RATIO = 200  # bytes unpacked for one packed, over the whole zip: text reaches about 20


def pack(workspace: Workspace, target: Path, watch: Watch = UNWATCHED, *, but: str = "") -> Path:
    """Write a workspace as a zip; `target` is the file, which appears when it is whole.

    but: the job that packs, which stays behind.

    Raises JobError while a job is at work, WorkspaceError where there is no room.
    """
    if running := [record for record in records.running(workspace) if record.id != but]:
        raise JobError(
            "A job is at work in this workspace ({job}).",
            "Wait until it is done, or stop it, then pack.",
            job=running[0].title or running[0].kind,
        )
    target = target.expanduser().resolve()
    total = folder_bytes(workspace.path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        require_space(target.parent, total)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".pack-") as made:
            zipped = Path(made) / "workspace.zip"
            _write(workspace, Path(made), zipped, total, watch, but)
            zipped.replace(target)
    except OSError as error:
        raise disk_error(error, target) from error
    return target


def _write(
    workspace: Workspace, work: Path, zipped: Path, total: int, watch: Watch, but: str
) -> None:
    about = {"form": FORM, "name": workspace.name, "packed": time.time()}
    done = 0
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as out:
        out.writestr(ABOUT, json.dumps(about, ensure_ascii=False))
        copy = work / STORE
        workspace.store.copy_to(copy)
        if but:
            _forget(copy, but)
        out.write(copy, STORE)
        own = workspace.run_folder(but) if but else None
        for path in _files(workspace.path):
            if own is not None and path.is_relative_to(own):
                continue
            name = path.relative_to(workspace.path).as_posix()
            how = zipfile.ZIP_STORED if path.suffix in STORED else zipfile.ZIP_DEFLATED
            out.write(path, name, how)
            done += path.stat().st_size
            watch.at(min(1.0, done / max(1, total)))


def _forget(copy: Path, job: str) -> None:
    """Take a job out of a copy of the store."""
    store = Store(copy)
    with store.write() as db:
        jobs.delete(db, job)
    store.close()
    for left in copy.parent.glob(f"{copy.name}-*"):  # the closed store has written all of it
        left.unlink()


def _files(folder: Path) -> Iterator[Path]:
    """The files that are packed, in an order that does not change."""
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if name not in LEFT_OUT and not name.startswith(".")
        )
        for name in sorted(names):
            path = Path(where) / name
            if name.startswith((STORE, ".")) or name.endswith(".lock") or path.is_symlink():
                continue
            yield path


def unpack(
    archive: Path, name: str = "", watch: Watch = UNWATCHED, *, shown: str = ""
) -> Workspace:
    """Open a packed workspace under `name` (its own where none is given; with a number where that
    is taken). It appears when it is whole. shown: what its owner calls the file.

    Raises InputError for what is no packed workspace, WorkspaceError where there is no room or the
    workspace is of a newer version.
    """
    folder, shown = home() / "workspaces", shown or archive.name
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(archive) as packed:
            about = _about(packed, shown)
            members = _members(packed, shown)
            require_space(folder, sum(info.file_size for info in members))
            with tempfile.TemporaryDirectory(dir=folder, prefix=".unpack-") as made:
                work = Path(made) / "workspace"
                _extract(packed, members, work, watch)
                Workspace.open(work).store.close()  # refuses what is no store, or a newer one's
                target = folder / _free(name.strip() or str(about.get("name") or "workspace"))
                work.rename(target)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise _no_workspace(shown) from error
    except OSError as error:
        raise disk_error(error, folder) from error
    return Workspace.open(target)


def _about(packed: zipfile.ZipFile, shown: str) -> dict[str, object]:
    try:
        with packed.open(ABOUT) as source:
            about = json.loads(source.read(BLOCK))
    except (KeyError, ValueError) as error:
        raise _no_workspace(shown) from error
    if not isinstance(about, dict) or about.get("form") != FORM:
        raise InputError(
            "{name} was packed by another version of Inkwell Studio.",
            "Update Inkwell Studio, then open it again.",
            name=shown,
        )
    return about


def _members(packed: zipfile.ZipFile, shown: str) -> list[zipfile.ZipInfo]:
    """The files to unpack, each with a name that leads nowhere else."""
    members = [info for info in packed.infolist() if not info.is_dir() and info.filename != ABOUT]
    unpacked = sum(info.file_size for info in members)
    size = sum(info.compress_size for info in members)
    if len(members) > MOST_MEMBERS or unpacked > MOST_RATIO * max(size, BLOCK):
        raise _no_workspace(shown)
    for info in members:
        parts = PurePosixPath(info.filename).parts
        link = stat.S_ISLNK(info.external_attr >> 16)
        odd = "\\" in info.filename or ":" in info.filename or "\0" in info.filename
        if link or odd or not parts or parts[0] == "/" or ".." in parts:
            raise _no_workspace(shown)
    if not any(info.filename == STORE for info in members):
        raise _no_workspace(shown)
    return members


def _extract(
    packed: zipfile.ZipFile, members: list[zipfile.ZipInfo], work: Path, watch: Watch
) -> None:
    total, done = sum(info.file_size for info in members), 0
    for info in members:
        path = work / info.filename
        path.parent.mkdir(parents=True, exist_ok=True)
        with packed.open(info) as source, path.open("wb") as out:
            shutil.copyfileobj(source, out, BLOCK)
        with contextlib.suppress(ValueError, OverflowError, OSError):  # a day that is none
            made = time.mktime((*info.date_time, 0, 0, -1))
            os.utime(path, (made, made))  # the day that a dataset or a preset was made
        done += info.file_size
        watch.at(done / max(1, total))


def _free(name: str) -> str:
    taken = {known.casefold() for known in listed()}
    base, number, wanted = safe_name(name), 1, safe_name(name)
    while wanted.casefold() in taken:
        number += 1
        wanted = f"{base[:74]}-{number}"
    return wanted


def _no_workspace(shown: str) -> InputError:
    return InputError(
        "{name} is no packed workspace.",
        "Choose a zip that Inkwell Studio packed.",
        name=shown,
    )
