"""The evaluation job's fields."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import model_validator

from studio.spec import Spec, field

if TYPE_CHECKING:
    from studio.workspace import Workspace


class EvaluateJob(Spec):
    """Held-out loss and replies of a base model and, when given, of an adapter on it."""

    KIND: ClassVar[str] = "evaluate"

    name: str = field("")
    dataset: str = field(source="datasets")
    adapter: str = field("", source="adapters", widget="optional")
    max_samples: int = field(100, low=1, high=1_000_000, unit="rows")
    prompts: list[str] = field(factory=list, lines=4)  # none: the questions of the first rows
    max_new_tokens: int = field(128, low=1, high=8192, unit="tokens")

    model_name_or_path: str = field("starter", source="models", group="model")
    hub_name: Literal["huggingface", "modelscope"] = field("huggingface", group="model")
    quantization_bit: Literal["none", "8", "4"] = field("none", group="model")
    cutoff_len: int = field(1024, low=4, high=131072, unit="tokens", group="sampling")
    replies: int = field(
        3, low=0, high=100, group="sampling"
    )  # how many questions, when no prompts are given
    system: str = field("", lines=3, group="sampling")  # for prompts; empty takes the first row's
    per_device_eval_batch_size: int = field(4, low=1, high=1024, unit="rows", group="sampling")

    def check(
        self, workspace: "Workspace", *, later: frozenset[str] = frozenset(), work: str = ""
    ) -> None:
        """Raise where the dataset, the model or the adapter is missing, or the adapter was trained
        on another model.
        """
        from studio.datasets.refusals import require_rows
        from studio.training.plan import require_model

        if "dataset" not in later:
            require_rows(workspace, [self.dataset], "dataset")
        require_model(
            self.model_name_or_path,
            self.hub_name,
            "" if "adapter" in later else self.adapter,
            workspace,
            "adapter",
        )

    @model_validator(mode="before")
    @classmethod
    def _bits(cls, data: Any) -> Any:
        """A number is understood, as LLaMA-Factory writes it."""
        if isinstance(data, dict) and "quantization_bit" in data:
            given = data["quantization_bit"]
            return data | {"quantization_bit": "none" if given in (None, "", 0) else str(given)}
        return data
