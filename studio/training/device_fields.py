"""The fields of a training that say on which devices and machines it runs. Their names are those
of accelerate's config file, where it has them.
"""

from typing import Literal

from studio.spec import Spec, field

Distributed = Literal[
    "none",
    "ddp",
    "fsdp2",
    "fsdp2_offload",
    "deepspeed_zero2",
    "deepspeed_zero2_offload",
    "deepspeed_zero3",
    "deepspeed_zero3_offload",
]
SEVERAL = {
    "distributed": (
        "ddp",
        "fsdp2",
        "fsdp2_offload",
        "deepspeed_zero2",
        "deepspeed_zero2_offload",
        "deepspeed_zero3",
        "deepspeed_zero3_offload",
    )
}
# Of these every process holds a part of the weights alone.
SPREAD = ("fsdp2", "fsdp2_offload", "deepspeed_zero3", "deepspeed_zero3_offload")


class DeviceFields(Spec):
    """Devices, processes and machines."""

    devices: str = field(
        "all",
        group="devices",
        preset=False,
        help="all, numbers of GPUs such as 0,1, or cpu; one process takes the first of them",
    )
    distributed: Distributed = field(
        "none",
        group="devices",
        preset=False,
        help="none: one process; ddp: a whole model on each GPU; fsdp2 and ZeRO-3 spread the "
        "weights over the GPUs, ZeRO-2 the optimizer's state; offload: partly in main memory",
    )
    num_processes: int = field(
        0,
        low=0,
        high=4096,
        group="devices",
        preset=False,
        help="On all machines together; 0: one for each GPU",
        counts_with=SEVERAL,
    )
    num_machines: int = field(
        1,
        low=1,
        high=512,
        group="devices",
        preset=False,
        help="Machines with the same number of GPUs and a folder that all of them see",
        counts_with=SEVERAL,
    )
    machine_rank: int = field(
        0,
        low=0,
        high=511,
        group="devices",
        preset=False,
        help="Which of the machines this one is; the first is 0",
        counts_with=SEVERAL,
    )
    main_process_ip: str = field(
        "",
        group="devices",
        preset=False,
        help="Address of the first machine, as the others reach it",
        counts_with=SEVERAL,
    )
    main_process_port: int = field(
        29500,
        low=1,
        high=65535,
        group="devices",
        preset=False,
        help="Port of the first machine at which the others meet it",
        counts_with=SEVERAL,
    )

    @property
    def spread(self) -> bool:
        """Whether each process holds a part of the weights alone."""
        return self.distributed in SPREAD

    @property
    def through_launcher(self) -> bool:
        """Whether a launcher starts the processes of the run."""
        return self.distributed != "none"
