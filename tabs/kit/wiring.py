"""Wiring: every handler behind one edge for errors, so that a fault ends in a sentence."""

import json
import logging
import secrets
import traceback
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr

from studio.errors import InputError, StudioError
from studio.secrets import redact
from tabs.kit import forms
from tabs.kit.session import Values
from tabs.kit.shared import Shared

# Nothing is drawn over a component while its event is under way. Gradio keeps the state of all that
# may be drawn over, and sets the whole of it anew at each click: with these every click costs what
# it changes, and no more.
QUIET: dict[str, Any] = {
    "show_progress": "hidden",
    "show_progress_on": [],
    "api_visibility": "private",
}
log = logging.getLogger("inkwell.window")


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
    fills: forms.Form[Any] | None = None,
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
    handler: Callable[..., AsyncIterator[Values]],
    *,
    inputs: Iterable[Any] = (),
    outputs: Iterable[Any] = (),
    notice: Any = None,
    busy: Iterable[Any] = (),
    event: bool = False,
    **options: Any,
) -> Any:
    """The streaming twin of `connect`: `handler(session, values[, event data])` is an asynchronous
    generator of updates.

    busy: buttons that are switched off at once. The handler may switch them on before its end;
    whatever happens, a fault of ours or of Gradio's own, they are on when it has ended.
    """
    held = list(busy)
    wanted, given = _wires(shared, inputs, [*outputs, *held], notice)

    async def run(values: Values, *more: Any) -> AsyncIterator[Values]:
        yield {button: gr.update(interactive=False) for button in held} or {given[0]: gr.skip()}
        failed: Values = {}
        with edge(lambda error: failed.update(shared.trouble(values, error, notice))):
            async for changed in handler(shared.session(values), values, *more):
                yield changed or {given[0]: gr.skip()}
        shared.pages.forget()
        if failed:
            yield failed

    async def with_event(values: Values, data: gr.EventData) -> AsyncIterator[Values]:
        async for changed in run(values, getattr(data, "_data", None) or {}):
            yield changed

    async def plain(values: Values) -> AsyncIterator[Values]:
        async for changed in run(values):
            yield changed

    options = QUIET | options
    started = listener(with_event if event else plain, inputs=wanted, outputs=given, **options)
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
