"""Before the first step: our way to the loss must give what a plain call of the model gives on the
same rows. Worker-only.

SFT: the first rows, some of them packed as in training, their logits made only where something is
learnt, against each row alone through the model's own loss. DPO: the reference's log-probabilities
as trl makes them, against the policy's from a plain call; before the first step both are one model.
A library that lets packed rows see each other, moves the labels or takes another model for the
reference is found before it has cost an hour.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn.functional import log_softmax

from studio.datasets.token_view.render import IGNORED
from studio.errors import ModelError
from studio.libraries import versions
from studio.libraries.bitsandbytes_inside import quantised_layer
from studio.training.loss import token_loss
from studio.training.spec import TrainJob

ROWS, BEFORE, LEARNT = (
    3,
    16,
    12,
)  # rows looked at; tokens kept before the first learnt one, and from it on
# How far apart the two may lie, as a part of the loss. Measured with the starter: fp32 4e-7, fp16
# 5e-4, bf16 0.003; packed rows that see each other 0.29.
USUAL = {"fp32": 2e-5, "fp16": 0.01, "bf16": 0.03, "pure_bf16": 0.03}
USUAL_QUANTISED = 0.1  # int8 rounds its inputs by what else is in the batch
CALL_ERRORS = (
    RuntimeError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    AssertionError,
    NotImplementedError,
)


def check_loss(trainer: Any, spec: TrainJob, compute: str) -> float:
    """The difference found, as a part of the loss.

    Raises ModelError with the versions when it is too large.

    compute: fp32, bf16, pure_bf16 or fp16. Changes
    nothing: no gradient, no random number, every module's mode as before. Skipped (0.0) where the
    weights are spread over processes and cannot be called alone.
    """
    if trainer.is_deepspeed_enabled or trainer.is_fsdp_enabled:
        return 0.0
    rows = [
        trainer.train_dataset[number] for number in range(min(ROWS, len(trainer.train_dataset)))
    ]
    check = _mean_log_probs if spec.reference_free else CHECKS[spec.stage]
    try:
        with aside(trainer.model), trainer.accelerator.autocast():
            ours, plain = check(trainer, rows)
    except CALL_ERRORS as error:
        if "out of memory" in str(error).lower():
            raise
        raise _refused(f"{type(error).__name__}: {' '.join(str(error).split())[:140]}") from error
    if not all(map(_finite, (ours, plain))):
        return 0.0  # broken weights: the first step says so, with what to do about it
    apart = max(abs(a - b) / max(abs(b), 1e-6) for a, b in zip(ours, plain, strict=True))
    if apart > (USUAL_QUANTISED if spec.bits else USUAL[compute]):
        raise _refused(f"they differ by {apart:.1%}")
    return apart


def _tokens(trainer: Any, rows: list[dict[str, Any]]) -> tuple[list[float], list[float]]:
    """Summed losses of the rows: by the training's own way, all in one batch; and each row alone,
    unpacked.
    """
    single = [part for row in rows for part in _unpacked(row)][:ROWS]
    device = trainer.args.device
    if len(single) > 1 and single[-1]["labels"][-2] != IGNORED:  # rows of several lengths
        single[-1] = {name: values[:-1] for name, values in single[-1].items()}
    made = _packed(single) if "position_ids" in rows[0] else single
    batch = trainer._prepare_inputs(trainer.data_collator(made))
    total, _ = token_loss(trainer.model, trainer.model, batch)
    plain = 0.0
    for row in single:
        ids, labels = (torch.tensor([row[name]], device=device) for name in ("input_ids", "labels"))
        loss = trainer.model(input_ids=ids, labels=labels, use_cache=False).loss
        plain += float(loss) * sum(label != IGNORED for label in row["labels"][1:])
    return [float(total)], [plain]


def _preferences(trainer: Any, rows: list[dict[str, Any]]) -> tuple[list[float], list[float]]:
    """Log-probabilities of each side: of the reference as trl makes them, and of the policy by a
    plain call.
    """
    from studio.libraries.trl_inside import reference_log_probs

    sides, masks, found = reference_log_probs(trainer, [_shortened(row) for row in rows])
    plain = [
        _plain_sum(trainer, ids, [n for n, on in enumerate(mask) if on])
        for ids, mask in zip(sides, masks, strict=True)
    ]
    return found.tolist(), plain


def _mean_log_probs(trainer: Any, rows: list[dict[str, Any]]) -> tuple[list[float], list[float]]:
    """Mean log-probabilities of each side's reply, all in one batch as in training, and each alone
    by a plain call.
    """
    from studio.training.preference_trainers import mean_log_probs

    short = [_shortened(row) for row in rows]
    batch = {k: v.to(trainer.args.device) for k, v in trainer.data_collator(short).items()}
    plain = []
    for side in ("chosen_ids", "rejected_ids"):
        for row in short:
            ids, begin = row["prompt_ids"] + row[side], len(row["prompt_ids"])
            places = list(range(begin, len(ids)))
            plain.append(_plain_sum(trainer, ids, places) / len(places))
    return mean_log_probs(trainer.model, batch).tolist(), plain


def _scores(trainer: Any, rows: list[dict[str, Any]]) -> tuple[list[float], list[float]]:
    """The reward of each side, all in one batch as in training, and each alone by a plain call;
    moved away from nothing, since a score may be any number and no part of one.
    """
    short = [{side: row[side][-BEFORE:] for side in ("chosen_ids", "rejected_ids")} for row in rows]
    batch = {k: v.to(trainer.args.device) for k, v in trainer.data_collator(short).items()}
    ours = trainer.model(**batch, use_cache=False).logits[:, 0].float()
    plain = []
    for side in ("chosen_ids", "rejected_ids"):
        for row in short:
            given = torch.tensor([row[side]], device=trainer.args.device)
            plain.append(float(trainer.model(input_ids=given, use_cache=False).logits[0, 0]))
    return [1 + value for value in ours.tolist()], [1 + value for value in plain]


def _answers(trainer: Any, rows: list[dict[str, Any]]) -> tuple[list[float], list[float]]:
    """Log-probabilities of the rows' own answers as trl makes those of the model's, and by a plain
    call.
    """
    from studio.libraries.trl_inside import answer_log_probs

    ours, plain = [], []
    for row in rows:
        ids, right = (
            trainer.processing_class(row[name], add_special_tokens=False)["input_ids"]
            for name in ("prompt", "reference")
        )
        ids, right = ids[-BEFORE:], right[:LEARNT] or ids[-1:]
        ours.append(answer_log_probs(trainer, ids + right, len(right)))
        places = list(range(len(ids), len(ids) + len(right)))
        plain.append(_plain_sum(trainer, ids + right, places))
    return ours, plain


def _shortened(row: dict[str, Any]) -> dict[str, Any]:
    """A row of preferences cut to a few tokens around where its replies begin."""
    made = {"prompt_ids": row["prompt_ids"][-BEFORE:]}
    for name in ("chosen_ids", "rejected_ids", "completion_ids", "KL_completion_ids"):
        if name in row:
            made[name] = row[name][:LEARNT]
    return made | ({"label": row["label"]} if "label" in row else {})


def _plain_sum(trainer: Any, ids: list[int], places: list[int]) -> float:
    """Summed log-probability of the tokens at these places of one row, by a plain call."""
    given = torch.tensor([ids], device=trainer.args.device)
    logits = trainer.model(input_ids=given, use_cache=False).logits
    scores = log_softmax(logits[0, :-1].float(), dim=-1)
    chosen = scores.gather(1, given[0, 1:, None])[:, 0]
    return float(sum(chosen[place - 1] for place in places))


# Of each stage: the loss or what it is made of, by the training's own way and by plain calls.
CHECKS = {
    "pt": _tokens,
    "sft": _tokens,
    "rm": _scores,
    "dpo": _preferences,
    "kto": _preferences,
    "grpo": _answers,
    "rloo": _answers,
}


def _unpacked(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows that a row of the training holds, each cut to a few tokens around the first that is
    learnt.
    """
    ids, labels = list(row["input_ids"]), list(row["labels"])
    starts = [at for at, place in enumerate(row.get("position_ids") or [0]) if place == 0]
    for begin, end in zip(starts, [*starts[1:], len(ids)], strict=True):
        first = next((at for at in range(begin + 1, end) if labels[at] != IGNORED), None)
        if first is not None:
            cut = slice(max(begin, first - BEFORE), min(end, first + LEARNT))
            yield {"input_ids": ids[cut], "labels": [IGNORED, *labels[cut][1:]]}


def _packed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows as one pack."""
    return [
        {
            "input_ids": [token for row in rows for token in row["input_ids"]],
            "labels": [label for row in rows for label in row["labels"]],
            "position_ids": [place for row in rows for place in range(len(row["input_ids"]))],
        }
    ]


@contextmanager
def aside(model: Any) -> Iterator[None]:
    """Within it, nothing that is done with the model leaves a trace: no gradient, random numbers
    and modes as before.
    """
    modes = {module: module.training for module in model.modules()}
    devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices=devices), torch.no_grad():
        for module in modes:
            module.training = quantised_layer(module)
        try:
            yield
        finally:
            for module, mode in modes.items():
                module.training = mode


def _finite(values: list[float]) -> bool:
    return all(abs(value) < float("inf") for value in values)


def _refused(reason: str) -> ModelError:
    return ModelError(
        "The training is not started: the loss on the first rows is not what a plain call of the "
        "model gives ({reason}), with {versions}.",
        "Install the versions that were tested: python launch.py setup.",
        reason=reason.rstrip("."),
        versions=versions("transformers", "trl", "peft", "torch"),
    )
