"""What every tab shares: the top bar, the session behind a click, wiring with one edge for errors,
and lazy views that are drawn again only when what they show has changed."""

import functools
import json
import logging
import secrets
import time
import traceback
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2s
from pathlib import Path
from typing import Any

import gradio as gr

from studio import workspace as workspaces
from studio.errors import InputError, StudioError, WorkspaceError
from studio.secrets import redact
from studio.workspace import Workspace
from tabs import forms, guests
from tabs.language import Translated, sentences, word, words
from tabs.pages import Pages
from tabs.views import payload, read_at, stamp, view

TABS = ("chunking", "dialogue", "instructions", "preferences", "dataset", "training", "chat")
Values = dict[Any, Any]
# Nothing is drawn over a component while its event is under way. Gradio keeps the state of all that
# may be drawn over, and sets the whole of it anew at each click: with these every click costs what
# it changes, and no more.
QUIET: dict[str, Any] = {
    "show_progress": "hidden",
    "show_progress_on": [],
    "api_visibility": "private",
}
log = logging.getLogger("inkwell.window")


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
    notice: gr.HTML  # of the whole window, for what has no place of its own
    pages: Pages = field(default_factory=Pages)

    def session(self, values: Values) -> Session:
        """The session of an event from its input values. Raises WorkspaceError for a bad name."""
        name = None if self.chat_only else values.get(self.workspace)
        return Session(opened(place(self.launched, name)), self.spoken(values), self.chat_only)

    def spoken(self, values: Values) -> str:
        """The language of an event."""
        return "zh" if values.get(self.language) == "zh" else "en"

    def trouble(self, values: Values, error: StudioError, notice: Any = None) -> Values:
        """An error as the two lines of a notice: the tab's own, else the window's."""
        what, do = sentences(
            self.spoken(values), guests.discreet(error, self.launched) if self.chat_only else error
        )
        told = {"what": what, "do": do, "marks": forms.marks(error), "at": time.monotonic_ns()}
        if notice is not None:
            return {notice: payload(told)}
        return {self.notice: payload(told | {"close": word(self.spoken(values), "notice.close")})}

    @property
    def bar(self) -> set[Any]:
        """The top bar's model settings, as handler inputs."""
        return {self.model, self.hub, self.finetuning_type, self.quantization, self.adapter}


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


def notice() -> gr.HTML:
    """The place under a tab's buttons where what happened and what to do is told."""
    return view("notice")


def told(session: Session, what: str, do: str = "", *, good: bool = False) -> str:
    """A notice's value."""
    return payload({"what": what, "do": do, "good": good})


@contextmanager
def edge(tell: Callable[[StudioError], Any]) -> Iterator[None]:
    """The window's edge for errors: a StudioError goes to `tell`; anything unforeseen is logged
    under a number and told by it.
    """
    try:
        yield
    except StudioError as error:
        tell(error)
    except Exception:
        number = secrets.token_hex(3)
        log.error("%s: %s", number, redact(traceback.format_exc()))
        tell(
            StudioError(
                "Something went wrong in the window (no. {number}).",
                "The log of the window has the details.",
                number=number,
            )
        )


