"""trl beyond its documentation: rows that are tokenised already, and the log-probabilities of its
reference. Worker-only.

Read in the sources of 1.16.0.
"""

from typing import Any

import torch
from trl import DPOTrainer


class TokenisedDPOTrainer(DPOTrainer):
    """Takes prompt_ids, chosen_ids and rejected_ids as they are; trl would tokenise texts of its
    own columns.
    """

    def _prepare_dataset(self, dataset: Any, *_: Any, **__: Any) -> Any:
        return dataset


def reference_log_probs(
    trainer: DPOTrainer, rows: list[dict[str, Any]]
) -> tuple[list[list[int]], list[list[int]], torch.Tensor]:
    """(token ids, completion masks, summed log-probabilities of the completions by the reference)
    of both sides of each row, chosen sides first, padding left off; by trl's own collator, masks
    and fused output layer.
    """
    batch = {
        name: value.to(trainer.args.device) for name, value in trainer.data_collator(rows).items()
    }
    with torch.no_grad():
        chosen, rejected = trainer.compute_ref_log_probs(trainer.model, batch)
    kept = batch["attention_mask"].bool()
    ids = [row[on].tolist() for row, on in zip(batch["input_ids"], kept, strict=True)]
    masks = [row[on].tolist() for row, on in zip(batch["completion_mask"], kept, strict=True)]
    return ids, masks, torch.cat([chosen, rejected]).float().cpu()
