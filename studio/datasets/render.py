"""From a row to exactly what the trainer trains on: text, tokens and labels.

The window's token view and the trainer both call `render_row`, so what is shown is what is learnt.
Labels follow Hugging Face: as long as the tokens, -100 where nothing is learnt, not shifted. Learnt
are the replies with the token that ends them; never the template's own words around them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from studio.datasets import formats
from studio.datasets.column_map import sniff
from studio.datasets.formats import Messages, Row, RowProblem
from studio.datasets.other_forms import recognise
from studio.datasets.template import load_tokenizer
from studio.errors import InputError, ModelError
from studio.models.chat_template import first_text
from studio.models.reply_spans import Span, render_text, special_ids, turn_end

IGNORED = -100
Stage = Literal["sft", "dpo"]


@dataclass(frozen=True)
class Rendered:
    """One row as the model sees it; of a ranking row, the chosen side, with both sides in `chosen`
    and `rejected`.

    text: the whole rendered text, also what is cut off. tokens: one piece of text a token; joined
    they are the text up to the cut (a character of several tokens stands with its first).
    cut_tokens: what cutoff_len cuts off.
    """

    text: str
    input_ids: list[int]
    labels: list[int]
    tokens: list[str]
    special: list[bool]
    trained_fraction: float
    truncated: bool
    cut_tokens: list[str] = field(default_factory=list)
    prompt_length: int = 0  # tokens before the first learnt one
    chosen: "Rendered | None" = None
    rejected: "Rendered | None" = None
    plain: bool = False  # plain text, which training joins with others and cuts into blocks

    @property
    def trained(self) -> int:
        """Number of learnt tokens."""
        return sum(label != IGNORED for label in self.labels)


def render_row(
    row: Row,
    tokenizer_or_model: Any,
    stage: Stage = "sft",
    cutoff_len: int = 2048,
    train_on_prompt: bool = False,
    mask_history: bool = False,
) -> Rendered:
    """Text, tokens and labels of one row.

    row: in the normal form, or raw in any form that a file may have. tokenizer_or_model: a
    tokenizer, or a model reference. cutoff_len in tokens; what is beyond is cut off at the end, but
    of plain text, which training joins and cuts into blocks of that length.
    train_on_prompt: every token is learnt. mask_history: only the last reply is. Raises InputError
    for an unusable row, ModelError.
    """
    tokenizer = (
        load_tokenizer(tokenizer_or_model)
        if isinstance(tokenizer_or_model, str)
        else tokenizer_or_model
    )
    row = _normal(row)
    if "chosen" in row:
        chosen = _side(row, "chosen", tokenizer, cutoff_len)
        rejected = _side(row, "rejected", tokenizer, cutoff_len)
        return Rendered(**chosen.__dict__ | {"chosen": chosen, "rejected": rejected})
    if stage == "dpo":
        raise InputError(
            "The row has no chosen and rejected reply.",
            "Choose a preference dataset for the stage dpo.",
        )
    if "text" in row:
        return _plain(row["text"], tokenizer)
    return _chat(
        formats.messages(row),
        tokenizer,
        cutoff_len,
        row.get("tools", ""),
        everything=train_on_prompt,
        last_only=mask_history,
    )


def _normal(row: Row) -> Row:
    """A row in the normal form, whatever form it came in. Raises InputError."""
    if isinstance(row, dict) and "history" in row and ("output" in row or "chosen" in row):
        return row
    try:
        form = recognise([row])
        if form is not None:
            return formats.normalise(form.convert(row), form.layout)
        return formats.normalise(row, sniff([row]))
    except RowProblem as problem:
        raise InputError(
            "The row cannot be used: {reason}.", "Correct it.", reason=problem
        ) from problem


def _side(row: Row, side: str, tokenizer: Any, cutoff_len: int) -> Rendered:
    """Chosen or rejected after the shared prompt; of its turns only the last reply is learnt."""
    turns = [*formats.prompt_messages(row), {"role": "assistant", "content": row[side]}]
    return _chat(turns, tokenizer, cutoff_len, last_only=True)


def _plain(text: str, tokenizer: Any) -> Rendered:
    """Plain text between what the tokenizer sets before each text and its end token, all of it
    learnt, however long.
    """
    full = first_text(tokenizer) + text + (tokenizer.eos_token or "")
    ids, offsets = _encode(tokenizer, full)
    whole = _rendered(tokenizer, full, ids, offsets, [True] * len(ids), len(ids))
    return replace(whole, plain=True)


def _chat(
    messages: Messages,
    tokenizer: Any,
    cutoff_len: int,
    tools: str = "",
    *,
    everything: bool = False,
    last_only: bool = False,
) -> Rendered:
    full, spans = render_text(tokenizer, messages, tools)
    ids, offsets = _encode(tokenizer, full)
    replies = [message for message in messages if message["role"] == "assistant"]
    wanted = [
        span
        for span, reply in zip(spans, replies, strict=True)
        if span is not None and reply.get("weight") != 0
    ]
    if everything:
        mask = [True] * len(ids)
    elif last_only and replies[-1].get("weight") == 0:
        mask = [False] * len(ids)
    else:
        mask = trained_mask(
            full,
            ids,
            offsets,
            wanted[-1:] if last_only else wanted,
            special_ids(tokenizer),
            turn_end(tokenizer).token,
        )
    return _rendered(tokenizer, full, ids, offsets, mask, cutoff_len)


def joined_blocks(texts: Iterable[list[int]], length: int) -> Iterator[list[int]]:
    """Token ids of texts, one behind the other, in blocks of `length`; the last one is shorter.
    Nothing is thrown away but a last block of one token, which has none to be learnt after it.
    """
    held: list[int] = []
    for text in texts:
        held += text
        at = 0
        while len(held) - at >= length:
            yield held[at : at + length]
            at += length
        held = held[at:]
    if len(held) > 1:
        yield held


def trained_mask(
    text: str,
    ids: Sequence[int],
    offsets: Sequence[tuple[int, int]],
    spans: Sequence[Span],
    special: frozenset[int],
    end: int | None,
) -> list[bool]:
    """Which tokens are learnt: those that begin inside a reply, and the special token that ends its
    turn (`end`, else the first one that stands there).

    A token that begins before the reply and runs into it belongs to the prompt, since in a chat the
    model gets it, not makes it.
    """
    mask = [False] * len(ids)
    at = 0
    for span in spans:
        while at < len(ids) and offsets[at][0] < span.start:
            at += 1
        while at < len(ids) and offsets[at][0] < span.end:
            mask[at] = True
            at += 1
        behind = []
        for n in range(at, len(ids)):
            blank = not text[offsets[n][0] : offsets[n][1]].strip()
            if offsets[n][0] >= span.turn_end or not (ids[n] in special or blank):
                break
            behind += [n] if ids[n] in special else []
        last = next((n for n in behind if ids[n] == end), behind[0] if behind else None)
        if last is not None:
            mask[at : last + 1] = [True] * (last + 1 - at)
            at = last + 1
    return mask


def _encode(tokenizer: Any, text: str) -> tuple[list[int], list[tuple[int, int]]]:
    """Token ids and the place of each in the text. Raises ModelError."""
    if not tokenizer.is_fast:
        raise ModelError(
            "The model's tokenizer does not tell where its tokens stand in the text.",
            "Choose a model with a tokenizer.json.",
        )
    made = tokenizer(
        text, add_special_tokens=False, return_offsets_mapping=True, truncation=False, verbose=False
    )
    return list(made["input_ids"]), [tuple(place) for place in made["offset_mapping"]]


def _rendered(
    tokenizer: Any,
    text: str,
    ids: list[int],
    offsets: list[tuple[int, int]],
    mask: list[bool],
    cutoff_len: int,
) -> Rendered:
    pieces = _pieces(text, offsets)
    special = special_ids(tokenizer)
    kept, learnt = ids[:cutoff_len], mask[:cutoff_len]
    return Rendered(
        text=text,
        input_ids=kept,
        labels=[n if on else IGNORED for n, on in zip(kept, learnt, strict=True)],
        tokens=pieces[:cutoff_len],
        special=[n in special for n in kept],
        trained_fraction=sum(learnt) / len(kept) if kept else 0.0,
        truncated=len(ids) > cutoff_len,
        cut_tokens=pieces[cutoff_len:],
        prompt_length=learnt.index(True) if any(learnt) else len(kept),
    )


def _pieces(text: str, offsets: Sequence[tuple[int, int]]) -> list[str]:
    """The text cut at its tokens, so that the pieces joined are the text again."""
    pieces, at = [], 0
    for _, end in offsets:
        pieces.append(text[at:end] if end > at else "")
        at = max(at, end)
    if pieces and at < len(text):
        pieces[-1] += text[at:]
    return pieces
