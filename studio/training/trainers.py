"""The trainers of plain text and examples, and what all trainers share.

Worker-only.

They run on transformers' Trainer with our loss, because trl's SFTTrainer projects every position,
prompt and padding too, wherever Triton is not: half the speed on a CPU.
"""

import shutil
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from torch.utils.data import DataLoader

from studio.errors import JobError
from studio.libraries.adapter_sums import LoraParts, lora_parts, write_sum
from studio.libraries.peft_inside import save_adapter, trained_config
from studio.libraries.trainer_inside import (
    LEARNT,
    AdapterTrainer,
    StepMeanTrainer,
    loraplus_optimizer,
)
from studio.models.reply_spans import keep_ends
from studio.training.loss import token_loss


class Common(AdapterTrainer):
    """What all share: counting tokens, refusing a loss that is no number, saving only what is
    learnt.
    """

    loraplus_lr_ratio = 0.0
    base_reference = ""
    # What is to be added to the adapter when it is saved (see `adapting.Adapted`).
    beneath: LoraParts | None = None
    # Both stay on the device until somebody reads them, so that a step does not wait for it.
    _seen: Any = 0
    _losses: Any = 0.0
    _learnt: Any = 0
    _learnt_before: Any = 0  # the step

    @property
    def learnt_tokens(self) -> int:
        """Tokens that were learnt by this process's steps so far, each time it was seen."""
        return int(self._learnt)

    @property
    def seen_tokens(self) -> int:
        """Tokens of all batches so far, padding left out."""
        return int(self._seen)

    def training_step(
        self, model: Any, inputs: dict[str, Any], *rest: Any, **more: Any
    ) -> torch.Tensor:
        """One forward and backward pass.

        Raises JobError before the weights change when a loss of the step is not finite.
        """
        if isinstance(inputs, dict):  # online, a batch is made of questions in the step itself
            mask = inputs.get("attention_mask")
            self._seen = self._seen + (inputs["input_ids"].numel() if mask is None else mask.sum())
            self._learnt = self._learnt + _learnt_in(inputs)
        loss = super().training_step(model, inputs, *rest, **more)
        self._losses = self._losses + loss.detach()
        if self.accelerator.sync_gradients:
            whole, self._losses = self._losses, 0.0
            before, self._learnt_before = self._learnt_before, self._learnt
            if not torch.isfinite(whole):
                if isinstance(inputs, dict) and int(self._learnt) == int(before):
                    raise JobError(
                        "No token is learnt in step {step}: every label of its rows is masked.",
                        "Look at the labels in the dataset's token view; raise cutoff_len, or turn "
                        "train_on_prompt on.",
                        may_pass=False,
                        step=self.state.global_step + 1,
                    )
                raise JobError(
                    "The loss is no longer a number at step {step}.",
                    "Start a new run with a lower learning rate.",
                    may_pass=False,
                    step=self.state.global_step + 1,
                )
        return loss

    def create_optimizer(self, *given: Any, **more: Any) -> torch.optim.Optimizer:
        """As asked by `optim`; with LoRA+ the second matrix learns faster by loraplus_lr_ratio
        (Hayou et al. 2024).
        """
        if self.loraplus_lr_ratio > 0 and self.optimizer is None:
            self.optimizer = loraplus_optimizer(self, self.loraplus_lr_ratio)
        return super().create_optimizer(*given, **more)

    def save_checkpoint(
        self, model: Any, folder: Path, weights: dict[str, Any] | None = None
    ) -> None:
        """The adapter, or the model's own weights; tokenizer, chat template, and the tokens at
        which an answer ends. weights: the model's, where each process holds a part of them alone.
        """
        folder.mkdir(parents=True, exist_ok=True)
        if isinstance(model, PeftModel):
            save_adapter(model, folder, self.base_reference, weights)
            if self.beneath is not None:
                self._add_beneath(model, folder)
        else:
            model.config.use_cache = True  # as it is used; training alone goes without
            model.save_pretrained(str(folder), state_dict=weights)
            model.config.use_cache = False
        tokenizer: Any = self.processing_class
        tokenizer.save_pretrained(str(folder))
        keep_ends(folder, tokenizer)

    def _add_beneath(self, model: PeftModel, folder: Path) -> None:
        """Beside the adapter as it is learnt, from which a run goes on, the one that stands on the
        base as published.
        """
        assert self.beneath is not None
        learnt = folder / LEARNT
        learnt.mkdir(exist_ok=True)
        for name in ("adapter_model.safetensors", "adapter_config.json"):
            shutil.copyfile(folder / name, learnt / name)
        write_sum(folder, trained_config(model), lora_parts(model), self.beneath)


class SftTrainer(Common, StepMeanTrainer):
    """Plain text or examples: the mean cross entropy of the learnt tokens of a whole step."""

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """Summed cross entropy over the learnt tokens of the step on all devices."""
        total, count = token_loss(model, self.accelerator.unwrap_model(model), inputs)
        # Gradients are averaged over the devices, while num_items_in_batch is counted over all of
        # them.
        return (
            total / count
            if num_items_in_batch is None
            else total * self.accelerator.num_processes / num_items_in_batch
        )

    def evaluate(
        self, eval_dataset: Any = None, ignore_keys: Any = None, metric_key_prefix: str = "eval"
    ) -> dict[str, float]:
        """eval_loss: mean over all learnt tokens of the held-out rows, however they fall into
        batches.
        """
        model: Any = self.model
        model.eval()
        sums = torch.zeros(2, dtype=torch.float64)
        with torch.no_grad(), self.accelerator.autocast():
            for batch in self._held_out(eval_dataset):
                total, count = token_loss(model, model, self._prepare_inputs(batch))
                sums += torch.tensor([float(total), float(count)], dtype=torch.float64)
        sums = self.accelerator.reduce(sums.float().to(self.args.device), "sum")
        metrics = {f"{metric_key_prefix}_loss": float(sums[0] / sums[1])}
        model.train()
        self.log(dict(metrics))
        self.control = self.callback_handler.on_evaluate(
            self.args, self.state, self.control, metrics
        )
        return metrics

    def _held_out(self, rows: Any) -> DataLoader[Any]:
        """Each process its own share of the rows; transformers would fill the last batches up with
        rows counted twice.
        """
        every: Any = self.eval_dataset if rows is None else rows
        own = every.shard(self.accelerator.num_processes, self.accelerator.process_index)
        return DataLoader(
            own, batch_size=self.args.per_device_eval_batch_size, collate_fn=self.data_collator
        )


def _learnt_in(batch: dict[str, Any]) -> torch.Tensor:
    """How many tokens of a batch are learnt; of conversations that are scored as a whole, all."""
    counted: torch.Tensor = (
        batch["labels"] + 100
        if "labels" in batch
        else batch.get("completion_mask", batch["attention_mask"])
    )
    return counted.count_nonzero()
