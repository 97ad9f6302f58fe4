"""The routes of the model server: OpenAI's chat and models, our adapters and status.

Worker-only.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.middleware import Middleware

from studio.errors import ModelError, StudioError
from studio.models import roots
from studio.serving.gate import Gate
from studio.serving.holder import Holder
from studio.serving.prompt import generation
from studio.serving.protocol import AdapterRequest, ChatRequest, Reply, model_card, usage
from studio.serving.request import BASE, Generation, Piece, Refusal
from studio.serving.state import adapter_roots
from studio.workspace import safe_name

POLL_S = 0.1


def build_app(holder: Holder, *, port: int, token: str) -> FastAPI:
    """The application; `holder` gets its engine once the model is loaded."""
    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        middleware=[Middleware(Gate, port=port, token=token)],
    )
    app.state.holder = holder
    app.add_exception_handler(Refusal, lambda _, error: JSONResponse(error.as_json(), error.status))
    app.add_exception_handler(StudioError, lambda _, error: _told(Refusal.of(error)))
    app.add_exception_handler(RequestValidationError, lambda _, error: _told(_invalid(error)))
    app.get("/health")(health)
    app.get("/v1/status")(server_status)
    app.get("/v1/models")(models)
    app.post("/v1/chat/completions")(chat)
    app.post("/v1/adapters")(add_adapter)
    app.delete("/v1/adapters/{name}")(remove_adapter)
    return app


async def health(request: Request) -> dict[str, str]:
    """Whether the model is loaded; the one route without a token."""
    return {"state": _holder(request).state}


async def server_status(request: Request) -> dict[str, Any]:
    """How busy the server is: requests open and served so far, and seconds since the last."""
    engine = _holder(request).engine
    busy = (
        {"active": engine.active, "served": engine.served, "idle_s": engine.idle_s}
        if engine
        else {}
    )
    return {"state": _holder(request).state, "active": 0, "served": 0, "idle_s": 0.0} | busy


async def models(request: Request) -> dict[str, Any]:
    """The base model and the adapters on it."""
    holder = _holder(request)
    weights = holder.ready().weights
    adapters = [model_card(name, str(info.path), BASE) for name, info in weights.adapters.items()]
    return {
        "object": "list",
        "data": [model_card(BASE, holder.spec.model_name_or_path, None), *adapters],
    }


async def chat(body: ChatRequest, request: Request) -> Any:
    """A chat completion, whole or streamed; it ends within a token when the client goes away."""
    holder = _holder(request)
    engine = holder.ready()
    body.refuse_unsupported()
    adapter = _adapter(body.model, holder)
    grammar = await asyncio.to_thread(holder.grammars.compile, body.response_format)
    asked = await asyncio.to_thread(generation, body, adapter, engine.weights, grammar)
    pieces = _pieces(holder, asked, request)
    reply = Reply(body.model)
    if body.stream:
        counted = bool(body.stream_options and body.stream_options.include_usage)
        return StreamingResponse(
            _events(pieces, reply, asked, counted), media_type="text/event-stream"
        )
    text, last = "", Piece("", "error")
    async for last in pieces:
        text += last.text
    if last.finish == "error":
        raise Refusal(500, "generation_failed", last.error)
    return reply.whole(text, last.finish, usage(len(asked.prompt), last.tokens))


async def add_adapter(body: AdapterRequest, request: Request) -> dict[str, Any]:
    """Load an adapter from an allowed folder onto the weights."""
    holder = _holder(request)
    engine = holder.ready()
    name = safe_name(body.name)
    if name in (BASE, holder.spec.model_name_or_path):
        raise ModelError(
            "{name} is the base model's own name.",
            "Choose another name for the adapter.",
            name=name,
        )
    allowed = [*adapter_roots(), *roots()]

    def put_on() -> None:
        from studio.serving.selfcheck import check

        _refuse_in_use(holder, name)
        engine.weights.put_on(
            name, Path(body.path), allowed, check=lambda put: check(engine.weights, put)
        )

    await asyncio.wrap_future(engine.between_steps(put_on))
    holder.tell()
    return model_card(name, str(engine.weights.adapters[name].path), BASE)


async def remove_adapter(name: str, request: Request) -> dict[str, Any]:
    """Take an adapter off the weights."""
    holder = _holder(request)
    engine = holder.ready()

    def take_off() -> None:
        if name not in engine.weights.adapters:
            raise _no_model(name)
        _refuse_in_use(holder, name)
        engine.weights.take_off(name)

    await asyncio.wrap_future(engine.between_steps(take_off))
    holder.tell()
    return {"id": name, "object": "model", "deleted": True}


async def _pieces(holder: Holder, asked: Generation, request: Request) -> AsyncIterator[Piece]:
    """The pieces of one answer, from the engine's thread to this loop; cancels the row when left
    early.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[Piece] = asyncio.Queue()
    row = holder.ready().submit(
        asked, lambda piece: loop.call_soon_threadsafe(queue.put_nowait, piece)
    )
    looked = loop.time()
    try:
        while True:
            # By the clock, not only when nothing comes: a quick model never leaves a pause to look
            # in.
            if loop.time() - looked > POLL_S:
                looked = loop.time()
                if await request.is_disconnected():
                    return
            try:
                piece = await asyncio.wait_for(queue.get(), POLL_S)
            except TimeoutError:
                continue
            yield piece
            if piece.finish:
                return
    finally:
        row.cancel()


async def _events(
    pieces: AsyncIterator[Piece], reply: Reply, asked: Generation, counted: bool
) -> AsyncIterator[str]:
    """The answer as server-sent events."""
    yield _event(reply.chunk({"role": "assistant", "content": ""}))
    async for piece in pieces:
        if piece.finish == "error":
            yield _event(Refusal(500, "generation_failed", piece.error).as_json())
            return
        if piece.text:
            yield _event(reply.chunk({"content": piece.text}))
        if piece.finish:
            yield _event(reply.chunk({}, piece.finish))
            if counted:
                yield _event(reply.closing(usage(len(asked.prompt), piece.tokens)))
            yield "data: [DONE]\n\n"


def _event(data: dict[str, Any]) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"


def _holder(request: Request) -> Holder:
    holder: Holder = request.app.state.holder
    return holder


def _adapter(model: str, holder: Holder) -> str:
    """The engine's name for the model asked for. Raises Refusal 404."""
    if model in (BASE, holder.spec.model_name_or_path):
        return BASE
    if model not in holder.ready().weights.adapters:
        raise _no_model(model)
    return model


def _refuse_in_use(holder: Holder, name: str) -> None:
    if holder.ready().uses(name):
        error = ModelError(
            "The adapter {name} is answering somebody.", "Wait until it is done.", name=name
        )
        raise Refusal.of(error, 409, "adapter_in_use")


def _no_model(name: str) -> Refusal:
    error = ModelError(
        "The model server has no model {name}.",
        "Load the adapter first, or ask for base.",
        name=name,
    )
    return Refusal.of(error, 404, "model_not_found")


def _invalid(error: RequestValidationError) -> Refusal:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"] if part != "body")
    return Refusal(
        400, "invalid_request", f"{place}: {first['msg']}" if place else str(first["msg"])
    )


def _told(refusal: Refusal) -> JSONResponse:
    return JSONResponse(refusal.as_json(), refusal.status)
