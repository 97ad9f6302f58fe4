"""A rendered row as the columns that its stage trains on. Worker-only."""

from collections.abc import Iterator
from typing import Any

from studio.datasets.row_forms import formats
from studio.datasets.row_forms.formats import Row
from studio.datasets.token_view.render import IGNORED, Rendered
from studio.models.reply_spans import prompt_text
from studio.training.spec import TrainJob
from studio.training.stages import ONLINE

Columns = dict[str, Any]


def columns(
    spec: TrainJob, row: Row, one: Rendered, tokenizer: Any
) -> Iterator[tuple[Columns, int, int]]:
    """(columns, tokens, learnt tokens) of each row that the trainer gets; none where cutoff_len
    leaves nothing to learn. Of preferences at the stage kto there are two: a wanted reply and an
    unwanted one.
    """
    if spec.stage in ONLINE:
        prompt = prompt_text(tokenizer, formats.prompt_messages(row), row.get("tools", ""))
        size = len(tokenizer(prompt, add_special_tokens=False)["input_ids"])
        if size <= spec.cutoff_len:
            yield {"prompt": prompt, "reference": formats.reply(row)}, size, 0
    elif spec.stage == "kto":
        sides = [(one, bool(row.get("kto_tag")))]
        if one.chosen is not None and one.rejected is not None:
            sides = [(one.chosen, True), (one.rejected, False)]
        for side, wanted in sides:
            if side.trained and 0 < side.prompt_length < _end(side):
                yield _single_reply(side, wanted), _end(side), side.trained
    elif spec.paired:
        pair = pair_columns(one)
        if pair is not None and spec.stage == "rm":
            pair = {
                "chosen_ids": pair["prompt_ids"] + pair["chosen_ids"],
                "rejected_ids": pair["prompt_ids"] + pair["rejected_ids"],
            }
        if pair is not None:
            yield pair, len(one.input_ids), one.trained
    elif (single := single_columns(one)) is not None:
        yield single, len(one.input_ids), one.trained


def _single_reply(side: Rendered, wanted: bool) -> Columns:
    return {
        "prompt_ids": side.input_ids[: side.prompt_length],
        "completion_ids": side.input_ids[side.prompt_length : _end(side)],
        "label": wanted,
    }


def single_columns(made: Rendered) -> dict[str, list[int]] | None:
    """input_ids and labels; None when no token after the first is learnt."""
    if all(label == IGNORED for label in made.labels[1:]):
        return None
    return {"input_ids": made.input_ids, "labels": made.labels}


def pair_columns(made: Rendered) -> dict[str, list[int]] | None:
    """prompt_ids, chosen_ids and rejected_ids; None when a side has nothing to learn left.

    The prompt is what both sides begin with; what the template adds after the token that ends a
    reply is left off.
    """
    sides = [side for side in (made.chosen, made.rejected) if side is not None and side.trained]
    if made.dropped or len(sides) < 2:
        return None
    chosen, rejected = sides
    shared = min(chosen.prompt_length, rejected.prompt_length)
    for place in range(shared):
        if chosen.input_ids[place] != rejected.input_ids[place]:
            shared = place
            break
    if not shared:
        return None
    return {
        "prompt_ids": chosen.input_ids[:shared],
        "chosen_ids": chosen.input_ids[shared : _end(chosen)],
        "rejected_ids": rejected.input_ids[shared : _end(rejected)],
    }


def _end(side: Rendered) -> int:
    """One past the last learnt token."""
    return len(side.labels) - next(
        n for n, label in enumerate(reversed(side.labels)) if label != IGNORED
    )
