"""One exchange of the chat: who answers, what the model server is asked, what the page is shown."""

import asyncio
import dataclasses
import time
from collections.abc import AsyncIterator

from studio import models, page_state, serving
from studio.errors import InputError, ModelError
from studio.serving import ServerSpec
from studio.training.runs import adapters
from tabs.chat import kept_chats, stream
from tabs.chat import rounds as saying
from tabs.chat.layout import ChatTab
from tabs.chat.rounds import Round
from tabs.chat.stream import Voice
from tabs.kit import guests
from tabs.kit.lazy import Lazy
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.views import payload

KEEP_S = 2.0


async def talk(
    tab: ChatTab,
    shared: Shared,
    session: Session,
    values: Values,
    text: str,
    rounds: list[Round],
    *,
    typed: bool = False,
) -> AsyncIterator[Values]:
    """One exchange behind `rounds`: the view as the replies come.

    What has been said is kept while it comes and at the end. typed: the text stands in the field of
    the message, which is emptied.
    """
    voices = await asyncio.to_thread(prepare, tab, shared, session, values, text, rounds)
    number, text = stream.new_talk(), text.strip()
    now = Round(text)
    yield {
        tab.talk: number,
        tab.notice: "",
        tab.server: server_line(session).draw(tab.server),
        tab.rounds: [*rounds, now],
        tab.view: content(session, [*rounds, now], busy=True),
    } | ({tab.message: ""} if typed else {})
    kept_at = 0.0
    try:
        async for replies in stream.stream(number, voices, text, session):
            now = dataclasses.replace(now, replies=now.replies | replies)
            said = [*rounds, now]
            busy = not all(reply.done for reply in replies.values())
            yield {tab.rounds: said, tab.view: content(session, said, busy=busy)}
            if time.monotonic() - kept_at > KEEP_S:
                keep(session, said)
                kept_at = time.monotonic()
    finally:
        keep(session, [*rounds, now])
        kept_chats.keep(session, [*rounds, now], voices)


def prepare(
    tab: ChatTab,
    shared: Shared,
    session: Session,
    values: Values,
    text: str,
    rounds: list[Round],
) -> list[Voice]:
    """The voices that shall answer; the server is started when it is off. Raises StudioError."""
    spec = tab.form.read(values)
    if not text.strip():
        raise InputError("There is nothing to send.", "Type a message first.")
    who = values.get(tab.who) if values.get(tab.who) in ("base", "tuned", "both") else "base"
    wanted = ["base", "tuned"] if who == "both" else [str(who)]
    chosen = chosen_adapter(tab, session, values)
    adapter = adapter_path(session, chosen) if "tuned" in wanted else None
    server = server_spec(shared, session, values)
    shown = names(session, str(values.get(shared.model) or "starter"), chosen)
    if serving.status().state == "off":
        serving.start(server)
    return [
        Voice(
            name,
            shown[name],
            spec,
            server,
            adapter if name == "tuned" else None,
            saying.before(rounds, name),
        )
        for name in wanted
    ]


def chosen_adapter(tab: ChatTab, session: Session, values: Values) -> str:
    """The adapter beside the base: that of the top bar, for a guest the one that the host chose."""
    if session.guest:
        return guests.adapter(session.workspace)
    return str(values.get(tab.adapter) or "")


def names(session: Session, model: str, adapter: str) -> dict[str, str]:
    """How those who answer are called: the model by its name, the adapter by its run's. A guest is
    told neither.
    """
    if session.guest:
        return {voice: session.word(f"chat.{voice}") for voice in saying.VOICES}
    known = {entry.reference: entry.label for entry in models.available()}
    found = next((one for one in adapters(session.workspace) if one.name == adapter), None)
    return {
        "base": known.get(model, guests.model_name(model)),
        "tuned": found.label if found else session.word("chat.tuned"),
    }


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


def content(session: Session, rounds: list[Round], *, busy: bool = False) -> str:
    """The value of the view of what has been said."""
    return payload(
        {
            "rounds": saying.plain(rounds),
            "busy": busy,
            "words": session.words("chat.view"),
            "empty": session.words("chat.empty"),
        }
    )


def keep(session: Session, rounds: list[Round]) -> None:
    """Keep what was said in the workspace; what a guest said is not kept."""
    if not session.guest:
        former = dict.fromkeys(saying.FORMER.values())
        page_state.save(session.workspace, {saying.KEY: saying.plain(rounds)} | former)


def server_line(session: Session) -> Lazy:
    """The line of the model server."""
    status = serving.status()
    error = list(session.sentences(status.error)) if status.error else None
    name = guests.model_name(status.model or "") if session.guest else status.model or ""
    known = {} if session.guest else {a.name: a.label for a in adapters(session.workspace)}
    facts = [name, *(known.get(one, one) for one in status.adapters or [])]
    memory = f"{status.memory_mb:,.0f} MB" if status.memory_mb else ""
    data = {
        "state": status.state,
        "label": session.word(f"chat.server.{status.state}"),
        "model": " + ".join(f for f in facts if f),
        "memory": memory,
        "error": error,
    }
    return Lazy(repr(data), lambda: payload(data))
