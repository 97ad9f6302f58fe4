"""The Chat tab: load base and adapter, talk to either or to both side by side."""

import asyncio
import functools
from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from studio import page_state, serving
from studio.errors import InputError
from tabs.chat import exchange, kept_chats, layout, stream, trained
from tabs.chat import rounds as saying
from tabs.chat.layout import ChatTab
from tabs.chat.rounds import Round
from tabs.chat.trained import Trained
from tabs.kit import choices, guests
from tabs.kit.lazy import Lazy
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.tab import Accept, Tab, Window
from tabs.kit.wiring import connect, connect_stream, number
from tabs.views import payload

LOAD_S = 3600.0  # a large model comes from a hub first
LOOK_S = 0.25
FILLED = "chat-filled-system"  # the system prompt that was filled in last


def build(shared: Shared) -> ChatTab:
    """Lay the tab out."""
    with gr.Row(elem_classes=["work"]):
        parts = layout.left(shared) | layout.right(shared)
    layout.translate(shared.translated, parts)
    return ChatTab(
        **parts,
        talk=gr.State(""),
        rounds=gr.State([]),
        adapter=shared.adapter,
        model=shared.model,
    )


def wire(tab: ChatTab, window: Window) -> None:
    """What a click does."""
    shared = window.shared
    if not shared.chat_only:  # who shares the window decides what is in memory
        _wire_model(tab, shared)
    _wire_talk(tab, window)


def _restored(tab: ChatTab) -> list[Any]:
    """What a page load puts back."""
    return [tab.rounds, tab.view, tab.who]


def _restore(tab: ChatTab, session: Session) -> Values:
    """What was said in this workspace before; a guest begins afresh, with the adapter that the host
    chose.
    """
    if session.guest:
        chosen = guests.adapter(session.workspace)
        who = gr.update(value="both" if chosen else "base", visible=bool(chosen))
        return {tab.rounds: [], tab.view: exchange.content(session, []), tab.who: who}
    rounds = saying.read(page_state.load(session.workspace))
    return {tab.rounds: rounds, tab.view: exchange.content(session, rounds)}


def _beside(tab: ChatTab, adapter: str) -> Values:
    """With an adapter the tuned model answers beside the base, without one the base alone."""
    return {tab.who: gr.update(value="both" if adapter else "base")}


def _with_adapter(tab: ChatTab, window: Window, session: Session, adapter: Any) -> Values:
    """A trained adapter chosen in the top bar, beside the base. Raises ModelError."""
    name, _ = exchange.adapter_path(session, str(adapter))
    named = gr.update(value=name, choices=choices.adapters(session))
    return {tab.adapter: named, **_beside(tab, name)}


def _with_chat(tab: ChatTab, window: Window, session: Session, chat_id: Any) -> Values:
    """A conversation of the Library, where it goes on. Raises InputError."""
    who = kept_chats.put_back(session, str(chat_id))
    return {**_restore(tab, session), tab.who: gr.update(value=who)}


def _wire_model(tab: ChatTab, shared: Shared) -> None:
    """What is in memory: loading and unloading the model, and the adapter that the bar names."""

    async def load(session: Session, values: Values) -> AsyncIterator[Values]:
        """Wait for the model that the bar names, in place of another one; what stands is shown
        meanwhile.
        """
        task = asyncio.create_task(
            asyncio.to_thread(serving.ensure, exchange.server_spec(shared, session, values), LOAD_S)
        )
        shown = None
        while not task.done():
            now = exchange.server_line(session)
            if now.version != shown:
                shown = now.version
                yield {tab.server: now.draw(tab.server)}
            await asyncio.wait({task}, timeout=LOOK_S)
        yield {tab.server: exchange.server_line(session).draw(tab.server), tab.notice: ""}
        failed, shown_there = task.exception(), serving.status().error
        if failed is not None and not (
            shown_there is not None and str(failed) == shown_there.sentence
        ):
            raise failed  # else the line of the server tells it

    def unload(session: Session, values: Values) -> Values:
        serving.stop()
        return {tab.server: exchange.server_line(session).draw(tab.server)}

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
        outputs=[tab.who],
        notice=tab.notice,
    )
    # Whoever changes the adapter: a person in the bar, or a tab that hands one on.
    connect(
        shared,
        shared.adapter.change,
        lambda session, values: _fill_system(tab, session, values),
        inputs=[shared.adapter, tab.system],
        outputs=[tab.system],
        notice=tab.notice,
        queue=True,
    )


