"""Rendering chat messages with a tokenizer's own chat template, and finding the replies in what
comes out.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from studio.datasets.formats import Messages
from studio.errors import ModelError
from studio.models.reference import Hub
from studio.workspace import Workspace

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


@dataclass(frozen=True)
class Span:
    """Where a reply stands in the rendered text: start to end, and the end of its whole turn."""

    start: int
    end: int
    turn_end: int


@lru_cache(maxsize=4)
def load_tokenizer(model: str, hub: Hub = "huggingface", workspace: Workspace | None = None) -> Any:
    """The tokenizer of a model reference, with a chat template in any case. Raises ModelError."""
    from transformers import AutoTokenizer

    from studio.models import resolve
    from studio.models.hub import local_folder

    # Of a Hugging Face model only the tokenizer is fetched, not the weights.
    place = (
        local_folder(model, hub, workspace)
        if hub == "modelscope"
        else resolve(model, hub, workspace)
    )
    try:
        tokenizer = AutoTokenizer.from_pretrained(place, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            "The tokenizer of {model} cannot be loaded ({reason}).",
            "Fetch the model again or choose another.",
            model=model,
            reason=" ".join(str(error).split())[:120],
        ) from error
    if not tokenizer.chat_template:
        tokenizer.chat_template = DEFAULT_TEMPLATE
    return tokenizer


def render_text(tokenizer: Any, messages: Messages, tools: str = "") -> tuple[str, list[Span]]:
    """(the text as the model reads it, the span of each assistant turn). Raises ModelError.

    The span of a reply is found by rendering the turns before it, with the prompt for an answer,
    and the turns up to it: both are beginnings of the whole text. Templates for which that does not
    hold (some drop earlier thoughts) are searched for the reply's words instead.
    """
    messages, render = _fitting(tokenizer, messages, tools)
    full = render(messages, False)
    spans: list[Span] = []
    cursor = 0
    for number, message in enumerate(messages):
        content = message["content"].strip()
        if message["role"] != "assistant":
            found = full.find(content, cursor)
            cursor = found + len(content) if found >= 0 else cursor
            continue
        before = _beginning(render, full, messages[:number], True)
        after = (
            len(full)
            if number == len(messages) - 1
            else _beginning(render, full, messages[: number + 1], False)
        )
        spans.append(_locate(full, content, cursor, before, after))
        cursor = spans[-1].end
    return full, spans


def _locate(full: str, content: str, cursor: int, before: int | None, after: int | None) -> Span:
    """The reply's span from what is known of its beginning and its turn's end."""
    start = before if before is not None and before >= cursor else None
    bound = after if after is not None else len(full)
    at = full.find(content, cursor if start is None else start, bound)
    if at >= 0:
        return Span(at if start is None else start, at + len(content), bound)
    if (
        start is not None and after is not None
    ):  # the template rewrote the reply, but its turn is known
        return Span(start, bound, bound)
    raise ModelError(
        "The model's chat template does not show replies as they were written.",
        "Choose a model with another chat template.",
    )


def _fitting(
    tokenizer: Any, messages: Messages, tools: str
) -> tuple[Messages, Callable[[Messages, bool], str]]:
    """Messages that the template takes, and the function that renders them; a system prompt that
    the template has no place for goes to the head of the first question."""
    from jinja2 import TemplateError

    more: dict[str, Any] = {} if tokenizer.chat_template else {"chat_template": DEFAULT_TEMPLATE}
    if tools:
        more["tools"] = _tools(tools)

    def render(turns: Messages, generation: bool) -> str:
        text: str = tokenizer.apply_chat_template(
            turns, tokenize=False, add_generation_prompt=generation, **more
        )
        return text

    try:
        render(messages, False)
        return messages, render
    except TemplateError as error:
        folded = _folded(messages)
        if folded is not None:
            try:
                render(folded, False)
                return folded, render
            except TemplateError:
                pass
        raise ModelError(
            "The model's chat template refuses these turns ({reason}).",
            "Choose another model, or rows without such turns.",
            reason=" ".join(str(error).split())[:120],
        ) from error


def _folded(messages: Messages) -> Messages | None:
    if len(messages) < 2 or messages[0]["role"] != "system" or messages[1]["role"] != "user":
        return None
    joined = f"{messages[0]['content']}\n\n{messages[1]['content']}"
    return [{"role": "user", "content": joined}, *messages[2:]]


def _beginning(
    render: Callable[[Messages, bool], str], full: str, turns: Messages, generation: bool
) -> int | None:
    """Length of the rendered `turns` if the whole text begins with them, else None."""
    from jinja2 import TemplateError

    if not turns:
        return None
    try:
        text = render(turns, generation)
    except TemplateError:
        return None
    return len(text) if full.startswith(text) else None


def _tools(text: str) -> list[Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, list) and found else None
