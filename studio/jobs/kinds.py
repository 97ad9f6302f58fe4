"""The kinds of job: for each, where its spec class and its run function live.

Names are resolved when asked for, so that importing this module stays cheap and the window's
process never loads what only a worker needs.
"""

import difflib
import importlib
from collections.abc import Callable
from typing import Any

from studio.errors import SpecError
from studio.spec import Spec

RunFunction = Callable[[Any, Any], Any]  # run(spec, job) -> the spec's RESULT
KINDS: dict[str, tuple[str, str]] = {
    "import": ("studio.documents.spec:ImportJob", "studio.documents.job:run"),
    "clean": ("studio.documents.cleaning.spec:CleanJob", "studio.documents.cleaning.job:run"),
    "chunk": ("studio.chunking.spec:ChunkJob", "studio.chunking.job:run"),
    "dialogue": ("studio.dialogue.spec:DialogueJob", "studio.dialogue.job:run"),
    "attribute": ("studio.dialogue.asking.spec:AttributeJob", "studio.dialogue.asking.job:run"),
    "pairs": ("studio.dialogue.spec:PairsJob", "studio.dialogue.pairs.job:run"),
    "propagate": ("studio.dialogue.spec:PropagateJob", "studio.dialogue.review.propagate_job:run"),
    "instructions": (
        "studio.generation.spec:InstructionsJob",
        "studio.generation.instructions:run",
    ),
    "preferences": ("studio.generation.spec:PreferencesJob", "studio.generation.preferences:run"),
    "dataset": ("studio.datasets.spec:DatasetJob", "studio.datasets.assembly.job:run"),
    "register": ("studio.datasets.spec:RegisterJob", "studio.datasets.taking_in.taking:run"),
    "edit": (
        "studio.datasets.row_changes.edit_spec:EditJob",
        "studio.datasets.row_changes.changing:run",
    ),
    "repair": ("studio.datasets.profile.spec:RepairJob", "studio.datasets.profile.job:run"),
    "publish": ("studio.datasets.publishing.spec:PublishJob", "studio.datasets.publishing.job:run"),
    "train": ("studio.training.spec:TrainJob", "studio.training.job:run"),
    "evaluate": ("studio.evaluation.spec:EvaluateJob", "studio.evaluation.job:run"),
    "export": ("studio.export.spec:ExportJob", "studio.export.job:run"),
    "pack": ("studio.inventory.spec:PackJob", "studio.inventory.job:pack"),
    "unpack": ("studio.inventory.spec:UnpackJob", "studio.inventory.job:unpack"),
    "pipeline": ("studio.pipeline.spec:PipelineJob", "studio.pipeline.job:run"),
}


def spec_class(kind: str) -> type[Spec]:
    """The spec class of a kind. Raises SpecError for an unknown one."""
    if str(kind) not in KINDS:  # YAML gives anything
        near = difflib.get_close_matches(str(kind), KINDS, n=1)
        raise SpecError(
            "There is no job of kind {kind}.",
            "Use one of: {kinds}.",
            kind=repr(kind),
            kinds=", ".join(near or KINDS),
        )
    found: type[Spec] = _resolve(KINDS[kind][0])
    return found


def run_function(kind: str) -> RunFunction:
    """`run(spec, job) -> result` of a kind; importing it may import heavy libraries."""
    spec_class(kind)
    found: RunFunction = _resolve(KINDS[kind][1])
    return found


def read_spec(data: dict[str, Any]) -> Spec:
    """A checked spec from plain data with its `kind`. Raises SpecError."""
    if not isinstance(data, dict) or "kind" not in data:
        raise SpecError(
            "The spec does not say what kind of job it is.",
            "Begin it with `kind: chunk`, `kind: train` …",
        )
    return spec_class(data["kind"]).read(data)


def _resolve(place: str) -> Any:
    module, name = place.split(":")
    return getattr(importlib.import_module(module), name)
