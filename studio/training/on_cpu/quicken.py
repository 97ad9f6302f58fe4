"""Which of the quicker ways a model takes, found out on the model itself. Worker-only."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from studio.libraries import row_attention
from studio.libraries.lora_layers import computed_by, frozen_linear, part_of, plain_lora
from studio.training.loss import Batch, token_loss
from studio.training.on_cpu import layers
from studio.training.on_cpu.attention import attend
from studio.training.on_cpu.flat import FlatBatch
from studio.training.on_cpu.head import in_parts, let_in_parts
from studio.training.selfcheck import CALL_ERRORS, aside, sample

GATED = {"gate_proj", "up_proj", "down_proj", "act_fn"}
PROBED = 3  # vectors that a layer is tried on
# How far a layer may lie from its own way, as a part of the largest value: rounding.
AGREES = {torch.float32: 1e-5, torch.bfloat16: 0.02}
LOSS_AGREES = {torch.float32: 1e-5, torch.bfloat16: 0.01}


@dataclass(frozen=True)
class Quickened:
    """How many layers compute otherwise now, and whether rows stand without padding."""

    lora: int
    gated: int
    norms: int
    head: bool
    flat: bool

    @property
    def sentence(self) -> str:
        """For the log."""
        return (
            f"on this processor: {self.lora} layers with LoRA, {self.gated} gated ones and "
            f"{self.norms} normalisations in one step each; "
            + ("rows without padding" if self.flat else "rows padded to the longest of a batch")
        )


def quicken(trainer: Any) -> Quickened | None:
    """Let the trainer's model compute in the quicker ways that give what it gives; None where it
    does not train on a processor alone.
    """
    if trainer.args.device.type != "cpu" or trainer.is_deepspeed_enabled or trainer.is_fsdp_enabled:
        return None
    model = trainer.model
    found = {"norms": 0, "gated": 0, "lora": 0}
    for module in list(model.modules()):
        kind = _swapped(module)
        if kind:
            found[kind] += 1
    if type(trainer.data_collator) is not Batch:  # preferences and answers lay out their own
        return Quickened(**found, head=False, flat=False)
    padded = _loss(trainer, trainer.data_collator)
    head = _head_apart(trainer, padded)
    # The noise of neftune_alpha hangs on the length of what it sees.
    flat = not trainer.args.neftune_noise_alpha and _rows_apart(trainer, padded)
    if flat:
        trainer.data_collator = FlatBatch(trainer.data_collator.pad_id)
    return Quickened(**found, head=head, flat=flat)


def _swapped(module: nn.Module) -> str:
    """What kind of layer was changed, "" for none."""
    if plain_lora(module):
        computed_by(module, _lora)
        return "lora"
    if {name for name, _ in module.named_children()} == GATED:
        if all(_known(getattr(module, name)) for name in GATED - {"act_fn"}) and _same(
            module, _gated, getattr(module.gate_proj, "in_features", 0)
        ):
            computed_by(module, _gated)
            return "gated"
    elif type(module).__name__.endswith("RMSNorm") and _frozen_norm(module):
        if _same(module, _norm, len(module.weight)):  # type: ignore[arg-type]
            computed_by(module, _norm)
            return "norms"
    return ""


def _known(module: nn.Module) -> bool:
    return (plain_lora(module) or frozen_linear(module)) and getattr(
        getattr(module, "base_layer", module), "bias", None
    ) is None


def _frozen_norm(module: nn.Module) -> bool:
    weights = list(module.named_parameters())
    return (
        [name for name, _ in weights] == ["weight"]
        and not weights[0][1].requires_grad
        and isinstance(getattr(module, "variance_epsilon", None), float)
    )


def _same(module: Any, forward: Callable[..., Any], size: int) -> bool:
    """Whether the other way gives what the module gives, on a few vectors of both signs."""
    weight = next(module.parameters())
    weight = next((w for w in module.parameters() if not w.requires_grad), weight)
    if weight.dtype not in AGREES or not size:
        return False
    probe = torch.linspace(-3, 3, PROBED * size).sin().view(1, PROBED, size).to(weight.dtype)
    with (
        torch.no_grad(),
        torch.autocast("cpu", weight.dtype, enabled=weight.dtype != torch.float32),
    ):
        wanted, found = module(probe), forward(module, module.forward, probe)
    apart = (wanted.float() - found.float()).abs().max()
    return bool(apart <= AGREES[weight.dtype] * wanted.float().abs().max())


def _rows_apart(trainer: Any, padded: float | None) -> bool:
    """Let attention see each row by itself, where the rows of a batch in one sequence then have the
    loss that they have padded.
    """
    plain = trainer.accelerator.unwrap_model(trainer.model)
    if padded is None or not row_attention.by_rows(plain, attend):
        return False
    if _near(padded, _loss(trainer, FlatBatch(trainer.data_collator.pad_id)), plain):
        return True
    row_attention.as_before(plain)
    return False


def _head_apart(trainer: Any, padded: float | None) -> bool:
    """Let the loss take the head in parts, where that gives the same."""
    plain = trainer.accelerator.unwrap_model(trainer.model)
    head = plain.get_output_embeddings()
    if padded is None or not frozen_linear(head) or head.bias is not None:
        return False
    let_in_parts(head, True)
    if not _near(padded, _loss(trainer, trainer.data_collator), plain):
        let_in_parts(head, False)
    return in_parts(head)


def _loss(trainer: Any, collate: Batch) -> float | None:
    """The summed loss of the first rows; None where the model cannot be called so."""
    plain = trainer.accelerator.unwrap_model(trainer.model)
    try:
        with aside(trainer.model), trainer.accelerator.autocast():
            return float(token_loss(trainer.model, plain, collate(sample(trainer)))[0])
    except CALL_ERRORS:
        return None


def _near(padded: float, found: float | None, model: Any) -> bool:
    kind = next(model.parameters()).dtype
    return found is not None and abs(padded - found) <= LOSS_AGREES.get(kind, 0.0) * abs(padded)


def _lora(module: Any, plain: Callable[..., Any], given: torch.Tensor, **more: Any) -> Any:
    part = None if more else part_of(module, given.dtype)
    return plain(given, **more) if part is None else layers.lora_linear(part, given)


def _gated(module: Any, plain: Callable[..., Any], given: torch.Tensor) -> Any:
    gate, up, down = (
        part_of(one, given.dtype) for one in (module.gate_proj, module.up_proj, module.down_proj)
    )
    if gate is None or up is None or down is None:
        return plain(given)
    return layers.gated((gate, up, down), given)


def _norm(module: Any, plain: Callable[..., Any], given: torch.Tensor) -> Any:
    if given.dtype != module.weight.dtype:
        return plain(given)
    return layers.normalised(given, module.weight, module.variance_epsilon)
