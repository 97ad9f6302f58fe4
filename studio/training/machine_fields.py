"""The fields of a training that say how it computes, what it records and what it keeps."""

from typing import Literal

from studio.spec import Spec, field

Tracker = Literal["none", "tensorboard", "trackio", "wandb", "swanlab", "mlflow", "neptune"]


class MachineFields(Spec):
    """Number types, memory, measures and checkpoints."""

    compute_type: Literal["auto", "bf16", "fp16", "fp32", "pure_bf16"] = field(
        "auto",
        group="precision",
        help="Number type of the computation; auto takes bf16 where the device has it. fp16 "
        "can overflow on GPUs of before 2020, fp32 is exact and takes twice the memory, "
        "pure_bf16 half, less exactly",
    )
    double_quantization: bool = field(
        True,
        group="precision",
        help="Also stores the scales of 4-bit weights in fewer bits",
        counts_with={"quantization_bit": ("4",)},
    )
    gradient_checkpointing: bool = field(
        False,
        group="precision",
        help="Activations are computed again instead of kept: much less memory, about a third "
        "slower. On where memory is short, off where there is room",
    )
    flash_attn: Literal["auto", "disabled", "sdpa", "fa2", "fa3"] = field(
        "auto",
        group="precision",
        help="How attention is computed; fa2 and fa3 need their package and a GPU",
    )
    enable_liger_kernel: bool = field(
        False, group="precision", help="Fused kernels of liger-kernel, which need a GPU"
    )
    fused_steps: bool = field(
        True,
        group="precision",
        help="On an NVIDIA GPU: adapter, loss and attention in fewer steps, packed or short rows "
        "without padding, Liger kernels where installed; off: as PEFT and transformers compute",
    )
    rope_scaling: Literal["none", "linear", "dynamic", "yarn", "llama3"] = field(
        "none",
        group="precision",
        help="Stretches the positions where the cutoff length is beyond the model's; the model "
        "itself keeps it, an adapter could not",
        counts_with={"finetuning_type": ("full", "freeze")},
    )
    threads: int = field(
        0,
        low=0,
        high=1024,
        group="precision",
        help="0: chosen automatically, one a core. More than there are cores is slower",
    )
    dataloader_num_workers: int = field(
        0,
        low=0,
        high=64,
        group="precision",
        help="Processes that make batches; 0: none beside. Rows are tokenized beforehand, so 0"
        " to 2 is enough; many take memory",
    )

    logging_steps: int = field(
        1,
        low=1,
        high=10000,
        group="logging",
        unit="steps",
        help="Steps between two records of loss and learning rate. 1 to 10 is usual: with "
        "many, short runs show no curve",
    )  # every step: short runs show a curve too
    save_steps: int = field(
        100,
        low=1,
        high=1_000_000,
        group="logging",
        unit="steps",
        help="Steps between two checkpoints. 20 to 500 is usual: many are slow to write, with "
        "few a stop in the middle loses more",
    )
    eval_steps: int = field(
        0,
        low=0,
        high=1_000_000,
        group="logging",
        unit="steps",
        help="0: as often as checkpoints are saved. 20 to 200 is usual: measuring too often "
        "takes time, too seldom shows late that rows are learnt by heart",
    )
    per_device_eval_batch_size: int = field(
        0,
        low=0,
        high=1024,
        group="logging",
        unit="rows",
        help="Rows measured at a time; 0: as many as are trained on at a time. Twice that "
        "usually fits, since no gradients are kept",
    )
    save_total_limit: int = field(
        3,
        low=1,
        high=1000,
        group="logging",
        help="Older checkpoints are deleted, but never the best and the last. 1 to 5 is usual;"
        " each takes about three times the size of what is learnt",
    )
    report_to: Tracker = field(
        "none",
        group="logging",
        help="Also sends the figures to this tracker, where it is installed",
    )
    extra_args: str = field(
        "",
        group="logging",
        lines=3,
        help='Further arguments of the trainer as YAML: "adam_beta2: 0.95"',
    )
