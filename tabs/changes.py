"""What has changed since a page last asked: one small answer a second, so that a window at rest costs nothing.

`GET inkwell/changes?workspace=NAME&tab=NAME` gives {"marks": {part: mark}, "busy", "memory"}. A mark moves when that part
of the page may show something else; the page then fetches the part through Gradio (tabs/ticking.py). Where nothing was
written it costs one PRAGMA of the store and a few looks at files: those that matter and are no part of the store.
"""

import functools
import time
from collections.abc import Callable, Iterable
from hashlib import blake2s
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from studio import jobs, serving
from studio.errors import StudioError
from studio.training.runs import stamp_of
from studio.workspace import home
from tabs import documents as arriving
from tabs import gradio_inside, ticking, top_bar
from tabs.shared import Session, opened, place, workspace_names
from tabs.views import BOOT

PATH = "/inkwell/changes"
OTHERS_S = 15.0  # how old what lies outside of every workspace may be: models, names of workspaces
MEMORY_S = 2.0
MEMORY_STEP_MB = 50


class Changes:
    """The marks of the parts, and the route that tells them. `kinds`: the kinds of job that a tab's panel shows."""

    def __init__(self, launched: Path, chat_only: bool, kinds: dict[str, tuple[str, ...]]) -> None:
        self.launched, self.chat_only, self.kinds = launched, chat_only, kinds

    def route(self) -> Route:
        """The route; it answers to whom the window is open."""
        return Route(PATH, self.answer, methods=["GET"])

    def answer(self, request: Request) -> Response:
        """One answer; starlette runs it in a thread."""
        if not gradio_inside.signed_in(request):
            return PlainTextResponse("Log in first.", 401)
        name = None if self.chat_only else request.query_params.get("workspace")
        try:
            session = Session(opened(place(self.launched, name)), "en")
            told = self.marks(session, str(request.query_params.get("tab")))
        except StudioError as error:
            return PlainTextResponse(error.sentence, 404)
        return JSONResponse(told | {"memory": _soon(MEMORY_S, top_bar.memory)})

    def marks(self, session: Session, tab: str) -> dict[str, Any]:
        """The marks of all parts and of one tab's views, and whether anything runs that a page waits for."""
        workspace = session.workspace
        running = ticking.active(session)
        if running and jobs.recover(workspace):
            running = ticking.active(session)
        server = _server()
        counts = {what: n for what, n in workspace.store.changes().items() if what != "commits"}
        runs = tuple(stamp_of(workspace, record.id) for record in running if record.kind == "train")
        common = (counts, _file(workspace.data / "dataset_info.json"), runs)
        moving = [_moving(session, record) for record in running if record.kind in self.kinds.get(tab, ())]
        marks = {"view": _mark(common, moving, server)} | self._lists(session, common)
        if not self.chat_only:
            marks["labels"] = session.kept("labels", (), lambda: _mark([lazy.version for lazy in self._labels(session)]), (server[0], common))
        return {"marks": marks, "busy": bool(running) or server[0] in ("loading", "starting")}

    def _labels(self, session: Session) -> Iterable[Any]:
        return [ticking.label(session, name) for name in self.kinds]

    def _lists(self, session: Session, common: Any) -> dict[str, str]:
        """The lists' marks: of what they offer, not of what was written, so that a review does not move them."""
        models, names = _soon(OTHERS_S, _models), _soon(OTHERS_S, functools.partial(workspace_names, self.launched))

        def marks() -> dict[str, str]:
            found = {source: _mark(ticking.lists(session, source)) for source in ticking.SOURCES if source != "models"}
            found["documents"] = _mark(found["documents"], arriving.arrived(session)[0])
            return found

        found = dict(session.kept("lists", (), marks, common))
        return found | {"models": models, "bar": _mark(models, names, found["adapters"])}


def _moving(session: Session, record: jobs.JobRecord) -> tuple[Any, ...]:
    """What moves while a job runs: its progress in the store, its log, its measures, the wish to stop."""
    folder, store = session.workspace.run_folder(record.id), session.workspace.store
    beat = store.kept(("beat", record.id), ("commits",), lambda: store.value("SELECT beat FROM jobs WHERE id = ?", (record.id,)))
    return (record.id, beat, _size(folder / "log.txt"), _size(folder / "metrics.jsonl"), (folder / "stop").exists())


def _server() -> tuple[Any, ...]:
    """The model server's state and roughly its memory; nothing is looked at twice where there is none."""
    if not (home() / "server" / "state.json").exists():
        return ("off",)
    now = serving.status()
    return (now.state, now.model, now.adapters, now.error and now.error.sentence, (now.memory_mb or 0) // MEMORY_STEP_MB)


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


def _file(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)


def _size(path: Path) -> int:
    return _file(path)[1]


def _mark(*what: Any) -> str:
    return blake2s(repr((BOOT, what)).encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()

