"""From a chat request to what the engine is asked: template, tokens, limits and sampling.

Worker-only.
"""

from typing import Any

from studio.errors import ModelError
from studio.models.reply_spans import prompt_text
from studio.serving.protocol import ChatRequest
from studio.serving.request import Generation, Refusal
from studio.serving.weights import Weights

DEFAULT_NEW_TOKENS = 1024


def generation(chat: ChatRequest, adapter: str, weights: Weights, grammar: Any) -> Generation:
    """The engine's request. Raises Refusal when the prompt does not fit the model's context."""
    prompt = _tokens(chat, adapter, weights)
    room = weights.context - len(prompt)
    if room < 1:
        raise Refusal(
            400,
            "context_length_exceeded",
            (
                f"This model's maximum context length is {weights.context} tokens; "
                f"the messages have {len(prompt)}."
            ),
        )
    wanted = chat.max_completion_tokens or chat.max_tokens or DEFAULT_NEW_TOKENS
    defaults = weights.base.generation_config
    stops = [chat.stop] if isinstance(chat.stop, str) else chat.stop or []
    return Generation(
        prompt=prompt,
        adapter=adapter,
        max_tokens=min(wanted, room),
        temperature=_first(chat.temperature, defaults.temperature, 1.0),
        top_p=_first(chat.top_p, defaults.top_p, 1.0),
        top_k=max(0, _first(chat.top_k, _model_top_k(defaults), 0)),
        repetition_penalty=_first(chat.repetition_penalty, defaults.repetition_penalty, 1.0),
        seed=None if chat.seed is None else chat.seed % (1 << 63),
        stop=tuple(stops),
        grammar=grammar,
    )


def _tokens(chat: ChatRequest, adapter: str, weights: Weights) -> list[int]:
    """The prompt's tokens, of the text that training would show."""
    reserved = {
        "tokenize",
        "return_dict",
        "return_tensors",
        "add_generation_prompt",
        "chat_template",
        "conversation",
        "template",
        "tools",
        "messages",
        "tokenizer",
    }
    more = {key: value for key, value in chat.chat_template_kwargs.items() if key not in reserved}
    try:
        text = prompt_text(
            weights.tokenizer,
            [message.plain() for message in chat.messages],
            template=weights.template(adapter),
            **more,
        )
    except ModelError as error:
        raise Refusal(400, "invalid_messages", error.sentence) from error
    tokens = weights.tokenizer(text, add_special_tokens=False)["input_ids"]
    if not tokens:
        raise Refusal(400, "invalid_messages", "The messages are empty.")
    return list(tokens)


def _model_top_k(defaults: Any) -> int | None:
    """The model's own top-k, where its makers set one (they do so with sampling on)."""
    return defaults.top_k if getattr(defaults, "do_sample", False) else None


def _first(*values: Any) -> Any:
    """The first value that is given."""
    return next(value for value in values if value is not None)
