"""What has changed since a page last asked: one small answer a second, so that a window at rest
costs nothing.

`POST inkwell/changes` gives {"marks": {part: mark}, "busy", "memory"}. A mark moves when that part
of the page may show something else; the page then fetches the part through Gradio (`ticking`). What
the views of the open tab show comes with the answer itself while nobody touches the page: an event
of Gradio's costs the browser a tenth of a second. Where nothing was written the answer costs one
PRAGMA of the store and a few looks at files that are no part of it.
"""

import functools
import json
import time
from collections.abc import Callable
from hashlib import blake2s
from typing import Any

import gradio as gr
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from studio import jobs, serving
from studio.datasets import registry
from studio.errors import StudioError
from studio.files import size_of
from studio.store import jobs as stored
from studio.training.runs import stamp_of
from studio.workspace import home
from tabs import gradio_inside
from tabs.kit import job_status, upload
from tabs.kit.language import language_named
from tabs.kit.lazy import fresh
from tabs.kit.session import Session, opened, place, workspace_names
from tabs.kit.tab import active
from tabs.shell import top_bar
from tabs.shell.ticking import Ticking
from tabs.views import BOOT

PATH = "/inkwell/changes"
LARGEST = 64 * 1024  # bytes of a question
OTHERS_S = 30.0  # how old what lies outside of every workspace may be: models, names of workspaces
MEMORY_S = 2.0
MEMORY_STEP_MB = 50


class Changes:
    """The marks of the parts, and the route that answers with them."""

    def __init__(self, ticking: Ticking) -> None:
        self.ticking, self.launched, self.chat_only = (
            ticking,
            ticking.shared.launched,
            ticking.shared.chat_only,
        )
        self.tabs = {tab.name: tab for tab in ticking.window.tabs}

    def route(self) -> Route:
        """The route; it answers to whom the window is open."""
        return Route(PATH, self.answer, methods=["POST"])

    async def answer(self, request: Request) -> Response:
        """One answer: {"marks", "busy", "memory"} and, where they are known and few, {"views": the
        new values}.
        """
        if not gradio_inside.signed_in(request):
            return PlainTextResponse("Log in first.", 401)
        try:
            asked = dict(json.loads(await _body(request)))
            gradio_inside.still_open(request, str(asked.get("session")))
            return JSONResponse(await run_in_threadpool(self.reply, asked))
        except (ValueError, TypeError):
            return PlainTextResponse("This is no question.", 400)
        except StudioError as error:
            return PlainTextResponse(error.sentence, 404)

    def reply(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The answer to {"workspace", "tab", "session", "view": the mark that the page has, "have":
        versions}.
        """
        name, tab = None if self.chat_only else asked.get("workspace"), str(asked.get("tab"))
        workspace, language = (
            opened(place(self.launched, name)),
            language_named(asked.get("language")),
        )
        found = self.marks(Session(workspace, "en"), tab) | {
            "memory": _soon(MEMORY_S, top_bar.memory)
        }
        found["labels"] = self.ticking.labels_now(Session(workspace, language))
        page = self.ticking.shared.pages.recall(str(asked.get("session")), tab)
        if (
            page is None
            or page.values.get(self.ticking.shared.workspace) != name
            and not self.chat_only
        ):
            return found | {"stale": True}
        if found["marks"]["view"] == asked.get("view"):
            return found
        have = asked.get("have")
        views = self.ticking.views(tab, Session(workspace, page.language), page.values)
        changed, _ = fresh(views, have if isinstance(have, dict) else {})
        if not all(
            isinstance(component, gr.HTML) and isinstance(value, str)
            for component, value in changed.items()
        ):
            return found | {"stale": True}  # a button's words change only through Gradio
        return found | {"views": list(changed.values())}

    def marks(self, session: Session, tab: str) -> dict[str, Any]:
        """The marks of all parts and of one tab's views, and whether anything runs that a page
        waits for.
        """
        workspace = session.workspace
        running = active(session)
        if running and jobs.recover(workspace):
            running = active(session)
        server = _server()
        counts = {what: n for what, n in workspace.store.changes().items() if what != "commits"}
        runs = tuple(stamp_of(workspace, record.id) for record in running if record.kind == "train")
        common = (counts, registry.written(workspace), runs)
        shown = self.tabs.get(tab)
        moving = [_moving(session, record) for record in running]
        unstored = shown.unstored() if shown is not None else ()
        marks = {"view": _mark(common, moving, server, unstored)} | self._lists(session, common)
        return {"marks": marks, "busy": bool(running) or server[0] in ("loading", "starting")}

    def _lists(self, session: Session, common: Any) -> dict[str, str]:
        """The lists' marks: of what they offer, not of what was written, so that a review does not
        move them.
        """
        models, names = (
            _soon(OTHERS_S, _models),
            _soon(OTHERS_S, functools.partial(workspace_names, self.launched)),
        )

        def marks() -> dict[str, str]:
            found = {
                source: _mark(offered(session))
                for source, offered in self.ticking.sources.items()
                if source != "models"
            }
            if upload.SOURCE in found:
                found[upload.SOURCE] = _mark(found[upload.SOURCE], upload.arrived(session)[0])
            # A press puts what it makes into the page's list by itself: a page that never saw it
            # made takes it out again.
            for chooser in self.ticking.choosers:
                if chooser.made_by:
                    record = job_status.newest(session, *chooser.made_by)
                    mark = record and (record.id, record.created)
                    found[chooser.source] = _mark(found[chooser.source], mark)
            return found

        found = dict(session.kept("lists", (), marks, common))
        return found | {"models": models, "bar": _mark(models, names, found["adapters"])}


async def _body(request: Request) -> bytes:
    """The question's bytes. Raises ValueError beyond 64 KB."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            raise ValueError("too long")
    return body


def _moving(session: Session, record: jobs.JobRecord) -> tuple[Any, ...]:
    """What moves while a job runs: its progress in the store, its log, its measures, the wish to
    stop.
    """
    folder, store = session.workspace.run_folder(record.id), session.workspace.store
    beat = store.kept(
        ("beat", record.id),
        ("commits",),
        lambda: stored.beat(store, record.id),
    )
    return (
        record.id,
        beat,
        size_of(folder / "log.txt"),
        size_of(folder / "metrics.jsonl"),
        (folder / "stop").exists(),
    )


def _server() -> tuple[Any, ...]:
    """The model server's state and roughly its memory; nothing is looked at twice where there is
    none.
    """
    if not (home() / "server" / "state.json").exists():
        return ("off",)
    now = serving.status()
    return (
        now.state,
        now.model,
        now.adapters,
        now.error and now.error.sentence,
        (now.memory_mb or 0) // MEMORY_STEP_MB,
    )


def _models() -> str:
    from studio import models

    return _mark([(entry.reference, entry.label, entry.ready) for entry in models.available()])


_found: dict[Any, tuple[float, Any]] = {}


def _soon(seconds: float, read: Callable[[], Any]) -> Any:
    """`read()`, at most so many seconds old; for all pages together."""
    key = getattr(read, "func", read)
    at, value = _found.get(key, (float("-inf"), None))
    if time.monotonic() - at > seconds:
        value = read()
        _found[key] = (time.monotonic(), value)
    return value


def _mark(*what: Any) -> str:
    return blake2s(repr((BOOT, what)).encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()
