"""What in a run's measures says that it learns nothing, in a sentence each. Light."""

import math
from collections.abc import Sequence
from typing import Any

from studio.training.spec import TrainJob
from studio.training.stages import ONLINE

STILL = 10  # records in a row; one alone says nothing
NEAR = 1e-4
LN2 = math.log(2)
FALL = 1.0  # nats of a whole reply; less is noise
ZERO_LOSS = "the loss is exactly 0 from step {step} on: no token is learnt"
NO_GRADIENT = "the gradient is exactly 0 from step {step} on: no weight moves"
STUCK = (
    "the loss has stood at ln 2 = 0.6931 since step {step}: chosen and rejected are not told apart;"
    " a higher learning rate may help"
)
FALLING = (
    "since step {step} the chosen replies have been less likely than before the training, by "
    "{fallen} nats now: a higher pref_beta, some pref_ftx or a lower learning rate holds them"
)
SAME_SCORES = (
    "since step {step} all answers to a question have got the same score: nothing is learnt from "
    "them; other scores, or a higher temperature, tell them apart"
)


def doubts(spec: TrainJob, lines: Sequence[dict[str, Any]]) -> list[str]:
    """Sentences about the newest records of a run, none where all goes well.

    lines: those of metrics.jsonl, oldest first.
    """
    last = [line for line in lines if "loss" in line][-STILL:]
    if len(last) < STILL:
        return []
    since = last[0].get("step", 0)
    found = []
    if spec.stage in ONLINE:
        # Their loss is around 0 by its making; what says something is how scores differ.
        if all(line.get("frac_reward_zero_std") == 1 for line in last):
            found.append(SAME_SCORES)
    elif all(line["loss"] == 0 for line in last):
        found.append(ZERO_LOSS)
    elif all(line.get("grad_norm") == 0 for line in last):
        found.append(NO_GRADIENT)
    elif spec.stage == "rm" or spec.stage == "dpo" and spec.pref_loss == "sigmoid":
        warm = [line for line in last if line.get("learning_rate", 1) > 0]
        if len(warm) == len(last) and all(abs(line["loss"] - LN2) < NEAR for line in last):
            found.append(STUCK)
    fallen = _fallen(spec, last)
    if fallen > FALL:
        found.append(FALLING)
    return [sentence.format(step=since, fallen=f"{fallen:.1f}") for sentence in found]


def _fallen(spec: TrainJob, last: Sequence[dict[str, Any]]) -> float:
    """By how many nats the chosen replies have become less likely than the model as it was found
    them, over records in all of which they were, and in the later half more than in the earlier; 0
    where they were not.

    The margin to the rejected ones can grow, and the loss fall, while the chosen ones lose: DPO
    looks at the difference alone (Pal et al. 2024, Smaug).
    """
    rewards = [line.get("rewards/chosen") for line in last]
    known = [value for value in rewards if isinstance(value, float)]
    if spec.stage != "dpo" or spec.reference_free or len(known) < len(last):
        return 0.0
    half = len(known) // 2
    if max(known) >= 0 or sum(known[half:]) >= sum(known[:half]):
        return 0.0
    return -known[-1] / spec.pref_beta
