"""Before a run starts: does the dataset fit the stage, how many steps will it be, is there room on the disk.

Light: the window may call it. Every refusal is one sentence.
"""

import importlib.util
import json
import math
from dataclasses import dataclass
from pathlib import Path

from studio.datasets.opened import Dataset, open_dataset
from studio.errors import InputError, JobError
from studio.files import require_space
from studio.models import is_hub_id, resolve
from studio.training.runs import adapter_folder
from studio.training.spec import TrainJob
from studio.workspace import Workspace

UNKNOWN_ADAPTER_BYTES = 100 << 20


@dataclass(frozen=True)
class Plan:
    """What a run will be. steps is exact unless packing, truncation or grouping change the number of rows."""

    rows: int
    eval_rows: int
    steps: int
    adapter_bytes: int


def plan(spec: TrainJob, workspace: Workspace) -> Plan:
    """Check the spec against the workspace. Raises InputError, ModelError, JobError or WorkspaceError."""
    model = resolve(spec.model_name_or_path, spec.hub_name, workspace)
    if spec.adapter_name_or_path:
        adapter_folder(workspace, spec.adapter_name_or_path)
    if spec.report_to != "none" and importlib.util.find_spec(spec.report_to) is None:
        raise JobError(
            "{tool} is not installed.", "Install it with `pip install {tool}`, or set report_to to none.", tool=spec.report_to
        )
    dataset = fitting(spec, spec.dataset, workspace)
    rows = min(dataset.count, spec.max_samples)
    held = min(fitting(spec, spec.eval_dataset, workspace).count, spec.max_samples) if spec.eval_dataset else 0
    if not held and spec.val_size > 0:
        held = max(1, round(rows * spec.val_size))
        rows -= held
    if rows < 1:
        raise InputError("No row is left to train on.", "Lower val_size or add rows.")
    size = adapter_bytes(spec, model)
    # Weights and two moments of the optimiser make a checkpoint; one more stands while the oldest still does.
    require_space(workspace.runs, (spec.save_total_limit + 1) * 3 * size + size)
    return Plan(rows, held, steps(spec, rows), size)


def fitting(spec: TrainJob, name: str, workspace: Workspace) -> Dataset:
    """The dataset, when its rows are of the kind the stage trains on. Raises InputError."""
    dataset = open_dataset(name, workspace)
    kind = dataset.kind
    if spec.stage == "dpo" and kind != "ranking":
        raise InputError(
            "The dataset {name} has no chosen and rejected replies, which the stage dpo needs.",
            "Choose a preference dataset, or the stage sft.", name=dataset.name,
        )
    if spec.stage == "sft" and kind in ("ranking", "kto"):
        raise InputError(
            "The dataset {name} holds preferences, which the stage sft cannot use.",
            "Choose the stage dpo, or a dataset with one reply a row.", name=dataset.name,
        )
    return dataset


def steps(spec: TrainJob, rows: int) -> int:
    """Optimiser steps of the run on one device: as the trainer counts them, a last part batch included."""
    if spec.max_steps > 0:
        return spec.max_steps
    batches = math.ceil(rows / spec.per_device_train_batch_size)
    an_epoch = max(1, math.ceil(batches / spec.gradient_accumulation_steps))
    return math.ceil(spec.num_train_epochs * an_epoch)


def adapter_bytes(spec: TrainJob, model: str) -> int:
    """Size of the adapter: 4 bytes for each of r·(in + out) weights of every adapted matrix.

    Counted for the seven matrices of a Llama-like layer; 100 MB are assumed for a model not on this machine yet.
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
