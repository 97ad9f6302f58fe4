"""What cannot be joined with several processes, each in a sentence. Light."""

from typing import TYPE_CHECKING

from studio.spec import Wrong, several

if TYPE_CHECKING:
    from studio.training.spec import TrainJob

# Beginnings of an adapter that read, or change, the weights under it.
READS_WEIGHTS = ("pissa", "olora", "loftq", "eva")
NOT_FOR_PARTS = ("8bit", "4bit", "paged_", "galore", "apollo", "lomo")


def check(spec: "TrainJob") -> None:
    """Raise Wrong for fields that do not go together."""
    if spec.devices not in ("all", "cpu"):
        named = several(spec.devices)
        if not named or not all(one.isdecimal() for one in named) or len({*named}) < len(named):
            raise Wrong("all, cpu, or numbers of GPUs such as 0,1", "devices")
    if spec.through_launcher:
        _machines(spec)
        _method(spec)
        _optimizer(spec)


def _machines(spec: "TrainJob") -> None:
    if spec.num_machines > 1 and not spec.main_process_ip.strip():
        raise Wrong(
            "several machines need it: the address of the first one",
            "main_process_ip",
            "num_machines",
        )
    if spec.machine_rank >= spec.num_machines:
        raise Wrong("below {num_machines}; the first machine is 0", "machine_rank", "num_machines")
    if spec.num_processes % spec.num_machines:
        raise Wrong(
            "{num_processes} must be a multiple of {num_machines}", "num_processes", "num_machines"
        )


def _method(spec: "TrainJob") -> None:
    if spec.spread and spec.bits:
        raise Wrong(
            "weights in few bits cannot be spread over GPUs; choose ddp or deepspeed_zero2, or no "
            "{quantization_bit}",
            "distributed",
            "quantization_bit",
        )
    if spec.spread and spec.init_lora_weights in READS_WEIGHTS and spec.finetuning_type == "lora":
        raise Wrong(
            "{begin} is taken from whole weights, which {distributed} spreads over the GPUs; "
            "choose ddp or deepspeed_zero2",
            "init_lora_weights",
            "distributed",
            begin=spec.init_lora_weights,
        )
    if spec.spread and spec.create_new_adapter:
        raise Wrong(
            "{create_new_adapter} changes whole weights, which {distributed} spreads over the "
            "GPUs; choose ddp or deepspeed_zero2",
            "create_new_adapter",
            "distributed",
        )


def _optimizer(spec: "TrainJob") -> None:
    optim, kind = spec.optim, spec.distributed
    if optim.endswith("_layerwise") or "lomo" in optim:
        raise Wrong(
            "this optimizer steps within the backward pass of one process; choose another, or "
            "{distributed} none",
            "optim",
            "distributed",
        )
    if kind.startswith("deepspeed") and optim.startswith(("galore", "apollo")):
        raise Wrong("galore and apollo do not go with DeepSpeed", "optim", "distributed")
    if kind.startswith("fsdp2") and any(part in optim for part in NOT_FOR_PARTS):
        raise Wrong(
            "this optimizer cannot hold its state in parts, as fsdp2 needs it; choose adamw_torch",
            "optim",
            "distributed",
        )
