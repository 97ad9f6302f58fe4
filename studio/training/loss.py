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
from studio.libraries.document_attention import borders, unmasked
from studio.libraries.transformers_inside import only_positions, states_before_head
from studio.training.fused import has_fused_loss, summed_loss


def token_loss(model: Any, plain: Any, batch: dict[str, torch.Tensor]) -> tuple[torch.Tensor, int]:
    """(sum of the cross entropies of the learnt tokens in nats, how many they are).

    model: what is called (it may be wrapped); plain: the same without wrapping. batch: as Batch
    makes it. Nothing in here waits for the device.
    """
    before = batch["learnt"]
    inputs = {key: value for key, value in batch.items() if key not in ("labels", "learnt")}
    in_parts = has_fused_loss(plain)
    within = states_before_head if in_parts else only_positions
    inputs |= unmasked(plain, inputs)
    with within(plain, before):
        made = model(**inputs, use_cache=False).logits
    targets = batch["labels"].flatten()[before + 1].to(made.device)
    if in_parts:
        return summed_loss(made, plain.get_output_embeddings(), targets), len(before)
    return cross_entropy(made.float(), targets, reduction="sum"), len(before)


class Batch:
    """Rows padded on the right into tensors; packed rows keep their position_ids and need no
    mask.

    joined: one row of all texts with their borders instead, for a model that attends by these; it
    has no padding. Rows of one length stay as they are and need no mask.
    """

    joined = False

    def __init__(self, pad_id: int) -> None:
        self.pad_id = pad_id

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """input_ids and labels (not shifted), with attention_mask, or for packs with position_ids;
        all (rows, longest). learnt: (learnt tokens,), the position before each, counted through
        all rows.
        """
        level = "position_ids" not in rows[0] and len({len(row["input_ids"]) for row in rows}) == 1
        joined = self.joined and not level
        if joined:
            rows = [_in_one(rows)]
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
        elif not (self.joined and level):
            made["attention_mask"] = torch.tensor(
                [_padded([1] * len(row["input_ids"]), longest, 0) for row in rows]
            )
        following = made["labels"].roll(-1, 1)
        following[:, -1] = IGNORED
        made["learnt"] = (following != IGNORED).flatten().nonzero()[:, 0]
        if joined:
            places = rows[0]["position_ids"]
            starts = [at for at, place in enumerate(places) if place == 0]
            ends = [*starts[1:], len(places)]
            made |= borders([end - at for at, end in zip(starts, ends, strict=True)])
        return made


def _in_one(rows: Sequence[dict[str, Any]]) -> dict[str, list[int]]:
    """All rows as one pack. The first token of each is no target: nothing of its own row stands
    before it.
    """
    made: dict[str, list[int]] = {"input_ids": [], "labels": [], "position_ids": []}
    for row in rows:
        made["input_ids"] += row["input_ids"]
        made["labels"] += [IGNORED, *row["labels"][1:]]
        made["position_ids"] += row.get("position_ids") or range(len(row["input_ids"]))
    return made


def _padded(values: Sequence[int], length: int, filler: int) -> list[int]:
    return [*values, *([filler] * (length - len(values)))]
