"""torch beyond its documentation: weights kept in 16 bits and multiplied in 32 (FBGEMM, x86 only).

Worker-only.

Making one token reads every weight once, so on a CPU the memory's speed decides. Released weights
are bfloat16 or float16 and fit float16 without loss, while the sums stay float32: the same numbers
as float32 weights give, from half the bytes (2 cores, starter: 28 ms instead of 41 a token, 48
instead of 113 for eight rows). Read in torch 2.13.
"""

import ctypes
import sys
import warnings
from typing import Any

import torch
from torch import nn

PACK, MULTIPLY = "fbgemm_pack_gemm_matrix_fp16", "fbgemm_linear_fp16_weight_fp32_activation"
SUBNORMAL = 2.0**-24  # the smallest step of float16: what a bfloat16 weight below 6e-5 may lose
AGREES = 1e-4  # relative; float32 sums of a few thousand terms in another order differ by 1e-6


class HalfLinear(nn.Linear):
    """A frozen linear layer whose weights are float16 and whose inputs, sums and outputs are
    float32.
    """

    def __init__(self, plain: nn.Linear, weight: torch.Tensor, packed: Any) -> None:
        nn.Module.__init__(self)
        self.in_features, self.out_features = plain.in_features, plain.out_features
        self.weight = (
            weight
            if isinstance(weight, nn.Parameter)
            else nn.Parameter(weight, requires_grad=False)
        )  # for PEFT, which reads its shape, type and norm
        self.bias = plain.bias
        self._packed = packed
        self.train(plain.training)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """(…, in) → (…, out), float32."""
        made: torch.Tensor = getattr(torch, MULTIPLY)(input.float(), self._packed, self.bias)
        return made


def halve_weights(model: nn.Module) -> int:
    """Put HalfLinear in the place of every plain float32 linear layer whose weights float16 holds;
    how many there were.

    0 where this processor or torch cannot do it. A layer whose product does not agree with torch's
    own stays as it is.
    """
    if not _able():
        return 0
    embeddings: Any = getattr(model, "get_input_embeddings", None)
    shared = embeddings().weight if embeddings is not None else None
    changed = 0
    parents = [
        module for module in model.modules() if not isinstance(module, nn.Linear)
    ]  # no layer is held beyond its turn
    for parent in parents:
        for name, plain in list(parent.named_children()):
            if type(plain) is nn.Linear and plain.weight.dtype == torch.float32:
                half = _halved(plain, shared)
                if half is not None:
                    setattr(parent, name, half)
                    changed += 1
    _give_back()
    return changed


def _halved(plain: nn.Linear, shared: Any) -> HalfLinear | None:
    weight = plain.weight.detach()
    small = weight.half()
    least, most = small.float().sub_(weight).aminmax()
    if not -SUBNORMAL <= least <= most <= SUBNORMAL:  # so written that no number fails too
        return None  # trained in float32, or beyond float16's range
    try:
        packed = _pack(weight)
        warnings.filterwarnings("ignore", message=MULTIPLY)
        probe = torch.linspace(-1, 1, plain.in_features).sin().unsqueeze(0)
        wanted, found = (
            nn.functional.linear(probe, weight, plain.bias),
            getattr(torch, MULTIPLY)(probe, packed, plain.bias),
        )
    except RuntimeError:
        return None
    if (found - wanted).abs().max() > AGREES * wanted.abs().max().clamp(min=1e-6):
        return None
    # A matrix shared with the input embedding stays float32 there, so it is not kept twice.
    return HalfLinear(plain, plain.weight if plain.weight is shared else small, packed)


def _give_back() -> None:
    """Let glibc return what was freed in small pieces; it would keep 400 MB of the starter's 540
    for later.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def _able() -> bool:
    return "fbgemm" in torch.backends.quantized.supported_engines and all(
        hasattr(torch, name) for name in (PACK, MULTIPLY)
    )


def _pack(weight: torch.Tensor) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # "will be removed": _able looks, and then the layers stay as they are
        return getattr(torch, PACK)(weight)
