"""What a training would run on, and how much memory is free there. Light: no torch."""

from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Device:
    """kind: "cuda" or "cpu"; free and total: bytes of its memory, of a CPU the machine's. compute:
    the number type that "auto" becomes there.
    """

    kind: str
    name: str
    free: int
    total: int
    compute: str = "bf16"


def device() -> Device:
    """The first GPU by the driver's own library, else this machine's memory."""
    try:
        import pynvml

        pynvml.nvmlInit()
        handle = pynvml.nvmlDeviceGetHandleByIndex(0)
        info = pynvml.nvmlDeviceGetMemoryInfo(handle)
        name = pynvml.nvmlDeviceGetName(handle)
        return Device("cuda", str(name), int(info.free), int(info.total))
    except (ImportError, OSError):
        return _machine()
    except pynvml.NVMLError:
        return _machine()


def _machine() -> Device:
    memory = psutil.virtual_memory()
    return Device("cpu", "CPU", int(memory.available), int(memory.total), cpu_compute())


def cpu_compute() -> str:
    """The number type that "auto" becomes on this processor (see `model.precision`): bf16 where it
    multiplies that natively.
    """
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "fp32"
    return "bf16" if "avx512_bf16" in flags or "amx_tile" in flags else "fp32"
