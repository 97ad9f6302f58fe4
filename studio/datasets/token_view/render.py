"""From a row to exactly what the trainer trains on: text, tokens and labels.

The window's token view and the trainer both call `render_row`, so what is shown is what is learnt.
Labels follow Hugging Face: as long as the tokens, -100 where nothing is learnt, not shifted. Learnt
are the replies with the token that ends them; never the template's own words around them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any

from studio.datasets.row_forms import formats
from studio.datasets.row_forms.column_map import sniff
from studio.datasets.row_forms.formats import Messages, Row, RowProblem
from studio.datasets.row_forms.other_forms import recognise
from studio.datasets.token_view.options import Stage
from studio.datasets.token_view.template import load_tokenizer
from studio.errors import InputError, ModelError
from studio.models.chat_template import first_text
from studio.models.reply_spans import Span, render_text, special_ids, turn_end

IGNORED = -100
NEVER = 1 << 30  # tokens that no cutoff reaches
COMPARED = ("rm", "dpo")  # the stages that take two replies to one prompt


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
    dropped: bool = False  # the cutoff leaves nothing to learn: training leaves the row out

    @property
    def trained(self) -> int:
        """Number of learnt tokens."""
        return sum(label != IGNORED for label in self.labels)


@dataclass(frozen=True)
class Whole:
    """One side of a row before any cut: its text, tokens, and which of them are learnt.

    every: with all replies learnt; last: with the last one alone. Of a pair both are the same.
    first: of a pair, the place of the reply's own first token.
    """

    text: str
    ids: list[int]
    offsets: list[tuple[int, int]]
    every: list[bool]
    last: list[bool]
    plain: bool = False
    first: int = 0

    def mask(self, *, train_on_prompt: bool = False, mask_history: bool = False) -> list[bool]:
        """Which tokens are learnt under these options of a training."""
        if train_on_prompt:
            return [True] * len(self.ids)
        return self.last if mask_history else self.every


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
    train_on_prompt: every token is learnt. mask_history: only the last reply is; both count for
    sft alone. Raises InputError for an unusable row, ModelError.
    """
    tokenizer = (
        load_tokenizer(tokenizer_or_model)
        if isinstance(tokenizer_or_model, str)
        else tokenizer_or_model
    )
    sides = whole_row(row, tokenizer, stage)
    masks = [
        side.mask(train_on_prompt=train_on_prompt, mask_history=mask_history)
        if stage == "sft"
        else side.every
        for side in sides.values()
    ]
    needs = needed(list(sides.values()), masks)
    made = {
        name: _rendered(tokenizer, side, mask, cutoff_len, dropped=cutoff_len < needs)
        for (name, side), mask in zip(sides.items(), masks, strict=True)
    }
    if len(made) == 1:
        return made["reply"]
    chosen, rejected = made["chosen"], made["rejected"]
    return replace(chosen, chosen=chosen, rejected=rejected)


def needed(sides: Sequence[Whole], masks: Sequence[Sequence[bool]]) -> int:
    """The least cutoff_len at which something of a row is learnt, NEVER where nothing can be.

    Of one reply a token after the first, since the first is predicted from nothing; of a pair a
    token of each reply, after a prompt that both share. Plain texts are joined, not cut.
    """
    if any(side.plain for side in sides):
        return 0
    firsts = [next((n for n, on in enumerate(mask) if on and n), NEVER) for mask in masks]
    if len(masks) > 1 and any(mask[0] for mask in masks):
        return NEVER
    return min(NEVER, max([*firsts, *(side.first for side in sides)]) + 1)


def whole_row(row: Row, tokenizer: Any, stage: Stage = "sft") -> dict[str, Whole]:
    """A row before any cut: {"reply": …}, or {"chosen": …, "rejected": …} of a ranking row.

    Raises InputError for a row that the stage cannot use, ModelError.
    """
    row = _normal(row)
    if "chosen" in row:
        return _pair(row, tokenizer)
    if stage in COMPARED:
        raise InputError(
            "The row has no chosen and rejected reply.",
            "Choose a preference dataset for the stage dpo.",
        )
    if stage == "kto" and "kto_tag" not in row:
        raise InputError(
            "The row does not say whether its reply is wanted.",
            "Choose a dataset with kto_tag for the stage kto.",
        )
    if "text" in row:
        return {"reply": _plain(row["text"], tokenizer)}
    made = _chat(formats.messages(row), tokenizer, row.get("tools", ""))
    return {"reply": _ended(made) if stage == "kto" else made}


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


