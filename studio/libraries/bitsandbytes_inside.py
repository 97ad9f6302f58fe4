"""bitsandbytes beyond its documentation: its layers tell training from use by their mode.

Worker-only; read in 0.50.2.
"""

from typing import Any


def quantised_layer(module: Any) -> bool:
    """Whether the module is one of bitsandbytes' layers. In eval mode on a CPU a 4-bit layer packs
    its weights anew for good, which a layer that is trained on must be spared."""
    return type(module).__module__.startswith("bitsandbytes.")
