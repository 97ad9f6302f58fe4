"""Loss and replies of one loaded model, with its adapter on or off. Worker-only."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from studio.datasets import formats
from studio.datasets.formats import Messages, Row
from studio.datasets.render import IGNORED, render_row
from studio.errors import InputError, ModelError
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

    def reply(self, messages: Messages, tuned: bool, max_new_tokens: int) -> str:
        """The most likely reply, token by token (greedy), without special tokens.

        Raises ModelError.
        """
        from jinja2 import TemplateError

        try:
            given = self.tokenizer.apply_chat_template(
                messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
            ).to(self.device)
        except TemplateError as error:
            raise ModelError(
                "The model's chat template refuses the prompt.",
                "Leave the system prompt empty.",
            ) from error
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
            )
        text: str = self.tokenizer.decode(
            made[0, given["input_ids"].shape[1] :], skip_special_tokens=True
        )
        return text.strip()


def batched(rows: list[Row], tokenizer: Any, cutoff_len: int, size: int) -> tuple[Batches, int]:
    """(batches of rows of like length, rows used): rendered exactly as training renders them; of a
    ranking row the chosen side. Raises InputError when no row has anything to measure."""
    made = [render_row(row, tokenizer, "sft", cutoff_len) for row in rows]
    kept = [one for one in made if any(label != IGNORED for label in one.labels[1:])]
    if not kept:
        raise InputError(
            "No row has a reply within {cutoff_len} tokens.",
            "Raise cutoff_len.",
            cutoff_len=cutoff_len,
        )
    kept.sort(key=lambda one: -len(one.input_ids))
    pad = Batch(tokenizer.pad_token_id)
    columns = [{"input_ids": one.input_ids, "labels": one.labels} for one in kept]
    return [pad(columns[at : at + size]) for at in range(0, len(columns), size)], len(kept)


def questions(rows: list[Row], prompts: list[str], system: str, count: int) -> list[Messages]:
    """The turns to answer: the given prompts, else those of the first rows."""
    first = next((turns for row in rows if (turns := formats.prompt_messages(row))), [])
    if not prompts:
        asked = [
            turns
            for row in rows
            if (turns := formats.prompt_messages(row)) and turns[-1]["role"] != "system"
        ]
        return asked[:count]
    system = system or (first[0]["content"] if first and first[0]["role"] == "system" else "")
    head = [{"role": "system", "content": system}] if system else []
    return [[*head, {"role": "user", "content": prompt}] for prompt in prompts if prompt.strip()]
