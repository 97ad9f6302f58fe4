"""The window's handlers called as any program on the network can call them: raw requests to
Gradio's queue.
"""

import asyncio
import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REAL_MODELS

FILE_TYPES = ("file", "uploadbutton")


class Raw:
    """One visitor, each of whose calls has a session of its own.

    `cookie` as a login has given it.
    """

    def __init__(self, url: str, cookie: str = "") -> None:
        self.url, self.cookie = url, cookie

    def ask(self, path: str, body: Any = None, **headers: str) -> tuple[int, bytes]:
        """One request: a JSON body makes it a POST."""
        head = {name.replace("_", "-"): value for name, value in headers.items()} | (
            {"Cookie": self.cookie} if self.cookie else {}
        )
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if data is not None and not isinstance(body, bytes):
            head["Content-Type"] = "application/json"
        try:
            with urllib.request.urlopen(
                urllib.request.Request(self.url + path, data=data, headers=head), timeout=30
            ) as reply:
                return reply.status, reply.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def config(self) -> dict[str, Any]:
        """What the page is made of."""
        return json.loads(self.ask("/config")[1])

    def upload(self, name: str, content: bytes) -> dict[str, Any]:
        """A file handed in as the page does it; what a file component's value is then."""
        body = (
            (
                f'--x\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
                "Content-Type: text/plain\r\n\r\n"
            ).encode()
            + content
            + b"\r\n--x--\r\n"
        )
        status, reply = self.ask(
            "/gradio_api/upload", body, Content_Type="multipart/form-data; boundary=x"
        )
        assert status == 200, reply
        return {
            "path": json.loads(reply)[0],
            "orig_name": name,
            "meta": {"_type": "gradio.FileData"},
        }

    def call(
        self, number: int, data: list[Any], event: Any = None, wait_s: float = 60
    ) -> dict[str, Any]:
        """The last message of one event: {"msg", "success", "output"}, or {"status"} where it was
        refused at once.
        """
        session = secrets.token_hex(5)
        joined, reply = self.ask(
            "/gradio_api/queue/join",
            {"data": data, "fn_index": number, "session_hash": session, "event_data": event},
        )
        if joined != 200:
            return {"status": joined, "text": reply.decode("utf-8", "replace")}
        head = {"Cookie": self.cookie} if self.cookie else {}
        request = urllib.request.Request(
            f"{self.url}/gradio_api/queue/data?session_hash={session}", headers=head
        )
        seen: list[str] = []
        with urllib.request.urlopen(request, timeout=wait_s) as stream:
            for line in stream:
                if line.startswith(b"data:"):
                    seen.append(line[5:].decode())
                    message = json.loads(line[5:])
                    if message["msg"] in ("process_completed", "unexpected_error"):
                        return message | {"all": "".join(seen)}
        return {"msg": "closed", "all": "".join(seen)}


def apart(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine gives, run in a thread of its own: the browser's loop may be running in this
    one.
    """
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


@contextmanager
def at_home(folder: Path) -> Iterator[pytest.MonkeyPatch]:
    """The environment of a window in this process, whose home is in `folder`."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "INKWELL_HOME": folder / "home",
            "GRADIO_TEMP_DIR": folder / "home" / "tmp",
            "INKWELL_MODELS": REAL_MODELS,
            "HF_HUB_OFFLINE": "1",
        }.items():
            patch.setenv(name, str(value))
        yield patch


@contextmanager
def opened(demo: Any, routes: Any = (), **more: Any) -> Iterator[str]:
    """The window served from this process, with the arguments, routes and scripts that the launch
    gives it; its address.
    """
    from gradio import routes as gradio_routes

    from tabs import gradio_inside, views
    from tabs.shell import guard, theme

    gradio_inside.light_sessions()
    port = guard.free_port("127.0.0.1", None)
    demo.queue(api_open=False, default_concurrency_limit=8, max_size=64)
    arguments = (
        guard.launch_arguments(host="127.0.0.1", port=port, share=False, login=None, hosts=set())
        | more
    )
    arguments["app_kwargs"]["routes"] = list(routes)
    pages = gradio_routes.templates.env
    kept = pages.loader
    gradio_inside.early_script(theme.early(), views.script())
    demo.launch(theme=theme.theme(), css=theme.css(), **arguments)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        demo.close()
        pages.loader = kept


def handlers(demo: Any) -> dict[int, Any]:
    """The number of each event that runs code of ours → the cell that holds its handler."""
    found = {}
    for number, block in demo.fns.items():
        cell = handler_cell(block.fn)
        if cell is not None:
            found[number] = cell
    return found


def handler_cell(function: Any, depth: int = 3) -> Any:
    """Where `connect` and `connect_stream` keep the handler of an event."""
    names = getattr(getattr(function, "__code__", None), "co_freevars", ())
    for name, cell in zip(names, getattr(function, "__closure__", None) or (), strict=True):
        if name == "handler":
            return cell
    for name, cell in zip(names, getattr(function, "__closure__", None) or (), strict=True):
        if name == "run" and depth:
            return handler_cell(cell.cell_contents, depth - 1)
    wrapped = getattr(function, "__wrapped__", None)
    return handler_cell(wrapped, depth - 1) if wrapped is not None and depth else None


def told(config: dict[str, Any], number: int, answer: dict[str, Any]) -> str:
    """The sentence of an answer's notice, "" where there is none."""
    kinds = {c["id"]: c["props"] for c in config["components"]}
    call = next(d for d in config["dependencies"] if d["id"] == number)
    for part, value in zip(call["outputs"], answer.get("output", {}).get("data", []), strict=False):
        classes = kinds[part].get("elem_classes") or []
        if "view-notice" in classes and isinstance(value, str) and value:
            return json.loads(value).get("what", "")
    return ""


def inputs(
    config: dict[str, Any],
    number: int,
    text: Callable[[dict[str, Any]], Any],
    file: dict[str, Any] | None,
) -> list[Any]:
    """What each input of an event is given: a valid choice where there are choices, `text(props)`
    where anything may be typed.
    """
    parts = {c["id"]: c for c in config["components"]}
    call = next(d for d in config["dependencies"] if d["id"] == number)
    return [_value(parts[part], text, file) for part in call["inputs"]]


def _value(
    part: dict[str, Any], text: Callable[[dict[str, Any]], Any], file: dict[str, Any] | None
) -> Any:
    kind, props = part["type"], part["props"]
    if kind in ("dropdown", "radio"):
        choices = [c[1] if isinstance(c, list | tuple) else c for c in props.get("choices") or []]
        if props.get("allow_custom_value"):
            return [text(props)] if props.get("multiselect") else text(props)
        known = (
            props.get("value")
            if props.get("value") not in (None, [])
            else (choices[0] if choices else None)
        )
        return (
            ([known] if known and not isinstance(known, list) else known or [])
            if props.get("multiselect")
            else known
        )
    if kind == "textbox":
        return text(props)
    if kind in FILE_TYPES:
        return [file] if props.get("file_count") in ("multiple", "directory") and file else file
    if kind == "state":
        return None
    return props.get("value")
