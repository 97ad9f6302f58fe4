"""The training job: its fields, which are those of its parts, and what must hold between them.

The names and meanings are those of LLaMA-Factory and Hugging Face; a LLaMA-Factory YAML can be read
as it is (`llama_factory`).
"""

from typing import TYPE_CHECKING, Any, ClassVar, TypedDict

from pydantic import model_validator

from studio.models.spec import ModelFields
from studio.spec import Wrong, field
from studio.training import extra, llama_factory
from studio.training.data_fields import DataFields
from studio.training.device_fields import DeviceFields
from studio.training.distributed import fitting
from studio.training.machine_fields import MachineFields
from studio.training.method_fields import MethodFields
from studio.training.preference_fields import PreferenceFields
from studio.training.sample_fields import SampleFields
from studio.training.schedule_fields import ScheduleFields
from studio.training.stages import ADAPTING, LORA, ONLINE, PAIRED, REFERENCE_FREE, Stage

if TYPE_CHECKING:
    from studio.workspace import Workspace

SMOOTHED = ("exo_pair", "robust")  # losses that divide by, or take the logarithm of, their doubt
NEEDS_HELD_OUT = "rows to measure with are needed: set {val_size} or {eval_dataset}"
# Beginnings of an adapter that are taken from the base model's weights.
FROM_WEIGHTS = ("pissa", "pissa_niter_16", "olora")


class Figures(TypedDict):
    """How a training went, as its measures tell (`studio.training.outcome`). Losses are None where
    none was measured; seconds are those of the steps.
    """

    steps: int
    total_steps: int
    loss_first: float | None
    loss_last: float | None
    eval_loss: float | None
    eval_loss_first: float | None
    seconds: float
    tokens_per_s: float
    memory_mb: float


class TrainResult(Figures):
    """What a training gives. adapter and model: their folders, relative to the workspace; "" where
    the other one was learnt. rows_dropped: with nothing to learn in them; rows_cut: at cutoff_len;
    rows_refused: that the model's chat template cannot show, examples of which are in problems
    ({"row": number from 1, "reason": text}). doubts: what says that nothing was learnt.
    passed_over: keys of another program's file, with what happened instead.
    """

    adapter: str
    model: str
    rows_dropped: int
    rows_cut: int
    rows_refused: int
    problems: list[dict[str, Any]]
    doubts: list[str]
    passed_over: list[str]


