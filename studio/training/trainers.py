"""The two trainers: supervised on the rendered rows, and direct preference optimisation.

Worker-only.

SFT runs on transformers' Trainer with our loss, because trl's SFTTrainer projects every position,
prompt and padding too, wherever Triton is not: half the speed on a CPU. DPO is trl's, given rows
already tokenised.
"""

from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from torch.utils.data import DataLoader
from transformers import PrinterCallback, ProgressCallback, TrainingArguments
from trl import DPOConfig

from studio.errors import InputError, JobError
from studio.libraries.peft_inside import save_adapter
from studio.libraries.trainer_inside import (
    AdapterTrainer,
    StepMeanTrainer,
    loraplus_optimizer,
    one_device,
)
from studio.libraries.trl_inside import TokenisedDPOTrainer
from studio.models.reply_spans import keep_ends
from studio.training.loss import Batch, token_loss
from studio.training.spec import TrainJob


class Common(AdapterTrainer):
    """What both share: counting tokens, refusing a loss that is no number, saving only the
    adapter.
    """

    loraplus_lr_ratio = 0.0
    base_reference = ""
    # Both stay on the device until somebody reads them, so that a step does not wait for it.
    _seen: Any = 0
    _losses: Any = 0.0
    _learnt: Any = 0

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
        mask = inputs.get("attention_mask")
        self._seen = self._seen + (inputs["input_ids"].numel() if mask is None else mask.sum())
        learnt = (
            inputs["completion_mask"] if "completion_mask" in inputs else inputs["labels"] + 100
        )
        self._learnt = self._learnt + learnt.count_nonzero()
        loss = super().training_step(model, inputs, *rest, **more)
        self._losses = self._losses + loss.detach()
        if self.accelerator.sync_gradients:
            whole, self._losses = self._losses, 0.0
            if not torch.isfinite(whole):
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

    def save_checkpoint(self, model: Any, folder: Path) -> None:
        """Adapter, tokenizer, chat template, and the tokens at which an answer ends."""
        folder.mkdir(parents=True, exist_ok=True)
        save_adapter(model, folder, self.base_reference)
        tokenizer: Any = self.processing_class
        tokenizer.save_pretrained(str(folder))
        keep_ends(folder, tokenizer)


class SftTrainer(Common, StepMeanTrainer):
    """Supervised fine-tuning: the mean cross entropy of the learnt tokens of a whole step."""

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


class PreferenceTrainer(Common, TokenisedDPOTrainer):
    """Direct preference optimisation (Rafailov et al. 2023) against the model as it was before
    training.
    """


def arguments(
    spec: TrainJob, folder: Path, compute: str, *, evaluates: bool, resumes: bool
) -> TrainingArguments:
    """Our fields as transformers' and trl's.

    Raises InputError for a combination that they refuse.
    """
    values: dict[str, Any] = {
        "output_dir": str(folder),
        "seed": spec.seed,
        "data_seed": spec.seed,
        "max_steps": spec.max_steps if spec.max_steps > 0 else -1,
        "num_train_epochs": spec.num_train_epochs,
        "learning_rate": spec.learning_rate,
        "per_device_train_batch_size": spec.per_device_train_batch_size,
        "per_device_eval_batch_size": spec.per_device_train_batch_size,
        "gradient_accumulation_steps": spec.gradient_accumulation_steps,
        "lr_scheduler_type": spec.lr_scheduler_type,
        "warmup_steps": spec.warmup_steps or spec.warmup_ratio,
        "weight_decay": spec.weight_decay,
        "max_grad_norm": spec.max_grad_norm,
        "optim": spec.optim,
        "neftune_noise_alpha": spec.neftune_alpha or None,
        "bf16": compute == "bf16",
        "fp16": compute == "fp16",
        "gradient_checkpointing": spec.gradient_checkpointing,
        "use_cpu": not (torch.cuda.is_available() or torch.backends.mps.is_available()),
        "logging_steps": spec.logging_steps,
        "logging_nan_inf_filter": False,
        "disable_tqdm": True,
        "report_to": [spec.report_to],
        "trackio_static_space_id": False,
        "run_name": spec.name or folder.name,
        "save_strategy": "steps",
        "save_steps": spec.save_steps,
        "save_total_limit": None,
        "eval_strategy": "steps" if evaluates else "no",
        "eval_steps": spec.eval_steps or spec.save_steps,
        "eval_on_start": evaluates and not resumes,
        "remove_unused_columns": False,
        "dataloader_pin_memory": torch.cuda.is_available(),
        "ddp_find_unused_parameters": False,
    }
    values |= _preference(spec) if spec.stage == "dpo" else {"label_names": ["labels"]}
    if spec.gradient_checkpointing:
        values["gradient_checkpointing_kwargs"] = {"use_reentrant": False}
    try:
        return (DPOConfig if spec.stage == "dpo" else TrainingArguments)(**values)
    except (ValueError, ImportError) as error:
        raise InputError(
            "These settings do not go together ({reason}).",
            "Change them and start again.",
            reason=" ".join(str(error).split())[:160].rstrip("."),
        ) from error


def _preference(spec: TrainJob) -> dict[str, Any]:
    """The fields of preference optimisation; pref_ftx weighs the supervised loss added to it."""
    values: dict[str, Any] = {"max_length": spec.cutoff_len, "beta": spec.pref_beta}
    if spec.pref_ftx > 0:
        return values | {
            "loss_type": [spec.pref_loss, "sft"],
            "loss_weights": [1.0, spec.pref_ftx],
        }
    return values | {"loss_type": [spec.pref_loss]}


def build(
    spec: TrainJob,
    args: TrainingArguments,
    base: Any,
    adapted: PeftModel | None,
    rows: Any,
    tokenizer: Any,
) -> Common:
    """The trainer of the stage. adapted: the model with its adapter; None lets DPO put a new one on
    `base` itself, which makes the bare base its reference."""
    from studio.training.model import lora_config

    one_device(args)
    given = {
        "args": args,
        "train_dataset": rows.train,
        "eval_dataset": rows.eval,
        "processing_class": tokenizer,
    }
    if spec.stage == "dpo":
        made: Common = PreferenceTrainer(
            adapted or base, peft_config=None if adapted else lora_config(spec), **given
        )
    else:
        made = SftTrainer(adapted, data_collator=Batch(tokenizer.pad_token_id), **given)
    made.loraplus_lr_ratio, made.base_reference = spec.loraplus_lr_ratio, spec.model_name_or_path
    for callback in (PrinterCallback, ProgressCallback):
        made.remove_callback(callback)
    if spec.compute_type == "pure_bf16":
        trained: Any = made.model
        for weight in trained.parameters():
            if weight.requires_grad:
                weight.data = weight.data.to(torch.bfloat16)
    return made
