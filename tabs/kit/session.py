"""The workspace and the language behind one event of a page."""

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from studio import workspace as workspaces
from studio.errors import StudioError, WorkspaceError
from studio.workspace import Workspace
from tabs.kit import guests
from tabs.kit.language import sentences, word, words

Values: TypeAlias = dict[Any, Any]  # component → its value or its update


@dataclass(frozen=True)
class Session:
    """The workspace and the language behind one event; `guest` where the window is shared and only
    the chat is wired.
    """

    workspace: Workspace
    language: str
    guest: bool = False

    def word(self, key: str, **values: Any) -> str:
        """A word in the session's language."""
        return word(self.language, key, **values)

    def words(self, section: str) -> dict[str, str]:
        """A section of words in the session's language."""
        return words(self.language, section)

    def kept(
        self, key: Any, tables: Iterable[str], build: Callable[[], Any], also: Any = None
    ) -> Any:
        """What `build` reads from these tables of the store, read again only when one of them was
        written or `also` is another.
        """
        return self.workspace.store.kept((key, self.language), tables, build, also)

    def sentences(self, error: StudioError) -> tuple[str, str]:
        """What happened and what to do, in the session's language; a guest is not told this
        machine's folders.
        """
        return sentences(
            self.language, guests.discreet(error, self.workspace.path) if self.guest else error
        )


def place(launched: Path, name: Any) -> Path:
    """The folder of a workspace by its name in the top bar; only names, never paths, come from the
    page.
    """
    if not name or name == launched.name:
        return launched
    return workspaces.home() / "workspaces" / workspaces.safe_name(str(name))


@functools.lru_cache(maxsize=32)
def opened(path: Path) -> Workspace:
    """The workspace at `path`, opened once a process."""
    return Workspace.open(path)


def workspace_names(launched: Path) -> list[str]:
    """The names that the top bar offers: the launched folder first, then those under home."""
    return list(dict.fromkeys([launched.name, *workspaces.listed()]))


def check_new(name: str) -> str:
    """A typed workspace name. Raises WorkspaceError."""
    if not name:
        raise WorkspaceError("A workspace needs a name.", "Type one, or choose one from the list.")
    return workspaces.safe_name(name)
