"""How a training ends that cannot go on, or learns what it should not: in its own words, with what
to change.
"""

import json
import subprocess
import sys

import pytest
import torch
from tiny_model import run_here, sailors, start, training

from studio.datasets import register_file
from studio.errors import JobError, WorkspaceError
from studio.processes import worker_environment
from studio.training import causes
from studio.training.doubts import doubts
from tests.other_process import ROOT

pytest_plugins = ["tiny_model"]
model = pytest.mark.model
# The address space of a process that has loaded everything, and 250 MB more: the logits of its
# batch alone want more.
IN_LITTLE_MEMORY = """
import json, resource, sys
from pathlib import Path
import psutil
from studio.errors import StudioError
from studio.training.report import plain
from studio.training.spec import TrainJob
from studio.training.train import train
from studio.workspace import Workspace
import trl, peft
spec = TrainJob.read(json.loads(sys.argv[1]))
reporter = plain()
def log(text):
    if text.startswith("loading"):
        now = psutil.Process().memory_info().vms
        resource.setrlimit(resource.RLIMIT_AS, (now + (250 << 20), -1))
import dataclasses
try:
    told = dataclasses.replace(reporter, log=log)
    train(spec, Path(sys.argv[2]), Workspace(Path(sys.argv[3])), told)
except StudioError as error:
    print(json.dumps(error.as_record()))
"""


@model
@pytest.mark.process
def test_full_memory_says_what_to_change(workspace, tiny, tmp_path):
    sailors(workspace)
    spec = training(tiny, per_device_train_batch_size=64, train_on_prompt=True, threads=1)
    given = [spec.model_dump_json(), str(tmp_path), str(workspace.path)]
    done = subprocess.run(
        [sys.executable, "-c", IN_LITTLE_MEMORY, *given],
        cwd=ROOT,
        env=worker_environment() | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.stdout, done.stderr[-2000:]
    told = json.loads(done.stdout)
    assert told["what"] == "The memory is full."
    assert told["values"] == {"batch": "32", "accumulation": "2"}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"per_device_train_batch_size": 8, "gradient_accumulation_steps": 3}, "to 4 and .* to 6"),
        ({"per_device_train_batch_size": 1}, "Turn gradient_checkpointing on"),
        (
            {"per_device_train_batch_size": 1, "gradient_checkpointing": True},
            "Lower cutoff_len from 96",
        ),
    ],
)
def test_a_full_gpu_is_known_by_the_type_of_its_error(tmp_path, fields, words):
    with pytest.raises(JobError, match=words), causes.explained(training("x", **fields), tmp_path):
        raise torch.OutOfMemoryError("CUDA: tried to allocate 2.00 GiB")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (MemoryError(), JobError),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), JobError),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling"), JobError),
        (RuntimeError("PytorchStreamWriter failed: file write failed"), WorkspaceError),
        (OSError(28, "No space left on device"), WorkspaceError),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), RuntimeError),
    ],
)
def test_other_causes_keep_their_own_words(tmp_path, error, kind):
    with pytest.raises(kind), causes.explained(training("x"), tmp_path):
        raise error


@model
def test_a_run_without_a_learnt_token_says_so(workspace, tiny, monkeypatch):
    from studio.training import train as running

    sailors(workspace)
    whole = running.prepare

    def masked(*given):
        found = whole(*given)
        # What is measured before the first step keeps its labels; the steps' rows lose theirs.
        monkeypatch.setattr(running, "check_loss", lambda *_: 0.0)
        rows = found.train.map(lambda row: {"labels": [-100] * len(row["labels"])})
        return type(found)(rows, found.eval, found.counts)

    monkeypatch.setattr(running, "prepare", masked)
    from studio.training.job import run

    spec = training(tiny)
    with pytest.raises(JobError, match="No token is learnt in step 1: every label") as told:
        run(spec, start(workspace, spec))
    assert told.value.may_pass is False


def test_chosen_replies_that_become_less_likely_are_doubted():
    spec = training("x", dataset="pairs", stage="dpo")
    fallen = [
        {"step": n, "loss": 0.3, "grad_norm": 1.0, "rewards/chosen": -0.2 - n / 50}
        for n in range(10)
    ]
    assert "by 3.8 nats now" in doubts(spec, fallen)[0]
    risen = [line | {"rewards/chosen": -line["rewards/chosen"]} for line in fallen]
    recovering = [line | {"rewards/chosen": -0.4 + line["step"] / 50} for line in fallen]
    assert doubts(spec, risen) == doubts(spec, recovering) == []


@model
@pytest.mark.slow
def test_a_real_run_that_forgets_its_chosen_replies_is_doubted(workspace, tiny):
    """Chosen and rejected replies that are almost the same fall together."""
    rows = [
        {
            "instruction": f"What is number {number}?",
            "input": "",
            "chosen": f"{'sea ' * 12}{number} a",
            "rejected": f"{'sea ' * 12}{number} b",
        }
        for number in range(16)
    ]
    register_file(workspace, "pairs.json", json.dumps(rows).encode())
    spec = training(
        tiny, dataset="pairs", stage="dpo", max_steps=40, save_steps=100, learning_rate=0.05
    )
    _, result, lines = run_here(workspace, spec)
    told = [one for one in result["doubts"] if "chosen replies have been less likely" in one]
    assert told, [line.get("rewards/chosen") for line in lines]
