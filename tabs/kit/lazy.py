"""Views that are drawn again only when what they show has changed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2s
from typing import Any

from tabs.kit.session import Values
from tabs.views import read_at, stamp


@dataclass(frozen=True)
class Lazy:
    """A component's content: built only when `version` differs from what the page already has.

    `at` is the stamp of its reading. Give it where `build` draws what was read before; else `build`
    reads afterwards.
    """

    version: Any
    build: Callable[[], Any]
    at: int = field(default_factory=stamp)

    @property
    def mark(self) -> str:
        """The version in a few letters, the same in every process."""
        return blake2s(
            repr(self.version).encode("utf-8", "surrogatepass"), digest_size=9
        ).hexdigest()

    def draw(self, component: Any = None) -> Any:
        """The content, with its stamp; for a known component also with its version, so that the
        page can tell what it shows.
        """
        with read_at(self.at, f"{component._id}={self.mark}" if component is not None else ""):
            return self.build()


def fresh(views: dict[Any, Lazy], have: dict[str, Any]) -> tuple[Values, dict[str, str]]:
    """The updates of those views whose version the page has not got yet, and the versions of all:
    component id → mark.
    """
    marks = {component: lazy.mark for component, lazy in views.items()}
    changed = {
        component: lazy.draw(component)
        for component, lazy in views.items()
        if have.get(str(component._id)) != marks[component]
    }
    return changed, {str(component._id): mark for component, mark in marks.items()}


def drawn(views: dict[Any, Lazy]) -> Values:
    """All views built at once, as the answer to a click."""
    return {component: lazy.draw(component) for component, lazy in views.items()}
