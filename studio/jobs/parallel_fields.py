"""The fields that say where the tasks of a job run: on how many cores of this machine, or through
Ray.
"""

from importlib.util import find_spec
from typing import Literal

from studio.errors import InputError
from studio.spec import Spec, field


class ParallelFields(Spec):
    """For jobs over many documents, each of which is a task of its own."""

    workers: int = field(
        0,
        group="machine",
        low=0,
        high=1024,
        preset=False,
        help="Documents worked on at a time; 0 takes all cores",
    )
    executor: Literal["local", "ray"] = field(
        "local", group="machine", preset=False, help="Ray needs the extra [ray]"
    )
    ray_address: str = field(
        "",
        group="machine",
        preset=False,
        help="Of a Ray cluster; empty starts Ray on this machine",
        counts_with={"executor": ("ray",)},
    )

    def check_executor(self, kind: str) -> None:
        """Raise InputError where Ray is asked for and not installed."""
        if self.executor == "ray" and find_spec("ray") is None:
            raise InputError(
                "Ray is not installed.",
                "Install the extra: pip install 'inkwell-studio[ray]', or choose local.",
            ).about(kind, "executor")
