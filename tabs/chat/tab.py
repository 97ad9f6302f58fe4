"""The Chat tab: load base and adapter, talk to either or to both side by side."""

import asyncio
import functools
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio import page_state, serving
from studio.errors import InputError, ModelError
from studio.llm.chat import ChatSpec
from studio.serving import ServerSpec
from studio.training.runs import adapters
from tabs.chat import kept_chats, layout, stream
from tabs.chat.stream import Voice
from tabs.kit import choices, guests
from tabs.kit.forms import Form
from tabs.kit.lazy import Lazy
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.tab import Accept, Tab, Window
from tabs.kit.wiring import connect, connect_stream
from tabs.views import payload

History = list[dict[str, Any]]
VOICES = ("base", "tuned")
LOAD_S = 3600.0  # a large model comes from a hub first
LOOK_S = 0.25
KEEP_S = 2.0


@dataclass(frozen=True)
class ChatTab:
    """The tab's named components."""

    form: Form[ChatSpec]
    who: gr.Radio
    load: gr.Button
    unload: gr.Button
    server: gr.HTML
    notice: gr.HTML
    base_column: gr.Column
    tuned_column: gr.Column
    base: gr.Chatbot
    tuned: gr.Chatbot
    message: gr.Textbox
    send: gr.Button
    stop: gr.Button
    again: gr.Button
    clear: gr.Button
    talk: gr.State
    adapter: gr.Dropdown  # of the top bar: which one is beside the base


def build(shared: Shared) -> ChatTab:
    """Lay the tab out."""
    with gr.Row(elem_classes=["work"]):
        parts = layout.left(shared) | layout.right(shared)
    layout.translate(shared.translated, parts)
    return ChatTab(**parts, talk=gr.State(""), adapter=shared.adapter)


def wire(tab: ChatTab, window: Window) -> None:
    """What a click does."""
    shared = window.shared
    if not shared.chat_only:  # who shares the window decides what is in memory
        _wire_model(tab, shared)
    _wire_columns(tab, shared)
    _wire_talk(tab, shared)


def _laid_out(tab: ChatTab) -> list[Any]:
    """What `columns` and `_beside` change."""
    return [tab.who, tab.base_column, tab.tuned_column]


def _restored(tab: ChatTab) -> list[Any]:
    """What a page load puts back."""
    return [tab.base, tab.tuned, *_laid_out(tab)]


def columns(tab: ChatTab, who: str) -> Values:
    """The columns of those who answer: base, tuned or both."""
    return {
        tab.base_column: gr.update(visible=who != "tuned"),
        tab.tuned_column: gr.update(visible=who in ("tuned", "both")),
    }


def _beside(tab: ChatTab, adapter: str) -> Values:
    """With an adapter the tuned model answers beside the base, without one the base alone."""
    who = "both" if adapter else "base"
    return {tab.who: gr.update(value=who)} | columns(tab, who)


def _restore(tab: ChatTab, session: Session) -> Values:
    """What was said in this workspace before; a guest begins afresh, with the adapter that the host
    chose.
    """
    if session.guest:
        chosen = guests.adapter(session.workspace)
        return _beside(tab, chosen) | {
            tab.who: gr.update(value="both" if chosen else "base", visible=bool(chosen))
        }
    kept = page_state.load(session.workspace)
    who = kept.get("chat-who")
    histories = {name: stream.turns(kept.get(f"chat-{name}")) for name in VOICES}
    return {tab.base: histories["base"], tab.tuned: histories["tuned"]} | columns(
        tab, who if isinstance(who, str) else "base"
    )


def _with_adapter(tab: ChatTab, window: Window, session: Session, adapter: Any) -> Values:
    """A trained adapter chosen in the top bar, beside the base. Raises ModelError."""
    name, _ = adapter_path(session, str(adapter))
    named = gr.update(value=name, choices=choices.adapters(session))
    return {tab.adapter: named, **_beside(tab, name)}


def _with_chat(tab: ChatTab, window: Window, session: Session, chat_id: Any) -> Values:
    """A conversation of the Library in the columns, where it goes on. Raises InputError."""
    who = kept_chats.put_back(session, str(chat_id))
    return {**_restore(tab, session), tab.who: gr.update(value=who)}


