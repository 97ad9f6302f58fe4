"""The very batches that a run will make, by the lengths of its rows. Worker-only.

Trainer draws them with accelerate's SeedableRandomSampler, for each epoch a permutation of the rows
from seed + epoch (read in transformers 5.24); KTO takes its rows in their order.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from studio.datasets.token_view.render import IGNORED
from studio.training.spec import TrainJob
from studio.training.stages import ONLINE, PAIRED

Ints = NDArray[np.int64]
TRIED = 3  # steps


@dataclass(frozen=True)
class Sizes:
    """Of each row: `longest`, the tokens of its longer side; `tokens` of all sides; `learnt` ones
    (positions at which a loss is taken).
    """

    longest: Ints
    tokens: Ints
    learnt: Ints
    sides: int

    def padded(self, batch: Ints) -> int:
        """Tokens of a batch of rows with its padding."""
        return int(self.sides * len(batch) * self.longest[batch].max())


@dataclass(frozen=True)
class Chosen:
    """Rows for the steps that are tried, in their order; padded: the tokens of each of those steps.
    heaviest: (padded tokens, learnt tokens) of one side of the fullest batch of the run.
    """

    rows: list[int]
    padded: list[int]
    heaviest: tuple[int, int]


@dataclass(frozen=True)
class Counted:
    """tokens, padded, learnt: of the first epoch; total: padded tokens of all steps."""

    tokens: int
    padded: int
    learnt: int
    total: int


def sizes(spec: TrainJob, rows: Any, tokenizer: Any) -> Sizes:
    """The sizes of tokenised rows (a Dataset with the columns of the stage)."""
    if spec.stage in ONLINE:
        asked = [len(tokenizer(p, add_special_tokens=False)["input_ids"]) for p in rows["prompt"]]
        found: Ints = np.asarray(asked, np.int64) + spec.max_completion_length
        answers: Ints = np.full(len(found), spec.max_completion_length, np.int64)
        return Sizes(found, found, answers, 1)
    if spec.stage in PAIRED:
        none: Ints = np.zeros(len(rows), np.int64)
        prompt = _lengths(rows, "prompt_ids") if spec.stage == "dpo" else none
        chosen, rejected = (_lengths(rows, f"{side}_ids") for side in ("chosen", "rejected"))
        longer = np.maximum(chosen, rejected) + prompt
        return Sizes(longer, chosen + rejected + 2 * prompt, chosen + rejected, 2)
    if spec.stage == "kto":
        reply = _lengths(rows, "completion_ids")
        whole = reply + _lengths(rows, "prompt_ids")
        return Sizes(whole, whole, reply, 1)
    whole = _lengths(rows, "input_ids")
    return Sizes(whole, whole, _learnt(rows), 1)


def _lengths(rows: Any, column: str) -> Ints:
    parts = [
        np.asarray(chunk.value_lengths().to_numpy(zero_copy_only=False), np.int64)
        for chunk in rows.data.column(column).chunks
    ]
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _learnt(rows: Any) -> Ints:
    """Learnt tokens of each row; the first one has nothing before it."""
    found = []
    for chunk in rows.data.column("labels").chunks:
        on = np.asarray(chunk.flatten().to_numpy(zero_copy_only=False)) != IGNORED
        ends = np.cumsum(chunk.value_lengths().to_numpy(zero_copy_only=False))
        sums = np.concatenate([[0], np.cumsum(on)])
        starts = np.concatenate([[0], ends[:-1]])
        first = on[np.minimum(starts, max(0, len(on) - 1))] if len(on) else 0
        found.append(sums[ends] - sums[starts] - first)
    return np.concatenate(found).astype(np.int64) if found else np.zeros(0, np.int64)


def epoch(spec: TrainJob, count: int, number: int) -> Iterator[Ints]:
    """The batches of an epoch, as row numbers."""
    if spec.stage == "kto" or spec.stage in ONLINE:
        order = np.arange(count)
    else:
        generator = torch.Generator().manual_seed(spec.seed + number)
        order = torch.randperm(count, generator=generator).numpy()
    # Online a question takes as many places of a batch as it gets answers.
    each = spec.num_generations if spec.stage in ONLINE else 1
    size = max(1, spec.per_device_train_batch_size // each)
    for at in range(0, count, size):
        yield order[at : at + size]


def counted(spec: TrainJob, found: Sizes, steps: int) -> Counted:
    """Tokens of the run's own batches: of the first epoch, and with padding of all its steps."""
    count, total, first = len(found.longest), 0, 0
    an_epoch = sum(1 for _ in epoch(spec, count, 0))
    batches_left = round(
        min(steps / max(1, math.ceil(an_epoch / spec.gradient_accumulation_steps)), 1000) * an_epoch
    )
    each = spec.num_generations if spec.stage in ONLINE else 1
    number = 0
    while batches_left > 0:
        padded = [each * found.padded(batch) for batch in epoch(spec, count, number)]
        first = first or sum(padded)
        total += sum(padded[:batches_left])
        batches_left -= len(padded)
        number += 1
    return Counted(int(found.tokens.sum()), first, int(found.learnt.sum()), total)


def chosen(spec: TrainJob, found: Sizes, steps: int) -> Chosen:
    """Rows for the steps that are tried: of the first epoch's steps those of the middle weight, and
    in the second the fullest batch, since only after the first does the optimiser hold its state.
    """
    made = epoch(spec, len(found.longest), 0)
    batches = list(islice(made, steps * spec.gradient_accumulation_steps))  # none that never come
    weight = [found.padded(batch) for batch in batches]
    learnt = [int(found.learnt[batch].sum()) for batch in batches]
    heavy = max(range(len(batches)), key=lambda n: (weight[n], learnt[n]))
    middle = sorted(range(len(batches)), key=lambda n: abs(weight[n] - float(np.median(weight))))
    # Only whole batches: in the file of the tried rows every batch but the last must be one.
    full = [n for n in middle if len(batches[n]) == len(batches[0])]
    a_step = spec.gradient_accumulation_steps
    tried = min(TRIED, steps)
    picked = [full[n % len(full)] for n in range(tried * a_step)]
    if len(batches[heavy]) == len(batches[0]):
        picked[a_step if tried > 1 else 0] = heavy
    sums = [
        sum(weight[n] for n in picked[at : at + a_step]) for at in range(0, len(picked), a_step)
    ]
    side = weight[heavy] // found.sides
    rows = [int(row) for n in picked for row in batches[n]]
    return Chosen(rows, sums, (side, learnt[heavy] // found.sides))


def padded_in_order(spec: TrainJob, rows: Any, tokenizer: Any) -> int:
    """Padded tokens of held-out rows, which are measured in their order; 0 of none."""
    if rows is None or not len(rows):
        return 0
    found = sizes(spec, rows, tokenizer)
    size = spec.per_device_eval_batch_size or spec.per_device_train_batch_size
    count = len(found.longest)
    return sum(found.padded(np.arange(at, min(at + size, count))) for at in range(0, count, size))
