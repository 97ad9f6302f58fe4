"""What a model server is asked to serve."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from studio.models.spec import ModelFields
from studio.spec import field


class ServerSpec(ModelFields):
    """One set of weights and how to hold it; two equal specs are served by the same process."""

    # A server that an earlier version started tells its spec under these.
    FORMER: ClassVar[Mapping[str, str]] = {"model": "model_name_or_path", "hub": "hub_name"}

    dtype: Literal["auto", "float32", "bfloat16", "float16"] = field(
        "auto", group="precision", help="auto: bfloat16 on a GPU, else as fits the processor"
    )
    # Empty: as many as there are cores that nothing else keeps busy, looked at every half second.
    threads: int | None = field(
        None, group="advanced", low=1, high=256, help="Empty chooses by itself"
    )
    idle_minutes: float = field(
        30.0,
        group="advanced",
        low=0,
        high=1440,
        unit="minutes",
        help="It ends after so long without a request; 0 is never",
    )
    adapter_roots: list[str] = field(
        factory=list, group="hidden", help="Folders from which adapters may be loaded"
    )

    def same_weights(self, other: "ServerSpec") -> bool:
        """Whether a server started for `other` can serve this spec as it is."""
        mine, theirs = (
            one.model_dump(include={*ModelFields.model_fields, "dtype"}) for one in (self, other)
        )
        return mine == theirs
