"""The training job's fields: the names and meanings of LLaMA-Factory and Hugging Face.

A LLaMA-Factory YAML can be read as it is: keys that only steer its own machinery are passed over,
and `bf16`, `fp16`, a numeric `quantization_bit` and a `lora_target` list are understood.
"""

from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypedDict

from pydantic import model_validator

from studio.models.spec import AdapterFields, ModelFields
from studio.spec import Wrong, field

if TYPE_CHECKING:
    from studio.workspace import Workspace

# Keys of LLaMA-Factory that mean nothing here: what they ask for is always so, or the run folder
# decides it.
PASSED_OVER = (
    "do_train",
    "do_eval",
    "template",
    "output_dir",
    "dataset_dir",
    "overwrite_output_dir",
    "overwrite_cache",
    "plot_loss",
    "preprocessing_num_workers",
    "dataloader_num_workers",
    "ddp_timeout",
    "include_num_input_tokens_seen",
    "save_only_model",
    "resume_from_checkpoint",
    "eval_strategy",
    "per_device_eval_batch_size",
    "flash_attn",
    "quantization_method",
    "trust_remote_code",
    "use_fast_tokenizer",
)
# The stages that train on chosen and rejected replies; the others on one reply a row.
PAIRED = ("dpo",)
PRECISIONS = ("bf16", "fp16", "pure_bf16")


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
    """What a training gives. adapter: its folder, relative to the workspace. rows_dropped: with
    nothing to learn in them; rows_cut: at cutoff_len; rows_refused: that the model's chat template
    cannot show.
    """

    adapter: str
    rows_dropped: int
    rows_cut: int
    rows_refused: int


