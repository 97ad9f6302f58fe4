"""Uploads that wait for their import job: moved into the workspace's `incoming/`, removed when the
job is done.
"""

import os
import re
import secrets
import shutil
import time
from pathlib import Path

from studio.documents.names import member_name, split_ending
from studio.errors import InputError
from studio.files import disk_error, require_space
from studio.workspace import Workspace

PREFIX = "incoming:"
FOLDER = "incoming"
STAGED = re.compile(r"(?P<key>[0-9a-f]{12})-(?P<name>[^/\\\0]{1,200})")
LONGEST_BYTES = 200  # of a file's name; file systems end at 255
FORGOTTEN_AFTER_S = 14 * 24 * 3600


def stage(workspace: Workspace, name: str, source: str | Path) -> str:
    """Bring an uploaded temporary file into the workspace; the reference that an import job takes.

    The upload itself stays where it is (no copy is made on the same disk). Raises InputError,
    WorkspaceError.
    """
    path = Path(source)
    if not path.is_file():
        raise InputError(
            "The upload {name} is no longer there.",
            "Choose the file again.",
            name=member_name(name),
        )
    folder = workspace.path / FOLDER
    file = f"{secrets.token_hex(6)}-{_fitting(member_name(name))}"
    try:
        folder.mkdir(exist_ok=True)
        _forget(folder)
        try:
            os.link(path.resolve(), folder / file)
        except OSError:
            require_space(workspace.path, path.stat().st_size)
            shutil.copyfile(path, folder / file)
    except OSError as error:
        raise disk_error(error, path) from error
    return PREFIX + file


def is_staged(reference: str) -> bool:
    """Whether a path of an import job is such a reference."""
    return reference.startswith(PREFIX)


def staged(workspace: Workspace, reference: str) -> tuple[Path, str]:
    """The file behind a reference and the name it was uploaded under.

    Raises InputError for any other text.
    """
    found = STAGED.fullmatch(reference.removeprefix(PREFIX)) if is_staged(reference) else None
    if not found or found["name"] in (".", ".."):
        raise InputError(
            "{name} is no upload of this workspace.",
            "Choose the file again.",
            name=str(reference)[:80],
        )
    path = workspace.path / FOLDER / found[0]
    if not path.is_file() or path.is_symlink():
        raise InputError(
            "The upload {name} is no longer there.", "Choose the file again.", name=found["name"]
        )
    return path, found["name"]


def shown_name(reference: str) -> str:
    """What a person called the file behind a reference or a path."""
    found = STAGED.fullmatch(reference.removeprefix(PREFIX)) if is_staged(reference) else None
    return found["name"] if found else member_name(reference).rsplit("／", 1)[-1]


def discard(workspace: Workspace, reference: str) -> None:
    """Remove a staged file; nothing happens if it is gone."""
    if is_staged(reference) and STAGED.fullmatch(reference.removeprefix(PREFIX)):
        (workspace.path / FOLDER / reference.removeprefix(PREFIX)).unlink(missing_ok=True)


def _fitting(name: str) -> str:
    """The name cut to what a file system takes, its ending kept."""
    stem, ending = split_ending(name)
    while len((stem + ending).encode("utf-8", "replace")) > LONGEST_BYTES - 20:
        stem = stem[:-1]
    return stem + ending


def _forget(folder: Path) -> None:
    """Remove uploads whose job never came to its end."""
    for path in folder.iterdir():
        if STAGED.fullmatch(path.name) and time.time() - path.stat().st_mtime > FORGOTTEN_AFTER_S:
            path.unlink(missing_ok=True)