def _pair(row: Row, tokenizer: Any) -> dict[str, Whole]:
    """Chosen and rejected after the shared prompt; of the turns only the last reply is learnt.

    The prompt is what both sides begin with. Where a template writes something else before the two
    replies (an empty thought before one of them), that is learnt with them, as the trainer, which
    is given a prompt and two completions, learns it.
    """
    asked = formats.prompt_messages(row)
    made = [
        _ended(_chat([*asked, {"role": "assistant", "content": row[side]}], tokenizer))
        for side in ("chosen", "rejected")
    ]
    firsts = [side.every.index(True) if any(side.every) else 0 for side in made]
    before = min(firsts)
    pairs = zip(made[0].ids[:before], made[1].ids[:before], strict=True)
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    masks = [[n >= shared for n in range(len(side.ids))] for side in made]
    return {
        name: replace(side, every=mask, last=mask, first=first)
        for name, side, mask, first in zip(("chosen", "rejected"), made, masks, firsts, strict=True)
    }


def _ended(side: Whole) -> Whole:
    """The last reply alone is learnt, and what the template adds after its end is left off: a
    completion ends with the token that ends it.
    """
    end = max((n for n, on in enumerate(side.last) if on), default=len(side.ids) - 1) + 1
    mask = side.last[:end]
    return Whole(
        side.text[: side.offsets[end - 1][1]] if end else side.text,
        side.ids[:end],
        side.offsets[:end],
        mask,
        mask,
    )


def _plain(text: str, tokenizer: Any) -> Whole:
    """Plain text between what the tokenizer sets before each text and its end token, all of it
    learnt, however long.
    """
    full = first_text(tokenizer) + text + (tokenizer.eos_token or "")
    ids, offsets = _encode(tokenizer, full)
    mask = [True] * len(ids)
    return Whole(full, ids, offsets, mask, mask, plain=True)


def _chat(messages: Messages, tokenizer: Any, tools: str = "") -> Whole:
    full, spans = render_text(tokenizer, messages, tools)
    ids, offsets = _encode(tokenizer, full)
    replies = [message for message in messages if message["role"] == "assistant"]
    wanted = [
        span
        for span, reply in zip(spans, replies, strict=True)
        if span is not None and reply.get("weight") != 0
    ]
    special, end = special_ids(tokenizer), turn_end(tokenizer).token
    every = trained_mask(full, ids, offsets, wanted, special, end)
    if replies[-1].get("weight") == 0:
        return Whole(full, ids, offsets, every, [False] * len(ids))
    last = trained_mask(full, ids, offsets, wanted[-1:], special, end) if wanted[1:] else every
    return Whole(full, ids, offsets, every, last)


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
    tokenizer: Any, side: Whole, mask: list[bool], cutoff_len: int, *, dropped: bool
) -> Rendered:
    cutoff = len(side.ids) if side.plain else cutoff_len
    pieces = _pieces(side.text, side.offsets)
    special = special_ids(tokenizer)
    kept, learnt = side.ids[:cutoff], mask[:cutoff]
    return Rendered(
        text=side.text,
        input_ids=kept,
        labels=[n if on else IGNORED for n, on in zip(kept, learnt, strict=True)],
        tokens=pieces[:cutoff],
        special=[n in special for n in kept],
        trained_fraction=sum(learnt) / len(kept) if kept else 0.0,
        truncated=len(side.ids) > cutoff,
        cut_tokens=pieces[cutoff:],
        prompt_length=learnt.index(True) if any(learnt) else len(kept),
        plain=side.plain,
        dropped=dropped,
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
