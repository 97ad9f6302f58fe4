"""Before a run starts: does the dataset fit the stage, how many steps will it be, is there room on
the disk.

Light: the window may call it. Every refusal is one sentence.
"""

import importlib.util
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.datasets.opened import Dataset, open_dataset
from studio.datasets.registry import find
from studio.errors import InputError, JobError, ModelError, StudioError
from studio.files import require_space
from studio.models import adapter_folder, is_hub_id, resolve
from studio.models.reference import Hub
from studio.training.checkpoints import read_mark
from studio.training.spec import TrainJob
from studio.workspace import Workspace

UNKNOWN_ADAPTER_BYTES = 100 << 20
QUICK_BYTES = 8 << 20  # of a dataset: more is read by the job alone


@dataclass(frozen=True)
class Plan:
    """What a run will be. steps is exact unless packing, truncation or grouping change the number
    of rows.
    """

    rows: int
    eval_rows: int
    steps: int
    adapter_bytes: int


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
    if spec.report_to != "none" and importlib.util.find_spec(spec.report_to) is None:
        raise JobError(
            "{tool} is not installed.",
            "Install it with `pip install {tool}`, or set report_to to none.",
            fields=("report_to",),
            tool=spec.report_to,
        )
    wanted = [
        (name, field)
        for field in ("dataset", "eval_dataset")
        if (name := getattr(spec, field)) and field not in later
    ]
    if quick:
        large = [_fits_layout(spec, name, workspace, field) for name, field in wanted]
        if any(large) or later:
            return None
    dataset = fitting(spec, spec.dataset, workspace)
    rows = _taken(spec, dataset)
    held = (
        _taken(spec, fitting(spec, spec.eval_dataset, workspace, "eval_dataset"))
        if spec.eval_dataset
        else 0
    )
    if not held and spec.val_size > 0:
        held = max(1, round(rows * spec.val_size))
        rows -= held
    if rows < 1:
        raise InputError(
            "No row is left to train on.", "Lower val_size or add rows.", fields=("val_size",)
        )
    size = adapter_bytes(spec, model)
    # Weights and two moments of the optimiser make a checkpoint; one more stands while the oldest
    # still does.
    require_space(workspace.runs, (spec.save_total_limit + 1) * 3 * size + size)
    return Plan(rows, held, steps(spec, rows), size)


def _taken(spec: TrainJob, dataset: Dataset) -> int:
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
    kind = "ranking" if entry.ranking else "kto" if entry.layout.kto_tag else "sft"
    _require_kind(spec, entry.name, kind, field)
    return entry.bytes > QUICK_BYTES


def _require_kind(spec: TrainJob, name: str, kind: str, field: str) -> None:
    if spec.paired and kind != "ranking":
        raise InputError(
            "The dataset {name} has no chosen and rejected replies, which the stage {stage} needs.",
            "Choose a preference dataset, or the stage sft.",
            fields=(field, "stage"),
            name=name,
            stage=spec.stage,
        )
    if not spec.paired and kind in ("ranking", "kto"):
        raise InputError(
            "The dataset {name} holds preferences, which the stage {stage} cannot use.",
            "Choose the stage dpo, or a dataset with one reply a row.",
            fields=(field, "stage"),
            name=name,
            stage=spec.stage,
        )


def require_model(
    reference: str,
    hub: Hub,
    adapter: str,
    workspace: Workspace,
) -> str:
    """The model as `studio.models.resolve` gives it, and the adapter, if any, made for it.

    Raises ModelError.

    That a hub has the model is not asked. An adapter made here says on which model; where both lie
    on this machine they must be the same, or copies of it.
    """
    try:
        model = resolve(reference, hub, workspace)
    except ModelError as error:
        raise error.about("", "model_name_or_path") from error.__cause__
    if not adapter:
        return model
    try:
        mark = read_mark(adapter_folder(workspace, adapter))
        base = resolve(mark.base_model, hub, workspace) if mark else model
    except ModelError as error:
        if error.what_template != "There is no adapter {name}.":
            return model  # its base has gone since: whether it fits shows when it is loaded
        raise error.about("", "adapter_name_or_path") from error.__cause__
    if is_hub_id(base) == is_hub_id(model) and not _same_model(base, model):
        raise ModelError(
            "The adapter {name} was trained on {base}, not on {model}.",
            "Choose the model that it was trained on.",
            fields=("adapter_name_or_path", "model_name_or_path"),
            name=adapter,
            base=mark.base_model if mark else "",
            model=reference,
        )
    return model


def _same_model(first: str, second: str) -> bool:
    """Whether two resolved references are one model: the same name, or folders with the same config
    and sizes of weights.
    """
    if first == second or is_hub_id(first):
        return first == second

    def shape(folder: str) -> Any:
        weights = sorted(
            (path.name, path.stat().st_size) for path in Path(folder).glob("*.safetensors")
        )
        return (Path(folder) / "config.json").read_bytes(), weights

    try:
        return bool(shape(first) == shape(second))
    except OSError:
        return True  # cannot be told


def steps(spec: TrainJob, rows: int) -> int:
    """Optimiser steps of the run on one device: as the trainer counts them, a last part batch
    included.
    """
    if spec.max_steps > 0:
        return spec.max_steps
    batches = math.ceil(rows / spec.per_device_train_batch_size)
    an_epoch = max(1, math.ceil(batches / spec.gradient_accumulation_steps))
    return math.ceil(spec.num_train_epochs * an_epoch)


def adapter_bytes(spec: TrainJob, model: str) -> int:
    """Size of the adapter: 4 bytes for each of r·(in + out) weights of every adapted matrix.

    Counted for the seven matrices of a Llama-like layer; 100 MB are assumed for a model not on this
    machine yet.
    """
    if is_hub_id(model):
        return UNKNOWN_ADAPTER_BYTES
    try:
        config = json.loads((Path(model) / "config.json").read_text(encoding="utf-8"))
        config = config.get("text_config", config)
        hidden, layers = int(config["hidden_size"]), int(config["num_hidden_layers"])
        inner = int(config["intermediate_size"])
        heads = int(config["num_attention_heads"])
        keys = hidden * int(config.get("num_key_value_heads") or heads) // heads
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return UNKNOWN_ADAPTER_BYTES
    a_layer = 2 * (hidden + hidden) + 2 * (hidden + keys) + 3 * (hidden + inner)
    return 4 * spec.lora_rank * layers * a_layer
