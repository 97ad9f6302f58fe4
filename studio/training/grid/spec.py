"""The grid's spec: a training, the values to try, one budget for all of them."""

from typing import TYPE_CHECKING, Any, ClassVar, TypedDict

from pydantic import model_validator

from studio.spec import Spec, Wrong, field
from studio.training.spec import TrainJob

if TYPE_CHECKING:
    from studio.workspace import Workspace

MOST = 64  # runs of one grid
# Fields by which other rows or another loss are measured: the losses of such runs say nothing of
# each other.
MEASURING = frozenset(
    ("stage", "val_size", "cutoff_len", "max_samples", "train_on_prompt", "mask_history")
    + ("pref_loss", "pref_beta", "pref_ftx", "dpo_label_smoothing", "simpo_gamma", "template")
)


class GridResult(TypedDict):
    """What a grid gives. points: of each its values, run, state, eval_loss, loss, steps, seconds
    and error; best: the number of the best in points, -1 where none was measured; runs: how many
    came to an end; failed, skipped: how many ended otherwise, or were not begun for the budget;
    steps, seconds: of all together.
    """

    points: list[dict[str, Any]]
    best: int
    runs: int
    failed: int
    skipped: int
    steps: int
    seconds: float


class GridJob(Spec):
    """Train once with each combination of some values, one after another, and compare their
    held-out losses.
    """

    KIND: ClassVar[str] = "grid"
    RESULT: ClassVar[type] = GridResult

    name: str = field("", preset=False, help="Optional; the runs are listed under it")
    base: dict[str, Any] = field(
        group="hidden",
        example={"dataset": "dialogue", "val_size": 0.1},
        help="The training, as the fields of a train spec",
    )
    over: dict[str, list[Any]] = field(
        group="hidden",
        example={"learning_rate": [0.0001, 0.0003], "lora_rank": [8, 32]},
        help="Field of the training → the values to try; every combination is one run",
    )
    max_hours: float = field(
        0.0,
        low=0,
        high=10_000,
        help="For all runs together: a run that would not fit into the rest is not begun; 0 for no "
        "limit",
    )
    max_total_steps: int = field(
        0,
        low=0,
        high=1_000_000_000,
        unit="steps",
        help="For all runs together: a run that would not fit into the rest is not begun; 0 for no "
        "limit",
    )

    @property
    def dataset(self) -> str:
        """What the runs are trained on, by which a grid without a name is called."""
        return str(self.base.get("dataset") or "")

    @model_validator(mode="after")
    def _fits(self) -> "GridJob":
        from studio.training.grid.trials import points

        for name, values in self.over.items():
            if name not in TrainJob.model_fields:
                raise Wrong("{field} is no field of a training", "over", field=name)
            if TrainJob.row(name).type not in ("int", "float", "choice", "bool"):
                raise Wrong("{field} is neither a number nor a choice", "over", field=name)
            if name in MEASURING:
                raise Wrong(
                    "{field} changes what is measured, so that the held-out losses could not be "
                    "compared",
                    "over",
                    field=name,
                )
            if not values:
                raise Wrong("{field} has no values", "over", field=name)
        if not self.over:
            raise Wrong("give at least one field with the values to try", "over")
        made = points(self)
        if len(made) > MOST:
            raise Wrong("{n} runs are more than {most}", "over", n=len(made), most=MOST)
        for name in self.over:
            if all(name in TrainJob.without_effect(point.spec.plain()) for point in made):
                by = TrainJob.without_effect(made[0].spec.plain()).get(name, "")
                raise Wrong("{field} changes nothing as {by} stands", "over", field=name, by=by)
        if not all(point.spec.evaluates for point in made):
            raise Wrong(
                "the runs are compared by their held-out loss: set {val_size} or {eval_dataset}",
                "base",
                val_size="val_size",
                eval_dataset="eval_dataset",
            )
        return self

    def check(
        self, workspace: "Workspace", *, later: frozenset[str] = frozenset(), work: str = ""
    ) -> None:
        """Raise what any of the runs would be refused for."""
        from studio.training.grid.trials import points

        for point in points(self):
            point.spec.check(workspace)
