"""PEFT beyond its documentation: adapters put on and off a served model, and batches that mix them.

Worker-only.

Read in the sources of 0.21.2.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftConfig, PeftModel, TaskType
from peft.tuners.lora import LoraLayer
from peft.tuners.lora.eva import initialize_lora_eva_weights
from peft.utils.integrations import dequantize_module_weight
from safetensors import safe_open

from studio.libraries.adapter_sums import LoraParts, unlearnt

BASE_ROW = "__base__"  # PEFT's word for a row without an adapter in a mixed batch
DEFAULT = "default"  # PEFT's name for the adapter that is trained
ROUNDING = 1e-10  # of a square norm in float32: what two parts leave that cancel each other
# These initialisations subtract the adapter's start from the base weights, so the base would no
# longer be itself.
BASE_CHANGING = ("pissa", "corda", "olora", "loftq", "lora_ga")


def read_config(folder: Path) -> Any:
    """An adapter's config. Raises ValueError, KeyError or TypeError for what is none."""
    return PeftConfig.from_pretrained(str(folder))


def scores(config: Any) -> bool:
    """Whether the adapter is a reward model's, which scores texts and writes none."""
    return bool(config.task_type == TaskType.SEQ_CLS)


def changes_base(config: Any) -> str:
    """The name of the initialisation that changes the base weights, or ""."""
    start = str(getattr(config, "init_lora_weights", "")).lower()
    return start if start.startswith(BASE_CHANGING) else ""


def in_parts(config: Any) -> bool:
    """Whether the adapter does more than change whole linear layers, so that it cannot stand beside
    its base.
    """
    parts = ("layer_replication", "target_parameters")
    return any(getattr(config, name, None) for name in parts)


def shares_batches(config: Any) -> bool:
    """Whether rows of the adapter can stand in one batch with rows of others: of LoRA, without
    modules that were learnt whole. A mixed batch takes such modules only where they are linear or
    embeddings, and passes over them all while an adapter without them is active.
    """
    whole = ("modules_to_save", "trainable_token_indices")
    return isinstance(config, LoraConfig) and not any(getattr(config, n, None) for n in whole)


def with_room(model: Any, name: str, config: Any) -> PeftModel:
    """The model with a place for one more adapter, its weights not loaded yet.

    Raises ValueError.
    """
    config.inference_mode = True
    if isinstance(config, LoraConfig):
        config.init_lora_weights = True
    if not isinstance(model, PeftModel):
        return PeftModel(model, config, adapter_name=name)
    model.add_adapter(name, config)
    return model


def fill(model: PeftModel, name: str, folder: Path, device: Any) -> None:
    """Load an adapter's weights into its place.

    Raises RuntimeError for other shapes, ValueError for missing weights.
    """
    result = model.load_adapter(str(folder), name, is_trainable=False, torch_device=str(device))
    model.eval()
    if result.missing_keys:
        raise ValueError(f"{len(result.missing_keys)} weights are missing")


def take_off(model: Any, name: str) -> Any:
    """The model without what PEFT has under this name, whole or half loaded; the plain base when
    that was the last.
    """
    if not isinstance(model, PeftModel) or name not in model.peft_config:
        return model
    if len(model.peft_config) == 1:
        return model.unload()
    model.delete_adapter(name)
    return model


def activate(model: PeftModel, name: str) -> None:
    """Make this adapter the one of the whole batch, its weights still frozen."""
    model.set_adapter(name, inference_mode=True)


def mixed(names: list[str | None]) -> dict[str, Any]:
    """forward()'s argument for a batch whose rows have these adapters, None for none."""
    return {"adapter_names": [BASE_ROW if name is None else name for name in names]}


def trained_config(model: Any) -> Any:
    """The config of the adapter that is trained."""
    return model.peft_config[DEFAULT]


def save_adapter(
    model: PeftModel, folder: Path, base_reference: str, weights: dict[str, Any] | None = None
) -> None:
    """Only the trained adapter. Its config names the base by reference, since the path that PEFT
    would write is of this machine, and the word "selected" leaves out the reference that trl keeps
    beside it. weights: those of the model where it holds a part of each alone."""
    model.peft_config[DEFAULT].base_model_name_or_path = base_reference
    model.save_pretrained(
        str(folder), selected_adapters=[DEFAULT], save_embedding_layers=False, state_dict=weights
    )
    (folder / "README.md").unlink(missing_ok=True)  # PEFT's card template, which says nothing


def settle(model: PeftModel) -> None:
    """Let a new adapter's config say that it begins at nothing, once it has begun: what copies the
    adapter (a reference) would otherwise take its beginning out of the base once more."""
    config: Any = model.peft_config[DEFAULT]
    config.init_lora_weights, config.eva_config = True, None


def begin_by_rows(model: PeftModel, rows: Any, most: int, filler: int) -> None:
    """EVA (Paischer et al. 2024): the first matrices begin with the directions in which the layers'
    inputs vary most over the first `most` rows of token ids; every layer keeps the rank asked for.
    """
    config: Any = model.peft_config[DEFAULT]
    config.eva_config.rho = 1.0
    batches = []
    for number in range(min(most, len(rows))):
        row = rows[number]
        ids = row.get("input_ids") or [*row["prompt_ids"], *row.get("chosen_ids", [])]
        ids = (ids * 2)[: max(2, len(ids))] or [filler]
        given = torch.tensor([ids], device=model.device)
        batches.append({"input_ids": given, "attention_mask": torch.ones_like(given)})
    initialize_lora_eva_weights(model, batches, show_progress_bar=False)


