"""Did it learn? A judgement of a finished run from what was measured on the model
(`studio.training.effect`), and what to change where it did not.

Light: the window reads it.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EFFECT = "effect.json"
# Steps of Adam move a weight by about the learning rate each. The rates are those at which the
# methods are usually trained: LoRA 2e-4 (Hu et al. 2021, QLoRA: Dettmers et al. 2023), whole
# weights 1e-5.
USUAL_RATE = {"lora": 2e-4, "qlora": 2e-4, "oft": 2e-4, "freeze": 1e-5, "full": 1e-5}
FEW_STEPS = 20
CLEAR_FALL, SMALL_FALL = 0.05, 0.01  # of the loss before
MANY_CHANGED = 0.5  # of the greedy answers
EPOCHS_AGAIN = 3.0
Z95 = 1.96  # of the normal distribution, two-sided


@dataclass(frozen=True)
class Answer:
    """A prompt with the greedy answers before and after."""

    prompt: str
    before: str
    after: str


@dataclass(frozen=True)
class Evidence:
    """What was measured. before, after: the loss of each row (see `effect.Look`); held_out: whether
    these rows were kept from the training; prompts, changed: greedy answers asked for, and those
    that became others; moved: norm of the change of the weights as a share of their norm, None
    where it cannot be told; adapted: matrices that an adapter changes; learnt_tokens: seen by the
    steps, each time it was seen; template_same: whether the chat uses the template of the training;
    saved_same: whether the saved adapter does what the trained one does, None where there is none.
    kind: "" where the losses are those of tokens or of a policy's pairs, "scores" where a reward
    model's are, with the shares of pairs whose chosen side is scored higher; "rewards" where a loss
    is what the answer is worth, with a minus.
    """

    held_out: bool
    before: list[float]
    after: list[float]
    prompts: int
    changed: int
    examples: tuple[Answer, ...]
    moved: float | None
    adapted: int
    steps: int
    learnt_tokens: int
    learning_rate: float
    finetuning_type: str
    template_same: bool
    saved_same: bool | None
    kind: str = ""
    right_before: float | None = None
    right_after: float | None = None

    @property
    def loss_before(self) -> float:
        """Mean over the rows; NaN of none."""
        return _mean(self.before)

    @property
    def loss_after(self) -> float:
        """Mean over the rows; NaN of none."""
        return _mean(self.after)

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the mean change of the loss, from the paired differences of the rows by
        the normal approximation; without bounds for fewer than two rows.
        """
        differences = [b - a for a, b in zip(self.before, self.after, strict=True)]
        count = len(differences)
        if count < 2:
            return (-math.inf, math.inf)
        middle = _mean(differences)
        spread = math.sqrt(sum((d - middle) ** 2 for d in differences) / (count - 1) / count)
        return (middle - Z95 * spread, middle + Z95 * spread)


@dataclass(frozen=True)
class Verdict:
    """outcome: "learnt", "little", "nothing" or "worse". cause: why it did not learn, a key of
    words, "" where it did; changes: the fields of the spec that would mend it.
    """

    outcome: str
    cause: str
    changes: dict[str, Any]


def judge(found: Evidence) -> Verdict:
    """The judgement. What makes the run useless whatever the loss says comes first: an adapter that
    is not what was trained, another template in the chat.
    """
    broken = _broken(found)
    if broken:
        return broken
    low, high = found.interval
    fall = (found.loss_before - found.loss_after) / max(abs(found.loss_before), 1e-9)
    share = found.changed / found.prompts if found.prompts else 0.0
    if low > 0 and fall < -SMALL_FALL:
        return Verdict("worse", "too_fast", {"learning_rate": _rounded(found.learning_rate / 4)})
    if high < 0 and (fall >= CLEAR_FALL or (fall >= SMALL_FALL and share >= MANY_CHANGED)):
        return Verdict("learnt", "", {})
    outcome = "nothing" if not found.changed and fall < SMALL_FALL else "little"
    return Verdict(outcome, *_too_little(found))


def _broken(found: Evidence) -> Verdict | None:
    if not found.learnt_tokens:
        return Verdict("nothing", "labels", {})
    if found.saved_same is False:
        return Verdict("nothing", "not_saved", {})
    lora = found.finetuning_type in ("lora", "qlora")
    if lora and not found.adapted and found.learning_rate > 0 and found.steps > 1:
        return Verdict("nothing", "no_weights", {"lora_target": "all"})
    if not found.template_same:
        return Verdict("little", "template", {})
    return None


def _too_little(found: Evidence) -> tuple[str, dict[str, Any]]:
    """(cause, changes) of a run that did too little."""
    usual = USUAL_RATE.get(found.finetuning_type, USUAL_RATE["lora"])
    if found.learning_rate < usual / 10:
        return "rate", {"learning_rate": usual}
    if found.steps < FEW_STEPS:
        return "steps", {"max_steps": 0, "num_train_epochs": EPOCHS_AGAIN}
    return "unclear", {"learning_rate": _rounded(min(found.learning_rate * 3, usual * 5))}


def read(folder: Path) -> Evidence | None:
    """What was measured of the run in `folder`; None where it was not, or cannot be read."""
    try:
        data = json.loads((folder / EFFECT).read_text(encoding="utf-8"))
        return Evidence(**data | {"examples": tuple(Answer(**one) for one in data["examples"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _rounded(rate: float) -> float:
    """Two significant figures."""
    return float(f"{rate:.1e}")


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else math.nan
