"""What has been said in the chat: rounds of a message and the replies of those who answered it."""

import time
from dataclasses import asdict, dataclass, field
from typing import Any

VOICES = ("base", "tuned")
KEPT = 200  # rounds; older ones are forgotten
FORMER = {name: f"chat-{name}" for name in VOICES}  # where an earlier version kept each column
KEY = "chat-rounds"


@dataclass(frozen=True)
class Reply:
    """One reply. name: who gave it; speed: tokens a second, 0 where nothing can be said; note: why
    there is no reply, or no more of it; done: nothing more comes.
    """

    text: str = ""
    name: str = ""
    speed: float = 0.0
    note: str = ""
    done: bool = True


@dataclass(frozen=True)
class Round:
    """A message, when it was sent (Unix time), and who answered what."""

    text: str
    at: float = field(default_factory=time.time)
    replies: dict[str, Reply] = field(default_factory=dict)


def before(rounds: list[Round], voice: str) -> list[dict[str, str]]:
    """The turns that a voice has taken part in, as messages; those that came to nothing are left
    out.
    """
    turns = []
    for one in rounds:
        reply = one.replies.get(voice)
        if reply is not None and reply.text:
            turns += [
                {"role": "user", "content": one.text},
                {"role": "assistant", "content": reply.text},
            ]
    return turns


def plain(rounds: list[Round]) -> list[dict[str, Any]]:
    """Rounds as they are kept and shown."""
    return [asdict(one) for one in rounds[-KEPT:]]


def read(kept: dict[str, Any]) -> list[Round]:
    """The rounds that a workspace keeps; what is none is passed over."""
    found = kept.get(KEY)
    if isinstance(found, list):
        return [_round(one) for one in found if isinstance(one, dict)]
    columns = {name: _column(kept.get(key)) for name, key in FORMER.items()}
    longest = max(columns.values(), key=len)
    return [
        Round(
            text,
            0.0,
            {
                name: Reply(column[place][1])
                for name, column in columns.items()
                if place < len(column)
            },
        )
        for place, (text, _) in enumerate(longest)
    ]


def _round(one: dict[str, Any]) -> Round:
    replies = one.get("replies")
    return Round(
        str(one.get("text", "")),
        _number(one.get("at")),
        {
            name: Reply(
                str(reply.get("text", "")),
                str(reply.get("name", "")),
                _number(reply.get("speed")),
                str(reply.get("note", "")),
            )
            for name, reply in (replies.items() if isinstance(replies, dict) else ())
            if name in VOICES and isinstance(reply, dict)
        },
    )


def _column(history: Any) -> list[tuple[str, str]]:
    """(message, reply) of a column as an earlier version kept it."""
    pairs: list[tuple[str, str]] = []
    for turn in history if isinstance(history, list) else []:
        if not isinstance(turn, dict) or not isinstance(turn.get("content"), str):
            continue
        if turn.get("role") == "user":
            pairs.append((turn["content"], ""))
        elif pairs and not turn.get("metadata"):
            pairs[-1] = (pairs[-1][0], turn["content"])
    return pairs


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
