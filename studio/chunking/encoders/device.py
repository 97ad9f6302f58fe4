"""How an encoder uses the machine at hand: its device, number format and threads.

For workers only.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import torch

# Of a processor's batches: 256 to 1,024 cost the same a token, 4,096 half as much again (MiniLM);
# small ones share out better.
CPU_BATCH_TOKENS = 512
MOST_WORKERS = 8


@dataclass(frozen=True)
class Machine:
    """`workers` batches are computed side by side, each with `threads` threads of the processor."""

    device: str
    dtype: torch.dtype
    workers: int
    threads: int

    def batch_tokens(self, wanted: int) -> int:
        """Padded tokens of one batch: what was asked for, less where smaller ones are quicker."""
        return wanted if self.device != "cpu" else min(wanted, CPU_BATCH_TOKENS)


def machine() -> Machine:
    """The machine as it is now.

    On a processor several batches run side by side on few threads each: all of a pass then runs in
    parallel, its small steps too, and nothing waits for the slowest thread of each matrix product.
    """
    if torch.cuda.is_available():
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        return Machine(
            "cuda", torch.bfloat16 if native else torch.float16, 1, torch.get_num_threads()
        )
    cores = min(torch.get_num_threads(), allowed_cores())
    workers = min(cores, MOST_WORKERS)
    return Machine(
        "cpu", torch.bfloat16 if fast_bf16() else torch.float32, workers, max(1, cores // workers)
    )


def fast_bf16() -> bool:
    """Whether this processor multiplies bfloat16 natively; emulated it is slower than float32."""
    probes = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(bool(getattr(torch.cpu, name, lambda: False)()) for name in probes)


def allowed_cores() -> int:
    """Cores that this process may use, a container's share of time counted too (cgroup v2
    `cpu.max`).
    """
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        share = cores if quota == "max" else round(int(quota) / int(period))
    except (OSError, ValueError, ZeroDivisionError):
        return cores
    return max(1, min(cores, share))