def _fill_system(tab: ChatTab, session: Session, values: Values) -> Values:
    """The system prompt that the adapter was trained with, unless a person has written one."""
    typed = str(values.get(tab.system) or "")
    ours = str(page_state.load(session.workspace).get(FILLED) or "")
    if typed and typed != ours:
        return {}
    system = trained.about(session.workspace, str(values.get(tab.adapter) or "")).system
    if system == typed:
        return {}
    page_state.save(session.workspace, {FILLED: system or None})
    return {tab.system: gr.update(value=system)}


def _wire_talk(tab: ChatTab, window: Window) -> None:
    """Sending, asking again, sending another message in the place of one, stopping, clearing."""
    shared = window.shared
    inputs = {tab.who, tab.rounds, tab.message, tab.talk, *shared.bar, *tab.form.inputs}
    outputs = [tab.view, tab.rounds, tab.message, tab.talk, tab.server]

    async def say(session: Session, values: Values) -> AsyncIterator[Values]:
        text = str(values.get(tab.message) or "")
        async for changed in exchange.talk(
            tab, shared, session, values, text, _said(tab, values), typed=True
        ):
            yield changed

    async def act(session: Session, values: Values, data: dict[str, Any]) -> AsyncIterator[Values]:
        rounds, name = _said(tab, values), data.get("act")
        if name in ("again", "edit"):
            place = number(data, "n", len(rounds) - 1)
            if not 0 <= place < len(rounds):
                raise InputError("There is nothing to send.", "Type a message first.")
            text = str(data.get("text", "")) if name == "edit" else rounds[place].text
            rounds = rounds[:place]
        elif name == "ask":
            text = str(data.get("text", ""))
        else:
            return
        async for changed in exchange.talk(tab, shared, session, values, text, rounds):
            yield changed

    def stop(session: Session, values: Values) -> Values:
        stream.stop(str(values.get(tab.talk) or ""))
        return {}

    def cleared(session: Session, values: Values) -> Values:
        stream.stop(str(values.get(tab.talk) or ""))
        exchange.keep(session, [])
        emptied = {tab.rounds: [], tab.view: exchange.content(session, [])}
        return emptied | kept_chats.begin_anew(session, tab.notice)

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
    for view in (tab.view, tab.asking):
        connect_stream(shared, view.act, act, event=True, **options)
    connect(shared, tab.stop.click, stop, inputs=[tab.talk], notice=tab.notice)
    connect(
        shared,
        tab.clear.click,
        cleared,
        inputs=[tab.talk],
        outputs=[tab.rounds, tab.view],
        notice=tab.notice,
    )


def _said(tab: ChatTab, values: Values) -> list[Round]:
    return list(values.get(tab.rounds) or [])


def views(tab: ChatTab, session: Session, values: Values) -> dict[Any, Lazy]:
    """What the tab shows now, besides the talk itself."""
    return {tab.server: exchange.server_line(session), tab.asking: _asking(tab, session, values)}


def _asking(tab: ChatTab, session: Session, values: Values) -> Lazy:
    """Questions to ask the adapter, and whose system prompt stands in the form. A guest is shown
    nothing of what the host trained on.
    """
    adapter = "" if session.guest else exchange.chosen_adapter(tab, session, values)
    system = str(values.get(tab.system) or "")
    known = trained.about(session.workspace, adapter, wait=False) if adapter else Trained()
    filled = bool(system) and system == known.system
    mark = (session.language, session.workspace.path, adapter, repr(known), filled)
    return Lazy(mark, lambda: payload(_asked(session, known, filled=filled)))


def _asked(session: Session, known: Trained, *, filled: bool) -> dict[str, Any]:
    source = "held_out" if known.held_out else "from_training"
    return {
        "questions": list(known.questions),
        "from": session.word(f"chat.{source}", name=known.dataset) if known.questions else "",
        "system": session.word("chat.system_filled", name=known.title) if filled else "",
        "words": session.words("chat.view"),
    }


TAB = Tab(
    name="chat",
    build=build,
    wire=wire,
    drawn=lambda tab: [tab.server, tab.asking],
    views=views,
    watched=lambda tab: [tab.adapter, tab.system],
    forms=lambda tab: [tab.form],
    busy=lambda session: serving.status().state == "ready",
    accepts={
        "chat": Accept(fills=_restored, fill=_with_chat),
        "adapter": Accept(fills=lambda tab: [tab.adapter, tab.who], fill=_with_adapter),
    },
    unstored=trained.moved,
    restored=_restored,
    restore=_restore,
    public=True,
)
