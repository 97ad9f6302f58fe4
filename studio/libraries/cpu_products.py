"""torch beyond its documentation: oneDNN's float32 matrix product, on processors on which torch's
own choice is the slower one. Worker-only.

torch multiplies float32 matrices by MKL, which takes a slower path on processors of another maker
than its own: 107 GFLOP/s a core against 245 by oneDNN on a Zen 5 with AVX-512 (16-bit types go to
oneDNN anyway: 480). Read in torch 2.13. Which of the two is taken hangs on the processor alone, so
that a run gives the same numbers each time.
"""

import os
import platform
from functools import cache
from pathlib import Path
from typing import Any

import torch

LINEAR = "_linear_pointwise"  # torch.ops.mkldnn; what torch's own compiler puts for nn.Linear
AGREES = 1e-4  # relative; float32 sums of a few hundred terms in another order differ by 1e-6


def product(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """left · rightᵀ of two matrices, (n, k) and (m, k) → (n, m), both of one type."""
    if left.dtype == right.dtype == torch.float32 and by_onednn():
        made: torch.Tensor = _linear(left, right)
        return made
    return left @ right.t()


@cache
def by_onednn() -> bool:
    """Whether float32 products go to oneDNN here: on AMD's processors, where torch has the call and
    it gives what the plain product gives.
    """
    if not _amd() or not hasattr(torch.ops.mkldnn, LINEAR):
        return False
    left, right = (torch.linspace(-1, 1, n * 64).sin().view(n, 64) for n in (5, 7))
    wanted = left @ right.t()
    try:
        found = _linear(left, right)
    except (RuntimeError, TypeError):
        return False
    return bool((found - wanted).abs().max() <= AGREES * wanted.abs().max())


def _linear(left: torch.Tensor, right: torch.Tensor) -> Any:
    if not (right.is_contiguous() or right.t().is_contiguous()):
        right = right.contiguous()  # a part of a wider matrix takes a thousand times as long
    return getattr(torch.ops.mkldnn, LINEAR)(left.contiguous(), right, None, "none", [], "")


def _amd() -> bool:
    """Whether this is an x86 processor of AMD."""
    told = os.environ.get("PROCESSOR_IDENTIFIER", "") + platform.processor()
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as file:
            told += file.read(2000)
    except OSError:
        pass
    return "AuthenticAMD" in told
