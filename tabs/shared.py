"""What every tab shares: the top bar, the session behind a click, wiring with one edge for errors,
and lazy views that are drawn again only when what they show has changed."""

import functools
import logging
import secrets
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import blake2s
from pathlib import Path
from typing import Any

import gradio as gr

from studio import workspace as workspaces
from studio.errors import StudioError, WorkspaceError
from studio.secrets import redact
from studio.workspace import Workspace
from tabs import forms
from tabs.language import Translated, sentences, word, words
from tabs.pages import Pages
from tabs.views import payload, read_at, stamp, view

TABS = ("chunking", "dialogue", "instructions", "preferences", "dataset", "training", "chat")
Values = dict[Any, Any]
log = logging.getLogger("inkwell.window")


@dataclass(frozen=True)
class Lazy:
    """A component's content: built only when `version` differs from what the page already has.

    `at` is the stamp of its reading. Give it where `build` draws what was read before; else `build` reads afterwards.
    """

    version: Any
    build: Callable[[], Any]
    at: int = field(default_factory=stamp)

    @property
    def mark(self) -> str:
        """The version in a few letters, the same in every process."""
        return blake2s(repr(self.version).encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()

    def draw(self, component: Any = None) -> Any:
        """The content, with its stamp; for a known component also with its version, so that the page can tell what it shows."""
        with read_at(self.at, f"{component._id}={self.mark}" if component is not None else ""):
            return self.build()


@dataclass(frozen=True)
class Session:
    """The workspace and the language behind one event."""

    workspace: Workspace
    language: str

    def word(self, key: str, **values: Any) -> str:
        """A word in the session's language."""
        return word(self.language, key, **values)

    def words(self, section: str) -> dict[str, str]:
        """A section of words in the session's language."""
        return words(self.language, section)

    def kept(self, key: Any, tables: Iterable[str], build: Callable[[], Any], also: Any = None) -> Any:
        """What `build` reads from these tables of the store, read again only when one of them was written or `also` is another."""
        return self.workspace.store.kept((key, self.language), tables, build, also)


@dataclass(frozen=True)
class Shared:
    """The window's common components and settings."""

    said: Translated
    launched: Path
    chat_only: bool
    language: gr.State
    workspace: gr.Dropdown
    model: gr.Dropdown
    hub: gr.Dropdown
    finetuning_type: gr.Dropdown
    quantization: gr.Dropdown
    adapter: gr.Dropdown
    tabs: gr.Tabs
    active: gr.State
    pages: Pages = field(default_factory=Pages)

    def session(self, values: Values) -> Session:
        """The session of an event from its input values. Raises WorkspaceError for a bad name."""
        language = values.get(self.language) if values.get(self.language) in ("en", "zh") else "en"
        name = None if self.chat_only else values.get(self.workspace)
        return Session(opened(place(self.launched, name)), str(language))

    @property
    def bar(self) -> set[Any]:
        """The top bar's model settings, as handler inputs."""
        return {self.model, self.hub, self.finetuning_type, self.quantization, self.adapter}


def place(launched: Path, name: Any) -> Path:
    """The folder of a workspace by its name in the top bar; only names, never paths, come from the page."""
    if not name or name == launched.name:
        return launched
    return workspaces.home() / "workspaces" / workspaces.safe_name(str(name))


@functools.lru_cache(maxsize=32)
def opened(path: Path) -> Workspace:
    """The workspace at `path`, opened once a process."""
    return Workspace.open(path)


def notice() -> gr.HTML:
    """The place under a tab's buttons where what happened and what to do is told."""
    return view("notice")


def told(session: Session, what: str, do: str = "", *, good: bool = False) -> str:
    """A notice's value."""
    return payload({"what": what, "do": do, "good": good})


def connect(
    shared: Shared,
    listener: Callable[..., Any],
    handler: Callable[..., Values],
    *,
    inputs: Iterable[Any] = (),
    outputs: Iterable[Any] = (),
    notice: Any = None,
    event: bool = False,
    looks: bool = False,
    **options: Any,
) -> Any:
    """Wire `handler(session, values[, event data]) -> {component: update}`; the window's edge for errors.

    A StudioError becomes the notice's two lines; anything unforeseen is logged under an id and named.
    looks: the event changes nothing that the open tab's views hang on.
    """
    wanted = {shared.language, shared.workspace, *inputs}
    given = list(dict.fromkeys([*outputs, *([notice] if notice is not None else [])]))

    def run(values: Values, *more: Any) -> Values:
        try:
            session = shared.session(values)
            changed = handler(session, values, *more)
            return ({notice: ""} if notice is not None else {}) | (changed or nothing())
        except StudioError as error:
            return trouble(str(values.get(shared.language) or "en"), error)
        except Exception:
            number = secrets.token_hex(3)
            log.error("%s: %s", number, redact(traceback.format_exc()))
            unforeseen = StudioError("Something went wrong in the window (no. {number}).", "The log of the window has the details.", number=number)
            return trouble(str(values.get(shared.language) or "en"), unforeseen)
        finally:
            if not looks:
                shared.pages.forget()

    def nothing() -> Values:
        """Gradio takes an empty dict for a missing answer: say that the first output stays as it is."""
        return {given[0]: gr.skip()} if given else {}

    def trouble(language: str, error: StudioError) -> Values:
        what, do = sentences(language, error)
        if notice is None:
            gr.Warning(f"{what} {do}", duration=8)
            return nothing()
        return {notice: payload({"what": what, "do": do, "marks": forms.marks(error), "at": time.monotonic_ns()})}

    def with_event(values: Values, data: gr.EventData) -> Values:
        return run(values, getattr(data, "_data", None) or {}) or None

    def plain(values: Values) -> Values:
        return run(values) or None

    options = {"show_progress": "hidden", "queue": False, "api_visibility": "private"} | options
    return listener(with_event if event else plain, inputs=wanted, outputs=given, **options)


def fresh(views: dict[Any, Lazy], have: dict[str, Any]) -> tuple[Values, dict[str, str]]:
    """The updates of those views whose version the page has not got yet, and the versions of all: component id → mark."""
    marks = {component: lazy.mark for component, lazy in views.items()}
    changed = {component: lazy.draw(component) for component, lazy in views.items() if have.get(str(component._id)) != marks[component]}
    return changed, {str(component._id): mark for component, mark in marks.items()}


def drawn(views: dict[Any, Lazy]) -> Values:
    """All views built at once, as the answer to a click."""
    return {component: lazy.draw(component) for component, lazy in views.items()}


def go(shared: Shared, name: str) -> Values:
    """The updates that open a tab; the server is told too, since Gradio's select event is for clicks alone."""
    return {shared.tabs: gr.Tabs(selected=TABS.index(name)), shared.active: name}


def workspace_names(launched: Path) -> list[str]:
    """The names that the top bar offers: the launched folder first, then those under home."""
    return list(dict.fromkeys([launched.name, *workspaces.listed()]))


def check_new(name: str) -> str:
    """A typed workspace name. Raises WorkspaceError."""
    if not name:
        raise WorkspaceError("A workspace needs a name.", "Type one, or choose one from the list.")
    return workspaces.safe_name(name)