def begin_by_quantisation(model: PeftModel, rank: int) -> None:
    """LoftQ (Li et al. 2023), one round: an adapter on 4-bit weights begins with what the bits lost
    of the published ones, as near as its rank comes. The base stays as it is loaded.
    """
    base: Any = model.get_base_model()
    folder = Path(base.config._name_or_path)
    files = sorted(folder.glob("*.safetensors"))
    readers: list[Any] = [safe_open(file, framework="pt") for file in files]
    places = {name: reader for reader in readers for name in reader.keys()}
    for name, module in model.named_modules():
        place = f"{name.removeprefix('base_model.model.')}.weight"
        if not isinstance(module, LoraLayer) or place not in places:
            continue
        layer: Any = module
        kept: Any = dequantize_module_weight(layer.get_base_layer())
        lost = places[place].get_tensor(place).to(kept.device, torch.float32) - kept.float()
        left, sizes, right = torch.linalg.svd(lost, full_matrices=False)
        root = sizes[:rank].sqrt()
        a, b = layer.lora_A[DEFAULT].weight, layer.lora_B[DEFAULT].weight
        a.data.copy_(root[:, None] * right[:rank])
        b.data.copy_(left[:, :rank] * root / float(layer.scaling[DEFAULT]))


SAVED, PUBLISHED = "saved", "published"


@contextmanager
def as_published(model: PeftModel, beneath: LoraParts | None) -> Iterator[None]:
    """Within it the model answers as its base did before the run.

    beneath: what lies in the weights of the base beside the published ones, which is taken out
    again by an adapter; None for nothing.
    """
    if beneath is None:
        with model.disable_adapter():
            yield
        return
    with _beside(model, unlearnt(beneath)):
        model.set_adapter(PUBLISHED)
        yield


@contextmanager
def with_saved(model: PeftModel, folder: Path, beneath: LoraParts | None = None) -> Iterator[None]:
    """Within it the model answers with the adapter in `folder` in the place of the trained one, on
    the base as published (see `as_published`).

    Keys that fit nothing are left out as PEFT leaves them out wherever the adapter is loaded; what
    is missing keeps its first values.
    """
    model.load_adapter(str(folder), SAVED, is_trainable=False)
    try:
        if beneath is None:
            model.set_adapter(SAVED)
            yield
        else:
            with _beside(model, unlearnt(beneath)):
                both: Any = model.base_model
                both.set_adapter([SAVED, PUBLISHED])
                yield
    finally:
        model.set_adapter(DEFAULT)
        model.delete_adapter(SAVED)


@contextmanager
def _beside(model: PeftModel, parts: LoraParts) -> Iterator[None]:
    """Within it the model has these parts as one more adapter, PUBLISHED; not switched on."""
    rank = max(a.shape[0] for a, _ in parts.modules.values())
    names = [name.removeprefix("base_model.model.") for name in parts.modules]
    config = LoraConfig(r=rank, lora_alpha=rank, target_modules=names, task_type="CAUSAL_LM")
    model.add_adapter(PUBLISHED, config)
    try:
        for name, (a, b) in parts.modules.items():
            layer: Any = model.get_submodule(name)
            for place, part in ((layer.lora_A, a), (layer.lora_B, b)):
                weight = place[PUBLISHED].weight
                weight.data.zero_()
                weight.data[: part.shape[0], : part.shape[1]] = part.to(weight)
        yield
    finally:
        model.set_adapter(DEFAULT)
        model.delete_adapter(PUBLISHED)


def update_norms(model: Any, beneath: LoraParts | None = None) -> tuple[float, float, int]:
    """(Frobenius norm of what the trained LoRA adds to its matrices, norm of these matrices, how
    many of them it changes); the norms are 0.0 where there is no LoRA, the second also where
    matrices are quantised. beneath: what else it adds once it is saved.

    ‖BA‖² is tr((BᵀB)(AAᵀ)), so the product is never made. Of DoRA it is the part that is added.
    """
    moved = whole = 0.0
    changed, quantised = 0, False
    for name, module in model.named_modules():
        if not isinstance(module, LoraLayer) or DEFAULT not in module.lora_A:
            continue
        weights: Any = module
        scale = float(weights.scaling[DEFAULT])
        own = (_copied(weights.lora_A[DEFAULT].weight), _copied(weights.lora_B[DEFAULT].weight))
        parts = LoraParts({name: (own[0], own[1] * scale)})
        size = largest = parts.size(name)
        if beneath is not None and name in beneath.modules:
            size = parts.joined(LoraParts({name: beneath.modules[name]})).size(name)
        changed += size > ROUNDING * largest
        moved += size
        weight = weights.get_base_layer().weight
        quantised |= not weight.is_floating_point()
        whole += float(weight.detach().float().norm() ** 2) if weight.is_floating_point() else 0.0
    return moved**0.5, 0.0 if quantised else whole**0.5, changed


def _copied(weight: torch.Tensor) -> torch.Tensor:
    return weight.detach().to("cpu", torch.float32)
