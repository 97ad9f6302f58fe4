"""Putting an adapter on a model: LoRA with its beginnings, OFT, one that is trained on, and a new
one on top of another. Worker-only.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peft import LoraConfig, OFTConfig, PeftModel, get_peft_model

from studio.errors import ModelError
from studio.libraries.adapter_sums import LoraParts, lora_parts, unlearnt
from studio.libraries.peft_inside import (
    begin_by_quantisation,
    begin_by_rows,
    settle,
    trained_config,
)
from studio.models import adapter_folder
from studio.spec import several
from studio.training.model import SCORE, load_adapter
from studio.training.spec import FROM_WEIGHTS, TrainJob
from studio.training.stages import REFERENCED
from studio.workspace import Workspace

EVA_ROWS = 32  # enough for the directions of a small rank; more changes nothing that is seen


@dataclass(frozen=True)
class Adapted:
    """A model with an adapter, or what makes one.

    model: None where the trainer is to put a new one on the bare base. beneath: what is to be added
    to the adapter when it is saved, so that it stands on the base as published: what its beginning
    took from the weights, with a minus, or an adapter that it was learnt on top of.
    """

    model: PeftModel | None
    beneath: LoraParts | None = None


def adapter_config(spec: TrainJob) -> LoraConfig | OFTConfig:
    """The adapter's shape; a target "all" means every linear layer but the last."""
    kind: Any = "SEQ_CLS" if spec.stage == "rm" else "CAUSAL_LM"
    whole = [*several(spec.additional_target), *([SCORE] if spec.stage == "rm" else [])] or None
    if spec.finetuning_type == "oft":
        return OFTConfig(
            task_type=kind,
            oft_block_size=spec.oft_block_size,
            target_modules=_targets(spec.oft_target),
            modules_to_save=whole,
        )
    begin: Any = {"default": True, "loftq": True}.get(
        spec.init_lora_weights, spec.init_lora_weights
    )
    return LoraConfig(
        task_type=kind,
        r=spec.lora_rank,
        lora_alpha=spec.lora_alpha,
        lora_dropout=spec.lora_dropout,
        target_modules=_targets(spec.lora_target),
        modules_to_save=whole,
        use_rslora=spec.use_rslora,
        use_dora=spec.use_dora,
        init_lora_weights=begin,
    )


def adapted(spec: TrainJob, base: Any, workspace: Workspace, rows: Any, tokenizer: Any) -> Adapted:
    """The base with the run's adapter. Raises ModelError.

    A stage with a reference puts a plain new adapter on itself, since then the bare base is the
    reference; any other adapter is copied by it before the first step. rows: what is trained on,
    for a beginning that looks at it.
    """
    former = spec.adapter_name_or_path
    if former and not spec.create_new_adapter:
        folder = adapter_folder(workspace, former)
        return Adapted(load_adapter(base, folder, trainable=True))
    beneath = None
    if former:
        beneath = _merged(base, adapter_folder(workspace, former))
        base = beneath[1]
    plain = spec.finetuning_type == "oft" or spec.init_lora_weights in ("default", "gaussian")
    if spec.stage in REFERENCED and not spec.reference_free and plain:
        return Adapted(None, beneath[0] if beneath else None)
    try:
        model: Any = get_peft_model(base, adapter_config(spec))
    except ValueError as error:
        raise bad_target(error) from error
    parts = beneath[0] if beneath else None
    if spec.finetuning_type != "oft":
        parts = _begun(spec, model, parts, rows, tokenizer)
    return Adapted(model, parts)


def _begun(
    spec: TrainJob, model: Any, beneath: LoraParts | None, rows: Any, tokenizer: Any
) -> LoraParts | None:
    """Give a new LoRA its beginning; what is to be added to it when it is saved."""
    if spec.init_lora_weights == "eva":
        begin_by_rows(model, rows, EVA_ROWS, tokenizer.pad_token_id)
    elif spec.init_lora_weights == "loftq":
        begin_by_quantisation(model, spec.lora_rank)
    taken = unlearnt(lora_parts(model)) if spec.init_lora_weights in FROM_WEIGHTS else None
    settle(model)
    if beneath is None or taken is None:
        return beneath or taken
    return beneath.joined(taken)


def _merged(base: Any, folder: Path) -> tuple[LoraParts, Any]:
    """What an adapter adds to the base, and the base with that in its weights."""
    former: Any = load_adapter(base, folder, trainable=False)
    if not isinstance(trained_config(former), LoraConfig):
        raise ModelError(
            "On the adapter {name} no new one can be put, since it is no LoRA.",
            "Train it on, without create_new_adapter.",
            fields=("create_new_adapter",),
            name=folder.parent.name,
        )
    parts = lora_parts(former)
    return parts, former.merge_and_unload()


def _targets(text: str) -> Any:
    found = several(text)
    return "all-linear" if found in ([], ["all"]) else found


def bad_target(error: ValueError) -> ModelError:
    """The sentence for an adapter that a library refuses to put on."""
    return ModelError(
        "The adapter cannot be put on ({reason}).",
        "Set lora_target to all, or to names of the model's layers.",
        reason=" ".join(str(error).split())[:140].rstrip("."),
    )
