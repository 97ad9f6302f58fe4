"""Weights that FSDP2 has spread over processes, gathered one at a time. Worker-only.

Read in the sources of torch 2.13.0 (DTensor) and of peft 0.21.2, whose names of an adapter's
weights hold the adapter's own.
"""

from typing import Any

import torch
from peft import PeftModel
from torch.distributed.tensor import DTensor

from studio.libraries.peft_inside import DEFAULT


def gathered(model: Any, *, first: bool) -> dict[str, torch.Tensor]:
    """The weights that are saved, whole and in main memory, in the first process; {} in the others,
    all of which have to call this.

    Of a model with an adapter those of the adapter alone. One weight after the other is made whole,
    so that no device ever holds more than one of them.
    """
    adapter = isinstance(model, PeftModel)
    found = {}
    for name, part in model.state_dict().items():
        if adapter and f".{DEFAULT}" not in name:
            continue
        whole = part.full_tensor() if isinstance(part, DTensor) else part
        if first:
            found[name] = whole.detach().to("cpu", copy=True)
    return found
