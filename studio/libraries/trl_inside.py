"""trl beyond its documentation: rows that are tokenised already, and the log-probabilities of its
reference. Worker-only.

Read in the sources of 1.16.0.
"""

from typing import Any

import torch
from trl import DPOTrainer, GRPOTrainer, KTOTrainer, RewardTrainer, RLOOTrainer
from trl.trainer.dpo_trainer import DataCollatorForPreference

PairCollator = DataCollatorForPreference


class TokenisedDPOTrainer(DPOTrainer):
    """Takes prompt_ids, chosen_ids and rejected_ids as they are; trl would tokenise texts of its
    own columns.
    """

    def _prepare_dataset(self, dataset: Any, *_: Any, **__: Any) -> Any:
        return dataset


class TokenisedRewardTrainer(RewardTrainer):
    """Takes chosen_ids and rejected_ids, each a whole conversation, as they are."""

    def _prepare_dataset(self, dataset: Any, *_: Any, **__: Any) -> Any:
        return dataset


class TokenisedKTOTrainer(KTOTrainer):
    """Takes prompt_ids, completion_ids and label as they are. What trl adds to them is added here
    too: the reply of another row of the batch, from which it estimates how far the model has moved.
    """

    def _prepare_dataset(self, dataset: Any, _tokenizer: Any, args: Any, *__: Any) -> Any:
        if not self.calculate_KL:
            return dataset

        def turned(rows: dict[str, list[Any]]) -> dict[str, list[Any]]:
            replies = rows["completion_ids"]
            return {"KL_completion_ids": [replies[-1], *replies[:-1]]}

        return dataset.map(
            turned,
            batched=True,
            batch_size=args.per_device_train_batch_size,
            keep_in_memory=True,
            load_from_cache_file=False,
        )


class PlainPrompts:
    """Prompts are texts that the chat template has already written; nothing is set before them."""

    processing_class: Any

    def _tokenize_prompts(self, prompts: list[str]) -> tuple[list[list[int]], None, dict[str, Any]]:
        made = self.processing_class(text=prompts, add_special_tokens=False)
        return made["input_ids"], None, {}


class PromptedGRPOTrainer(PlainPrompts, GRPOTrainer):
    """Group relative policy optimisation on prompts written beforehand."""


class PromptedRLOOTrainer(PlainPrompts, RLOOTrainer):
    """REINFORCE leave-one-out on prompts written beforehand."""


def answer_log_probs(trainer: Any, ids: list[int], answer: int) -> float:
    """Summed log-probability of the last `answer` tokens of one row, by the trainer's own way."""
    given = torch.tensor([ids], device=trainer.args.device)
    found = trainer._get_per_token_logps_and_entropies(
        trainer.model, given, torch.ones_like(given), answer
    )
    return float(found[0].float().sum())


def reference_log_probs(
    trainer: Any, rows: list[dict[str, Any]]
) -> tuple[list[list[int]], list[list[int]], torch.Tensor]:
    """(token ids, completion masks, summed log-probabilities of the completions by the reference)
    of each side of each row, chosen sides first, padding left off; by trl's own collator, masks and
    fused output layer.
    """
    batch = {
        name: value.to(trainer.args.device) for name, value in trainer.data_collator(rows).items()
    }
    with torch.no_grad():
        found = trainer.compute_ref_log_probs(trainer.ref_model or trainer.model, batch)
    paired = "label" not in batch
    kept = batch["attention_mask"].bool()
    ids = [row[on].tolist() for row, on in zip(batch["input_ids"], kept, strict=True)]
    masks = [row[on].tolist() for row, on in zip(batch["completion_mask"], kept, strict=True)]
    sums = torch.cat([*found]) if paired else found[0]
    return ids, masks, sums.float().cpu()
