"""The turns of a conversation as a file holds them → messages in one form.

A message is {"role", "content"} and, where the file has them,

    tool_calls         [{"type": "function", "function": {"name", "arguments": table}, "id"?}, …]
    reasoning_content  what an assistant thought before it answered
    weight             0: context that is not learnt
    name, tool_call_id of a tool's answer

Fields follow OpenAI's chat format; LLaMA-Factory's v1 rows (parts with `value`, `loss_weight`),
its sharegpt calls (a turn "function_call" whose text is the call as JSON), and the `loss` and
`train` of XTuner, ms-swift and Axolotl are read as the same.
"""

import json
from dataclasses import dataclass
from typing import Any

from studio.datasets.row_forms.column_map import Layout
from studio.datasets.source_files.row_problem import RowProblem, checked
from studio.models.chat_template import thought_of, without_thought

Message = dict[str, Any]
# Roles seen in the wild beside the ones an entry names.
ROLES = {
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "model": "assistant",
    "bot": "assistant",
    "system": "system",
    "developer": "system",
    "tool": "tool",
    "observation": "tool",
    "function": "tool",
    "function_call": "assistant",
    "tool_call": "assistant",
}
CALLS = ("function_call", "tool_call")
WEIGHTS = ("weight", "loss_weight", "loss", "train")
THOUGHTS = ("reasoning_content", "reasoning", "thinking")
PARTS = ("text", "value", "content", "reasoning", "thinking")
TEXTS = ("text", "input_text", "output_text", "tool_result")
MEDIA = {
    "image": "pictures",
    "image_url": "pictures",
    "input_image": "pictures",
    "picture": "pictures",
    "audio": "sound",
    "audio_url": "sound",
    "input_audio": "sound",
    "video": "video",
    "video_url": "video",
}
MEDIA_COLUMNS = {
    "image": "pictures",
    "images": "pictures",
    "audio": "sound",
    "audios": "sound",
    "video": "video",
    "videos": "video",
}
PLAIN = {"role", "content"}


def refuse_media(raw: dict[str, Any], columns: dict[str, str]) -> None:
    """Raise RowProblem for a row with pictures, sound or video, which would be lost.

    columns: what else than by its own name holds media, {column: "pictures", …}.
    """
    for column, what in (MEDIA_COLUMNS | columns).items():
        value = raw.get(column)
        if value not in (None, "", [], {}, [None]):
            raise RowProblem(_media(what, column))


def read_turns(turns: Any, layout: Layout, column: str) -> list[Message]:
    """The messages of a list of turns. Raises RowProblem."""
    if not isinstance(turns, list) or not turns:
        raise RowProblem(f"{column} is not a list of turns")
    return [read_turn(turn, layout, number) for number, turn in enumerate(turns, start=1)]


def read_turn(turn: Any, layout: Layout, number: int) -> Message:
    """One turn as a message. Raises RowProblem, which names it by its number from 1."""
    if not isinstance(turn, dict):
        raise RowProblem(f"turn {number} is not a message")
    role = turn.get(layout.role_tag or "role")
    if not role:
        role = turn.get("role") or turn.get("from")
    if role in (None, ""):
        raise RowProblem(f"turn {number} has no role")
    known = _role(role, layout)
    if known is None:
        raise RowProblem(f"turn {number} has the unknown role {str(role)[:30]!r}")
    parts = _content(turn, layout, number)
    content = parts.words
    message: Message = {"role": known}
    if known == "assistant":
        message |= _thoughts(turn, number)
        if parts.thought:
            message["reasoning_content"] = parts.thought
        called = turn.get("tool_calls") or turn.get("function_call") or list(parts.calls)
        if role in (*CALLS, layout.function_tag) and not called:
            content, called = _called(content, number)
            before = {"content": content}
            if thought := thought_of(before):
                content, message = without_thought(before), message | {"reasoning_content": thought}
        if called:
            message["tool_calls"] = _calls(called, number)
    if known == "tool":
        message |= {
            name: turn[name] for name in ("name", "tool_call_id") if isinstance(turn.get(name), str)
        }
    message |= _weight(turn, number) if known == "assistant" else {}
    silent = known == "system" or "tool_calls" in message
    if content is None and silent:
        content = ""
    text = checked(content, f"turn {number}", empty=silent)
    return {"role": known, "content": text} | message


def plain(message: Message) -> bool:
    """Whether a message is a role and its words, and nothing else."""
    return message.keys() <= PLAIN and message["role"] != "tool"


def check_order(said: list[Message], *, open_end: bool) -> None:
    """Raise RowProblem where user and assistant do not take turns, a tool answers nobody's call, or
    the last turn is not a reply. open_end: chosen and rejected follow, so it is none.
    """
    if not said:
        raise RowProblem("there is no turn but the system's")
    before = ""
    for number, message in enumerate(said, start=1):
        role = message["role"]
        if role == "system":
            raise RowProblem("a system turn stands after the first")
        wanted = {
            "": ("user",),
            "user": ("assistant",),
            "assistant": ("user",),
            "called": ("tool", "user"),
            "tool": ("assistant", "tool"),
        }[before]
        # Some files have a tool answer a call that stands as plain words in the turn before.
        if role not in wanted and not (role == "tool" and before == "assistant"):
            raise RowProblem(f"user and assistant do not take turns at turn {number}")
        before = "called" if "tool_calls" in message else role
    if open_end and before in ("assistant", "called"):
        raise RowProblem("the last turn is already a reply")
    if not open_end and before not in ("assistant", "called"):
        raise RowProblem("the last turn is not a reply")


