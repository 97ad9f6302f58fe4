"""The Chat tab: load base and adapter, talk to either or to both side by side."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio import serving
from studio.errors import InputError, ModelError, StudioError
from studio.llm.chat import ChatSpec
from studio.serving import ServerSpec
from studio.training.runs import adapters
from tabs import chat_stream, forms
from tabs.chat_stream import Voice
from tabs.forms import Form
from tabs.language import sentences
from tabs.shared import Lazy, Session, Shared, Values, connect, notice
from tabs.views import payload, view

History = list[dict[str, Any]]


@dataclass(frozen=True)
class ChatTab:
    """The tab's named components."""

    form: Form
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


def build(shared: Shared) -> ChatTab:
    """Lay the tab out."""
    said = shared.said
    box: dict[str, Any] = {"buttons": ["copy"], "allow_tags": False, "sanitize_html": True, "show_label": True, "height": "100%", "group_consecutive_messages": False}
    with gr.Row(elem_classes=["work"]):
        with gr.Column(elem_classes=["left"]):
            with gr.Column(elem_classes=["fields"]):
                server = view("server", elem_id="chat-server")
                with gr.Row():
                    load = said.label(gr.Button("Load", variant="primary", size="sm", elem_id="chat-load", visible=not shared.chat_only), "chat.load", "value")
                    unload = said.label(gr.Button("Unload", size="sm", elem_id="chat-unload", visible=not shared.chat_only), "chat.unload", "value")
                who = gr.Radio([("Base", "base")], value="base", label="who", interactive=True, elem_id="chat-who")
                form = forms.build(ChatSpec, said, without=("provider", "model", "base_url", "adapter", "timeout_s", "max_tries"))
            told = notice()
        with gr.Column(elem_classes=["right"]):
            with gr.Row(elem_classes=["columns"]):
                with gr.Column(min_width=200, elem_id="chat-base-column") as base_column:
                    base = gr.Chatbot([], label="Base", elem_id="chat-base", elem_classes=["base"], **box)
                with gr.Column(min_width=200, visible=False, elem_id="chat-tuned-column") as tuned_column:
                    tuned = gr.Chatbot([], label="Tuned", elem_id="chat-tuned", elem_classes=["tuned"], **box)
            with gr.Row(elem_classes=["ask"]):
                message = gr.Textbox("", label="Message", show_label=False, container=False, lines=2, max_lines=6, interactive=True, elem_id="chat-message", scale=8)
                send = said.label(gr.Button("Send", variant="primary", elem_id="chat-send"), "chat.send", "value")
                stop = said.label(gr.Button("Stop", elem_id="chat-stop"), "chat.stop", "value")
                again = said.label(gr.Button("Again", elem_id="chat-again"), "chat.again", "value")
                clear = said.label(gr.Button("Clear", elem_id="chat-clear"), "chat.clear", "value")
    said.add(who, lambda language: {"label": forms.word(language, "chat.who"), "choices": [(forms.word(language, f"chat.{w}"), w) for w in ("base", "tuned", "both")]})
    said.add(message, lambda language: {"placeholder": forms.word(language, "chat.placeholder"), "label": forms.word(language, "chat.message")})
    for column, key in ((base, "chat.base"), (tuned, "chat.tuned")):
        said.add(column, lambda language, key=key: {"label": forms.word(language, key), "placeholder": forms.word(language, f"{key}_empty")})
    return ChatTab(form, who, load, unload, server, told, base_column, tuned_column, base, tuned, message, send, stop, again, clear, gr.State(""))


def wire(tab: ChatTab, shared: Shared) -> None:
    """What a click does."""

    def load(session: Session, values: Values) -> Values:
        serving.start(server_spec(shared, session, values))
        return {tab.server: _server(session).draw(tab.server)}

    def unload(session: Session, values: Values) -> Values:
        serving.stop()
        return {tab.server: _server(session).draw(tab.server)}

    def choose(session: Session, values: Values) -> Values:
        who = values.get(tab.who)
        return {tab.base_column: gr.update(visible=who != "tuned"), tab.tuned_column: gr.update(visible=who != "base")}

    def pick(session: Session, values: Values) -> Values:
        who = "both" if values.get(shared.adapter) else "base"
        return {tab.who: gr.update(value=who)} | choose(session, {tab.who: who})

    def cleared(session: Session, values: Values) -> Values:
        return {tab.base: [], tab.tuned: []}

    columns = [tab.who, tab.base_column, tab.tuned_column]
    if not shared.chat_only:  # who shares the window decides what is in memory
        connect(shared, tab.load.click, load, inputs=shared.bar, outputs=[tab.server], notice=tab.notice)
        connect(shared, tab.unload.click, unload, outputs=[tab.server], notice=tab.notice)
    connect(shared, tab.who.input, choose, inputs=[tab.who], outputs=columns)
    connect(shared, shared.adapter.change, pick, inputs=[shared.adapter], outputs=columns)
    connect(shared, tab.clear.click, cleared, outputs=[tab.base, tab.tuned])
    _wire_talk(tab, shared)


