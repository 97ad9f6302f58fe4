"""A conversation as a model reads it, with the place of each reply in it: the one rule by which
training learns, evaluation asks and the chat goes on.

A turn ends with the special token that the template writes behind a reply. Where it writes none,
that is the next role mark if the model's own generation ends there (GLM-4's <|user|>), else the
tokenizer's end token, which is then written behind every reply.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from os.path import commonprefix
from pathlib import Path
from typing import Any

from studio.errors import ModelError
from studio.files import write_json
from studio.models.chat_template import (
    ANSWERED,
    ASKED,
    NEXT,
    THINK,
    Message,
    Render,
    own_template,
    rendering,
    template_errors,
    thought_of,
    with_thought,
    without_thought,
)

GENERATION_CONFIG = "generation_config.json"


@dataclass(frozen=True)
class Span:
    """Where a reply stands in the rendered text: start to end, and the end of its whole turn."""

    start: int
    end: int
    turn_end: int


@dataclass(frozen=True)
class TurnEnd:
    """What ends a reply. text, token: the special token, "" and None for a tokenizer without any;
    written: whether the template writes it behind every reply; mark: whether it is the next role
    mark.
    """

    text: str
    token: int | None
    written: bool
    mark: bool = False


def render_text(
    tokenizer: Any, messages: list[Message], tools: str = ""
) -> tuple[str, list[Span | None]]:
    """(the text as the model reads it, the span of each assistant turn).

    None for an earlier reply that the template does not show. Raises ModelError where it does not
    show the last one, or refuses the turns.

    The span of a reply is found by rendering the turns before it, with the prompt for an answer,
    and the turns up to it: both are beginnings of the whole text. Where that does not hold (some
    templates drop earlier thoughts) its words are searched for. A last thought that a template
    drops is written all the same: it is what the model is to learn.
    """
    turns, render = rendering(tokenizer, messages, tools)
    end = turn_end(tokenizer)
    text = _whole(turns, render, end)
    spans = _spans(turns, render, text, end)
    last = [s for s, m in zip(spans, turns, strict=True) if m["role"] == "assistant"]
    if last and last[-1] is None:
        raise ModelError(
            "The model's chat template does not show replies as they were written.",
            "Choose a model with another chat template.",
        )
    return _ended(text, last, end)


def prompt_text(
    tokenizer: Any,
    messages: list[Message],
    tools: str = "",
    *,
    template: str | None = None,
    **more: Any,
) -> str:
    """The text after which the model is to answer: the turns as training shows them, and the prompt
    for a reply. template, more: as of `rendering`. Raises ModelError.
    """
    turns, render = rendering(tokenizer, messages, tools, template=template, **more)
    text = render(turns, True)
    end = turn_end(tokenizer, template)
    if end.written or end.mark:
        return text
    spans = _spans(turns, render, text, end)
    return _ended(text, spans, end, opened=True)[0]


def turn_end(tokenizer: Any, template: str | None = None) -> TurnEnd:
    """What ends a reply under a template; the tokenizer's own where none is given."""
    chosen = template or own_template(tokenizer)
    return _turn_end(tokenizer, chosen, tokenizer.eos_token, len(tokenizer))


def turn_ends(tokenizer: Any, template: str | None = None) -> list[int]:
    """Ids of the tokens at which an answer ends: what training teaches, and those that the model's
    own generation_config.json names.
    """
    end = turn_end(tokenizer, template).token
    own = [tokenizer.eos_token_id] if tokenizer.eos_token_id is not None else []
    return sorted({*generation_ends(tokenizer), *own, *([] if end is None else [end])})


def generation_ends(tokenizer: Any) -> frozenset[int]:
    """The end tokens of the model's generation_config.json; none where it is not known."""
    return _generation_ends(str(getattr(tokenizer, "name_or_path", "") or ""))


def kept_ends(folder: Path) -> frozenset[int]:
    """The end tokens that an adapter's own generation_config.json names; see `keep_ends`."""
    return _read_ends(folder)


