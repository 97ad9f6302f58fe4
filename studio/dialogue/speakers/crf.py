"""Who speaks in a run of groups as a whole: a chain in which each group leans on the two before it.

score(s) = sum over t of unary[t, s_t] + step[t] * [s_t is s_{t-1}] + swap[t] * [s_t is s_{t-2} and
not s_{t-1}] Sums over all assignments come from the forward-backward recursion over pairs (s_{t-1},
s_t).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

NEVER = -1e9


@dataclass
class Runs:
    """A batch of B runs of at most T groups with at most K candidates each.

    ids: (B, T, K) whole numbers, equal for equal persons of a run, -1 for somebody else or padding.
    unary: (B, T, K), NEVER for padding, save one 0 in each padded group. step, swap: (B, T), 0
    where none.
    """

    ids: "np.ndarray"
    unary: "np.ndarray"
    step: "np.ndarray"
    swap: "np.ndarray"


@dataclass
class Sums:
    """log_z: (B,). single: (B, T, K) probabilities. same, swapped: (B, T) expected counts of both
    events.
    """

    log_z: "np.ndarray"
    single: "np.ndarray"
    same: "np.ndarray"
    swapped: "np.ndarray"


def sums(runs: Runs) -> Sums:
    """Exact marginals of every run of the batch.

    Each step is scaled to sum to one, so that nothing underflows.
    """
    import numpy as np

    batch, length, wide = runs.unary.shape
    top = runs.unary.max(2)
    near, far = _equal(runs.ids, 1), _equal(runs.ids, 2)
    other = 1.0 - near
    extra = np.expm1(runs.swap)[:, :, None, None]
    enter = np.exp(
        runs.step[:, :, None, None] * near + (runs.unary - top[:, :, None])[:, :, None, :]
    )
    ahead, scale = np.zeros((length, batch, wide, wide)), np.ones((length, batch))
    crossed = np.zeros((length, batch, wide, wide))  # sum over s_{t-2} of ahead where that is s_t
    ahead[0][:, 0, :] = enter[:, 0, 0]
    for t in range(length):
        if t:
            crossed[t] = ahead[t - 1].transpose(0, 2, 1) @ far[:, t]
            ahead[t] = (
                ahead[t - 1].sum(1)[:, :, None] + extra[:, t] * other[:, t] * crossed[t]
            ) * enter[:, t]
        scale[t] = ahead[t].sum((1, 2))
        ahead[t] /= scale[t][:, None, None]
    behind = np.ones((batch, wide, wide))
    single = np.zeros((batch, length, wide))
    same, swapped = np.zeros((batch, length)), np.zeros((batch, length))
    for t in range(length - 1, -1, -1):
        pair = ahead[t] * behind
        single[:, t] = pair.sum(1)
        same[:, t] = (pair * near[:, t]).sum((1, 2))
        if t:
            onward = enter[:, t] * behind / scale[t][:, None, None]
            turned = onward * other[:, t]
            swapped[:, t] = (1.0 + extra[:, t, 0, 0]) * (crossed[t] * turned).sum((1, 2))
            behind = onward.sum(2)[:, None, :] + extra[:, t] * (
                far[:, t] @ turned.transpose(0, 2, 1)
            )
    return Sums(np.log(scale).sum(0) + top.sum(1), single, same, swapped)


def _equal(ids: "np.ndarray", back: int) -> "np.ndarray":
    """(B, T, K, K): whether candidate i of the group `back` places before is candidate j of this
    one.
    """
    import numpy as np

    found = np.zeros((*ids.shape, ids.shape[2]))
    found[:, back:] = (ids[:, :-back, :, None] == ids[:, back:, None, :]) & (
        ids[:, back:, None, :] >= 0
    )
    return found
