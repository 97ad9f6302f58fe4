"""A tokenizer's own chat template: what it can show, and the text that a model reads.

What a template has no place for is put where every model reads it, and in the same way wherever a
conversation is shown to a model (training, evaluation, chat):

- a system prompt that it refuses, at the head of the first question;
- tools, calls and their answers, in the form of the Hermes models (`<tools>`, `<tool_call>`,
  `<tool_response>`), which most open models were trained on;
- a thought, between <think> and </think> before its reply.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from studio.errors import ModelError

Message = dict[str, Any]
Render = Callable[[list[Message], bool], str]
# For base models without a chat template; a line break before the reply, since a space would melt
# into its first token. Saved with the adapter, so that chat and serving use the same.
DEFAULT_TEMPLATE = (
    "{% for message in messages %}"
    "{% if message['role'] == 'system' %}{{ message['content'] + '\\n\\n' }}"
    "{% elif message['role'] == 'assistant' %}{{ 'Assistant:\\n"
    "' + message['content'] + eos_token + '\\n' }}"
    "{% else %}{{ 'User:\\n' + message['content'] + '\\n' }}{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}{{ 'Assistant:\\n' }}{% endif %}"
)
HERMES = (
    "You may call one or more functions to answer. The functions, each with its arguments as JSON "
    "schema, stand between <tools></tools>:\n<tools>\n{tools}\n</tools>\n\nTo call one, write "
    "between <tool_call></tool_call> a JSON object with its name and arguments:\n<tool_call>\n"
    '{{"name": <function-name>, "arguments": <arguments>}}\n</tool_call>'
)
THINK, THOUGHT = "<think>", "</think>"
# Words that no template holds, by which they are found in what it renders.
ASKED, ANSWERED, NEXT, TOOL, THINKING, RESULT = (
    "inkwell-asked",
    "inkwell-answered",
    "inkwell-next",
    "inkwell_tool",
    "inkwell-thinking",
    "inkwell-result",
)
PROBE_TOOL = {
    "type": "function",
    "function": {
        "name": TOOL,
        "description": TOOL,
        "parameters": {"type": "object", "properties": {"at": {"type": "string"}}},
    },
}
CALLS = ("table", "text")  # how a template may take the arguments of a call


@dataclass(frozen=True)
class Abilities:
    """Which fields of a conversation a template shows. calls: "table" or "text", as it takes the
    arguments of a call, "" for none. parts: whether it shows words only as OpenAI's list of parts,
    as the templates of models for pictures do.
    """

    parts: bool
    tools: bool
    calls: str
    results: bool
    thoughts: bool


def rendering(
    tokenizer: Any,
    messages: list[Message],
    tools: str = "",
    *,
    template: str | None = None,
    **more: Any,
) -> tuple[list[Message], Render]:
    """(the messages as the template takes them, the function that renders them or their first
    ones).

    messages: see `studio.datasets.row_forms.chat_messages`. tools: the functions as JSON text.
    template: another one than the tokenizer's own. more: what else the template is told
    (`enable_thinking`, …). Raises ModelError for turns that the template refuses.
    """
    chosen = template or own_template(tokenizer, with_tools=bool(tools))
    able = abilities(tokenizer, chosen)
    fitted, functions = _fitted(messages, _functions(tools), able)
    if functions:
        more["tools"] = functions
    first = first_text(tokenizer) if chosen == DEFAULT_TEMPLATE else ""

    def render(turns: list[Message], generation: bool) -> str:
        text: str = tokenizer.apply_chat_template(
            _in_parts(turns) if able.parts else turns,
            chat_template=chosen,
            tokenize=False,
            add_generation_prompt=generation,
            **more,
        )
        return first + text

    reasons = []
    for turns in (fitted, _folded(fitted), _short_ids(fitted), _folded(_short_ids(fitted))):
        if turns is None:
            continue
        try:
            render(turns, False)
            return turns, render
        except template_errors() as error:
            reasons.append(error)
    raise ModelError(
        "The model's chat template refuses these turns ({reason}).",
        "Choose another model, or rows without such turns.",
        reason=" ".join(str(reasons[0]).split())[:120],
    ) from reasons[0]


@lru_cache(maxsize=1)
def template_errors() -> tuple[type[Exception], ...]:
    """What a template raises: its own refusal, and what its expressions run into."""
    from jinja2 import TemplateError

    return (TemplateError, TypeError, ValueError, KeyError, AttributeError)


def own_template(tokenizer: Any, *, with_tools: bool = False) -> str:
    """The tokenizer's template; of several by name the one for tools where there are some, else the
    default; ours where it has none.
    """
    given = tokenizer.chat_template
    if isinstance(given, dict):
        named: str | None = given.get("tool_use") if with_tools else None
        given = named or given.get("default") or next(iter(given.values()), None)
    return given or DEFAULT_TEMPLATE


def first_text(tokenizer: Any) -> str:
    """What the tokenizer sets before every text by itself (a BOS token, [gMASK]<sop>); "" for
    nothing.
    """
    bare = tokenizer("a", add_special_tokens=False)["input_ids"]
    whole = tokenizer("a", add_special_tokens=True)["input_ids"]
    for at in range(len(whole) - len(bare) + 1):
        if whole[at : at + len(bare)] == bare:
            return "".join(tokenizer.convert_ids_to_tokens(whole[:at]))
    return ""


@lru_cache(maxsize=4)
def abilities(tokenizer: Any, template: str) -> Abilities:
    """What a template shows, found by rendering a conversation with it."""
    asked = {"role": "user", "content": ASKED}
    called = {
        how: {"role": "assistant", "content": "", "tool_calls": [_probe(how)]} for how in CALLS
    }
    result = {"role": "tool", "content": RESULT, "name": TOOL, "tool_call_id": "call00001"}
    answer = {"role": "assistant", "content": ANSWERED}
    thinking = {"role": "assistant", "content": ANSWERED, "reasoning_content": THINKING}

    def shown(turns: list[Message], words: str, **more: Any) -> bool:
        try:
            text: str = tokenizer.apply_chat_template(
                _in_parts(turns) if parts else turns,
                chat_template=template,
                tokenize=False,
                **more,
            )
        except template_errors():
            return False
        return words in text

    parts = False
    if not shown([asked, answer], ANSWERED):
        parts = True
        parts = shown([asked, answer], ANSWERED)
    calls = next((how for how in CALLS if shown([asked, called[how]], TOOL)), "")
    return Abilities(
        parts=parts,
        tools=shown([asked, answer], TOOL, tools=[PROBE_TOOL]),
        calls=calls,
        results=bool(calls) and shown([asked, called[calls], result, answer], RESULT),
        thoughts=shown([asked, thinking], THINKING),
    )


def _in_parts(turns: list[Message]) -> list[Message]:
    return [turn | {"content": [{"type": "text", "text": turn["content"]}]} for turn in turns]


def _probe(how: str) -> Message:
    arguments: Any = {"at": "x"} if how == "table" else '{"at": "x"}'
    function = {"name": TOOL, "arguments": arguments}
    return {"type": "function", "id": "call00001", "function": function}


def thought_of(message: Message) -> str:
    """What an assistant thought, from its own field or from the head of its words; "" for
    nothing.
    """
    if message.get("reasoning_content"):
        return str(message["reasoning_content"]).strip()
    text = str(message.get("content") or "").lstrip()
    if text.startswith(THINK) and THOUGHT in text:
        return text[len(THINK) : text.index(THOUGHT)].strip()
    return ""


def with_thought(thought: str, words: str) -> str:
    """A thought before its words, as reasoning models write it."""
    return f"{THINK}\n{thought.strip()}\n{THOUGHT}\n\n{words}"


def without_thought(message: Message) -> str:
    """A message's words behind the thought that stands in them."""
    text = str(message.get("content") or "")
    return text.split(THOUGHT)[-1].strip() if THOUGHT in text else text.strip()


