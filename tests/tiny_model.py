"""A model of 1.6 million random weights with the starter's tokenizer, and runs on it: real training
in seconds.
"""

import json
import os
from pathlib import Path

import pytest

from studio.datasets import register_file
from studio.errors import Stopped
from studio.jobs import records
from studio.jobs.context import Job
from studio.training import curves
from studio.training.spec import TrainJob
from tests.results import as_named

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: the cores are shared
SYSTEM = "You are a sailor."
WORDS = [
    "rope",
    "sail",
    "mast",
    "tide",
    "gull",
    "rum",
    "fog",
    "whale",
    "anchor",
    "wind",
    "star",
    "deck",
    "hull",
    "crew",
    "port",
    "reef",
]
PAIRS = [
    (f"What is the {word}?", f"The {word} is mine, lad, {'aye ' * (number % 4)}{word}!")
    for number, word in enumerate(WORDS)
]


# The size of a random model, and the tokens of the starter's tokenizer that begin and end a text.
SHAPE = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 2,
}


def build(folder: Path, starter: Path, *, broken: bool = False, shape: dict = SHAPE) -> Path:
    """The tiny model in `folder`, or one of another shape; `broken` puts a NaN into its weights."""
    import torch
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    tokenizer = AutoTokenizer.from_pretrained(starter)
    torch.manual_seed(7)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        num_hidden_layers=2,
        max_position_embeddings=512,
        tie_word_embeddings=True,
        **shape,
    )
    model = LlamaForCausalLM(config)
    if broken:
        model.model.norm.weight.data[0] = float("nan")
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory, starter):
    """The folder of the tiny model, made once."""
    import torch

    torch.set_num_threads(1)
    return build(tmp_path_factory.mktemp("models") / "tiny", starter)


@pytest.fixture
def tiny(tiny_folder, monkeypatch):
    """The tiny model's reference, allowed for this test."""
    monkeypatch.setenv("INKWELL_MODEL_ROOTS", str(tiny_folder.parent))
    return tiny_folder.name


def sailors(workspace, name="sailors", count=16):
    """A registered sft dataset of short rows."""
    rows = [
        {"instruction": q, "input": "", "output": a, "system": SYSTEM} for q, a in PAIRS[:count]
    ]
    register_file(workspace, f"{name}.json", json.dumps(rows).encode())
    return name


def preferences(workspace, name="pairs"):
    """A registered ranking dataset."""
    rows = [
        {"instruction": q, "input": "", "chosen": a, "rejected": "I do not know."} for q, a in PAIRS
    ]
    register_file(workspace, f"{name}.json", json.dumps(rows).encode())
    return name


def plain_texts(workspace, name="texts"):
    """A registered dataset of plain text."""
    rows = [{"text": f"{q} {a} " * 3} for q, a in PAIRS]
    register_file(workspace, f"{name}.json", json.dumps(rows).encode())
    return name


def marked(workspace, name="marked"):
    """A registered kto dataset: replies that are wanted, and as many that are not."""
    rows = [
        {"instruction": q, "output": a if wanted else "I do not know.", "kto_tag": wanted}
        for q, a in PAIRS
        for wanted in (True, False)
    ]
    register_file(workspace, f"{name}.json", json.dumps(rows).encode())
    return name


def training(tiny, **fields):
    """The spec of a run of a few small steps on the sailors' rows, with changes."""
    base = {
        "model_name_or_path": tiny,
        "dataset": "sailors",
        "per_device_train_batch_size": 2,
        "gradient_accumulation_steps": 1,
        "learning_rate": 5e-3,
        "max_steps": 6,
        "save_steps": 2,
        "cutoff_len": 96,
        "compute_type": "fp32",
    }
    return TrainJob.read(base | fields)


def start(workspace, spec, again=None):
    """A job without a process: a new one, or the one with the id `again` run once more."""
    job_id = again or records.create(workspace, spec, parent=None, step=None)[0].id
    records.set_state(
        workspace, job_id, "stopped"
    )  # else the same spec would be the same job once more
    folder = workspace.run_folder(job_id)
    folder.mkdir(parents=True, exist_ok=True)
    return Job(id=job_id, workspace=workspace, folder=folder)


def run_here(workspace, spec, again=None, stop_at=None):
    """Run a training job in this process; (job, result, lines of its measures).

    stop_at: ask to stop once that step is logged; the result is None then.
    """
    from studio.training.job import run

    job = start(workspace, spec, again)
    told = job.progress

    def progress(done, *rest, **more):
        told(done, *rest, **more)
        if stop_at and done >= stop_at and "loss" in more:
            job.wanted_stop.append(True)

    job.progress = progress
    try:
        result = as_named("train", run(spec, job))
    except Stopped:
        result = None
    return job, result, curves.read(job.folder / "metrics.jsonl")
