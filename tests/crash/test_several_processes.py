"""A training in two processes under accelerate's launcher: it learns what one process learns, and
goes on after a stop, a killed worker and a killed process.
"""

import os
import shutil
import signal
import subprocess
import sys

import psutil
import pytest
import torch
from safetensors.torch import load_file
from tiny_model import run_here, sailors, training
from torch.distributed.elastic.utils.distributed import get_free_port

from studio import jobs
from studio.processes import worker_environment
from studio.training import checkpoints, curves
from tests.other_process import ROOT, kill
from tests.waiting import until

pytest_plugins = ["tiny_model"]
pytestmark = [pytest.mark.model, pytest.mark.process]
STEPS, LONG = 48, 300
PATIENCE_S = 180


def in_two(tiny, **fields):
    """A run in two processes on the CPU; 16 rows are two full batches for each of them."""
    return training(
        tiny,
        **{
            "distributed": "ddp",
            "devices": "cpu",
            "num_processes": 2,
            "max_steps": STEPS,
            "save_steps": 5,
            "threads": 1,
        }
        | fields,
    )


def measured(folder):
    lines = curves.read(folder / "metrics.jsonl")
    return {line["step"]: line["loss"] for line in lines if "loss" in line}


def begun(workspace, spec, steps=7):
    """A job of the spec that has made so many steps."""
    record = jobs.start(workspace, spec)
    folder = workspace.run_folder(record.id)
    until(lambda: len(measured(folder)) >= steps or not active(workspace, record.id), PATIENCE_S)
    return record.id, folder


def active(workspace, job_id):
    jobs.recover(workspace)
    return jobs.get(workspace, job_id).active


def ended(workspace, job_id):
    until(lambda: not active(workspace, job_id), PATIENCE_S)
    return jobs.get(workspace, job_id)


def processes_of(folder):
    """The training's processes that run, first their ranks."""
    found = []
    for process in psutil.process_iter(["cmdline", "environ", "status"]):
        line = process.info["cmdline"] or []
        if "studio.training.launch" in line and str(folder) in line:
            rank = (process.info["environ"] or {}).get("RANK")
            found += [(int(rank), process.pid)] if rank else []
    return dict(found)


@pytest.mark.long
def test_two_processes_learn_what_one_does_with_double_accumulation(workspace, tiny, tmp_path):
    """Without launcher and worker, which the slow tests below have."""
    sailors(workspace)
    (tmp_path / "spec.yaml").write_text(in_two(tiny, max_steps=10).as_yaml())
    where = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(get_free_port())}
    place = ["--workspace", str(workspace.path), "--folder", str(tmp_path / "two")]
    both = [
        subprocess.Popen(
            [sys.executable, "-m", "studio.training.launch", tmp_path / "spec.yaml", *place],
            env=worker_environment() | where | {"RANK": rank, "LOCAL_RANK": rank},
            stdout=subprocess.DEVNULL,
        )
        for rank in ("0", "1")
    ]
    one = training(tiny, max_steps=10, gradient_accumulation_steps=2, threads=1)
    _, _, lines = run_here(workspace, one)
    assert [process.wait(PATIENCE_S) for process in both] == [0, 0]
    assert measured(tmp_path / "two") == pytest.approx(
        {line["step"]: line["loss"] for line in lines}, abs=1e-3
    )


@pytest.mark.slow
def test_two_processes_stop_and_go_on_as_one_with_double_accumulation(workspace, tiny):
    sailors(workspace)
    job_id, folder = begun(workspace, in_two(tiny))
    jobs.stop(workspace, job_id)
    stopped = ended(workspace, job_id)
    made = max(measured(folder))
    assert stopped.state == "stopped" and 7 <= made < STEPS
    newest = checkpoints.newest(folder, pytest.fail)
    assert newest.name == f"checkpoint-{made}"
    assert {"rng_state_0.pth", "rng_state_1.pth"} <= {path.name for path in newest.iterdir()}
    jobs.resume(workspace, job_id)
    assert ended(workspace, job_id).state == "done"
    one = training(tiny, max_steps=STEPS, gradient_accumulation_steps=2, threads=1)
    _, result, lines = run_here(workspace, one)
    assert measured(folder) == pytest.approx({s["step"]: s["loss"] for s in lines}, abs=1e-3)
    both = jobs.get(workspace, job_id).result
    assert both["steps"] == STEPS and both["eval_loss"] is None
    tokens = [curves.read(f / "metrics.jsonl")[-1]["tokens"] for f in (folder, _.folder)]
    assert tokens[0] == tokens[1]  # those of both processes are counted


