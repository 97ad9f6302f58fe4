"""What in a run's measures says that it learns nothing, in a sentence each. Light."""

import math
from collections.abc import Sequence
from typing import Any

from studio.training.spec import TrainJob
from studio.training.stages import ONLINE

STILL = 10  # records in a row; one alone says nothing
NEAR = 1e-4
LN2 = math.log(2)
ZERO_LOSS = "the loss is exactly 0 from step {step} on: no token is learnt"
NO_GRADIENT = "the gradient is exactly 0 from step {step} on: no weight moves"
STUCK = (
    "the loss has stood at ln 2 = 0.6931 since step {step}: chosen and rejected are not told apart;"
    " a higher learning rate may help"
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
    return [sentence.format(step=since) for sentence in found]
