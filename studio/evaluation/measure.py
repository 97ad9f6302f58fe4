"""Loss and replies of one loaded model, with its adapter on or off. Worker-only."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from studio.datasets.row_forms import formats
from studio.datasets.row_forms.formats import Messages, Row
from studio.datasets.token_view.render import IGNORED, render_row
from studio.datasets.token_view.sequences import joined_blocks
from studio.errors import InputError, ModelError
from studio.models.reply_spans import prompt_text, turn_ends
from studio.training.loss import Batch, token_loss

Batches = list[dict[str, torch.Tensor]]


class Pair:
    """A base model and perhaps an adapter on the same weights."""

    def __init__(self, model: Any, tokenizer: Any, *, adapted: bool) -> None:
        self.model, self.tokenizer, self.adapted = model.eval(), tokenizer, adapted
        self.device = model.get_input_embeddings().weight.device

    @contextmanager
    def side(self, tuned: bool) -> Iterator[None]:
        """Within it the model is the tuned one, or the base with its adapter off."""
        if self.adapted and not tuned:
            with self.model.disable_adapter():
                yield
        else:
            yield

    def loss(self, batches: Batches, tuned: bool, tick: Callable[[], None]) -> float:
        """Mean cross entropy in nats over all learnt tokens of the batches."""
        total = count = 0.0
        with self.side(tuned), torch.no_grad():
            for batch in batches:
                tick()
                summed, learnt = token_loss(
                    self.model, self.model, {k: v.to(self.device) for k, v in batch.items()}
                )
                total, count = total + float(summed), count + learnt
        return total / count

    def reply(self, asked: "Asked", tuned: bool, max_new_tokens: int) -> str:
        """The most likely reply, token by token (greedy), without special tokens.

        Raises ModelError.
        """
        text = prompt_text(self.tokenizer, asked.turns, asked.tools)
        given = self.tokenizer(text, add_special_tokens=False, return_tensors="pt").to(self.device)
        with self.side(tuned), torch.no_grad():
            made = self.model.generate(
                **given,
                max_new_tokens=max_new_tokens,
                do_sample=False,
                use_cache=True,
                temperature=None,
                top_p=None,
                top_k=None,
                pad_token_id=self.tokenizer.pad_token_id,
                eos_token_id=turn_ends(self.tokenizer) or None,
            )
        reply: str = self.tokenizer.decode(
            made[0, given["input_ids"].shape[1] :], skip_special_tokens=True
        )
        return reply.strip()


@dataclass(frozen=True)
class Asked:
    """A question: the turns before the reply, and the tools that they name as JSON text."""

    turns: Messages
    tools: str = ""


def batched(
    rows: list[Row], tokenizer: Any, cutoff_len: int, size: int
) -> tuple[Batches, int, int]:
    """(batches of rows of like length, rows used, rows refused).

    Rows are rendered exactly as training renders them; of a ranking row the chosen side is used, of
    plain texts their blocks; those that the model's template cannot show are refused. Raises
    InputError when no row has anything to measure.
    """
    columns, refused = [], 0
    for row in rows:
        try:
            made = render_row(row, tokenizer, "sft", cutoff_len)
        except (InputError, ModelError):
            refused += 1
            continue
        if "text" in row:
            blocks = joined_blocks([made.input_ids], cutoff_len)
            columns += [{"input_ids": block, "labels": block} for block in blocks]
        elif any(label != IGNORED for label in made.labels[1:]):
            columns.append({"input_ids": made.input_ids, "labels": made.labels})
    if not columns:
        raise InputError(
            "No row has a reply within {cutoff_len} tokens.",
            "Raise cutoff_len.",
            cutoff_len=cutoff_len,
        )
    columns.sort(key=lambda one: -len(one["input_ids"]))
    pad = Batch(tokenizer.pad_token_id)
    batches = [pad(columns[at : at + size]) for at in range(0, len(columns), size)]
    return batches, len(columns), refused


def questions(rows: list[Row], prompts: list[str], system: str, count: int) -> list[Asked]:
    """What is asked: the given prompts, else the questions of the first rows."""
    first = next((turns for row in rows if (turns := formats.prompt_messages(row))), [])
    if not prompts:
        asked = [
            Asked(turns, row.get("tools", ""))
            for row in rows
            if (turns := formats.prompt_messages(row)) and turns[-1]["role"] != "system"
        ]
        return asked[:count]
    system = system or (first[0]["content"] if first and first[0]["role"] == "system" else "")
    head = [{"role": "system", "content": system}] if system else []
    return [
        Asked([*head, {"role": "user", "content": prompt}]) for prompt in prompts if prompt.strip()
    ]
