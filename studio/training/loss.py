"""The token loss, with logits only where something is learnt. Worker-only.

A model's last matrix is large (49,152 × 576 for the starter, 151,936 × 4,096 for Qwen3 8B), and
most positions of a chat are prompt or padding. The hidden states are gathered just before it, so
that neither their logits nor their gradients are ever made: measured 1.3 times the speed in fp32,
and less memory.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from studio.datasets.token_view.render import IGNORED
from studio.libraries.transformers_inside import only_positions


def token_loss(model: Any, plain: Any, batch: dict[str, torch.Tensor]) -> tuple[torch.Tensor, int]:
    """(sum of the cross entropies of the learnt tokens in nats, how many they are).

    model: what is called (it may be wrapped); plain: the same without wrapping. batch: as Batch
    makes it. Nothing in here waits for the device.
    """
    before = batch["learnt"]
    inputs = {key: value for key, value in batch.items() if key not in ("labels", "learnt")}
    with only_positions(plain, before):
        logits = model(**inputs, use_cache=False).logits
    targets = batch["labels"].flatten()[before + 1].to(logits.device)
    return cross_entropy(logits.float(), targets, reduction="sum"), len(before)


class Batch:
    """Rows padded on the right into tensors; packed rows keep their position_ids and need no
    mask.
    """

    def __init__(self, pad_id: int) -> None:
        self.pad_id = pad_id

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """input_ids and labels (not shifted), with attention_mask, or for packs with position_ids;
        all (rows, longest). learnt: (learnt tokens,), the position before each, counted through
        all rows.
        """
        longest = max(len(row["input_ids"]) for row in rows)
        made = {
            "input_ids": torch.tensor(
                [_padded(row["input_ids"], longest, self.pad_id) for row in rows]
            ),
            "labels": torch.tensor([_padded(row["labels"], longest, IGNORED) for row in rows]),
        }
        if "position_ids" in rows[0]:
            # Padding counts from 0 again, so attention sees it as one more row of the pack.
            places = [list(row["position_ids"]) for row in rows]
            made["position_ids"] = torch.tensor([p + list(range(longest - len(p))) for p in places])
        else:
            made["attention_mask"] = torch.tensor(
                [_padded([1] * len(row["input_ids"]), longest, 0) for row in rows]
            )
        following = made["labels"].roll(-1, 1)
        following[:, -1] = IGNORED
        made["learnt"] = (following != IGNORED).flatten().nonzero()[:, 0]
        return made


def _padded(values: Sequence[int], length: int, filler: int) -> list[int]:
    return [*values, *([filler] * (length - len(values)))]
