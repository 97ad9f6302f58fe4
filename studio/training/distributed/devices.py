"""Which devices a run takes, and how many processes that makes. Light."""

import os

from studio.errors import InputError
from studio.spec import several
from studio.training.spec import TrainJob

VISIBLE = "CUDA_VISIBLE_DEVICES"


def gpus() -> int:
    """How many NVIDIA GPUs this process may use, by the driver; no heavy library is loaded."""
    allowed = os.environ.get(VISIBLE)
    if allowed is not None:
        return len([one for one in several(allowed) if one != "-1"])
    try:
        import pynvml

        pynvml.nvmlInit()
        return int(pynvml.nvmlDeviceGetCount())
    except ImportError:
        return 0
    except pynvml.NVMLError:
        return 0


def numbers(spec: TrainJob) -> list[str]:
    """The GPUs that are named; [] for all, and for the CPU."""
    return [] if spec.devices in ("all", "cpu") else several(spec.devices)


def on_cpu(spec: TrainJob) -> bool:
    """Whether the run computes on the CPU: asked for, or there is no GPU."""
    return spec.devices == "cpu" or (not numbers(spec) and gpus() == 0)


def processes(spec: TrainJob) -> int:
    """How many processes the run has, on all machines together. A process that a launcher has
    started knows it from that.
    """
    told = os.environ.get("WORLD_SIZE", "")
    if told.isdecimal() and "LOCAL_RANK" in os.environ:
        return int(told)
    if not spec.through_launcher:
        return 1
    if spec.num_processes:
        return spec.num_processes
    return max(1, len(numbers(spec)) or gpus()) * spec.num_machines


def require(spec: TrainJob) -> None:
    """Raise InputError for devices that are not here.

    Asked of the machine that runs; the others are asked when they start.
    """
    named, here = numbers(spec), gpus()
    missing = [one for one in named if int(one) >= here] if VISIBLE not in os.environ else []
    if missing:
        raise InputError(
            "There is no GPU {number} here; GPUs found: {count}.",
            "Set devices to all, to cpu, or to numbers below that.",
            fields=("devices",),
            number=missing[0],
            count=here,
        )
    if not spec.through_launcher or not on_cpu(spec):
        return
    if spec.distributed != "ddp":
        raise InputError(
            "{distributed} needs GPUs, and there is none here.",
            "Choose ddp or none as distributed.",
            fields=("distributed", "devices"),
            distributed=spec.distributed,
        )
    if not spec.num_processes:
        raise InputError(
            "Without a GPU it must be said how many processes there are.",
            "Set num_processes.",
            fields=("num_processes", "devices"),
        )


def limit(spec: TrainJob) -> None:
    """Let this process see no other devices than the run's; called before torch is loaded.

    A launcher has given its processes their devices already.
    """
    if spec.devices == "cpu":
        os.environ[VISIBLE] = ""
    elif numbers(spec) and "LOCAL_RANK" not in os.environ:
        os.environ[VISIBLE] = ",".join(numbers(spec))
