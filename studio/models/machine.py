"""What this machine has to hold a model in: the first GPU's memory, else its own. Light."""

import functools
from dataclasses import dataclass
from typing import Literal

import psutil

Device = Literal["cuda", "cpu"]


@dataclass(frozen=True)
class Machine:
    """device: "cuda" where NVIDIA's driver tells of a GPU. total: bytes of its memory, or of the
    computer's.
    """

    device: Device
    total: int


@functools.cache
def machine() -> Machine:
    """Asked once: neither comes or goes while the window is open."""
    try:
        import pynvml

        pynvml.nvmlInit()
        found = pynvml.nvmlDeviceGetMemoryInfo(pynvml.nvmlDeviceGetHandleByIndex(0))
        return Machine("cuda", int(found.total))
    except (ImportError, OSError):
        pass
    except pynvml.NVMLError:
        pass
    return Machine("cpu", psutil.virtual_memory().total)
