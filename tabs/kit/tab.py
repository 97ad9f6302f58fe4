"""The record of a tab, which is all that the window knows of it, and the tabs that stand."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import gradio as gr

from studio import jobs
from tabs.kit.forms import Choices, Form
from tabs.kit.lazy import Lazy
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.wiring import connect

C = TypeVar("C")  # a tab's own dataclass of components


@dataclass(frozen=True, kw_only=True)
class Chooser:
    """A dropdown beside those of the forms: above a tab's result, or of a form's presets.

    source: the list that it chooses from. none: the word of a first entry that chooses nothing.
    made_by: kinds of job whose result stands in the list from the press of the button on. free:
    nothing need be chosen; without anything to choose it is out of sight.
    """

    box: gr.Dropdown
    source: str
    none: str = ""
    made_by: tuple[str, ...] = ()
    free: bool = False

    def options(self, session: Session, choices: Choices) -> Choices:
        """What the dropdown offers when its list is `choices`."""
        return [(session.word(self.none), ""), *choices] if self.none else choices


@dataclass(frozen=True, kw_only=True)
class Accept(Generic[C]):
    """What a tab takes over from another one: `fill(components, window, session, what)` changes
    `fills`.
    """

    fills: Callable[[C], Sequence[Any]]
    fill: Callable[[C, "Window", Session, Any], Values]


def _nothing(*_: Any) -> Any:
    return ()


@dataclass(frozen=True, kw_only=True)
class Tab(Generic[C]):
    """One tab.

    name: the key of its words (`tabs.<name>`) and part of its DOM ids.
    build: lays it out in the current Gradio context. wire: what a click does, once all tabs stand.
    views: what it shows now, by component; `drawn` lists those components, `watched` those of the
    page that the views hang on.
    forms: its forms whose lists the workspace fills; the documents that have just been added are
    chosen in the first. choosers: the dropdowns above its result.
    kinds: the jobs that it starts. makes: those of them that make its result: ● stands in the
    label while one runs, or while `busy` says so. badge: the count in the label.
    offers: lists for everyone's forms, by source. accepts: what it takes over, by its name.
    unstored: what its views hang on that neither the store nor a run's folder tells of.
    restore: what a page load puts back beside the forms, into the components `restored`.
    numbered: whether it is one of the steps of the way, which are counted.
    public: it is there when the window is shared or on the network.
    """

    name: str
    build: Callable[[Shared], C]
    wire: Callable[[C, "Window"], None]
    drawn: Callable[[C], Sequence[Any]]
    views: Callable[[C, Session, Values], dict[Any, Lazy]]
    watched: Callable[[C], Iterable[Any]] = _nothing
    forms: Callable[[C], Sequence[Form[Any]]] = _nothing
    choosers: Callable[[C], Sequence[Chooser]] = _nothing
    kinds: tuple[str, ...] = ()
    makes: tuple[str, ...] = ()
    busy: Callable[[Session], bool] | None = None
    badge: Callable[[Session], int] | None = None
    offers: Mapping[str, Callable[[Session], Choices]] = field(default_factory=dict)
    accepts: Mapping[str, Accept[C]] = field(default_factory=dict)
    unstored: Callable[[], Any] = _nothing
    restored: Callable[[C], Sequence[Any]] = _nothing
    restore: Callable[[C, Session], Values] | None = None
    numbered: bool = True
    public: bool = False


@dataclass(frozen=True)
class Window:
    """The tabs that stand, with the components of each by its name."""

    shared: Shared
    tabs: tuple[Tab[Any], ...]
    made: Mapping[str, Any]

    def pairs(self) -> Iterator[tuple[Tab[Any], Any]]:
        """Each tab with its components."""
        return ((tab, self.made[tab.name]) for tab in self.tabs)

    @property
    def names(self) -> tuple[str, ...]:
        """The tabs' names in their order."""
        return tuple(tab.name for tab in self.tabs)

    def named(self, name: str) -> Tab[Any]:
        """The tab of a name. Raises KeyError."""
        return {tab.name: tab for tab in self.tabs}[name]

    def offers(self) -> dict[str, Callable[[Session], Choices]]:
        """The lists that tabs offer to everyone's forms, by source."""
        return {source: choices for tab in self.tabs for source, choices in tab.offers.items()}

    def choices(self, session: Session, source: str) -> Choices:
        """What the list of a source holds now. Raises KeyError."""
        return self.offers()[source](session)

    def opening(self, source: str) -> Values:
        """The updates that open the tab where the things of a list are made."""
        return self.shared.go(next(tab.name for tab in self.tabs if source in tab.offers))

    def takes(self, thing: str) -> bool:
        """Whether a tab of this window accepts such a thing."""
        return any(thing in tab.accepts for tab in self.tabs)

    def taking(self, thing: str) -> tuple[list[Any], Callable[[Session, Any], Values]]:
        """How a thing is handed on: the components that change, and `hand(session, what)`, which
        fills the tab that accepts such a thing and opens it.
        """
        tab, parts = next(pair for pair in self.pairs() if thing in pair[0].accepts)
        accept = tab.accepts[thing]

        def hand(session: Session, what: Any) -> Values:
            return {**self.shared.go(tab.name), **accept.fill(parts, self, session, what)}

        return [self.shared.tabs, self.shared.active, *accept.fills(parts)], hand

    def hand_on(
        self,
        button: gr.Button,
        thing: str,
        found: Callable[[Session, Values], Any],
        *,
        inputs: Iterable[Any] = (),
        notice: Any = None,
    ) -> None:
        """Wire the button that goes on with a tab's result: `found(session, values)` is what is
        handed on; it raises a StudioError where there is nothing yet.
        """
        outputs, hand = self.taking(thing)
        connect(
            self.shared,
            button.click,
            lambda session, values: hand(session, found(session, values)),
            inputs=inputs,
            outputs=outputs,
            notice=notice,
        )


def active(session: Session) -> list[jobs.JobRecord]:
    """The jobs that are queued or running; their progress may be older than now."""
    found: list[jobs.JobRecord] = session.kept(
        "active jobs", ("jobs",), lambda: jobs.running(session.workspace)
    )
    return found


def label(session: Session, place: int, tab: Tab[Any]) -> str:
    """A tab's label: its place from 1 on where it is numbered, its name, its live count, ● while it
    is at work.
    """
    busy = tab.busy or (lambda session: any(r.kind in tab.makes for r in active(session)))
    count = tab.badge(session) if tab.badge else 0
    return (
        (f"{place} " if tab.numbered else "")
        + session.word(f"tabs.{tab.name}")
        + (f" {count:,}" if count else "")
        + (" ●" if busy(session) else "")
    )
