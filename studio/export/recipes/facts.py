"""What every config of a run is made of: its spec, the model's public name, and its data as files
that all the tools read.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.datasets import open_dataset
from studio.datasets.row_forms.column_map import Layout, entry_of
from studio.datasets.row_forms.formats import messages
from studio.datasets.row_forms.write import lay_out, save
from studio.errors import InputError, JobError
from studio.files import write_json
from studio.jobs import records
from studio.jobs.records import JobRecord
from studio.models import resolve
from studio.training.spec import TrainJob
from studio.workspace import Workspace

STARTER = "HuggingFaceTB/SmolLM2-135M-Instruct"  # where the built-in starter model comes from
INFO = "dataset_info.json"
# Fields that LLaMA-Factory and transformers call as we do.
SHARED = (
    "learning_rate",
    "num_train_epochs",
    "per_device_train_batch_size",
    "gradient_accumulation_steps",
    "lr_scheduler_type",
    "weight_decay",
    "max_grad_norm",
    "optim",
    "seed",
    "logging_steps",
    "save_steps",
    "save_total_limit",
)


@dataclass(frozen=True)
class Part:
    """One dataset as a file of the bundle. name: in dataset_info.json; file: relative to the
    bundle; layout: where its columns are; kind: sft, messages, ranking, kto or text; turns: most
    replies in a row.
    """

    name: str
    file: str
    layout: Layout
    kind: str
    rows: int
    turns: int


@dataclass(frozen=True)
class Facts:
    """name: the run's; fields: its spec as plain data; model: an id on a hub, or a folder."""

    name: str
    fields: dict[str, Any]
    model: str
    train: tuple[Part, ...]
    held_out: tuple[Part, ...]

    @property
    def stage(self) -> str:
        """pt, sft, dpo, kto or rm, as LLaMA-Factory calls them: plain text is pt whatever the spec
        says.
        """
        return "pt" if self.train[0].kind == "text" else str(self.fields.get("stage", "sft"))

    @property
    def bits(self) -> int:
        """4 or 8 of a quantised base, else 0."""
        wanted = str(self.fields.get("quantization_bit", "none"))
        if wanted in ("4", "8"):
            return int(wanted)
        return 4 if self.fields.get("finetuning_type") == "qlora" else 0

    @property
    def method(self) -> str:
        """lora, full, freeze or oft."""
        named = str(self.fields.get("finetuning_type", "lora"))
        return "lora" if named == "qlora" else named

    @property
    def targets(self) -> list[str]:
        """The modules that LoRA is put on; [] stands for every linear layer."""
        names = [n.strip() for n in str(self.fields.get("lora_target", "all")).split(",")]
        return [] if names in ([""], ["all"]) else [n for n in names if n]


def record_of(workspace: Workspace, run: str) -> JobRecord:
    """The training run of this id. Raises InputError."""
    try:
        record = records.get(workspace, run.strip())
    except JobError:
        record = None
    if record is None or record.kind != "train":
        raise InputError(
            "There is no training run {name}.",
            "Choose one from the list.",
            name=run[:80],
            fields=("run",),
        )
    return record


def data_of(workspace: Workspace, run: str) -> list[str]:
    """The names of the datasets of a run. Raises InputError."""
    spec = record_of(workspace, run).spec
    return [name for field in ("dataset", "eval_dataset") for name in _names(spec.get(field))]


def gathered(workspace: Workspace, run: str, folder: Path) -> Facts:
    """The facts of a run, its data written into `folder` with a dataset_info.json of its own.

    Raises InputError where a dataset is no more.
    """
    record = record_of(workspace, run)
    spec = TrainJob.read(record.spec)
    fields = spec.plain()
    info: dict[str, Any] = {}
    parts = {
        field: tuple(_written(workspace, name, folder, info) for name in _names(fields.get(field)))
        for field in ("dataset", "eval_dataset")
    }
    write_json(folder / INFO, info)
    return Facts(
        name=record.title or record.id,
        fields=fields,
        model=_model(spec, workspace),
        train=parts["dataset"],
        held_out=parts["eval_dataset"],
    )


def _model(spec: TrainJob, workspace: Workspace) -> str:
    """The model as other tools find it: an id on a hub, or a folder of this machine."""
    if spec.model_name_or_path == "starter":
        return STARTER
    return resolve(spec.model_name_or_path, spec.hub_name, workspace)


def _names(value: Any) -> list[str]:
    return [name.strip() for name in str(value or "").split(",") if name.strip()]


def _written(workspace: Workspace, name: str, folder: Path, info: dict[str, Any]) -> Part:
    """One dataset as openai messages (pairs: with chosen and rejected; plain text: as text)."""
    dataset = open_dataset(name, workspace)
    rows = dataset.rows()
    layout, laid = lay_out(rows, "openai")
    path = folder / "data" / f"{dataset.name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    save(laid, path)
    info[dataset.name] = entry_of(layout, f"data/{path.name}")
    turns = max(
        (sum(m["role"] == "assistant" for m in messages(row)) for row in rows if "text" not in row),
        default=1,
    )
    return Part(dataset.name, f"data/{path.name}", layout, dataset.kind, len(rows), turns)
