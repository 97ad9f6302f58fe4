"""What a run did to the model, measured on the model itself once the run's adapter is saved: the
loss of held-out rows before and after (or what stands for it, `effect_scores`), greedy answers that
changed, the size of the change of the weights, and whether what was saved is what was trained.
Worker-only.

"Before" is the base model as published: with its adapter switched off, and with what a beginning
took from its weights put back; a training of the weights themselves has to be looked at before its
first step (`keep`).
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from torch.nn.functional import cross_entropy, logsigmoid

from studio.datasets.token_view.render import IGNORED
from studio.errors import StudioError
from studio.files import write_json
from studio.libraries.peft_inside import DEFAULT, as_published, update_norms, with_saved
from studio.libraries.transformers_inside import only_positions
from studio.models import template_of
from studio.training.effect_scores import (
    PAIRS,
    REWARDS,
    kind_of,
    longest_answer,
    pair_scores,
    prompt_of,
    rewards,
)
from studio.training.loss import Batch
from studio.training.selfcheck import CALL_ERRORS, aside
from studio.training.spec import TrainJob
from studio.training.verdict import EFFECT, Answer, Evidence

ROWS, PROMPTS, SHOWN = 48, 20, 3
BATCH, ANSWER, LONGEST = 8, 32, 512  # rows at once; tokens of an answer; tokens of a row looked at
AT_ONCE = 512  # logits made float32 at a time: 100 MB for 49,152 tokens
PLAIN_PROMPT = 32  # tokens of a plain text that stand for its question
BEFORE = "before.json"
SAVED_ROWS = 4
ROLES = ("system", "user", "assistant", "model", "tool", "human", "gpt")
SHOWN_TEXT = 300  # characters of a question that are shown
SAME = 0.02  # of the loss, between the trained adapter and the saved one: rounding of 16 bits


@dataclass(frozen=True)
class Look:
    """One look at a model. losses: of each row, the mean over its learnt tokens in nats; for pairs
    −log σ(β·(margin − the base's margin)), for those of a reward model −log σ(margin); online what
    the answer is worth, with a minus. margins: of pairs, what chosen is likelier than rejected, in
    nats, or how much higher it is scored. answers: the greedy tokens after each prompt.
    """

    losses: list[float]
    margins: list[float]
    answers: list[list[int]]


@dataclass(frozen=True)
class Looked:
    """What is looked at: rows as the trainer has them, the beginnings of some of them as prompts;
    whether they were held out from the training; by what they are measured (`Evidence.kind`).
    """

    rows: list[dict[str, Any]]
    prompts: list[list[int]]
    held_out: bool
    kind: str = ""


def chosen_rows(trainer: Any) -> Looked:
    """The first rows that were held out, else the first of those that were trained on."""
    held = trainer.eval_dataset
    source = trainer.train_dataset if held is None else held
    kind = kind_of(source[0])
    if kind:
        first = [source[n] for n in range(min(ROWS if kind == PAIRS else PROMPTS, len(source)))]
        asked = [prompt_of(trainer, row) for row in first] if kind == REWARDS else []
        return Looked(first, asked, held is not None, kind)
    # An unwanted reply should become less likely, which a loss that falls would not show.
    wanted = [n for n in range(min(ROWS * 2, len(source))) if source[n].get("label", True)]
    rows = [
        part
        for number in wanted[:ROWS]
        for part in _unpacked(_wanted(source[number]))
        if len(_prompt(part)) > 0
    ][:ROWS]
    return Looked(rows, [_prompt(row) for row in rows[:PROMPTS]], held is not None)


def keep(trainer: Any, folder: Path) -> None:
    """Look at the model before its first step, and keep what was seen in the run folder; only where
    no adapter can be switched off later.
    """
    if isinstance(trainer.model, PeftModel) or (folder / BEFORE).exists():
        return
    looked = chosen_rows(trainer)
    with aside(trainer.model), trainer.accelerator.autocast():
        write_json(folder / BEFORE, asdict(_look(trainer, looked)))


def measure(trainer: Any, spec: TrainJob, folder: Path, learnt_tokens: int, steps: int) -> Evidence:
    """What the run did, with the adapter (or model) as it stands in `folder`; kept there as
    effect.json.

    Changes nothing: the model, its modes and the random numbers are as before. Raises StudioError
    where the model cannot be looked at.
    """
    looked = chosen_rows(trainer)
    model = trainer.model
    try:
        with aside(model), trainer.accelerator.autocast():
            before, after, changed = _both(trainer, looked, folder)
            shown = _shown(trainer, looked, before, after, changed)
            same = _saved_same(trainer, looked, folder)
    except CALL_ERRORS as error:
        raise StudioError(
            "What the run did to the model could not be measured ({reason}).",
            "Try the model in the chat.",
            reason=" ".join(f"{type(error).__name__}: {error}".split())[:140].rstrip("."),
        ) from error
    losses = _against_base(before, after, getattr(spec, "pref_beta", 0.1), looked.kind)
    moved, whole, adapted = update_norms(model, trainer.beneath)
    right = [_share_right(look) if looked.kind == PAIRS else None for look in (before, after)]
    evidence = Evidence(
        held_out=looked.held_out,
        before=list(before.losses),
        after=losses,
        prompts=len(looked.prompts),
        changed=sum(changed),
        examples=shown,
        moved=moved / whole if whole else None,
        adapted=adapted,
        steps=steps,
        learnt_tokens=learnt_tokens,
        learning_rate=spec.learning_rate,
        finetuning_type=spec.finetuning_type,
        template_same=_template_same(trainer, folder),
        saved_same=same,
        kind=looked.kind,
        right_before=right[0],
        right_after=right[1],
    )
    write_json(folder / EFFECT, asdict(evidence))
    return evidence


def _against_base(before: Look, after: Look, beta: float, kind: str) -> list[float]:
    """The losses after the training; those of a policy's pairs are told against the base's."""
    if not after.margins or kind == PAIRS:
        return list(after.losses)
    return [
        _preference_loss(beta * (now - base))
        for now, base in zip(after.margins, before.margins, strict=True)
    ]


def _share_right(look: Look) -> float:
    """The share of the pairs whose chosen side is scored higher."""
    return sum(margin > 0 for margin in look.margins) / max(1, len(look.margins))


def _both(trainer: Any, looked: Looked, folder: Path) -> tuple[Look, Look, list[bool]]:
    """(before, after, of each prompt whether its greedy answer is another one now).

    An answer is another one where along the former answer, token by token, the most likely token is
    another: one pass tells that, and rounding in another batch cannot.
    """
    model = trainer.model
    if isinstance(model, PeftModel):
        with as_published(model, trainer.beneath):
            before = _look(trainer, looked)
            best = _most_likely(trainer, looked.prompts, before.answers)
    else:
        before = Look(**json.loads((folder / BEFORE).read_text(encoding="utf-8")))
        best = before.answers
    now = _most_likely(trainer, looked.prompts, before.answers)
    after = _look(trainer, looked, answering=looked.kind == REWARDS)
    return before, after, [a != b for a, b in zip(best, now, strict=True)]


def _look(trainer: Any, looked: Looked, *, answering: bool = True) -> Look:
    """answering: whether the prompts are answered, which takes most of the time."""
    answers = _answers(trainer, looked.prompts) if answering else []
    if looked.kind == REWARDS:
        return Look([-one for one in rewards(trainer, looked.rows, answers)], [], answers)
    if looked.kind == PAIRS:
        margins = pair_scores(trainer, looked.rows)
        return Look([_preference_loss(margin) for margin in margins], margins, answers)
    return Look(*_losses(trainer, looked.rows), answers)


def _losses(trainer: Any, rows: Sequence[dict[str, Any]]) -> tuple[list[float], list[float]]:
    """(loss of each row, margin of each pair); of pairs the loss is that of an untrained policy."""
    if rows and "chosen_ids" in rows[0]:
        sides = [
            _sums(trainer, [_side(row, name) for row in rows]) for name in ("chosen", "rejected")
        ]
        margins = [c - r for (c, _), (r, _) in zip(*sides, strict=True)]
        return [_preference_loss(0.0)] * len(margins), margins
    return [-total / max(1, count) for total, count in _sums(trainer, rows)], []


def _preference_loss(reward: float) -> float:
    return float(-logsigmoid(torch.tensor(reward)))


def _side(row: dict[str, Any], name: str) -> dict[str, Any]:
    return _joined(row["prompt_ids"], row[f"{name}_ids"])


def _joined(prompt: Sequence[int], reply: Sequence[int]) -> dict[str, Any]:
    """A row of which the reply is learnt."""
    labels = [IGNORED] * len(prompt) + list(reply)
    return {"input_ids": [*prompt, *reply], "labels": labels}


def _sums(trainer: Any, rows: Sequence[dict[str, Any]]) -> list[tuple[float, int]]:
    """Of each row the log-probabilities of its learnt tokens, summed, and how many they are."""
    found: list[tuple[float, int]] = []
    pad = Batch(_pad(trainer))
    plain = trainer.accelerator.unwrap_model(trainer.model)
    for part in _parts(rows, min(BATCH, trainer.args.per_device_train_batch_size)):
        batch = {name: value.to(trainer.args.device) for name, value in pad(part).items()}
        before = batch["learnt"]
        with only_positions(plain, before):
            logits = trainer.model(
                input_ids=batch["input_ids"],
                attention_mask=batch["attention_mask"],
                use_cache=False,
            ).logits.detach()
        targets = batch["labels"].flatten()[before + 1].to(logits.device)
        scores = -cross_entropy(logits.float(), targets, reduction="none")
        rows_of = (before // batch["labels"].shape[1]).to(logits.device)
        sums = torch.zeros(len(part), device=logits.device).index_add_(0, rows_of, scores)
        found += zip(sums.tolist(), rows_of.bincount(minlength=len(part)).tolist(), strict=True)
    return found


def _parts(rows: Sequence[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    """The rows, cut at LONGEST tokens, at most `size` at a time, and no more than give logits at
    AT_ONCE positions, so that a look takes less memory than a step of the training.
    """
    part: list[dict[str, Any]] = []
    learnt = 0
    for row in rows:
        cut = {name: list(row[name])[:LONGEST] for name in ("input_ids", "labels")}
        count = sum(label != IGNORED for label in cut["labels"])
        if part and (len(part) == size or learnt + count > AT_ONCE):
            yield part
            part, learnt = [], 0
        part.append(cut)
        learnt += count
    if part:
        yield part


def _answers(trainer: Any, prompts: Sequence[list[int]]) -> list[list[int]]:
    """The greedy answers, at most ANSWER tokens each."""
    found: list[list[int]] = []
    for at in range(0, len(prompts), BATCH):
        part = prompts[at : at + BATCH]
        longest = max(map(len, part))
        ids = torch.tensor([[_pad(trainer)] * (longest - len(p)) + p for p in part])
        mask = torch.tensor([[0] * (longest - len(p)) + [1] * len(p) for p in part])
        made = trainer.model.generate(
            input_ids=ids.to(trainer.args.device),
            attention_mask=mask.to(trainer.args.device),
            do_sample=False,
            max_new_tokens=longest_answer(trainer, ANSWER),
            pad_token_id=_pad(trainer),
            use_cache=True,
        )
        found += made[:, longest:].tolist()
    return found


def _most_likely(
    trainer: Any, prompts: Sequence[list[int]], answers: Sequence[list[int]]
) -> list[list[int]]:
    """The most likely token at each place of the answers, given what stands before it."""
    found = []
    for prompt, answer in zip(prompts, answers, strict=True):
        ids = torch.tensor([prompt + answer], device=trainer.args.device)
        logits = trainer.model(input_ids=ids, use_cache=False).logits[0]
        found.append(logits[len(prompt) - 1 : -1].argmax(-1).tolist())
    return found


def _shown(
    trainer: Any, looked: Looked, before: Look, after: Look, changed: Sequence[bool]
) -> tuple[Answer, ...]:
    """The first few prompts with both answers, those that changed first."""
    order = sorted(range(len(looked.prompts)), key=lambda n: (not changed[n], n))[:SHOWN]
    now = (
        [after.answers[n] for n in order]
        if after.answers
        else _answers(trainer, [looked.prompts[n] for n in order])
    )
    words = trainer.processing_class.decode
    return tuple(
        Answer(
            _question(trainer.processing_class, looked.prompts[n]),
            words(before.answers[n], skip_special_tokens=True).strip(),
            words(now[place], skip_special_tokens=True).strip(),
        )
        for place, n in enumerate(order)
    )


def _question(tokenizer: Any, prompt: list[int]) -> str:
    """The last turn of a prompt as a person reads it: what stands between special tokens, without
    the role's name; for people alone.
    """
    special = set(tokenizer.all_special_ids)
    parts: list[list[int]] = [[]]
    for token in prompt:
        if token in special:
            parts.append([])
        else:
            parts[-1].append(token)
    texts: list[str] = [tokenizer.decode(part).strip() for part in parts]
    turns = [text for text in texts if text and text.lower() not in ROLES]
    if not turns:
        return ""
    head, _, rest = turns[-1].partition("\n")
    return (rest if rest and head.strip().lower() in ROLES else turns[-1]).strip()[-SHOWN_TEXT:]


def _saved_same(trainer: Any, looked: Looked, folder: Path) -> bool | None:
    """Whether the adapter as it was saved does what the trained one does; None where there is
    none to load.
    """
    model = trainer.model
    if not isinstance(model, PeftModel) or DEFAULT not in model.peft_config:
        return None
    trained = _fingerprint(trainer, looked)
    with with_saved(model, folder / "adapter", trainer.beneath):
        saved = _fingerprint(trainer, looked)
    apart = sum(abs(a - b) for a, b in zip(trained, saved, strict=True))
    return apart <= SAME * max(1.0, sum(map(abs, trained)))


def _fingerprint(trainer: Any, looked: Looked) -> list[float]:
    """A few numbers by which two states of the model are told apart."""
    rows = looked.rows[:SAVED_ROWS]
    if looked.kind == PAIRS:
        return pair_scores(trainer, rows)
    if looked.kind == REWARDS:
        words = trainer.processing_class
        rows = [
            _joined(prompt, words(row["reference"], add_special_tokens=False)["input_ids"])
            for prompt, row in zip(looked.prompts, rows, strict=False)
        ]
    sides = [_side(row, "chosen") if "chosen_ids" in row else row for row in rows]
    return [total for total, _ in _sums(trainer, sides)]


def _template_same(trainer: Any, folder: Path) -> bool:
    """Whether the chat will use the chat template of the training."""
    return template_of(folder / "adapter") in (None, trainer.processing_class.chat_template)


def _prompt(row: dict[str, Any]) -> list[int]:
    """The tokens before the first learnt one; of plain text its beginning."""
    if "prompt_ids" in row:
        return list(row["prompt_ids"])[-LONGEST:]
    ids, labels = list(row["input_ids"]), list(row["labels"])
    first = next((n for n, label in enumerate(labels) if label != IGNORED), 0)
    return ids[:first][-LONGEST:] if first > 1 else ids[:PLAIN_PROMPT]


def _wanted(row: dict[str, Any]) -> dict[str, Any]:
    """A row as it is looked at: of single replies (kto) question and reply in one."""
    if "completion_ids" not in row:
        return row
    return _joined(row["prompt_ids"], row["completion_ids"])


def _unpacked(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows that a row of the training holds."""
    places = row.get("position_ids")
    if places is None:
        yield row
        return
    starts = [at for at, place in enumerate(places) if place == 0]
    for begin, end in zip(starts, [*starts[1:], len(places)], strict=True):
        yield {name: list(row[name][begin:end]) for name in ("input_ids", "labels")}


def _pad(trainer: Any) -> int:
    return int(trainer.processing_class.pad_token_id or 0)