@pytest.mark.slow
def test_a_killed_worker_takes_its_processes_with_it_and_the_run_goes_on(workspace, tiny):
    sailors(workspace)
    spec = in_two(
        tiny, max_steps=LONG, save_steps=20, lora_dropout=0.1, val_size=0.25, eval_steps=50
    )
    whole, undisturbed = begun(workspace, spec.model_copy(update={"name": "whole"}))
    assert ended(workspace, whole).state == "done"
    job_id, folder = begun(workspace, spec)
    running = processes_of(folder)
    assert set(running) == {0, 1}
    kill(workspace, job_id)
    until(lambda: not processes_of(folder), 20)
    assert ended(workspace, job_id).state == "interrupted"
    jobs.resume(workspace, job_id)
    assert ended(workspace, job_id).state == "done"
    lines = [
        [
            {key: line[key] for key in ("step", "loss", "eval_loss") if key in line}
            for line in curves.read(one / "metrics.jsonl")
        ]
        for one in (undisturbed, folder)
    ]
    assert len(lines[0]) == len(lines[1])
    for before, after in zip(*lines, strict=True):
        assert after == pytest.approx(before, rel=1e-5, abs=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 1])
def test_a_process_that_dies_ends_the_others_and_is_named(workspace, tiny, rank):
    sailors(workspace)
    job_id, folder = begun(workspace, in_two(tiny, max_steps=LONG, save_steps=20))
    os.kill(processes_of(folder)[rank], signal.SIGKILL)
    failed = ended(workspace, job_id)
    assert failed.state == "failed"
    assert f"Process {rank} of the training was ended by signal 9" in failed.error.sentence
    assert not processes_of(folder)
    jobs.resume(workspace, job_id)
    done = ended(workspace, job_id)
    assert done.state == "done", done.error
    assert sorted(measured(folder)) == list(range(1, LONG + 1))


@pytest.mark.slow
def test_what_one_process_finds_wrong_is_said_once_in_its_words(workspace, tiny):
    sailors(workspace)
    record = jobs.start(workspace, in_two(tiny, lora_target="nothing_of_this_name"))
    failed = ended(workspace, record.id)
    assert failed.state == "failed" and failed.error.type == "ModelError"
    assert "The adapter cannot be put on" in failed.error.sentence


@pytest.mark.slow
@pytest.mark.parametrize("method", ["lora", "full"])
def test_weights_spread_by_fsdp_are_trained_saved_whole_and_gone_on_with(
    workspace, tiny, tmp_path, method
):
    """With accelerate's FSDP2 itself, on the CPU: `fsdp_on_cpu` says how."""
    sailors(workspace)
    spec = in_two(tiny, max_steps=8, save_steps=2, finetuning_type=method, val_size=0.25)
    runs = {}
    for way in ("fsdp2", "ddp"):
        file, folder = tmp_path / f"{way}.yaml", tmp_path / way
        file.write_text(spec.as_yaml().replace("distributed: ddp", f"distributed: {way}"))
        module = ["tests/fsdp_on_cpu.py"] if way == "fsdp2" else ["-m", "studio.training.launch"]
        place = [file, "--workspace", workspace.path, "--folder", folder]
        begin = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
        command = [sys.executable, *begin, *module, *place]

        def train(command=command):
            done = subprocess.run(
                command, env=worker_environment(), capture_output=True, text=True, cwd=ROOT
            )
            assert done.returncode == 0, done.stderr
            assert "hub" not in done.stderr and "remote file" not in done.stderr

        train()
        runs[way] = measured(folder)
        if way == "fsdp2":
            newest = checkpoints.newest(folder, pytest.fail)
            assert (newest / "optimizer_0").is_dir()
            shutil.rmtree(newest)
            train()
            assert measured(folder) == pytest.approx(runs[way], rel=1e-5, abs=1e-5)
    assert runs["fsdp2"] == pytest.approx(runs["ddp"], abs=1e-3)
    name = "adapter/adapter_model" if method == "lora" else "model/model"
    first, second = (load_file(tmp_path / way / f"{name}.safetensors") for way in runs)
    assert first.keys() == second.keys()
    for key, value in first.items():
        assert torch.allclose(value, second[key], atol=2e-3), key


@pytest.mark.slow
def test_torchrun_starts_the_same_without_a_worker(workspace, tiny, tmp_path):
    sailors(workspace)
    (tmp_path / "spec.yaml").write_text(in_two(tiny, max_steps=4, save_steps=2).as_yaml())
    command = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    place = ["--workspace", str(workspace.path), "--folder", str(tmp_path / "run")]
    done = subprocess.run(
        [sys.executable, *command, "-m", "studio.training.launch", tmp_path / "spec.yaml", *place],
        env=worker_environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert sorted(measured(tmp_path / "run")) == [1, 2, 3, 4]
    assert checkpoints.fault(tmp_path / "run" / "adapter") == ""