def _keep(session: Session, histories: dict[str, History]) -> None:
    """Keep the columns in the workspace; a guest's are not kept."""
    if not session.guest:
        page_state.save(
            session.workspace,
            {
                f"chat-{name}": history and stream.turns(history)
                for name, history in histories.items()
            },
        )


def _wire_model(tab: ChatTab, shared: Shared) -> None:
    """What is in memory: loading and unloading the model, and the adapter that the bar names."""

    async def load(session: Session, values: Values) -> AsyncIterator[Values]:
        """Wait for the model that the bar names, in place of another one; what stands is shown
        meanwhile.
        """
        task = asyncio.create_task(
            asyncio.to_thread(serving.ensure, server_spec(shared, session, values), LOAD_S)
        )
        shown = None
        while not task.done():
            now = _server(session)
            if now.version != shown:
                shown = now.version
                yield {tab.server: now.draw(tab.server)}
            await asyncio.wait({task}, timeout=LOOK_S)
        yield {tab.server: _server(session).draw(tab.server), tab.notice: ""}
        failed, shown_there = task.exception(), serving.status().error
        if failed is not None and not (
            shown_there is not None and str(failed) == shown_there.sentence
        ):
            raise failed  # else the line of the server tells it

    def unload(session: Session, values: Values) -> Values:
        serving.stop()
        return {tab.server: _server(session).draw(tab.server)}

    def pick(session: Session, values: Values) -> Values:
        return _beside(tab, str(values.get(shared.adapter) or ""))

    connect_stream(
        shared,
        tab.load.click,
        load,
        inputs=shared.bar,
        outputs=[tab.server],
        notice=tab.notice,
        busy=[tab.load],
    )
    connect(shared, tab.unload.click, unload, outputs=[tab.server], notice=tab.notice)
    connect(
        shared,
        shared.adapter.input,
        pick,
        inputs=[shared.adapter],
        outputs=_laid_out(tab),
        notice=tab.notice,
    )


def _wire_columns(tab: ChatTab, shared: Shared) -> None:
    """Who answers, and clearing what was said."""

    def choose(session: Session, values: Values) -> Values:
        return columns(tab, str(values.get(tab.who)))

    def cleared(session: Session, values: Values) -> Values:
        _keep(session, {name: [] for name in VOICES})
        return {tab.base: [], tab.tuned: []} | kept_chats.begin_anew(session, tab.notice)

    connect(
        shared, tab.who.input, choose, inputs=[tab.who], outputs=_laid_out(tab), notice=tab.notice
    )
    connect(shared, tab.clear.click, cleared, outputs=[tab.base, tab.tuned], notice=tab.notice)


def _wire_talk(tab: ChatTab, shared: Shared) -> None:
    """Sending, asking again and stopping.

    One generator feeds both columns, so that they stream side by side.
    """
    inputs = {tab.who, tab.base, tab.tuned, tab.message, tab.talk, *shared.bar, *tab.form.inputs}
    outputs = [tab.base, tab.tuned, tab.message, tab.talk, tab.server]

    async def say(session: Session, values: Values) -> AsyncIterator[Values]:
        async for changed in _talk(tab, shared, session, values, again=False):
            yield changed

    async def repeat(session: Session, values: Values) -> AsyncIterator[Values]:
        async for changed in _talk(tab, shared, session, values, again=True):
            yield changed

    def stop(session: Session, values: Values) -> Values:
        stream.stop(str(values.get(tab.talk) or ""))
        return {}

    options: dict[str, Any] = {
        "inputs": inputs,
        "outputs": outputs,
        "notice": tab.notice,
        "busy": [tab.send],
        "concurrency_limit": 8,
    }
    connect_stream(
        shared, functools.partial(gr.on, [tab.send.click, tab.message.submit]), say, **options
    )
    connect_stream(shared, tab.again.click, repeat, **options)
    connect(shared, tab.stop.click, stop, inputs=[tab.talk], notice=tab.notice)


