"""What we use of gradio 6.31 beyond its documentation, each with a contract in
tests/tabs/test_gradio_inside.py.
"""

import asyncio
import contextlib
import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
from gradio import http_server, queueing, routes, state_holder
from gradio.context import LocalContext
from jinja2 import ChoiceLoader, DictLoader
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

PAGES = ("frontend/index.html", "frontend/share.html")
BEFORE = '<script type="module"'
SCRIPTS = Path(str(gr.__file__)).parent / "templates" / "frontend" / "assets"
# Gradio's search for a component by its id: through the whole tree, at every look at every
# component.
SEARCH = re.compile(
    r"function (\w+)\((\w),(\w)\)\{if\(\2\.id===\3\)return \2;if\(\2\.children\)for\(let "
    r"(\w) of \2\.children\)"
    r"\{let \2=\1\(\4,\3\);if\(\2\)return \2\}return null\}"
)
REMEMBERING = (
    "var {name}_found=new WeakMap;function {name}(root,id){{let "
    "found={name}_found.get(root);if(!found){name}_found.set(root,found=new "
    "Map);if(!found.has(id)){{const one={name}_search(root,id);if(!one)return "
    "null;found.set(id,one)}}return found.get(id)}}"
)
# Gradio's look for a component's events: through every target of every event, for each component.
ATTACHED = re.compile(
    r"find_attached_events\((\w),(\w)\)\{let (\w)=.{,260}?attached_events=\3,\1\}"
)
INDEXED = (
    "find_attached_events(node,events){let "
    "index=this.attached_index;if(!index|"
    "|index.of!==events){index=this.attached_index={of:events,kinds:new Map};for(const event of "
    "events){const seen=new Set;for(const [id,kind] of "
    "event.targets)if(!seen.has(id)){seen.add(id);if(kind)index.kinds.set(id,[...index.kinds.get("
    "id)||[],kind])}}}node.props.shared_props.attached_events=index.kinds.get(node.id)|"
    "|[];return node}"
)
SPEAKS = "as changeLocale"  # how Gradio's script gives out what sets its language
LOCALES = {"zh": "zh-CN"}  # our languages as Gradio calls them, where it calls them otherwise
# How long the queue sleeps: empty, with events that wait, between two looks at the progress of
# events (none of ours tells any).
FREE_S, BUSY_S, PROGRESS_S = 1.0, 0.01, 5.0
TICKS = 5  # how many tenths of a second the server waits between two looks at whether it shall end


def quiet_queue(demo: gr.Blocks) -> None:
    """Let the empty queue sleep until an event comes, instead of looking for one 1,000 times a
    second: 4 % of a core at rest.
    """
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
    queueing.asyncio = _WithSleep(sleep)  # type: ignore[assignment,attr-defined]  # its stand-in


def quiet_server() -> None:
    """Let the server look twice a second, not ten times, whether it shall end: each look costs an
    idle machine a wake-up.
    """

    async def main_loop(self: Any) -> None:
        tenths = 0
        while not await self.on_tick(tenths):
            tenths = (tenths + TICKS) % 864000
            await asyncio.sleep(TICKS / 10)

    http_server.Server.main_loop = main_loop  # type: ignore[method-assign]


class _LightSession(state_holder.SessionState):
    """What the server keeps of an open page, without every component's settings and last value."""

    def __init__(self, blocks: Any) -> None:
        super().__init__(SimpleNamespace(default_config=blocks.default_config, blocks={}))  # type: ignore[arg-type]
        self.blocks_config.config_for_block = lambda *_: {}  # type: ignore[method-assign]


def light_sessions() -> None:
    """Keep no second copy of the window for each page: only deep links, which this window has not,
    read it.

    Made for some 450 components it stops the server for 0.1 s at the first event of a page, is
    renewed at every update, and stays for an hour after the page has closed.
    """
    state_holder.SessionState = _LightSession  # type: ignore[misc]


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
    """Whether the asker of a route of ours has passed Gradio's login, where there is one: by
    Gradio's own cookies and tokens.
    """
    app = request.app
    if app.auth is None and app.auth_dependency is None:
        return True
    cookies = (
        request.cookies.get(f"access-token{kind}-{app.cookie_id}") for kind in ("", "-unsecure")
    )
    return any(cookie and app.tokens.get(cookie) is not None for cookie in cookies)


def still_open(request: Any, session: str) -> None:
    """A page that asks is open: Gradio forgets the pages first that were not heard of for
    longest.
    """
    holder = request.app.state_holder
    if session in holder:
        holder.update(session)


def early_script(script: str, module: str = "") -> None:
    """Put scripts into the page before Gradio's own: what `head` gives comes after it, when
    `requestAnimationFrame` is taken and the first components ask for what it brings.

    script: runs at once. module: an ES module without imports, which runs when the page has been
    read, still before Gradio's.
    """
    env = routes.templates.env
    kept = env.loader
    assert kept is not None
    text = f"<script>{script}</script>" + (module and f'<script type="module">{module}</script>')
    text = f"{{% raw %}}{text}{{% endraw %}}"
    pages = {name: kept.get_source(env, name)[0] for name in PAGES}
    changed = {name: page.replace(BEFORE, text + BEFORE, 1) for name, page in pages.items()}
    env.loader = ChoiceLoader([DictLoader(changed), kept])


def quick_search() -> list[Route]:
    """Routes that stand before Gradio's own: its script, whose searches for a component and for its
    events remember.

    With some 450 components a page load looks 800 times through all of them, and so does many a
    click. The tree of a root keeps its components as long as nothing is drawn by `gr.render`, which
    this window does not use. Where the script has changed so that the searches are not found, there
    are no routes and Gradio's own is served.
    """
    return [
        _script(path.name, changed)
        for path in sorted(SCRIPTS.glob("core-*.js"))
        if (changed := remembering(path.read_text(encoding="utf-8")))
    ]


def speaking(language: str) -> str:
    """JavaScript that has Gradio's own words ("Drop File Here", "No results") in the language that
    the JavaScript variable `language` names: its script reads the browser's language alone, and
    offers `changeLocale` to its settings page. Nothing where the script has it no more.
    """
    found = [path for path in SCRIPTS.glob("core-*.js") if SPEAKS in path.read_text("utf-8")]
    if len(found) != 1:
        return ""
    return (
        f"import(new URL('assets/{found[0].name}', document.baseURI).href).then((core) => "
        f"core.changeLocale(({json.dumps(LOCALES)})[{language}] || {language}));"
    )


def remembering(script: str) -> str:
    """The script with searches that remember; "" if it has not both of them once."""
    if len(SEARCH.findall(script)) != 1 or len(ATTACHED.findall(script)) != 1:
        return ""

    def search(found: re.Match[str]) -> str:
        name = found[1]
        return re.sub(rf"\b{re.escape(name)}\(", f"{name}_search(", found[0]) + REMEMBERING.format(
            name=name
        )

    return SEARCH.sub(search, ATTACHED.sub(lambda _: INDEXED, script))


def _script(name: str, content: str) -> Route:
    headers = {
        "ETag": f'"{hashlib.sha256(content.encode()).hexdigest()[:32]}"',
        "Cache-Control": "no-cache",
    }

    async def answer(request: Request) -> Response:
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers, media_type="text/javascript")

    return Route(f"/assets/{name}", answer, methods=["GET"])
