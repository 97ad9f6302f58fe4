"""The trainer of a stage, from the run's model and rows. Worker-only."""

from typing import Any

import torch
from transformers import PrinterCallback, ProgressCallback, TrainingArguments

from studio.libraries.trainer_inside import one_device
from studio.libraries.trl_inside import PairCollator
from studio.training.adapting import Adapted, adapter_config, bad_target
from studio.training.loss import Batch
from studio.training.model import load_for
from studio.training.online_trainers import GrpoTrainer, RlooTrainer, reward_functions
from studio.training.preference_trainers import (
    KtoTrainer,
    OddsTrainer,
    PreferenceTrainer,
    RewardTrainer,
)
from studio.training.spec import TrainJob
from studio.training.stages import LORA, ONLINE, REFERENCED
from studio.training.trainers import Common, SftTrainer
from studio.workspace import Workspace

TRL: dict[str, Any] = {
    "rm": RewardTrainer,
    "dpo": PreferenceTrainer,
    "kto": KtoTrainer,
    "grpo": GrpoTrainer,
    "rloo": RlooTrainer,
}


def build(
    spec: TrainJob,
    args: TrainingArguments,
    base: Any,
    on: Adapted | None,
    rows: Any,
    tokenizer: Any,
    workspace: Workspace,
    compute: str,
) -> Common:
    """The trainer of the stage. on: the model with its adapter, None where its own weights are
    learnt; compute: as `model.precision` gives it.
    """
    one_device(args)
    given: dict[str, Any] = {
        "args": args,
        "train_dataset": rows.train,
        "eval_dataset": rows.eval,
        "processing_class": tokenizer,
    }
    model = base if on is None or on.model is None else on.model
    if spec.stage in ("pt", "sft"):
        made: Any = SftTrainer(model, data_collator=Batch(tokenizer.pad_token_id), **given)
    elif spec.reference_free:
        made = OddsTrainer(model, data_collator=PairCollator(tokenizer.pad_token_id), **given)
        made.spec = spec
    else:
        given |= _beside(spec, on, workspace, compute)
        try:
            made = TRL[spec.stage](model, **given)
        except ValueError as error:
            raise bad_target(error) from error
    if spec.finetuning_type in LORA:
        made.loraplus_lr_ratio = spec.loraplus_lr_ratio
    made.base_reference = spec.model_name_or_path
    made.beneath = on.beneath if on is not None else None
    for callback in (PrinterCallback, ProgressCallback):
        made.remove_callback(callback)
    # On a base in few bits trl puts what is learnt into bf16, where small steps are rounded away.
    width = torch.bfloat16 if spec.compute_type == "pure_bf16" else torch.float32
    for weight in made.model.parameters():
        if weight.requires_grad:
            weight.data = weight.data.to(width)
    trainer: Common = made
    return trainer


def _beside(
    spec: TrainJob, on: Adapted | None, workspace: Workspace, compute: str
) -> dict[str, Any]:
    """What a trainer of trl is given beside model and rows: how to make the adapter, the model as
    it was, the scores.
    """
    given: dict[str, Any] = {}
    if on is not None and on.model is None:
        given["peft_config"] = adapter_config(spec)
    if on is None and spec.stage in REFERENCED:
        given["ref_model"] = load_for(spec, workspace, compute).eval()
    if spec.stage in ONLINE:
        given["reward_funcs"] = reward_functions(spec, workspace)
    return given
