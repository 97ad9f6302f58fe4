"""What stands for a row's loss where no reply is given to it: at the stage rm how far apart the
scores of its two sides are, at the stages grpo and rloo what the model's own answer is worth.
Worker-only.
"""

from collections.abc import Sequence
from typing import Any

ROWS_AT_ONCE = 8
LONGEST_ANSWER = 128  # tokens; the rest of a longer answer costs time and changes little

PAIRS, REWARDS = "scores", "rewards"


def kind_of(row: dict[str, Any]) -> str:
    """By what a row of the training is measured: "scores" of a pair, "rewards" of an answer, else
    "" (the loss of its tokens).
    """
    if "prompt" in row:
        return REWARDS
    return PAIRS if "chosen_ids" in row and "prompt_ids" not in row else ""


def pair_scores(trainer: Any, rows: Sequence[dict[str, Any]]) -> list[float]:
    """Of each pair, the score of the chosen conversation less that of the rejected one."""
    found: list[float] = []
    for at in range(0, len(rows), ROWS_AT_ONCE):
        batch = trainer.data_collator(list(rows[at : at + ROWS_AT_ONCE]))
        given = {name: value.to(trainer.args.device) for name, value in batch.items()}
        chosen, rejected = trainer.model(**given, use_cache=False).logits[:, 0].float().chunk(2)
        found += (chosen - rejected).tolist()
    return found


def prompt_of(trainer: Any, row: dict[str, Any]) -> list[int]:
    """The tokens of an online row's question, as the trainer makes them."""
    ids: list[int] = trainer.processing_class(row["prompt"], add_special_tokens=False)["input_ids"]
    return ids


def rewards(
    trainer: Any, rows: Sequence[dict[str, Any]], answers: Sequence[list[int]]
) -> list[float]:
    """What each answer is worth: the weighed sum of the run's scores."""
    texts = [trainer.processing_class.decode(one, skip_special_tokens=True) for one in answers]
    given = {name: [row[name] for row in rows] for name in ("prompt", "reference")}
    found = [0.0] * len(texts)
    weights = trainer.reward_weights.tolist()
    for score, weight in zip(trainer.reward_funcs, weights, strict=True):
        values = score(prompts=given["prompt"], completions=texts, reference=given["reference"])
        found = [total + weight * value for total, value in zip(found, values, strict=True)]
    return found


def longest_answer(trainer: Any, usual: int) -> int:
    """How many tokens of an answer are looked at: online up to what the run lets it have."""
    most = getattr(trainer.args, "max_completion_length", None)
    return usual if most is None else min(int(most), LONGEST_ANSWER)