def connect(
    shared: Shared,
    listener: Callable[..., Any],
    handler: Callable[..., Values],
    *,
    inputs: Iterable[Any] = (),
    outputs: Iterable[Any] = (),
    notice: Any = None,
    upload: Any = None,
    fills: forms.Form | None = None,
    event: bool = False,
    looks: bool = False,
    **options: Any,
) -> Any:
    """Wire `handler(session, values[, event data]) -> {component: update}` behind the window's edge
    for errors.

    An error becomes the two lines of `notice`, or of the window's own notice where the tab has
    none.
    upload: the box by which a file comes; it is emptied whatever becomes of the file, so that the
    next one can come.
    fills: the form that the answer fills; until then its fields take nothing in.
    looks: the event changes nothing that the open tab's views hang on.
    """
    boxes = [upload] if upload is not None else []
    wanted, given = _wires(shared, [*inputs, *boxes], [*outputs, *boxes], notice)

    def run(values: Values, *more: Any) -> Values:
        answer: Values = {box: gr.update(value=None) for box in boxes}
        with edge(lambda error: answer.update(shared.trouble(values, error, notice))):
            changed = handler(shared.session(values), values, *more)
            answer |= ({notice: ""} if notice is not None else {}) | (changed or {})
        if not looks:
            shared.pages.forget()
        return answer or {given[0]: gr.skip()}  # Gradio takes an empty dict for a missing answer

    def with_event(values: Values, data: gr.EventData) -> Values:
        return run(values, getattr(data, "_data", None) or {})

    def plain(values: Values) -> Values:
        return run(values)

    options = QUIET | {"queue": False} | options
    if fills is None:
        return listener(with_event if event else plain, inputs=wanted, outputs=given, **options)
    held = json.dumps(fills.selector)
    options["js"] = f"(...given) => {{ ink.hold({held}, true); return given; }}"
    filled = listener(with_event if event else plain, inputs=wanted, outputs=given, **options)
    return filled.then(None, None, None, js=f"() => ink.hold({held}, false)", queue=False, **QUIET)


def connect_stream(
    shared: Shared,
    listener: Callable[..., Any],
    handler: Callable[[Session, Values], AsyncIterator[Values]],
    *,
    inputs: Iterable[Any] = (),
    outputs: Iterable[Any] = (),
    notice: Any = None,
    busy: Iterable[Any] = (),
    **options: Any,
) -> Any:
    """The streaming twin of `connect`: `handler` is an asynchronous generator of updates.

    busy: buttons that are switched off at once. The handler may switch them on before its end;
    whatever happens, a fault of ours or of Gradio's own, they are on when it has ended.
    """
    held = list(busy)
    wanted, given = _wires(shared, inputs, [*outputs, *held], notice)

    async def run(values: Values) -> AsyncIterator[Values]:
        yield {button: gr.update(interactive=False) for button in held} or {given[0]: gr.skip()}
        failed: Values = {}
        with edge(lambda error: failed.update(shared.trouble(values, error, notice))):
            async for changed in handler(shared.session(values), values):
                yield changed or {given[0]: gr.skip()}
        shared.pages.forget()
        if failed:
            yield failed

    options = QUIET | options
    started = listener(run, inputs=wanted, outputs=given, **options)
    if held:
        started.then(
            lambda: {button: gr.update(interactive=True) for button in held},
            None,
            held,
            queue=False,
            **QUIET,
        )
    return started


def _wires(
    shared: Shared, inputs: Iterable[Any], outputs: Iterable[Any], notice: Any
) -> tuple[set[Any], list[Any]]:
    """An event's inputs and outputs, with what every event needs."""
    return {shared.language, shared.workspace, *inputs}, list(
        dict.fromkeys([*outputs, notice if notice is not None else shared.notice])
    )


def number(data: dict[str, Any], name: str, default: float = 0) -> int:
    """A whole number that an event of the page carries.

    Raises InputError for anything else: the page may be forged.
    """
    value = data.get(name, default)
    try:
        return int(default if value is None else value)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(
            "The page sent something that cannot be used.", "Reload the page, then try again."
        ) from error


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


def go(shared: Shared, name: str) -> Values:
    """The updates that open a tab; the server is told too, since Gradio's select event is for
    clicks alone.
    """
    return {shared.tabs: gr.Tabs(selected=TABS.index(name)), shared.active: name}


def workspace_names(launched: Path) -> list[str]:
    """The names that the top bar offers: the launched folder first, then those under home."""
    return list(dict.fromkeys([launched.name, *workspaces.listed()]))


def check_new(name: str) -> str:
    """A typed workspace name. Raises WorkspaceError."""
    if not name:
        raise WorkspaceError("A workspace needs a name.", "Type one, or choose one from the list.")
    return workspaces.safe_name(name)