def keep_ends(folder: Path, tokenizer: Any) -> None:
    """Write the tokens at which an answer ends into an adapter's folder, in the place where
    transformers and vLLM keep them. Raises WorkspaceError.
    """
    write_json(folder / GENERATION_CONFIG, {"eos_token_id": turn_ends(tokenizer)})


def special_ids(tokenizer: Any) -> frozenset[int]:
    """Ids of the tokens that no text can produce: turn marks, end of text and the like."""
    added = {number for number, token in tokenizer.added_tokens_decoder.items() if token.special}
    return frozenset(added | set(tokenizer.all_special_ids))


@lru_cache(maxsize=16)
def _generation_ends(folder: str) -> frozenset[int]:
    return _read_ends(Path(folder))


def _read_ends(folder: Path) -> frozenset[int]:
    try:
        found = json.loads((folder / GENERATION_CONFIG).read_text(encoding="utf-8"))
        given = found.get("eos_token_id")
    except (OSError, ValueError, AttributeError):
        return frozenset()
    listed = given if isinstance(given, list) else [given]
    return frozenset(one for one in listed if isinstance(one, int))


@lru_cache(maxsize=4)
def _turn_end(tokenizer: Any, template: str, eos: str | None, _size: int) -> TurnEnd:
    """Found by rendering an exchange: what stands between a reply and what follows it."""
    asked = [{"role": "user", "content": ASKED}, {"role": "assistant", "content": ANSWERED}]
    fallback = TurnEnd(eos or "", tokenizer.eos_token_id if eos else None, written=False)
    try:
        turns, render = rendering(tokenizer, asked, template=template)
        alone = render(turns, False)
    except ModelError:
        return fallback
    own = _specials(tokenizer, alone.partition(ANSWERED)[2])
    try:
        longer = render([*turns, {"role": "user", "content": NEXT}], False)
    except template_errors():  # it takes no further turn
        longer = ""
    between = _specials(tokenizer, longer.partition(ANSWERED)[2].partition(NEXT)[0])
    known = {*generation_ends(tokenizer), tokenizer.eos_token_id}
    # What stands behind every reply, not behind the last alone; of several the one that the model
    # is known to stop at.
    behind = [one for one in own if one in between] or own
    if behind:
        chosen = next((one for one in behind if one in known), behind[0])
        return TurnEnd(tokenizer.convert_ids_to_tokens(chosen), chosen, written=True)
    if between and between[0] in generation_ends(tokenizer):
        return TurnEnd(
            tokenizer.convert_ids_to_tokens(between[0]), between[0], written=False, mark=True
        )
    return fallback


def _specials(tokenizer: Any, text: str) -> list[int]:
    """Ids of the special tokens that a text begins with, white space aside."""
    found: list[int] = []
    if not text.strip():
        return found
    special = special_ids(tokenizer)
    for number in tokenizer(text, add_special_tokens=False)["input_ids"]:
        if number in special:
            found.append(number)
        elif tokenizer.decode([number]).strip():
            break
    return found


def _whole(turns: list[Message], render: Render, end: TurnEnd) -> str:
    """All turns; the last reply after the prompt for it where the template would not show it so."""
    text = render(turns, False)
    last = turns[-1]
    prompt = _rendered(render, turns[:-1], True)
    if last["role"] != "assistant" or "tool_calls" in last or prompt is None:
        return text
    begins = text.startswith(prompt)
    tail = text[len(prompt) :] if begins else text[text.rfind(turns[-2]["content"].strip()) :]
    thought = thought_of(last)
    opened = prompt.rstrip().endswith(THINK)
    if (thought in tail) and (begins or not opened):
        return text
    reply = with_thought(thought, without_thought(last))
    if opened:  # the prompt has begun the thought already
        reply = ("" if prompt.endswith("\n") else "\n") + reply[len(THINK) :].lstrip("\n")
    return prompt + reply + end.text


