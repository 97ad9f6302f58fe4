"""The conversation of the page as a thing of the Library: kept with each reply, put back from
there.
"""

from collections.abc import Iterable
from typing import Any

from studio import page_state
from studio.inventory import chats
from tabs.chat import rounds as saying
from tabs.chat.rounds import Round
from tabs.chat.stream import Voice
from tabs.kit import notices
from tabs.kit.session import Session, Values

ID = "chat-id"  # of the conversation on the page, as the workspace keeps it


def keep(session: Session, said: list[Round], voices: Iterable[Voice]) -> None:
    """Keep what has been said, with who answered last; a guest's is not kept."""
    if session.guest:
        return
    spoken = list(voices)
    adapter = next((one.adapter[0] for one in spoken if one.adapter), "")
    turns = {name: found for name in saying.VOICES if (found := saying.before(said, name))}
    known = str(page_state.load(session.workspace).get(ID) or "")
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
    """A kept conversation becomes that of the page; who answers in it: base, tuned or both.

    Raises InputError where it is no more.
    """
    found = chats.chat(session.workspace, chat_id)
    who = "both" if len(found.turns) > 1 else next(iter(found.turns), "base")
    rounds = saying.read({saying.FORMER[name]: list(turns) for name, turns in found.turns.items()})
    page_state.save(
        session.workspace, {saying.KEY: saying.plain(rounds), "chat-who": who, ID: chat_id}
    )
    return who
