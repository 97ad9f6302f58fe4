"""Why a run broke off, in a sentence with what to change: memory that is full, a disk that is full.
Worker-only.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from studio.errors import JobError, StudioError, WorkspaceError
from studio.files import disk_error
from studio.training.spec import TrainJob

# What torch, its libraries and the C++ under them say where they get no memory; on a GPU the type
# of the error says it too.
NO_MEMORY = (
    "out of memory",
    "can't allocate memory",
    "cannot allocate memory",
    "not enough memory",
    "bad_alloc",
    "status_alloc_failed",
)
FULL = (
    "file write failed",
    "no space left",
    "unexpected pos",
)


@contextmanager
def explained(spec: TrainJob, folder: Path) -> Iterator[None]:
    """Raise JobError for memory that is full, WorkspaceError for a disk that is, in place of what
    the libraries raise for it.
    """
    try:
        yield
    except MemoryError as error:
        raise _memory(spec) from error
    except OSError as error:
        raise (_memory(spec) if error.errno == 12 else disk_error(error, folder)) from error
    except RuntimeError as error:  # torch.OutOfMemoryError is one too
        found = _of_torch(error, spec, folder)
        if found is None:
            raise
        raise found from error


def _of_torch(error: RuntimeError, spec: TrainJob, folder: Path) -> StudioError | None:
    text = str(error).lower()
    if isinstance(error, torch.OutOfMemoryError) or any(words in text for words in NO_MEMORY):
        return _memory(spec)
    if any(words in text for words in FULL):
        full: WorkspaceError = disk_error(OSError(28, str(error)), folder)
        return full
    return None


def _memory(spec: TrainJob) -> JobError:
    """What to change: first what leaves the result as it is."""
    batch, accumulated = spec.per_device_train_batch_size, spec.gradient_accumulation_steps
    what = "The GPU's memory is full." if torch.cuda.is_available() else "The memory is full."
    least = 2 if spec.stage == "kto" else 1
    if batch > least:
        smaller = max(least, batch // 2)
        return JobError(
            what,
            "Set per_device_train_batch_size to {batch} and gradient_accumulation_steps to "
            "{accumulation}, which learns the same; or turn gradient_checkpointing on.",
            fields=("per_device_train_batch_size", "gradient_accumulation_steps"),
            batch=smaller,
            accumulation=-(-batch * accumulated // smaller),
        )
    if not spec.gradient_checkpointing:
        return JobError(
            what,
            "Turn gradient_checkpointing on, which learns the same; or lower cutoff_len from "
            "{cutoff_len}.",
            fields=("gradient_checkpointing", "cutoff_len"),
            cutoff_len=spec.cutoff_len,
        )
    return JobError(
        what,
        "Lower cutoff_len from {cutoff_len}, load the model in 4 bits (qlora), or spread it over "
        "several GPUs (distributed).",
        fields=("cutoff_len", "quantization_bit", "distributed"),
        cutoff_len=spec.cutoff_len,
    )
