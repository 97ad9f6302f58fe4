"""The trainers on preferences: DPO and its losses, ORPO and SimPO without a reference, KTO, and the
reward model. Worker-only.

DPO, KTO and the reward model are trl's, given rows already tokenised.
"""

from collections import defaultdict
from typing import Any

import torch
from torch.nn.functional import logsigmoid

from studio.libraries.trainer_inside import loss_is_batch_mean
from studio.libraries.trl_inside import (
    TokenisedDPOTrainer,
    TokenisedKTOTrainer,
    TokenisedRewardTrainer,
)
from studio.training.spec import TrainJob
from studio.training.trainers import Common


class PreferenceTrainer(Common, TokenisedDPOTrainer):
    """Direct preference optimisation (Rafailov et al. 2023) against the model as it was before
    training.
    """


class KtoTrainer(Common, TokenisedKTOTrainer):
    """Kahneman-Tversky optimisation (Ethayarajh et al. 2024): single replies, wanted or not,
    against the model as it was before training.
    """


class RewardTrainer(Common, TokenisedRewardTrainer):
    """A score for a whole conversation, chosen above rejected (Bradley and Terry 1952)."""


class OddsTrainer(Common):
    """ORPO (Hong et al. 2024) and SimPO (Meng et al. 2024): preferences without a reference, from
    the mean log-probability of a reply's tokens.
    """

    spec: TrainJob

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        loss_is_batch_mean(self)
        # transformers measures held-out rows by compute_loss only then.
        self.can_return_loss, self.label_names = True, []
        self._measured: dict[str, list[float]] = defaultdict(list)

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """The mean loss of the pairs; chosen sides come first in a batch."""
        chosen, rejected = mean_log_probs(model, inputs).chunk(2)
        spec = self.spec
        if spec.pref_loss == "simpo":
            margins = spec.pref_beta * (chosen - rejected)
            losses = -logsigmoid(margins - spec.simpo_gamma)
        else:
            odds = (chosen - rejected) - (
                torch.log1p(-chosen.exp().clamp(max=1 - 1e-6))
                - torch.log1p(-rejected.exp().clamp(max=1 - 1e-6))
            )
            margins = spec.pref_beta * odds
            losses = -chosen - spec.pref_beta * logsigmoid(odds)
        losses = losses - spec.pref_ftx * chosen
        for name, value in (
            ("rewards/margins", margins),
            ("rewards/accuracies", (chosen > rejected).float()),
            ("logps/chosen", chosen),
            ("logps/rejected", rejected),
        ):
            self._measured[name].append(float(value.detach().mean()))
        return (losses.mean(), {}) if return_outputs else losses.mean()

    def log(self, logs: dict[str, float], *given: Any) -> None:
        """With the means of what was measured since the last line."""
        head = "eval_" if "eval_loss" in logs else ""
        means = {f"{head}{name}": sum(v) / len(v) for name, v in self._measured.items() if v}
        self._measured.clear()
        super().log(logs | means, *given)


def mean_log_probs(model: Any, batch: dict[str, Any]) -> torch.Tensor:
    """Mean log-probability of each row's reply tokens, (rows,); batch: input_ids, attention_mask
    and completion_mask, all (rows, longest).
    """
    ids, mask = batch["input_ids"], batch["completion_mask"][:, 1:].float()
    logits = model(input_ids=ids, attention_mask=batch["attention_mask"], use_cache=False).logits
    scores = torch.log_softmax(logits[:, :-1].float(), dim=-1)
    taken = scores.gather(2, ids[:, 1:, None])[:, :, 0]
    means: torch.Tensor = (taken * mask).sum(1) / mask.sum(1).clamp(min=1)
    return means
