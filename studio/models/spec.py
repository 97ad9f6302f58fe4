"""The fields by which every spec names a model and an adapter: Hugging Face's and LLaMA-Factory's
names.
"""

from typing import Any, Literal

from pydantic import field_validator

from studio.models.reference import Hub
from studio.spec import Spec, field


class ModelName(Spec):
    """Which model."""

    model_name_or_path: str = field(
        "starter",
        source="models",
        group="model",
        help="A name, a folder, or owner/name on the hub; starter comes with the studio",
    )


class ModelFields(ModelName):
    """Which model, from which hub, and in how many bits it is loaded."""

    hub_name: Hub = field(
        "huggingface", group="model", help="Where a model that is not on this machine comes from"
    )
    quantization_bit: Literal["none", "8", "4"] = field(
        "none", group="model", help="Bits of the base model's weights; fewer need less memory"
    )

    @field_validator("quantization_bit", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        """LLaMA-Factory writes a number, or nothing."""
        return "none" if value in (None, "", 0) else str(value)

    @property
    def bits(self) -> int:
        """Bits of the base weights when quantised: 4 or 8, else 0."""
        return 0 if self.quantization_bit == "none" else int(self.quantization_bit)


class AdapterFields(Spec):
    """Which adapter on the model: a finished training run or an adapter's folder; "" for none."""

    adapter_name_or_path: str = field(
        "",
        source="adapters",
        group="model",
        widget="optional",
        help="A trained adapter on the local model",
    )
