"""The conversation of the columns as a thing of the Library: kept with each reply, put back from
there.
"""

from collections.abc import Iterable
from typing import Any

from studio import page_state
from studio.inventory import chats
from tabs.chat import stream
from tabs.chat.stream import Voice
from tabs.kit import notices
from tabs.kit.session import Session, Values

ID = "chat-id"  # of the conversation in the columns, as the workspace keeps it
VOICES = ("base", "tuned")


def keep(session: Session, voices: Iterable[Voice]) -> None:
    """Keep what stands in the columns, with who answered last; a guest's is not kept."""
    if session.guest:
        return
    spoken = list(voices)
    kept = page_state.load(session.workspace)
    adapter = next((one.adapter[0] for one in spoken if one.adapter), "")
    turns = {name: found for name in VOICES if (found := stream.turns(kept.get(f"chat-{name}")))}
    known = str(kept.get(ID) or "")
    model = spoken[0].server.model_name_or_path if spoken else ""
    made = chats.keep(session.workspace, known, turns, model=model, adapter=adapter)
    if made and made != known:
        page_state.save(session.workspace, {ID: made})


def begin_anew(session: Session, notice: Any) -> Values:
    """The next message begins another conversation; the one before stays in the Library, and that
    is said.
    """
    if session.guest or not page_state.load(session.workspace).get(ID):
        return {}
    page_state.save(session.workspace, {ID: None})
    return {notice: notices.text(session, session.word("chat.kept"), good=True)}


def put_back(session: Session, chat_id: str) -> str:
    """A kept conversation becomes that of the columns; who answers in it: base, tuned or both.

    Raises InputError where it is no more.
    """
    found = chats.chat(session.workspace, chat_id)
    who = "both" if len(found.turns) > 1 else next(iter(found.turns), "base")
    page_state.save(
        session.workspace,
        {
            **{f"chat-{name}": list(found.turns.get(name, [])) or None for name in VOICES},
            "chat-who": who,
            ID: chat_id,
        },
    )
    return who
