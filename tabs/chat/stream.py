"""Streaming replies into a round: a thread a voice, one asynchronous generator for all of them."""

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
from tabs.chat.rounds import Reply
from tabs.kit.session import Session
from tabs.kit.wiring import edge

EVERY_S = 0.2
STOPPED: dict[str, float] = {}


@dataclass
class Voice:
    """Who answers: `shown` is its name for a person, `turns` what was said before, and what has
    come so far.
    """

    name: str
    shown: str
    spec: ChatSpec
    server: ServerSpec
    adapter: tuple[str, str] | None
    turns: list[dict[str, str]]
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
    """Stop all voices of an exchange."""
    if talk:
        STOPPED[talk] = time.monotonic()


async def stream(
    talk: str, voices: list[Voice], text: str, session: Session
) -> AsyncIterator[dict[str, Reply]]:
    """Ask all voices at once; yield the replies whenever one of them has changed, until all have
    ended.

    Nothing is sent while nothing comes: an answer to the page costs it more than the wait.
    """
    for voice in voices:
        threading.Thread(
            target=_speak, args=(talk, voice, text), daemon=True, name=f"chat-{voice.name}"
        ).start()
    sent: Any = None
    try:
        while True:
            ended = all(voice.done.is_set() for voice in voices)
            now = [(voice.pieces, voice.done.is_set()) for voice in voices]
            if now != sent:
                sent = now
                yield {voice.name: _reply_so_far(voice, session) for voice in voices}
            if ended:
                return
            await asyncio.sleep(EVERY_S)
    finally:
        stop(talk)


def _speak(talk: str, voice: Voice, text: str) -> None:
    """One voice's thread: wait for the server, load the adapter, stream the reply."""
    try:
        with edge(lambda error: setattr(voice, "error", error)):
            _reply(talk, voice, text)
    finally:
        voice.ended = time.monotonic()
        voice.done.set()


def _reply(talk: str, voice: Voice, text: str) -> None:
    """The reply, piece by piece, until it ends or is stopped. Raises StudioError."""
    try:
        server = serving.ensure(voice.server, stop=lambda: talk in STOPPED)
        if voice.adapter and voice.adapter[0] not in server.adapters:
            serving.load_adapter(*voice.adapter)
        client = connect_served(voice.spec, server, voice.adapter[0] if voice.adapter else "base")
        messages = [*voice.turns, {"role": "user", "content": text}]
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


def _reply_so_far(voice: Voice, session: Session) -> Reply:
    """What has come, and after a failure what went wrong."""
    ended = voice.done.is_set()
    note = ""
    if voice.error is not None:
        note = " ".join(session.sentences(voice.error))
    elif ended and not voice.text:
        note = session.word("chat.stopped" if voice.stopped else "chat.silent")
    return Reply(voice.text, voice.shown, _speed(voice) if ended else 0.0, note, ended)