class TrainJob(
    SampleFields,
    DeviceFields,
    MachineFields,
    PreferenceFields,
    DataFields,
    ScheduleFields,
    MethodFields,
    ModelFields,
):
    """Train a model, or an adapter on it, on datasets: by plain text (pt), examples (sft),
    preferences (rm, dpo, kto) or scores of its own answers (grpo, rloo).
    """

    KIND: ClassVar[str] = "train"
    RESULT: ClassVar[type] = TrainResult
    NOTED: ClassVar[str] = "passed_over"
    FIRST: ClassVar[tuple[str, ...]] = (
        "name",
        "dataset",
        "stage",
        "learning_rate",
        "num_train_epochs",
        "per_device_train_batch_size",
        "cutoff_len",
        "adapter_name_or_path",
        "eval_dataset",
        "val_size",
        "max_steps",
    )

    name: str = field("", preset=False, help="Optional; the result is listed under it")
    stage: Stage = field(
        "sft",
        help="pt: plain text; sft: examples; rm: a reward model; dpo, kto: preferences; grpo, "
        "rloo: scores of the model's own answers, where older tools had PPO",
    )
    passed_over: list[str] = field(
        factory=list,
        group="hidden",
        preset=False,
        help="Keys of another program's file that were passed over, with what happens instead",
    )

    @classmethod
    def notes(cls, data: dict[str, Any]) -> dict[str, str]:
        """Each key that is passed over, with what happens instead."""
        return llama_factory.notes(data, frozenset(cls.model_fields))

    @model_validator(mode="before")
    @classmethod
    def _from_elsewhere(cls, data: Any) -> Any:
        """Understand LLaMA-Factory's way of writing the same."""
        if not isinstance(data, dict):
            return data
        told = llama_factory.translated(data, frozenset(cls.model_fields))
        noted = [f"{key}: {why}" for key, why in cls.notes(data).items()]
        return told | ({"passed_over": noted} if noted else {})

    @model_validator(mode="after")
    def _fits(self) -> "TrainJob":
        if self.finetuning_type == "qlora" and self.quantization_bit == "none":
            self.quantization_bit = "4"
        if not any(name.strip() for name in self.dataset.split(",")):
            raise Wrong("choose one", "dataset")
        if self.mask_history and self.train_on_prompt:
            raise Wrong(
                "{mask_history} and {train_on_prompt} exclude each other",
                "mask_history",
                "train_on_prompt",
            )
        if self.packing and self.stage != "sft":
            raise Wrong("{packing} is for the stage sft", "packing", "stage")
        self._fits_schedule()
        self._fits_method()
        self._fits_stage()
        fitting.check(self)
        return self

    def _fits_schedule(self) -> None:
        if self.max_steps <= 0 and self.num_train_epochs <= 0:
            raise Wrong(
                "{num_train_epochs} must be above 0 when {max_steps} is not set",
                "num_train_epochs",
                "max_steps",
            )
        if 0.9 < self.val_size < 1 or self.val_size >= 1 and self.val_size % 1:
            raise Wrong("a share up to 0.9, or a whole number of rows", "val_size")
        if (self.early_stopping_steps or self.load_best_model_at_end) and not self.evaluates:
            needs = (
                "early_stopping_steps" if self.early_stopping_steps else "load_best_model_at_end"
            )
            self._needs_held_out(needs)
        if self.lr_scheduler_type in ("reduce_lr_on_plateau", "greedy") and not self.evaluates:
            self._needs_held_out("lr_scheduler_type")
        extra.table(self.lr_scheduler_kwargs, "lr_scheduler_kwargs")
        extra.table(self.optim_args, "optim_args")
        extra.arguments(self.extra_args, self.stage)
        self.probabilities()
        self.prompts()

    def _needs_held_out(self, field: str) -> None:
        if self.stage in ONLINE:
            raise Wrong(
                "at the stage {stage} no loss is measured on the way, which this needs",
                field,
                "stage",
            )
        raise Wrong(NEEDS_HELD_OUT, "val_size", "eval_dataset", field)

    def _fits_method(self) -> None:
        bits, method = self.bits, self.finetuning_type
        if bits and method not in ADAPTING:
            raise Wrong(
                "weights in few bits cannot be learnt themselves; choose lora or qlora, or no "
                "{quantization_bit}",
                "finetuning_type",
                "quantization_bit",
            )
        if self.adapter_name_or_path and method not in ADAPTING:
            raise Wrong(
                "an adapter is trained on with lora, qlora or oft",
                "adapter_name_or_path",
                "finetuning_type",
            )
        begin = self.init_lora_weights if method in LORA else "default"
        if begin == "loftq" and bits != 4:
            raise Wrong("loftq is for qlora with 4 bits", "init_lora_weights", "quantization_bit")
        if begin == "orthogonal" and self.lora_rank % 2:
            raise Wrong("orthogonal needs an even {lora_rank}", "init_lora_weights", "lora_rank")
        if begin in FROM_WEIGHTS and bits:
            raise Wrong(
                "{begin} needs a base model that is not quantised",
                "init_lora_weights",
                "quantization_bit",
                begin=begin,
            )
        if self.use_dora and (begin in FROM_WEIGHTS or self.create_new_adapter):
            raise Wrong(
                "with {use_dora} neither pissa, olora nor {create_new_adapter} can be used",
                "use_dora",
                "create_new_adapter",
            )
        if self.rope_scaling != "none" and method in ADAPTING:
            raise Wrong("{rope_scaling} is for full and freeze", "rope_scaling", "finetuning_type")
        if self.optim.endswith("_layerwise") and self.gradient_accumulation_steps > 1:
            raise Wrong(
                "a layerwise optimizer needs {gradient_accumulation_steps} 1",
                "optim",
                "gradient_accumulation_steps",
            )

    def _fits_stage(self) -> None:
        if self.stage == "dpo":
            if self.pref_loss in SMOOTHED and self.dpo_label_smoothing <= 0:
                raise Wrong(
                    "this {pref_loss} needs {dpo_label_smoothing} above 0",
                    "pref_loss",
                    "dpo_label_smoothing",
                )
            if self.pref_beta <= 0:
                raise Wrong("must be above 0 for the stage dpo", "pref_beta")
        if self.stage == "kto" and self.per_device_train_batch_size < 2:
            raise Wrong("at least 2 for the stage kto", "per_device_train_batch_size", "stage")
        if self.stage in ONLINE:
            if not self.reward_model and not self.rewards():
                raise Wrong(
                    "the stage {stage} needs {reward_model} or {reward_funcs}",
                    "reward_model",
                    "reward_funcs",
                    "stage",
                )
            if "format" in self.rewards() and not self.reward_pattern:
                raise Wrong("the score format needs it", "reward_pattern")
            batch = self.per_device_train_batch_size * self.gradient_accumulation_steps
            if batch % self.num_generations:
                raise Wrong(
                    "{per_device_train_batch_size} × {gradient_accumulation_steps} must be a "
                    "multiple of {num_generations}",
                    "num_generations",
                    "per_device_train_batch_size",
                    "gradient_accumulation_steps",
                )

    def check(
        self, workspace: "Workspace", *, later: frozenset[str] = frozenset(), work: str = ""
    ) -> None:
        """Raise where the datasets do not fit the stage or are missing, or the model or adapter
        cannot be used.
        """
        from studio.training.plan import plan

        plan(self, workspace, later=later, quick=True)

    @property
    def paired(self) -> bool:
        """Whether a row of the stage is a question with a chosen and a rejected reply."""
        return self.stage in PAIRED

    @property
    def evaluates(self) -> bool:
        """Whether the loss of held-out rows is measured on the way; online, where there is none,
        they are asked before and after alone.
        """
        return bool(self.eval_dataset or self.val_size > 0) and self.stage not in ONLINE

    @property
    def reference_free(self) -> bool:
        """Whether preferences are learnt without the model as it was before."""
        return self.stage == "dpo" and self.pref_loss in REFERENCE_FREE
