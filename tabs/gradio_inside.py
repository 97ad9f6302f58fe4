"""What we use of gradio 6.31 beyond its documentation, each with a contract in tests/tabs/test_gradio_inside.py."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import gradio as gr
from gradio import queueing, routes
from gradio.context import LocalContext
from jinja2 import ChoiceLoader, DictLoader

PAGES = ("frontend/index.html", "frontend/share.html")
BEFORE = '<script type="module"'
FREE_S, BUSY_S, PROGRESS_S = 1.0, 0.01, 0.2  # how long the queue sleeps: empty, with events that wait, between two looks at progress


def quiet_queue(demo: gr.Blocks) -> None:
    """Let the empty queue sleep until an event comes, instead of looking for one 1,000 times a second: 4 % of a core at rest."""
    queue, came = demo._queue, asyncio.Event()
    queue.sleep_when_free, queue.progress_update_sleep_when_free = FREE_S, PROGRESS_S
    push = queue.push

    async def push_and_wake(*arguments: Any, **options: Any) -> Any:
        try:
            return await push(*arguments, **options)
        finally:
            came.set()

    async def sleep(seconds: float) -> None:
        if seconds != FREE_S or len(queue):
            await asyncio.sleep(BUSY_S if seconds == FREE_S else seconds)
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(came.wait(), FREE_S)
        came.clear()

    queue.push = push_and_wake  # type: ignore[method-assign]
    queueing.asyncio = _WithSleep(sleep)  # type: ignore[attr-defined]


class _WithSleep:
    """The module asyncio with a `sleep` of its own, for the one module that is given it."""

    def __init__(self, sleep: Callable[[float], Awaitable[None]]) -> None:
        self.sleep = sleep

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)


def session_hash() -> str:
    """Gradio's name for the page whose event runs in this thread; "" outside of events."""
    return str(getattr(LocalContext.request.get(None), "session_hash", None) or "")


def signed_in(request: Any) -> bool:
    """Whether the asker of a route of ours has passed Gradio's login, where there is one: by Gradio's own cookies and tokens."""
    app = request.app
    if app.auth is None and app.auth_dependency is None:
        return True
    cookies = (request.cookies.get(f"access-token{kind}-{app.cookie_id}") for kind in ("", "-unsecure"))
    return any(cookie and app.tokens.get(cookie) is not None for cookie in cookies)


def early_script(script: str) -> None:
    """Put a script into the page before Gradio's own: what `head` gives comes after it, when `requestAnimationFrame` is taken."""
    env = routes.templates.env
    kept = env.loader
    assert kept is not None
    pages = {name: kept.get_source(env, name)[0] for name in PAGES}
    changed = {name: page.replace(BEFORE, f"<script>{{% raw %}}{script}{{% endraw %}}</script>{BEFORE}", 1) for name, page in pages.items()}
    env.loader = ChoiceLoader([DictLoader(changed), kept])
