"""The command line without the window: `run` a job, `queue` trainings, `list` what a workspace
holds, `pack` and `unpack` one; `shortcut` makes an entry in the start menu."""

from studio.cli.holdings import listing, packing, shortcut, unpacking
from studio.cli.queued import queued
from studio.cli.run import main

# What launch.py hands on, with the arguments that follow.
COMMANDS = {
    "list": listing,
    "pack": packing,
    "queue": queued,
    "shortcut": shortcut,
    "unpack": unpacking,
}

__all__ = ["COMMANDS", "listing", "main", "packing", "queued", "shortcut", "unpacking"]
