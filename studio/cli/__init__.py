"""The command line without the window: `run` a job, `list` what a workspace holds, `pack` and
`unpack` one."""

from studio.cli.holdings import listing, packing, unpacking
from studio.cli.run import main

__all__ = ["listing", "main", "packing", "unpacking"]