class TrainJob(AdapterFields, ModelFields):
    """LoRA or QLoRA on a dataset, by supervised fine-tuning (sft) or direct preference optimisation
    (dpo).
    """

    KIND: ClassVar[str] = "train"
    PASSED_OVER: ClassVar[tuple[str, ...]] = PASSED_OVER
    RESULT: ClassVar[type] = TrainResult
    FIRST: ClassVar[tuple[str, ...]] = (
        "name",
        "dataset",
        "stage",
        "learning_rate",
        "num_train_epochs",
        "per_device_train_batch_size",
        "cutoff_len",
    )

    name: str = field("", preset=False, help="Optional; the result is listed under it")
    dataset: str = field(
        example="demo", source="datasets", preset=False, help="From the Dataset tab"
    )
    stage: Literal["sft", "dpo"] = field(
        "sft", help="DPO needs a dataset of chosen and rejected answers"
    )
    learning_rate: float = field(
        5e-5, low=0, high=1, widget="text", help="Usually 5e-5 to 2e-4; small models take more"
    )
    num_train_epochs: float = field(
        3.0,
        low=0,
        high=1000,
        unit="epochs",
        help="How often every row is seen",
        overruled_by="max_steps",
    )
    per_device_train_batch_size: int = field(
        2, low=1, high=1024, unit="rows", help="Rows in one batch on each device"
    )
    cutoff_len: int = field(1024, low=4, high=131072, unit="tokens", help="Longer rows are cut off")

    finetuning_type: Literal["lora", "qlora"] = field(
        "lora", group="model", help="qlora: LoRA on a base model in 4 bits, unless bits are given"
    )
    adapter_name_or_path: str = field(
        "",
        source="adapters",
        group="model",
        widget="optional",
        preset=False,
        help="Training continues from it; the chat's adapter is chosen separately",
    )

    eval_dataset: str = field(
        "",
        source="datasets",
        group="data",
        widget="optional",
        preset=False,
        help="Its loss is measured during training",
    )
    val_size: float = field(
        0.0,
        low=0,
        high=0.9,
        step=0.05,
        group="data",
        help="Rows kept aside to measure with; rows of one source stay together",
        overruled_by="eval_dataset",
    )
    max_samples: int | None = field(
        100000,
        low=1,
        high=100_000_000,
        group="data",
        unit="rows",
        help="Rows taken from the beginning of the dataset; empty takes all",
    )
    packing: bool = field(False, group="data", help="Several short rows in one sequence")
    train_on_prompt: bool = field(
        False, group="data", help="Also learn the questions, not the answers alone"
    )
    mask_history: bool = field(
        False, group="data", help="Of a conversation only the last answer is learnt"
    )
    neftune_alpha: float = field(
        0.0, low=0, high=100, group="data", help="Noise on the embeddings; 0 is none"
    )

    max_steps: int = field(
        0, low=-1, high=10_000_000, group="schedule", unit="steps", help="0 goes by epochs"
    )
    gradient_accumulation_steps: int = field(
        8, low=1, high=1024, group="schedule", unit="batches", help="Batches that make one step"
    )
    lr_scheduler_type: Literal[
        "cosine",
        "linear",
        "constant",
        "constant_with_warmup",
        "cosine_with_restarts",
        "polynomial",
        "inverse_sqrt",
    ] = field(
        "cosine",
        group="schedule",
        help="How the learning rate falls over the steps; cosine suits most runs",
    )
    warmup_steps: int = field(
        0,
        low=0,
        high=1_000_000,
        group="schedule",
        unit="steps",
        help="The learning rate rises over these first steps",
    )
    warmup_ratio: float = field(
        0.0,
        low=0,
        high=0.99,
        group="schedule",
        help="Counts when the steps are 0",
        overruled_by="warmup_steps",
    )
    weight_decay: float = field(
        0.0, low=0, high=1, group="schedule", help="Pulls weights towards zero; 0 to 0.1 is usual"
    )
    max_grad_norm: float = field(
        1.0,
        low=0,
        high=1000,
        group="schedule",
        help="Gradients with a larger norm are scaled down to it",
    )
    optim: Literal[
        "adamw_torch",
        "adamw_torch_fused",
        "adamw_8bit",
        "paged_adamw_8bit",
        "paged_adamw_32bit",
        "adafactor",
        "sgd",
    ] = field(
        "adamw_torch",
        group="schedule",
        help="paged and 8-bit optimizers save memory and need a GPU",
    )
    seed: int = field(
        42, low=0, high=2**31 - 1, group="schedule", help="The same seed gives the same result"
    )

    lora_rank: int = field(8, low=1, high=1024, group="lora", help="Size of the adapter")
    lora_alpha: int = field(16, low=1, high=4096, group="lora", help="Usually twice the rank")
    lora_dropout: float = field(
        0.0,
        low=0,
        high=0.95,
        group="lora",
        help="Share of the adapter's inputs left out at random; 0 to 0.1 is usual",
    )
    lora_target: str = field("all", group="lora", help="all, or names with commas")
    use_rslora: bool = field(False, group="lora", help="Scales by the square root of the rank")
    use_dora: bool = field(
        False, group="lora", help="Learns direction and magnitude separately; slower"
    )
    loraplus_lr_ratio: float = field(0.0, low=0, high=1000, group="lora", help="0 is off")

    pref_beta: float = field(
        0.1,
        low=0.0001,
        high=100,
        group="preference",
        help="How closely the model stays to the base model",
        counts_with={"stage": PAIRED},
    )
    pref_loss: Literal[
        "sigmoid",
        "hinge",
        "ipo",
        "nca_pair",
        "bco_pair",
        "sppo_hard",
        "apo_zero",
        "apo_down",
    ] = field(
        "sigmoid",
        group="preference",
        help="How chosen and rejected are set against each other; sigmoid is DPO as published",
        counts_with={"stage": PAIRED},
    )
    pref_ftx: float = field(
        0.0,
        low=0,
        high=100,
        group="preference",
        help="Weight of the plain loss on chosen answers",
        counts_with={"stage": PAIRED},
    )

    compute_type: Literal["auto", "bf16", "fp16", "fp32", "pure_bf16"] = field(
        "auto",
        group="precision",
        help="Number type of the computation; auto takes bf16 where the device has it",
    )
    gradient_checkpointing: bool = field(
        False, group="precision", help="Less memory, about a third slower"
    )
    threads: int = field(0, low=0, high=1024, group="precision", help="0: chosen automatically")

    logging_steps: int = field(
        1,
        low=1,
        high=10000,
        group="logging",
        unit="steps",
        help="Steps between two records of loss and learning rate",
    )  # every step: short runs show a curve too
    save_steps: int = field(
        100,
        low=1,
        high=1_000_000,
        group="logging",
        unit="steps",
        help="Steps between two checkpoints",
    )
    eval_steps: int = field(
        0,
        low=0,
        high=1_000_000,
        group="logging",
        unit="steps",
        help="0: as often as checkpoints are saved",
    )
    save_total_limit: int = field(
        3,
        low=1,
        high=1000,
        group="logging",
        help="Older checkpoints are deleted",
    )
    report_to: Literal["none", "tensorboard", "trackio"] = field(
        "none",
        group="logging",
        help="Also sends the figures to this tracker, where it is installed",
    )

    @model_validator(mode="before")
    @classmethod
    def _from_elsewhere(cls, data: Any) -> Any:
        """Understand LLaMA-Factory's way of writing the same."""
        if not isinstance(data, dict):
            return data
        told = {key: value for key, value in data.items() if key not in PASSED_OVER}
        for name in PRECISIONS[:2]:
            if told.pop(name, False) and "compute_type" not in told:
                told["compute_type"] = name
        if told.pop("pure_bf16", False):
            told["compute_type"] = "pure_bf16"
        if isinstance(told.get("lora_target"), list):
            told["lora_target"] = ",".join(map(str, told["lora_target"]))
        if told.get("report_to") in (None, [], ["none"]) and "report_to" in told:
            told["report_to"] = "none"
        return told

    @model_validator(mode="after")
    def _fits(self) -> "TrainJob":
        if self.finetuning_type == "qlora" and self.quantization_bit == "none":
            self.quantization_bit = "4"
        if not self.dataset.strip():
            raise Wrong("choose one", "dataset")
        if self.mask_history and self.train_on_prompt:
            raise Wrong(
                "{mask_history} and {train_on_prompt} exclude each other",
                "mask_history",
                "train_on_prompt",
            )
        if self.max_steps <= 0 and self.num_train_epochs <= 0:
            raise Wrong(
                "{num_train_epochs} must be above 0 when {max_steps} is not set",
                "num_train_epochs",
                "max_steps",
            )
        if self.packing and self.paired:
            raise Wrong("{packing} is for the stage sft", "packing", "stage")
        return self

    def check(
        self, workspace: "Workspace", *, later: frozenset[str] = frozenset(), work: str = ""
    ) -> None:
        """Raise where the dataset does not fit the stage or is missing, or the model or adapter
        cannot be used.
        """
        from studio.training.plan import plan

        plan(self, workspace, later=later, quick=True)

    @property
    def paired(self) -> bool:
        """Whether a row of the stage is a question with a chosen and a rejected reply."""
        return self.stage in PAIRED
