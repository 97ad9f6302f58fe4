"""accelerate beyond its documentation: what its launcher tells the processes that it starts.

Read in the sources of 1.15.0.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from accelerate.commands.launch import _validate_launch_command, launch_command_parser
from accelerate.utils.launch import prepare_deepspeed_cmd_env, prepare_multi_gpu_env

OURS = ("ACCELERATE_", "FSDP_", "PARALLELISM_")


def told(config: Path, flags: Sequence[str] = ()) -> dict[str, str]:
    """The environment that `accelerate launch --config_file CONFIG FLAGS` gives to its processes,
    of which those that torchrun starts know nothing.

    Raises ValueError for a config that accelerate does not take.
    """
    given = ["--config_file", str(config), *flags, "--main_process_port", "0", "nothing.py"]
    parsed: Any = launch_command_parser().parse_args(given)
    checked, defaults, _ = _validate_launch_command(parsed)
    if checked.use_deepspeed:
        checked.deepspeed_fields_from_accelerate_config = ",".join(defaults.deepspeed_config)
        found = prepare_deepspeed_cmd_env(checked)[1]
    else:
        found = prepare_multi_gpu_env(checked)
    return {
        name: value
        for name, value in found.items()
        if name.startswith(OURS) and os.environ.get(name) != value
    }