def _fitted(
    messages: list[Message], functions: list[Message], able: Abilities
) -> tuple[list[Message], list[Message]]:
    """Messages with what the template cannot show written into their words, and the functions that
    it shows itself.
    """
    made: list[Message] = []
    for message in messages:
        one = {key: value for key, value in message.items() if key != "weight"}
        if one.get("reasoning_content") and not able.thoughts:
            one["content"] = with_thought(one.pop("reasoning_content"), one["content"])
        if "tool_calls" in one and not able.calls:
            calls = [_hermes(call["function"]) for call in one.pop("tool_calls")]
            one["content"] = "\n".join([*filter(None, [one["content"]]), *calls])
        if "tool_calls" in one and able.calls == "text":
            one["tool_calls"] = [_as_text(call) for call in one["tool_calls"]]
        if one["role"] == "tool" and not able.results:
            answer = f"<tool_response>\n{one['content']}\n</tool_response>"
            if made and made[-1].get("answers"):
                made[-1]["content"] += f"\n{answer}"
                continue
            one = {"role": "user", "content": answer, "answers": True}
        made.append(one)
    made = [{key: value for key, value in one.items() if key != "answers"} for one in made]
    if functions and not able.tools:
        text = HERMES.format(tools="\n".join(json.dumps(f, ensure_ascii=False) for f in functions))
        if made and made[0]["role"] == "system":
            made[0]["content"] = f"{made[0]['content']}\n\n{text}"
        else:
            made = [{"role": "system", "content": text}, *made]
        functions = []
    return made, functions


def _hermes(function: Message) -> str:
    called = {"name": function["name"], "arguments": function["arguments"]}
    return f"<tool_call>\n{json.dumps(called, ensure_ascii=False)}\n</tool_call>"


def _as_text(call: Message) -> Message:
    """A call whose arguments are JSON text."""
    function = call["function"]
    text = json.dumps(function["arguments"], ensure_ascii=False)
    return call | {"function": {"name": function["name"], "arguments": text}}


def _folded(messages: list[Message] | None) -> list[Message] | None:
    """The system prompt at the head of the first question."""
    if not messages or len(messages) < 2:
        return None
    if messages[0]["role"] != "system" or messages[1]["role"] != "user":
        return None
    joined = f"{messages[0]['content']}\n\n{messages[1]['content']}"
    return [{"role": "user", "content": joined}, *messages[2:]]


def _short_ids(messages: list[Message]) -> list[Message] | None:
    """Calls numbered by ids of nine letters, which Mistral's templates insist on."""
    if not any("tool_calls" in message for message in messages):
        return None
    made, number, answered = [], 0, 0
    for message in messages:
        one = dict(message)
        if "tool_calls" in one:
            answered = number
            calls = []
            for call in one["tool_calls"]:
                number += 1
                calls.append(call | {"id": f"call{number:05d}"})
            one["tool_calls"] = calls
        elif one["role"] == "tool":
            answered += 1
            one["tool_call_id"] = f"call{answered:05d}"
        made.append(one)
    return made


def _functions(text: str) -> list[Message]:
    """Tools as JSON text → OpenAI's form, in which templates expect them."""
    try:
        found = json.loads(text) if text else []
    except ValueError:
        return []
    listed = found if isinstance(found, list) else []
    return [
        one if "function" in one else {"type": "function", "function": one}
        for one in listed
        if isinstance(one, dict)
    ]
