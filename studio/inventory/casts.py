"""Casts: tables of characters that a person keeps under a name, for the next text with the same
people. Each is a text file in the workspace's `casts/`, a line a person.
"""

from collections.abc import Iterable
from pathlib import Path

from studio.dialogue import Character, format_characters, parse_characters
from studio.errors import InputError
from studio.files import write_text
from studio.workspace import Workspace, safe_name

FOLDER, ENDING = "casts", ".txt"


def keep(workspace: Workspace, name: str, people: Iterable[Character]) -> str:
    """Keep a cast; the name that it has from now on: `name`, or the first free "name 2" …

    The same people under the same name are kept once. Raises InputError where there is nobody,
    WorkspaceError for a name that no file can have.
    """
    text = format_characters(people)
    if not text.strip():
        raise InputError("There are no characters to keep.", "Name some, or press Find characters.")
    base, number = safe_name(name), 1
    wanted = base
    while (path := path_of(workspace, wanted)).exists() and text_of(path) != text:
        number += 1
        wanted = f"{base[:74]} {number}"
    if not path.exists():
        write_text(path, text)
    return wanted


def cast(workspace: Workspace, name: str) -> list[Character]:
    """The people of a cast. Raises InputError where it is no more."""
    return parse_characters(text_of(_there(workspace, name)))


def files(workspace: Workspace) -> list[Path]:
    """The files of the workspace's casts, by name."""
    return sorted((workspace.path / FOLDER).glob(f"*{ENDING}"))


def text_of(path: Path) -> str:
    """The lines of a cast's file; "" where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def rename(workspace: Workspace, name: str, wanted: str) -> str:
    """Call a cast otherwise; its new name. Raises InputError where that is taken."""
    path, wanted = _there(workspace, name), safe_name(wanted)
    taken = {one.stem.casefold() for one in files(workspace) if one != path}
    if wanted.casefold() in taken:
        raise InputError("{name} is taken.", "Choose another name.", name=wanted)
    path.rename(path_of(workspace, wanted))
    return wanted


def delete(workspace: Workspace, name: str) -> None:
    """Delete a cast; nothing happens where it is gone."""
    path_of(workspace, name).unlink(missing_ok=True)


def path_of(workspace: Workspace, name: str) -> Path:
    """Where a cast of that name lies, or would."""
    return workspace.path / FOLDER / f"{safe_name(name)}{ENDING}"


def _there(workspace: Workspace, name: str) -> Path:
    path = path_of(workspace, name)
    if not path.is_file():
        raise InputError("{name} is not there any more.", "Look at the list again.", name=name)
    return path