async def _talk(
    tab: ChatTab, shared: Shared, session: Session, values: Values, *, again: bool
) -> AsyncIterator[Values]:
    """One exchange: the columns as the replies come.

    What has been said is kept while it comes and at the end.
    """
    voices, text = await asyncio.to_thread(prepare, tab, shared, session, values, again)
    talk = stream.new_talk()
    # Starting a server takes longer than a person waits: Send is there again before the first word.
    yield {
        tab.talk: talk,
        tab.message: "",
        tab.notice: "",
        tab.server: _server(session).draw(tab.server),
        tab.send: gr.update(interactive=True),
    }
    components = {"base": tab.base, "tuned": tab.tuned}
    histories: dict[str, History] = {}
    kept_at = 0.0
    try:
        async for state in stream.stream(talk, voices, text, session):
            histories |= {name: history for name, (history, _) in state.items()}
            yield {
                components[name]: _column(session, name, history, speed)
                for name, (history, speed) in state.items()
            }
            if time.monotonic() - kept_at > KEEP_S:
                _keep(session, histories)
                kept_at = time.monotonic()
    finally:
        _keep(session, histories)
        kept_chats.keep(session, voices)


def _column(session: Session, name: str, history: History, speed: float) -> Any:
    """A column's update: the turns, and the speed of the last reply beside its name."""
    if not speed:
        return gr.update(value=history)
    return gr.update(value=history, label=f"{session.word(f'chat.{name}')} · {speed:.1f} tok/s")


def prepare(
    tab: ChatTab, shared: Shared, session: Session, values: Values, again: bool
) -> tuple[list[Voice], str]:
    """The voices that shall answer and the message; the server is started when it is off.

    Raises StudioError.
    """
    spec = tab.form.read(values)
    histories: dict[str, History] = {
        "base": list(values.get(tab.base) or []),
        "tuned": list(values.get(tab.tuned) or []),
    }
    text = str(values.get(tab.message) or "").strip()
    if again:
        text, histories = stream.before_last(histories)
    if not text:
        raise InputError("There is nothing to send.", "Type a message first.")
    who = values.get(tab.who) if values.get(tab.who) in ("base", "tuned", "both") else "base"
    wanted = ["base", "tuned"] if who == "both" else [str(who)]
    chosen = (
        guests.adapter(session.workspace)
        if session.guest
        else str(values.get(shared.adapter) or "")
    )
    adapter = adapter_path(session, chosen) if "tuned" in wanted else None
    server = server_spec(shared, session, values)
    if serving.status().state == "off":
        serving.start(server)
    return [
        Voice(name, spec, server, adapter if name == "tuned" else None, histories[name])
        for name in wanted
    ], text


def adapter_path(session: Session, name: str) -> tuple[str, str]:
    """(name, path) of a trained adapter. Raises ModelError."""
    found = next((a for a in adapters(session.workspace) if a.name == name), None)
    if found is None:
        raise ModelError("No adapter is chosen.", "Choose one in the top bar, or train one first.")
    return found.name, str(found.path)


def server_spec(shared: Shared, session: Session, values: Values) -> ServerSpec:
    """The model server that the top bar asks for; for a guest the one that the host has loaded.

    Raises ModelError.
    """
    if session.guest:
        return guests.served()
    return ServerSpec.read(
        {
            "model_name_or_path": str(values.get(shared.model) or "starter"),
            "hub_name": values.get(shared.hub) or "huggingface",
            "quantization_bit": values.get(shared.quantization) or "none",
            "adapter_roots": [str(session.workspace.runs)],
        }
    )


def views(tab: ChatTab, session: Session, values: Values) -> dict[Any, Lazy]:
    """What the tab shows now, besides the talk itself."""
    return {tab.server: _server(session)}


def _server(session: Session) -> Lazy:
    status = serving.status()
    error = list(session.sentences(status.error)) if status.error else None
    name = guests.model_name(status.model or "") if session.guest else status.model or ""
    facts = [name, *(status.adapters or [])]
    memory = f"{status.memory_mb:,.0f} MB" if status.memory_mb else ""
    data = {
        "state": status.state,
        "label": session.word(f"chat.server.{status.state}"),
        "model": " + ".join(f for f in facts if f),
        "memory": memory,
        "error": error,
    }
    return Lazy(repr(data), lambda: payload(data))


TAB = Tab(
    name="chat",
    build=build,
    wire=wire,
    drawn=lambda tab: [tab.server],
    views=views,
    forms=lambda tab: [tab.form],
    busy=lambda session: serving.status().state == "ready",
    accepts={
        "chat": Accept(fills=_restored, fill=_with_chat),
        "adapter": Accept(fills=lambda tab: [tab.adapter, *_laid_out(tab)], fill=_with_adapter),
    },
    restored=_restored,
    restore=_restore,
    public=True,
)