def words(message: Message) -> str:
    """All that a message says, thoughts and calls included, as text to count and compare."""
    said = [message.get("reasoning_content", ""), message["content"]]
    said += [
        json.dumps(call["function"], ensure_ascii=False) for call in message.get("tool_calls", ())
    ]
    return "\n".join(part for part in said if part)


def read_tools(value: Any) -> str:
    """The tools of a row as JSON text: as they stand, "" for none. Raises RowProblem."""
    if value in (None, "", [], {}):
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    try:
        found = json.loads(text)
    except ValueError as error:
        raise RowProblem("tools are not valid JSON") from error
    if found in (None, [], {}, ""):
        return ""
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise RowProblem("tools are not a list of functions")
    return text


def _role(role: Any, layout: Layout) -> str | None:
    named = {
        layout.user_tag: "user",
        layout.assistant_tag: "assistant",
        layout.system_tag: "system",
        layout.observation_tag: "tool",
        layout.function_tag: "assistant",
    }
    return (named.get(role) or ROLES.get(role.lower())) if isinstance(role, str) and role else None


@dataclass(frozen=True)
class Parts:
    """What a turn's content holds. words: text, or whatever stands in its place."""

    words: Any
    thought: str = ""
    calls: tuple[Any, ...] = ()


def _content(turn: Message, layout: Layout, number: int) -> Parts:
    """A turn's words, and what stands among them as parts of their own.

    Raises RowProblem for pictures and the like.
    """
    for tag in (layout.content_tag or "content", "content", "value"):
        if tag in turn:
            content = turn[tag]
            break
    else:
        return Parts(None)
    if not isinstance(content, list):
        return Parts(content)
    text, thoughts, calls = [], [], []
    for part in content:
        if isinstance(part, str):
            text.append(part)
            continue
        kind = str(part.get("type", "text")) if isinstance(part, dict) else ""
        if kind in MEDIA:
            raise RowProblem(_media(MEDIA[kind], f"turn {number}"))
        found = next((part[n] for n in PARTS if isinstance(part, dict) and n in part), None)
        if kind in ("tool_call", "function_call"):
            calls += _called(found, number)[1] if isinstance(found, str) else [found or part]
        elif isinstance(found, str) and kind in THOUGHTS:
            thoughts.append(found)
        elif isinstance(found, str) and kind in TEXTS:
            text.append(found)
        else:
            raise RowProblem(f"turn {number} holds a part of the unknown kind {kind[:30]!r}")
    words = "".join(text)
    return Parts(
        words if words or not (thoughts or calls) else None, "\n".join(thoughts), tuple(calls)
    )


def _media(what: str, where: str) -> str:
    named = {"pictures": "image", "sound": "audio", "video": "video"}[what]
    return f"{where} holds {what} ({named}), which a text model cannot learn from"


def _thoughts(turn: Message, number: int) -> Message:
    for name in THOUGHTS:
        value = turn.get(name)
        if value not in (None, "", []):
            return {"reasoning_content": checked(value, f"turn {number}: {name}")}
    return {}


def _weight(turn: Message, number: int) -> Message:
    """{"weight": 0} for a reply that is not to be learnt. Raises RowProblem for a share of one."""
    for name in WEIGHTS:
        value = turn.get(name)
        if value is None:
            continue
        if value in (0, False):
            return {"weight": 0}
        if value in (1, True):
            return {}
        raise RowProblem(f"turn {number} has the {name} {str(value)[:20]!r}, only 0 and 1 can be")
    return {}


def _called(content: Any, number: int) -> tuple[str, list[Any]]:
    """(the words before the calls, the calls) of a turn whose text is a call as JSON."""
    text = checked(content, f"turn {number}")
    for at, sign in enumerate(text):
        if sign not in "{[":
            continue
        try:
            found = json.loads(text[at:])
        except ValueError:
            continue
        calls = found if isinstance(found, list) else [found]
        if calls and all(isinstance(call, dict) and "name" in call for call in calls):
            return text[:at].strip(), calls
    raise RowProblem(f"turn {number} is not a function call in JSON")


def _calls(value: Any, number: int) -> list[Message]:
    """Calls in OpenAI's form, the arguments as a table: they are encoded once, by the template."""
    listed = value if isinstance(value, list) else [value]
    made = []
    for call in listed:
        function = call.get("function", call) if isinstance(call, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise RowProblem(f"turn {number} holds a call without the name of a function")
        given = function.get("arguments", function.get("parameters", {}))
        if isinstance(given, str):
            try:
                given = json.loads(given) if given.strip() else {}
            except ValueError as error:
                reason = f"turn {number} calls {function['name']} with arguments that are not JSON"
                raise RowProblem(reason) from error
        if not isinstance(given, dict):
            raise RowProblem(f"turn {number} calls {function['name']} without a table of arguments")
        one: Message = {
            "type": "function",
            "function": {"name": function["name"], "arguments": given},
        }
        if isinstance(call.get("id"), str):
            one["id"] = call["id"]
        made.append(one)
    return made
