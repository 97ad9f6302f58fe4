"""How busy the machine of a run is: the GPU by nvidia-ml-py where there is one, and this process.

Measured at most once a second, so that a run of quick steps does not pay for it. Worker-only.
"""

import time
from typing import Any

import psutil

EVERY_S = 1.0
MB = 2**20


class MachineLoad:
    """Load, temperature and memory since the last look."""

    def __init__(self, device: int | None = None) -> None:
        """device: the number of the CUDA device that the run uses, None for none."""
        self._at = float("-inf")
        self._process = psutil.Process()
        self._process.cpu_percent()  # the first answer is always 0
        self._device = _device(device)

    def measure(self) -> dict[str, float]:
        """What a line of measures says of the machine; {} within a second of the last.

        cpu_load: of all cores by this process, rss_mb: its memory; gpu_load, gpu_mem_load: percent
        of the last moments; gpu_mb: memory in use on the device by everything; gpu_temp: °C;
        gpu_watts. A figure that the device does not give is left out.
        """
        now = time.monotonic()
        if now - self._at < EVERY_S:
            return {}
        self._at = now
        found = {
            "cpu_load": round(self._process.cpu_percent() / (psutil.cpu_count() or 1), 1),
            "rss_mb": round(self._process.memory_info().rss / MB),
        }
        return found | self._of_device()

    def _of_device(self) -> dict[str, float]:
        if self._device is None:
            return {}
        import pynvml

        def load() -> dict[str, float]:
            return {"gpu_load": int(pynvml.nvmlDeviceGetUtilizationRates(self._device).gpu)}

        def memory() -> dict[str, float]:
            return {"gpu_mb": round(pynvml.nvmlDeviceGetMemoryInfo(self._device).used / MB)}

        def heat() -> dict[str, float]:
            kind = pynvml.NVML_TEMPERATURE_GPU
            return {"gpu_temp": int(pynvml.nvmlDeviceGetTemperature(self._device, kind))}

        def power() -> dict[str, float]:
            return {"gpu_watts": round(pynvml.nvmlDeviceGetPowerUsage(self._device) / 1000)}

        found: dict[str, float] = {}
        for read in (load, memory, heat, power):
            try:
                found |= read()
            except pynvml.NVMLError:
                continue  # of a slice of a GPU, or a virtual one, not everything is known
        return found


def _device(number: int | None) -> Any:
    """The handle of a CUDA device, found by its identity: CUDA_VISIBLE_DEVICES renumbers them."""
    if number is None:
        return None
    try:
        import pynvml
        import torch

        pynvml.nvmlInit()
        identity = str(torch.cuda.get_device_properties(number).uuid)
        return pynvml.nvmlDeviceGetHandleByUUID(f"GPU-{identity.removeprefix('GPU-')}".encode())
    except (ImportError, OSError, AttributeError, RuntimeError):
        return None
    except pynvml.NVMLError:
        return None
