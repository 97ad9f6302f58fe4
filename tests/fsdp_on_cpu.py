"""`studio.training.launch` with accelerate's FSDP2 on the CPU. accelerate takes it up on GPUs
alone, though torch spreads weights over gloo too; only the list of devices in its
state is another here.
"""

import inspect
import sys
import textwrap
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from accelerate import state

from studio.training import launch
from studio.training.distributed import devices


def take_up() -> None:
    """Let accelerate's state take processes on CPUs for such that FSDP2 is for."""
    made = textwrap.dedent(inspect.getsource(state.AcceleratorState.__init__))
    longer = made.replace("DistributedType.MULTI_GPU,\n", "DistributedType.MULTI_CPU,\n", 1)
    assert longer != made, "accelerate lists its devices otherwise now"
    found: dict[str, object] = {}
    exec(longer, state.__dict__, found)
    state.AcceleratorState.__init__ = found["__init__"]
    devices.require = lambda spec: None


if __name__ == "__main__":
    take_up()
    sys.exit(launch.main(sys.argv[1:]))
