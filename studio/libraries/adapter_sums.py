"""What LoRA adapters add to a model's weights, and several of them as one adapter. Worker-only.

An adapter adds s·B·A to a matrix. Two of them added are one with their ranks laid side by side:
[s₁B₁ s₂B₂]·[A₁; A₂]. So an adapter that was learnt on changed weights (PiSSA and OLoRA take their
beginning out of the base; a new adapter on top of a former one) can be saved for the base as it was
published. Read in the sources of peft 0.21.2.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft.tuners.lora import LoraLayer
from safetensors.torch import load_file, save_file

DEFAULT = "default"
WEIGHTS = "adapter_model.safetensors"
A, B = ".lora_A.weight", ".lora_B.weight"


@dataclass(frozen=True)
class LoraParts:
    """Module → (A of shape (rank, inputs), B of shape (outputs, rank) with the scale in it)."""

    modules: dict[str, tuple[torch.Tensor, torch.Tensor]]

    def joined(self, other: "LoraParts") -> "LoraParts":
        """Both added."""
        made = dict(self.modules)
        for name, (first, second) in other.modules.items():
            if name in made:
                first = torch.cat([made[name][0], first])
                second = torch.cat([made[name][1], second], dim=1)
            made[name] = (first, second)
        return LoraParts(made)

    def size(self, name: str) -> float:
        """The square of the Frobenius norm of what is added to one module, ‖BA‖²; the product is
        never made.
        """
        a, b = self.modules[name]
        return float(((b.T @ b) * (a @ a.T)).sum().clamp(min=0))


def lora_parts(model: Any) -> LoraParts:
    """What the adapter of a model adds now, copied to main memory in float32."""
    found = {}
    for name, module in model.named_modules():
        if isinstance(module, LoraLayer) and DEFAULT in module.lora_A:
            layer: Any = module
            a, b = layer.lora_A[DEFAULT].weight, layer.lora_B[DEFAULT].weight
            found[name] = (_copied(a), _copied(b) * float(layer.scaling[DEFAULT]))
    return LoraParts(found)


def unlearnt(parts: LoraParts) -> LoraParts:
    """The same with a minus."""
    return LoraParts({name: (a, -b) for name, (a, b) in parts.modules.items()})


def write_sum(folder: Path, config: Any, learnt: LoraParts, beneath: LoraParts) -> None:
    """Replace the adapter in `folder` by the sum of both, its config with it.

    Modules that are learnt whole stay as they were saved. All matrices get one rank, padded with
    zeros where a part has none, so that any reader of LoRA takes it.
    """
    whole = learnt.joined(beneath).modules
    rank = max(a.shape[0] for a, _ in whole.values())
    saved = {k: v for k, v in load_file(folder / WEIGHTS).items() if ".lora_" not in k}
    for name, (a, b) in whole.items():
        short = rank - a.shape[0]
        saved[f"{name}{A}"] = torch.nn.functional.pad(a, (0, 0, 0, short)).contiguous()
        saved[f"{name}{B}"] = torch.nn.functional.pad(b, (0, short)).contiguous()
    save_file(saved, folder / WEIGHTS, metadata={"format": "pt"})
    before = (config.r, config.lora_alpha, config.use_rslora, config.target_modules)
    config.r = config.lora_alpha = rank
    config.use_rslora = False
    config.target_modules = sorted({name.rsplit(".", 1)[-1] for name in whole})
    config.save_pretrained(str(folder))
    config.r, config.lora_alpha, config.use_rslora, config.target_modules = before


def _copied(weight: torch.Tensor) -> torch.Tensor:
    return weight.detach().to("cpu", torch.float32).clone()