def _wire_talk(tab: ChatTab, shared: Shared) -> None:
    """Sending, asking again and stopping. One generator feeds both columns, so that they stream side by side."""
    inputs = {shared.language, shared.workspace, tab.who, tab.base, tab.tuned, tab.message, tab.talk, *shared.bar, *tab.form.inputs}
    outputs = [tab.base, tab.tuned, tab.message, tab.talk, tab.notice, tab.server, tab.send]

    async def say(values: Values) -> AsyncIterator[Values]:
        async for changed in _talk(tab, shared, values, again=False):
            yield changed

    async def repeat(values: Values) -> AsyncIterator[Values]:
        async for changed in _talk(tab, shared, values, again=True):
            yield changed

    options: dict[str, Any] = {"inputs": inputs, "outputs": outputs, "show_progress": "hidden", "concurrency_limit": 8, "api_visibility": "private"}
    gr.on([tab.send.click, tab.message.submit], say, **options)
    tab.again.click(repeat, **options)
    connect(shared, tab.stop.click, lambda session, values: chat_stream.stop(str(values.get(tab.talk) or "")) or {}, inputs=[tab.talk])


async def _talk(tab: ChatTab, shared: Shared, values: Values, *, again: bool) -> AsyncIterator[Values]:
    language = str(values.get(shared.language) or "en")
    yield {tab.send: gr.update(interactive=False)}  # an answer at once; starting a server takes longer
    try:
        session = shared.session(values)
        voices, text = await asyncio.to_thread(prepare, tab, shared, session, values, again)
    except StudioError as error:
        yield {tab.notice: payload(dict(zip(("what", "do"), sentences(language, error), strict=True))), tab.send: gr.update(interactive=True)}
        return
    talk = chat_stream.new_talk()
    yield {tab.talk: talk, tab.message: "", tab.notice: "", tab.server: _server(session).draw(tab.server), tab.send: gr.update(interactive=True)}
    columns = {"base": tab.base, "tuned": tab.tuned}
    async for state in chat_stream.stream(talk, voices, text, language):
        yield {columns[name]: _column(session, name, history, speed) for name, (history, speed) in state.items()}


def _column(session: Session, name: str, history: History, speed: float) -> Any:
    """A column's update: the turns, and the speed of the last reply beside its name."""
    if not speed:
        return gr.update(value=history)
    return gr.update(value=history, label=f"{session.word(f'chat.{name}')} · {speed:.1f} tok/s")


def prepare(tab: ChatTab, shared: Shared, session: Session, values: Values, again: bool) -> tuple[list[Voice], str]:
    """The voices that shall answer and the message; the server is started when it is off. Raises StudioError."""
    spec = tab.form.read(values)
    histories: dict[str, History] = {"base": list(values.get(tab.base) or []), "tuned": list(values.get(tab.tuned) or [])}
    text = str(values.get(tab.message) or "").strip()
    if again:
        text, histories = chat_stream.before_last(histories)
    if not text:
        raise InputError("There is nothing to send.", "Type a message first.")
    who = values.get(tab.who) if values.get(tab.who) in ("base", "tuned", "both") else "base"
    wanted = ["base", "tuned"] if who == "both" else [str(who)]
    adapter = adapter_path(session, str(values.get(shared.adapter) or "")) if "tuned" in wanted else None
    server = server_spec(shared, session, values)
    if serving.status().state == "off":
        serving.start(server)
    return [Voice(name, spec, server, adapter if name == "tuned" else None, histories[name]) for name in wanted], text


def adapter_path(session: Session, name: str) -> tuple[str, str]:
    """(name, path) of a trained adapter. Raises ModelError."""
    found = next((a for a in adapters(session.workspace) if a.name == name), None)
    if found is None:
        raise ModelError("No adapter is chosen.", "Choose one in the top bar, or train one first.")
    return found.name, str(found.path)


def server_spec(shared: Shared, session: Session, values: Values) -> ServerSpec:
    """The model server that the top bar asks for."""
    bits = values.get(shared.quantization)
    return ServerSpec.read({
        "model": str(values.get(shared.model) or "starter"), "hub": values.get(shared.hub) or "huggingface",
        "quantization_bit": int(bits) if bits in ("4", "8") else None, "adapter_roots": [str(session.workspace.runs)],
    })


def poll_inputs(tab: ChatTab) -> set[Any]:
    """What the timer needs to know of the page."""
    return set()


def views(tab: ChatTab, session: Session, values: Values) -> dict[Any, Lazy]:
    """What the tab shows now, besides the talk itself."""
    return {tab.server: _server(session)}


def _server(session: Session) -> Lazy:
    status = serving.status()
    error = list(sentences(session.language, status.error)) if status.error else None
    facts = [status.model or "", *(status.adapters or [])]
    memory = f"{status.memory_mb:,.0f} MB" if status.memory_mb else ""
    data = {"state": status.state, "label": session.word(f"chat.server.{status.state}"), "model": " + ".join(f for f in facts if f), "memory": memory, "error": error}
    return Lazy(repr(data), lambda: payload(data))
