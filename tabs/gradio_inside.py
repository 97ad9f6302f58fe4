"""What we use of gradio 6.31 beyond its documentation, each with a contract in tests/tabs/test_gradio_inside.py."""

from typing import Any

import gradio as gr
from gradio import routes
from gradio.context import LocalContext
from jinja2 import ChoiceLoader, DictLoader

PAGES = ("frontend/index.html", "frontend/share.html")
BEFORE = '<script type="module"'
EMPTY_QUEUE_S = 0.025  # a press waits half of that on average
PROGRESS_S = 0.25


def quiet_queue(demo: gr.Blocks) -> None:
    """Let the empty queue look for work 40 times a second, not 1,000 times: that alone took 4 % of a core."""
    queue = demo._queue
    queue.sleep_when_free = EMPTY_QUEUE_S
    queue.progress_update_sleep_when_free = PROGRESS_S


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
