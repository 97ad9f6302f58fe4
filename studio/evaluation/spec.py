"""The evaluation job's fields."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypedDict

from studio.models.spec import AdapterFields, ModelFields
from studio.spec import field

if TYPE_CHECKING:
    from studio.workspace import Workspace


class EvaluateResult(TypedDict):
    """What an evaluation gives. loss_tuned: None without an adapter. replies: with prompt, base and
    tuned each.
    """

    loss_base: float | None
    loss_tuned: float | None
    replies: list[dict[str, Any]]
    rows: int


class EvaluateJob(AdapterFields, ModelFields):
    """Held-out loss and replies of a base model and, when given, of an adapter on it."""

    KIND: ClassVar[str] = "evaluate"
    RESULT: ClassVar[type] = EvaluateResult
    FIRST: ClassVar[tuple[str, ...]] = (
        "name",
        "dataset",
        "adapter_name_or_path",
        "max_samples",
        "prompts",
        "max_new_tokens",
    )
    FORMER: ClassVar[Mapping[str, str]] = {"adapter": "adapter_name_or_path"}

    name: str = field("", help="Optional; the result is listed under it")
    dataset: str = field(
        "",
        example="demo-heldout",
        source="datasets",
        help="Empty takes what was held out of the adapter's training",
    )
    # What it is about, so among the main fields here.
    adapter_name_or_path: str = field(
        "", source="adapters", widget="optional", help="A trained adapter on the local model"
    )
    max_samples: int = field(
        100, low=1, high=1_000_000, unit="rows", help="Rows that are evaluated, at most"
    )
    prompts: list[str] = field(
        factory=list, lines=4, help="One a line; empty takes the dataset's own"
    )
    max_new_tokens: int = field(
        128, low=1, high=8192, unit="tokens", help="Replies are cut at this length"
    )

    cutoff_len: int = field(
        1024, low=4, high=131072, unit="tokens", group="sampling", help="Longer rows are cut off"
    )
    replies: int = field(
        3, low=0, high=100, group="sampling", help="Questions asked where none are given"
    )
    system: str = field(
        "",
        lines=3,
        group="sampling",
        help="Of the questions given; empty takes the first row's",
    )  # for prompts; empty takes the first row's
    per_device_eval_batch_size: int = field(
        4, low=1, high=1024, unit="rows", group="sampling", help="Rows evaluated at once"
    )

    def measured_on(self, workspace: "Workspace") -> str:
        """The dataset whose rows are evaluated: the one named, else the one that the adapter's
        training was measured on, else what was held out of its dataset. Raises InputError where
        there is none.
        """
        from studio.datasets import partners
        from studio.errors import InputError, JobError
        from studio.jobs import records

        if self.dataset:
            return self.dataset
        try:
            spec = records.get(workspace, self.adapter_name_or_path.partition("/")[0]).spec
        except JobError:  # no adapter, or one from elsewhere
            spec = {}
        named, trained = (
            [one.strip() for one in str(spec.get(key) or "").split(",") if one.strip()]
            for key in ("eval_dataset", "dataset")
        )
        held = [*named, *(partners.held_out(workspace, name) for name in trained)]
        found = next(filter(None, held), "")
        if not found:
            raise InputError(
                "No dataset is named, and none is known that was held out of the adapter's "
                "training.",
                "Name a dataset.",
                fields=("dataset",),
            )
        return found

    def check(
        self, workspace: "Workspace", *, later: frozenset[str] = frozenset(), work: str = ""
    ) -> None:
        """Raise where the dataset, the model or the adapter is missing, or the adapter was trained
        on another model.
        """
        from studio.datasets.refusals import require_rows
        from studio.training.plan_model import require_model

        if "dataset" not in later:
            later_adapter = not self.dataset and "adapter_name_or_path" in later
            named = [] if later_adapter else [self.measured_on(workspace)]
            require_rows(workspace, named, "dataset")
        require_model(
            self.model_name_or_path,
            self.hub_name,
            "" if "adapter_name_or_path" in later else self.adapter_name_or_path,
            workspace,
        )