def _rendered(render: Render, turns: list[Message], generation: bool) -> str | None:
    if not turns:
        return None
    try:
        return render(turns, generation)
    except template_errors():
        return None


def _spans(turns: list[Message], render: Render, text: str, end: TurnEnd) -> list[Span | None]:
    """For each turn the span of its reply; None for the turns of others, and for one that is not
    shown.
    """
    spans: list[Span | None] = []
    cursor = 0
    for number, message in enumerate(turns):
        if message["role"] != "assistant":
            found = text.find(message["content"].strip(), cursor)
            cursor = found + len(message["content"].strip()) if found >= 0 else cursor
            spans.append(None)
            continue
        prompt = _rendered(render, turns[:number], True)
        before = _shared(prompt, text, cursor)
        last = number == len(turns) - 1
        after = len(text) if last else _beginning(render, text, turns[: number + 1])
        follows = "" if last else turns[number + 1]["content"].strip()
        said = (before or cursor) + len(without_thought(message))
        limit = text.find(follows, said) if follows else -1
        span = _located(text, message, cursor, before, after, limit, end)
        spans.append(span)
        cursor = span.end if span else cursor
    return spans


def _beginning(render: Render, text: str, turns: list[Message]) -> int | None:
    """Length of the rendered `turns` if the whole text begins with them, else None."""
    found = _rendered(render, turns, False)
    return len(found) if found is not None and text.startswith(found) else None


def _shared(prompt: str | None, text: str, cursor: int) -> int | None:
    """How far the prompt for a reply and the whole text go together, if that is beyond what was
    asked: there the reply begins, also where the prompt says that there is to be no thought.
    """
    if prompt is None:
        return None
    shared = len(prompt)
    if not text.startswith(prompt):
        shared = len(commonprefix([prompt, text]))
        opened = text.rfind("<", 0, shared)
        if opened >= 0 and ">" not in text[opened:shared]:  # within a mark
            shared = opened
    return shared if shared > cursor or shared == len(prompt) >= cursor else None


def _located(
    text: str,
    message: Message,
    cursor: int,
    start: int | None,
    after: int | None,
    limit: int,
    end: TurnEnd,
) -> Span | None:
    """The reply's span from what is known of its beginning and its turn's end; limit: where what
    follows it stands, -1 where that is not known.
    """
    bound = after if after is not None else limit if limit > 0 else len(text)
    if start is not None and after is not None:
        body = text[start:after]
        at = body.rfind(end.text) if end.written and end.text else -1
        return Span(start, start + (at if at >= 0 else len(body.rstrip())), bound)
    if start is not None and end.written and end.text:
        at = text.find(end.text, start, bound)
        if at >= 0:
            return Span(start, at, at + len(end.text))
    found = []
    for words in {message["content"].strip(), without_thought(message)} - {""}:
        at = text.find(words, cursor if start is None else start, bound)
        if at >= 0:
            found.append(Span(at if start is None else start, at + len(words), bound))
    return min(found, key=lambda span: (span.start, -span.end), default=None)


def _ended(
    text: str, spans: Sequence[Span | None], end: TurnEnd, *, opened: bool = False
) -> tuple[str, list[Span | None]]:
    """The text with an end behind every reply where the template writes none, and the spans in it.

    opened: the prompt for a reply stands at the end.
    """
    if end.written or not end.text:
        return text, list(spans)
    made: list[Span | None] = []
    shift = 0
    last = next((n for n in reversed(range(len(spans))) if spans[n] is not None), None)
    for number, span in enumerate(spans):
        if span is None:
            made.append(None)
            continue
        at = span.end + shift
        follows = text[at:].lstrip().startswith(end.text) if end.mark else False
        if not follows and (not end.mark or (number == last and not opened)):
            text = text[:at] + end.text + text[at:]
            made.append(Span(span.start + shift, at, at + len(end.text)))
            shift += len(end.text)
        else:  # the role mark of the next turn is this one's end
            made.append(
                Span(span.start + shift, at, max(span.turn_end + shift, at) + len(end.text))
            )
    return text, made
