"""liger-kernel's norms, rotations and gated activations on a loaded model. Worker-only.

Each is one kernel for what takes transformers four to ten passes over memory. Its losses are left
out: ours projects learnt tokens alone. Triton translates the kernels on the machine, for which it
needs a C compiler, so they are tried on a few numbers first. Read in the sources of 0.8.5.
"""

import subprocess
from importlib.util import find_spec
from typing import Any

import torch
from transformers.integrations.liger import apply_liger_kernel

PARTS = {"cross_entropy": False, "fused_linear_cross_entropy": False}
AGREES = 1e-4  # fp32 sums of a few hundred squares in another order


def put_on(model: Any) -> str:
    """Let the model's layers be computed by Liger's kernels; "" or why they are not."""
    if find_spec("liger_kernel") is None:
        return "liger-kernel is not installed"
    try:
        from liger_kernel.transformers.monkey_patch import MODEL_TYPE_TO_APPLY_LIGER_FN as known

        kind = model.config.model_type
        if kind not in known:
            return f"liger-kernel does not know models of the type {kind}"
        apart = _apart(model.device)
    except (ImportError, RuntimeError, OSError, subprocess.SubprocessError) as error:
        return f"liger-kernel fails here ({type(error).__name__}: {str(error)[:120]})"
    if not apart < AGREES:
        return f"liger-kernel's norm is off by {apart:.1e} here"
    apply_liger_kernel(model, PARTS)
    return ""


def _apart(device: torch.device) -> float:
    """The largest difference of its norm, forward and backward, from torch's."""
    from liger_kernel.transformers.rms_norm import LigerRMSNorm

    dice = torch.Generator().manual_seed(1)
    given = torch.randn(8, 256, generator=dice).to(device)
    found = []
    for norm in (LigerRMSNorm(256, eps=1e-6), torch.nn.RMSNorm(256, eps=1e-6)):
        x = given.clone().requires_grad_()
        made = norm.to(device)(x)
        made.square().sum().backward()
        found.append(torch.cat([made.detach(), x.grad]))  # type: ignore[list-item]
    return float((found[0] - found[1]).abs().max())
