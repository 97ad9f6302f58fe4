"""bitsandbytes beyond its documentation: its layers tell training from use by their mode.

Worker-only; read in 0.50.2.
"""

import functools
from typing import Any


def quantised_layer(module: Any) -> bool:
    """Whether the module is one of bitsandbytes' layers. In eval mode on a CPU a 4-bit layer packs
    its weights anew for good, which a layer that is trained on must be spared."""
    return type(module).__module__.startswith("bitsandbytes.")


def stay_trainable(model: Any) -> None:
    """Let bitsandbytes' layers take every mode for that of training. A measurement of held-out rows
    would otherwise pack 4-bit weights for good, and what is multiplied with packed weights has no
    gradient: the steps after it would learn less, and say nothing.
    """
    for module in model.modules():
        if quantised_layer(module):
            module.training = True
            module.train = functools.partial(_unchanged, module)


def _unchanged(module: Any, _mode: bool = True) -> Any:
    return module
