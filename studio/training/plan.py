"""Before a run starts: do the datasets fit the stage, how many steps will it be, is there room on
the disk.

Light: the window may call it. Every refusal is one sentence.
"""

import importlib.util
import math
from dataclasses import dataclass

from studio.datasets.assembly import mix
from studio.datasets.opened import Dataset, open_dataset
from studio.datasets.registry import find
from studio.errors import InputError, JobError, StudioError
from studio.files import require_space
from studio.training import room
from studio.training.plan_model import require_model, require_reward_model
from studio.training.schedule_fields import OPTIMIZER_PACKAGES
from studio.training.spec import TrainJob
from studio.training.stages import KINDS, ONLINE
from studio.workspace import Workspace

QUICK_BYTES = 8 << 20  # of a dataset: more is read by the job alone
# What a stage calls the rows that it needs, and where they come from.
NEEDED = {
    "pt": "plain text",
    "sft": "one reply a row",
    "rm": "chosen and rejected replies",
    "dpo": "chosen and rejected replies",
    "kto": "replies marked as wanted or not",
    "grpo": "questions",
    "rloo": "questions",
}


@dataclass(frozen=True)
class Plan:
    """What a run will be. steps is exact unless packing, truncation or grouping change the number
    of rows. weight_bytes: size of what is learnt, as it is saved.
    """

    rows: int
    eval_rows: int
    steps: int
    weight_bytes: int


def plan(
    spec: TrainJob,
    workspace: Workspace,
    *,
    later: frozenset[str] = frozenset(),
    quick: bool = False,
) -> Plan | None:
    """Check the spec against the workspace.

    Raises InputError, ModelError, JobError or WorkspaceError.

    later: fields that are not known yet and are passed over; there is no Plan then. quick: nor
    where rows of a large file would have to be read, of which only the layout is looked at.
    """
    model = (
        ""
        if "model_name_or_path" in later
        else require_model(
            spec.model_name_or_path,
            spec.hub_name,
            "" if "adapter_name_or_path" in later else spec.adapter_name_or_path,
            workspace,
        )
    )
    if spec.stage in ONLINE and spec.reward_model and "reward_model" not in later:
        require_reward_model(spec.reward_model, workspace)
    _require_packages(spec)
    wanted = [
        (name, field)
        for field, names in (("dataset", spec.datasets), ("eval_dataset", spec.eval_datasets))
        if field not in later
        for name in names
    ]
    if quick:
        large = [_fits_layout(spec, name, workspace, field) for name, field in wanted]
        if any(large) or later:
            return None
    rows = _mixed(spec, [fitting(spec, name, workspace) for name in spec.datasets])
    held = sum(
        taken(spec, fitting(spec, name, workspace, "eval_dataset")) for name in spec.eval_datasets
    )
    if not held and spec.val_size > 0:
        held = int(spec.val_size) if spec.val_size >= 1 else max(1, round(rows * spec.val_size))
        rows -= held
    if rows < 1:
        raise InputError(
            "No row is left to train on.", "Lower val_size or add rows.", fields=("val_size",)
        )
    size = room.weight_bytes(spec, model)
    # Weights and two moments of the optimiser make a checkpoint; one more stands while the oldest
    # still does.
    require_space(workspace.runs, (spec.save_total_limit + 1) * 3 * size + size)
    return Plan(rows, held, steps(spec, rows), size)


def _mixed(spec: TrainJob, found: list[Dataset]) -> int:
    counts = [taken(spec, dataset) for dataset in found]
    if spec.mix_strategy == "concat" or len(counts) < 2:
        return sum(counts)
    return len(mix.picks(counts, spec.mix_strategy, spec.probabilities(), 0, spec.seed))


def taken(spec: TrainJob, dataset: Dataset) -> int:
    """How many rows of a dataset the run takes."""
    return dataset.drawn if spec.max_samples is None else min(dataset.drawn, spec.max_samples)


def fitting(spec: TrainJob, name: str, workspace: Workspace, field: str = "dataset") -> Dataset:
    """The dataset, when its rows are of the kind the stage trains on.

    Raises InputError. field: the spec's that names it.
    """
    try:
        dataset = open_dataset(name, workspace)
    except StudioError as error:
        raise error.about("", field) from error.__cause__
    _require_kind(spec, dataset.name, dataset.kind, field)
    return dataset


def _fits_layout(spec: TrainJob, name: str, workspace: Workspace, field: str) -> bool:
    """Look at a dataset's layout alone; whether its file is so large that more has to wait for the
    job.
    """
    try:
        entry = find(workspace, name)
    except StudioError as error:
        raise error.about("", field) from error.__cause__
    kind = "ranking" if entry.ranking else "kto" if entry.layout.kto_tag else ""
    if kind:
        _require_kind(spec, entry.name, kind, field)
    return entry.bytes > QUICK_BYTES


def _require_kind(spec: TrainJob, name: str, kind: str, field: str) -> None:
    if kind in KINDS[spec.stage]:
        return
    if spec.paired:
        raise InputError(
            "The dataset {name} has no chosen and rejected replies, which the stage {stage} needs.",
            "Choose a preference dataset, or the stage sft.",
            fields=(field, "stage"),
            name=name,
            stage=spec.stage,
        )
    if spec.stage == "sft":
        raise InputError(
            "The dataset {name} holds preferences, which the stage {stage} cannot use.",
            "Choose the stage dpo, or a dataset with one reply a row."
            if kind == "ranking"
            else "Choose the stage kto, or a dataset with one reply a row.",
            fields=(field, "stage"),
            name=name,
            stage=spec.stage,
        )
    raise InputError(
        "The rows of the dataset {name} are of the kind {kind}; the stage {stage} needs {needed}.",
        "Choose another dataset, or another stage.",
        fields=(field, "stage"),
        name=name,
        kind=kind,
        stage=spec.stage,
        needed=NEEDED[spec.stage],
    )


def _require_packages(spec: TrainJob) -> None:
    """Raise JobError where a field asks for a package that is not installed."""
    optimizer = next((n for n in OPTIMIZER_PACKAGES if spec.optim.startswith(n)), "")
    flash = {"fa2": ("flash_attn", "flash-attn"), "fa3": ("flash_attn_3", "flash-attn-3")}
    wanted = {
        "report_to": (spec.report_to, spec.report_to) if spec.report_to != "none" else None,
        "optim": OPTIMIZER_PACKAGES.get(optimizer),
        "flash_attn": flash.get(spec.flash_attn),
        "enable_liger_kernel": ("liger_kernel", "liger-kernel")
        if spec.enable_liger_kernel
        else None,
    }
    for field, package in wanted.items():
        if package is not None and importlib.util.find_spec(package[0]) is None:
            raise JobError(
                "{tool} is not installed.",
                "Install it with `pip install {tool}`, or set report_to to none."
                if field == "report_to"
                else "Install it with `pip install {tool}`, or choose another {field}.",
                fields=(field,),
                tool=package[1],
                field=field,
            )


def steps(spec: TrainJob, rows: int) -> int:
    """Optimiser steps of the run on one device: as the trainer counts them, a last part batch
    included. Online, a question takes as many places of a batch as it gets answers.
    """
    if spec.max_steps > 0:
        return spec.max_steps
    each = spec.num_generations if spec.stage in ONLINE else 1
    batches = math.ceil(rows * each / spec.per_device_train_batch_size)
    an_epoch = max(1, math.ceil(batches / spec.gradient_accumulation_steps))
    return math.ceil(spec.num_train_epochs * an_epoch)
