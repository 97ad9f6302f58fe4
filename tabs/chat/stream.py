"""Streaming replies into the chat's columns: a thread a voice, one asynchronous generator for all
of them.
"""

import asyncio
import secrets
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from studio import serving
from studio.errors import LlmFault, Stopped, StudioError
from studio.llm.chat import ChatSpec, connect_served
from studio.serving import ServerSpec
from tabs.kit.session import Session
from tabs.kit.wiring import edge

History = list[dict[str, Any]]
EVERY_S = 0.2
WAITING = "…"
STOPPED: dict[str, float] = {}


@dataclass
class Voice:
    """One column: who answers, from which history, and what has come so far."""

    name: str
    spec: ChatSpec
    server: ServerSpec
    adapter: tuple[str, str] | None
    history: History
    text: str = ""
    pieces: int = 0
    begun: float = 0.0
    ended: float = 0.0
    error: StudioError | None = None
    stopped: bool = False
    done: threading.Event = field(default_factory=threading.Event)


def new_talk() -> str:
    """An id under which one exchange can be stopped."""
    for old in [talk for talk, at in STOPPED.items() if time.monotonic() - at > 600]:
        STOPPED.pop(old, None)
    return secrets.token_hex(8)


def stop(talk: str) -> None:
    """Stop all columns of an exchange."""
    if talk:
        STOPPED[talk] = time.monotonic()


def before_last(histories: dict[str, History]) -> tuple[str, dict[str, History]]:
    """The last message of the person and the histories before it."""
    text, cut = "", {}
    for name, history in histories.items():
        at = max((i for i, turn in enumerate(history) if turn["role"] == "user"), default=None)
        cut[name] = history if at is None else history[:at]
        text = text if at is None else content(history[at])
    return text, cut


def turns(history: Any) -> History:
    """A history as it is kept: who said what, and the title of a turn that tells of a failure."""
    kept: History = []
    for turn in history if isinstance(history, list) else []:
        if (
            not isinstance(turn, dict)
            or turn.get("role") not in ("user", "assistant")
            or content(turn) == WAITING
        ):
            continue
        title = (turn.get("metadata") or {}).get("title")
        kept.append(
            {"role": turn["role"], "content": content(turn)}
            | ({"metadata": {"title": str(title)}} if title else {})
        )
    return kept


async def stream(
    talk: str, voices: list[Voice], text: str, session: Session
) -> AsyncIterator[dict[str, tuple[History, float]]]:
    """Ask all voices at once; yield the columns that have changed as (history, tokens a second once
    it has ended) until all have.

    Nothing is sent while nothing comes: an answer to the page costs it more than the wait.
    """
    for voice in voices:
        voice.history = [*voice.history, {"role": "user", "content": text}]
        threading.Thread(
            target=_speak, args=(talk, voice), daemon=True, name=f"chat-{voice.name}"
        ).start()
    sent: dict[str, tuple[int, bool]] = {}
    try:
        while True:
            ended = all(voice.done.is_set() for voice in voices)
            now = {voice.name: (voice.pieces, voice.done.is_set()) for voice in voices}
            changed = [voice for voice in voices if sent.get(voice.name) != now[voice.name]]
            if changed:
                sent = now
                yield {
                    voice.name: (
                        _shown(voice, session),
                        _speed(voice) if voice.done.is_set() else 0.0,
                    )
                    for voice in changed
                }
            if ended:
                return
            await asyncio.sleep(EVERY_S)
    finally:
        stop(talk)


def content(turn: dict[str, Any]) -> str:
    """A turn's text, whichever of Gradio's forms it comes in."""
    held = turn.get("content")
    if isinstance(held, list):
        return "".join(str(part.get("text", "")) for part in held if isinstance(part, dict))
    return str(held or "")


def _speak(talk: str, voice: Voice) -> None:
    """One voice's thread: wait for the server, load the adapter, stream the reply."""
    try:
        with edge(lambda error: setattr(voice, "error", error)):
            _reply(talk, voice)
    finally:
        voice.ended = time.monotonic()
        voice.done.set()


def _reply(talk: str, voice: Voice) -> None:
    """The reply, piece by piece, until it ends or is stopped. Raises StudioError."""
    try:
        server = serving.ensure(voice.server, stop=lambda: talk in STOPPED)
        if voice.adapter and voice.adapter[0] not in server.adapters:
            serving.load_adapter(*voice.adapter)
        client = connect_served(voice.spec, server, voice.adapter[0] if voice.adapter else "base")
        messages = [
            {"role": t["role"], "content": content(t)}
            for t in voice.history
            if not (t.get("metadata") or {}).get("title")
        ]
        if voice.spec.system:
            messages.insert(0, {"role": "system", "content": voice.spec.system})
        voice.begun = time.monotonic()
        for piece in client.stream(messages, stop=lambda: talk in STOPPED):
            if isinstance(piece, str):
                voice.text += piece
                voice.pieces += 1
    except Stopped:
        voice.stopped = True
    except LlmFault as fault:
        voice.stopped = fault.kind == "stopped"
        if not voice.stopped:
            raise


def _speed(voice: Voice) -> float:
    """Pieces a second, which are tokens but for those that share a letter; 0 where nothing can be
    said.
    """
    passed = voice.ended - voice.begun
    return voice.pieces / passed if voice.pieces > 2 and passed > 0 and not voice.error else 0.0


def _shown(voice: Voice, session: Session) -> History:
    """A column's turns with the reply so far; after a failure what came before it, and what went
    wrong.
    """
    if voice.error is not None:
        what, do = session.sentences(voice.error)
        reply = [{"role": "assistant", "content": voice.text}] if voice.text else []
        return [
            *voice.history,
            *reply,
            {
                "role": "assistant",
                "content": f"{what} {do}",
                "metadata": {"title": session.word("chat.failed")},
            },
        ]
    if voice.done.is_set() and not voice.text:
        why = session.word("chat.stopped" if voice.stopped else "chat.silent")
        return [
            *voice.history,
            {
                "role": "assistant",
                "content": why,
                "metadata": {"title": session.word("chat.failed")},
            },
        ]
    return [*voice.history, {"role": "assistant", "content": voice.text or WAITING}]
