"""Writing files so that a kill at any instant leaves the old version or the new one, never a
part.
"""

import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from studio.errors import WorkspaceError

SPARE_BYTES = 200 * 1024 * 1024


def write_text(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Replace `path` by UTF-8 `text` (no newline translation) in one step.

    Raises WorkspaceError.
    """
    write_bytes(path, text.encode("utf-8", "surrogatepass"), mode=mode)


def write_bytes(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Replace `path` by `data`: temporary file, fsync, rename, fsync of the folder."""
    with replacing(path, mode=mode) as out:
        out.write(data)


@contextlib.contextmanager
def replacing(path: Path, *, mode: int = 0o644) -> Iterator[IO[bytes]]:
    """A file to write to that takes the place of `path` at the end, in one step; where what is done
    inside raises, `path` stays as it was. Raises WorkspaceError.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
        try:
            with os.fdopen(handle, "wb") as out:
                os.fchmod(out.fileno(), mode) if hasattr(os, "fchmod") else None
                yield out
                out.flush()
                os.fsync(out.fileno())
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise disk_error(error, path) from error


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` durable; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_json(path: Path, data: Any) -> None:
    """Replace `path` by indented JSON."""
    write_text(path, json.dumps(data, ensure_ascii=False, indent=2) + "\n")


def sha256(path: Path) -> str:
    """SHA-256 hex of a file, read in 1 MiB pieces."""
    total = hashlib.sha256()
    with path.open("rb") as source:
        while piece := source.read(1 << 20):
            total.update(piece)
    return total.hexdigest()


def size_of(path: Path) -> int:
    """A file's size in bytes; 0 where there is none that can be looked at."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def human_size(size: int) -> str:
    """Bytes as people read them: 812 B, 31 kB, 1.2 GB (powers of ten)."""
    figure = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if figure < 1000 or unit == "GB":
            return (
                f"{figure:.1f} {unit}"
                if unit == "GB" or 0 < figure < 10 and unit != "B"
                else f"{figure:.0f} {unit}"
            )
        figure /= 1000
    raise AssertionError(size)


def export_file(
    folder: Path, name: str, suffix: str, need_bytes: int, write: Callable[[Path], Any]
) -> Path:
    """Have `write(path)` make a file called after `name`, and put it into `folder` in one step; its
    path there.

    need_bytes: about as large as it gets. Raises WorkspaceError, and whatever `write` raises.
    """
    folder.mkdir(parents=True, exist_ok=True)
    require_space(folder, need_bytes)
    work = Path(tempfile.mkdtemp(dir=folder, prefix=".export-"))
    try:
        stem = re.sub(r"[^\w .-]+", "_", name).strip(" .")[:80] or "export"
        made = work / f"{stem}.{suffix}"
        write(made)
        return made.replace(folder / made.name)
    except OSError as error:
        raise disk_error(error, folder) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def disk_error(error: OSError, path: Path) -> WorkspaceError:
    """The user's sentence for an operating system's refusal to write."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return WorkspaceError(
            "The disk is full: {path} was not written.",
            "Free some space, then start again; nothing finished is lost.",
            path=path.name,
        )
    return WorkspaceError(
        "{path} cannot be written ({reason}).",
        "Check the folder's permissions or choose another workspace.",
        path=path.name,
        reason=os.strerror(error.errno) if error.errno else error,
    )


def require_space(folder: Path, need_bytes: int) -> None:
    """Refuse to begin what would not fit: `need_bytes` plus a reserve of 200 MB.

    Raises WorkspaceError.
    """
    free = shutil.disk_usage(folder).free
    if free < need_bytes + SPARE_BYTES:
        raise WorkspaceError(
            "Only {free} MB are free where the workspace lies; this needs about {need} MB.",
            "Free some space or choose a workspace on another disk.",
            free=free >> 20,
            need=(need_bytes + SPARE_BYTES) >> 20,
        )
