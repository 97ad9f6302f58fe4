"""Rich views: a JSON value drawn by a small script of its own, clicks handed back as `act` events.

Each value says when it was read (`_at`) and, where it is known, which version of which component it
is (`_v`). Answers may overtake each other on their way to the page: one that was read earlier than
what a view shows is dropped there.
"""

import functools
import itertools
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import gradio as gr

from tabs.views.bundle import bundled

HERE = Path(__file__).resolve().parent
BOOT = secrets.token_hex(4)  # a window that was started anew begins counting anew
STYLES = ("vendor/uplot/uPlot.css",)
_count = itertools.count(1)
_read: ContextVar[tuple[int, str]] = ContextVar("read", default=(0, ""))


def view(name: str, **options: Any) -> gr.HTML:
    """A `gr.HTML` drawn by `<name>.js` from its value (JSON text); its `.act` event carries `act`
    and more.
    """
    assert (HERE / f"{name}.js").is_file()
    return gr.HTML(
        "",
        html_template=f'<div class="host host-{name}"></div>',
        js_on_load=(
            f"ink.mount(element, props, watch, data => trigger('act', data), ink.views.{name});"
        ),
        container=False,
        padding=False,
        apply_default_css=False,
        elem_classes=[f"view-{name}", *options.pop("elem_classes", [])],
        **options,
    )


@functools.cache
def script() -> str:
    """The module script that the page runs before Gradio's own: the views, as `ink`."""
    return bundled(HERE)


def styles() -> str:
    """The style sheets of what the views use of others."""
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in STYLES)


def stamp() -> int:
    """A number that rises with every call: take it before reading what a value will show."""
    return next(_count)


@contextmanager
def read_at(number: int, version: str = "") -> Iterator[None]:
    """Values made inside were read at that stamp; `version` is "component=version" of the view that
    is drawn.
    """
    token = _read.set((number, version))
    try:
        yield
    finally:
        _read.reset(token)


def payload(data: dict[str, Any]) -> str:
    """The value of a view."""
    number, version = _read.get()
    # Last, so that the page can tell equal content of different times: see kit/mount.js.
    more = {"_at": [BOOT, number or stamp()]} | ({"_v": version} if version else {})
    return json.dumps(data | more, ensure_ascii=False, separators=(",", ":"))
