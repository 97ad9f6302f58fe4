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
        5e-5,
        low=0,
        high=1,
        widget="text",
        help="Size of a step. LoRA and QLoRA 1e-4 to 5e-4, the starter 1e-3; full and freeze "
        "1e-5 to 5e-5; DPO 5e-6 with LoRA, 5e-7 without. Too high: the loss jumps or "
        "rises, words repeat; too low: it hardly falls",
    )
    num_train_epochs: float = field(
        3.0,
        low=0,
        high=1000,
        unit="epochs",
        help="How often every row is seen. 2 to 5 is usual, up to 10 for fewer than a hundred "
        "rows: too many learn them by heart and the held-out loss rises; too few change "
        "nothing",
        overruled_by="max_steps",
    )
    per_device_train_batch_size: int = field(
        2,
        low=1,
        high=1024,
        unit="rows",
        help="Rows in one batch on each device. 1 to 8 is usual: the most that memory holds; "
        "times the gradient accumulation it makes the rows of a step",
    )

    max_steps: int = field(
        0,
        low=-1,
        high=10_000_000,
        group="schedule",
        unit="steps",
        help="Ends after so many steps; 0 goes by epochs. 30 to 100 shows whether it learns at"
        " all; what is too long repeats the rows, what is too short leaves some unseen",
    )
    gradient_accumulation_steps: int = field(
        8,
        low=1,
        high=1024,
        group="schedule",
        unit="batches",
        help="Batches that make one step, without more memory. Rows of a step, 8 to 32, are "
        "usual: too many make few, coarse steps; too few make the loss jump",
    )
    lr_scheduler_type: Scheduler = field(
        "cosine",
        group="schedule",
        help="How the learning rate falls over the steps. cosine suits most runs; constant "
        "where you want to stop at will; reduce_lr_on_plateau goes by the held-out loss. "
        "The guide explains them",
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
        help="The learning rate rises over these first steps. Usually 3 to 10 % of all: too "
        "many leave little time at the full rate, none lets the first steps throw a new "
        "adapter about",
    )
    warmup_ratio: float = field(
        0.0,
        low=0,
        high=0.99,
        group="schedule",
        help="The same as a share of all steps; counts when the steps are 0. 0.03 to 0.1 is "
        "usual: more leaves little time at the full rate",
        overruled_by="warmup_steps",
    )
    weight_decay: float = field(
        0.0,
        low=0,
        high=1,
        group="schedule",
        help="Pulls weights towards zero. 0 to 0.1 is usual, 0 for LoRA: more keeps a small "
        "set from being learnt by heart, much more keeps it from being learnt",
    )
    max_grad_norm: float = field(
        1.0,
        low=0,
        high=1000,
        group="schedule",
        help="Gradients with a larger norm are scaled down to it. 0.3 to 1 is usual, 0 is off:"
        " too high lets one odd row upset the run, too low slows all steps",
    )
    optim: Optimizer = field(
        "adamw_torch",
        group="schedule",
        help="adamw_torch suits most runs; paged and 8-bit optimizers save memory, most of it "
        "in full training; galore, apollo and others need their package",
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
        help="Ends after so many measurements of the held-out loss without a better one, and "
        "takes the best weights. 3 to 5 is usual, 0 is off; 1 ends at the first chance "
        "rise",
    )
    load_best_model_at_end: bool = field(
        False,
        group="schedule",
        help="The result is the checkpoint with the lowest held-out loss, not the last one",
    )
