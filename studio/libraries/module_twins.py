"""A model a second time on the same weights, for an adapter that cannot stand beside others in it.
Worker-only.

What PEFT does to the one (layers wrapped, adapters switched) the other does not see; of the weights
there is one copy. Read in torch 2.13 and accelerate 1.15.
"""

import copy
from typing import Any

from torch import nn

# What a module holds of its own: changed in the one, it must not change in the other.
OWN = ("_parameters", "_buffers", "_modules", "_forward_hooks", "_forward_pre_hooks")


def twin(model: Any) -> Any:
    """The model with modules of its own on the same parameters and buffers."""
    made: dict[int, nn.Module] = {}
    return _twin(model, made)


def _twin(module: nn.Module, made: dict[int, nn.Module]) -> nn.Module:
    if id(module) in made:  # two names of one module stay that
        return made[id(module)]
    new = module.__class__.__new__(module.__class__)
    new.__dict__ = module.__dict__.copy()
    made[id(module)] = new
    for name in OWN:
        new.__dict__[name] = copy.copy(module.__dict__[name])
    for name, child in module._modules.items():
        new._modules[name] = None if child is None else _twin(child, made)
    if "_hf_hook" in new.__dict__:
        _hook_again(new)
    return new


def _hook_again(module: nn.Module) -> None:
    """Weights on several GPUs: accelerate's hook wraps the forward of one module, here the first
    one's.
    """
    from accelerate.hooks import add_hook_to_module

    hook: Any = module.__dict__.pop("_hf_hook")
    for name in ("forward", "_old_forward"):
        module.__dict__.pop(name, None)
    add_hook_to_module(module, hook)
