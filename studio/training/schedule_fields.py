"""The fields of a training that say how long and how fast it goes, and when it ends early."""

from typing import Literal, get_args

from studio.spec import Spec, field

Scheduler = Literal[
    "cosine",
    "linear",
    "constant",
    "constant_with_warmup",
    "cosine_with_restarts",
    "cosine_with_min_lr",
    "cosine_warmup_with_min_lr",
    "polynomial",
    "inverse_sqrt",
    "warmup_stable_decay",
    "reduce_lr_on_plateau",
    "greedy",
]
Optimizer = Literal[
    "adamw_torch",
    "adamw_torch_fused",
    "adamw_8bit",
    "adamw_torch_8bit",
    "adamw_torch_4bit",
    "paged_adamw_8bit",
    "paged_adamw_32bit",
    "adafactor",
    "adagrad",
    "rmsprop",
    "sgd",
    "ademamix",
    "ademamix_8bit",
    "paged_ademamix_8bit",
    "paged_ademamix_32bit",
    "lion_32bit",
    "lion_8bit",
    "paged_lion_8bit",
    "paged_lion_32bit",
    "galore_adamw",
    "galore_adamw_8bit",
    "galore_adafactor",
    "galore_adamw_layerwise",
    "galore_adamw_8bit_layerwise",
    "galore_adafactor_layerwise",
    "apollo_adamw",
    "apollo_adamw_layerwise",
    "lomo",
    "adalomo",
    "grokadamw",
    "stable_adamw",
    "schedule_free_adamw",
    "schedule_free_radam",
    "schedule_free_sgd",
]
# The beginning of an optimiser's name → the package that it needs beside the studio's own.
OPTIMIZER_PACKAGES = {
    "galore": ("galore_torch", "galore-torch"),
    "apollo": ("apollo_torch", "apollo-torch"),
    "lomo": ("lomo_optim", "lomo-optim"),
    "adalomo": ("lomo_optim", "lomo-optim"),
    "grokadamw": ("grokadamw", "grokadamw"),
    "stable_adamw": ("optimi", "torch-optimi"),
    "schedule_free": ("schedulefree", "schedulefree"),
    "adamw_torch_4bit": ("torchao", "torchao"),
    "adamw_torch_8bit": ("torchao", "torchao"),
}
LOW_RANK = ("galore", "apollo")  # these work on chosen matrices alone


class ScheduleFields(Spec):
    """How long and how fast."""

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

    max_steps: int = field(
        0, low=-1, high=10_000_000, group="schedule", unit="steps", help="0 goes by epochs"
    )
    gradient_accumulation_steps: int = field(
        8, low=1, high=1024, group="schedule", unit="batches", help="Batches that make one step"
    )
    lr_scheduler_type: Scheduler = field(
        "cosine",
        group="schedule",
        help="How the learning rate falls over the steps; cosine suits most runs",
    )
    lr_scheduler_kwargs: str = field(
        "",
        group="schedule",
        help='What the schedule takes beside, as YAML: "min_lr_rate: 0.1"',
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
    optim: Optimizer = field(
        "adamw_torch",
        group="schedule",
        help="paged and 8-bit optimizers save memory; galore, apollo and others need their package",
    )
    optim_args: str = field(
        "",
        group="schedule",
        help='What the optimizer takes beside, as YAML: "rank: 16"',
    )
    optim_target_modules: str = field(
        "all",
        group="schedule",
        help="Where galore and apollo work: all linear layers, or names with commas",
        counts_with={"optim": tuple(n for n in get_args(Optimizer) if n.startswith(LOW_RANK))},
    )
    seed: int = field(
        42, low=0, high=2**31 - 1, group="schedule", help="The same seed gives the same result"
    )
    early_stopping_steps: int = field(
        0,
        low=0,
        high=10_000,
        group="schedule",
        help="Ends after so many measurements of the held-out loss without a better one, and takes "
        "the best weights; 0 is off",
    )
    load_best_model_at_end: bool = field(
        False,
        group="schedule",
        help="The result is the checkpoint with the lowest held-out loss, not the last one",
    )
