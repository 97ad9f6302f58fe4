"""Checkpoints under damage, a full disk and a killed process: never a wrong one loaded, never the
last good one lost.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from tiny_model import sailors, start, training

from studio.errors import ModelError, WorkspaceError
from studio.processes import worker_environment
from studio.spec import digest
from studio.training import checkpoints, curves
from studio.training.outcome import HeldOut
from studio.training.report import plain

pytest_plugins = ["tiny_model"]
FILES = (
    "adapter_model.safetensors",
    "adapter_config.json",
    "optimizer.pt",
    "scheduler.pt",
    "rng_state.pth",
    "trainer_state.json",
)


def make(run, step, signed=True):
    """A checkpoint folder with files that stand for real ones."""
    folder = run / f"checkpoint-{step}"
    folder.mkdir(parents=True)
    for name in FILES:
        (folder / name).write_bytes(f"{name} of step {step} ".encode() * 20)
    if signed:
        checkpoints.sign(folder, step, "starter")
    return folder


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


DAMAGES = {
    "missing": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "flipped": flip,
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", [*FILES, checkpoints.MARKER])
def test_a_damaged_newest_checkpoint_is_refused_and_the_one_before_used(tmp_path, name, damage):
    good, bad, told = make(tmp_path, 9), make(tmp_path, 10), []
    DAMAGES[damage](bad / name)
    assert checkpoints.newest(tmp_path, told.append) == good
    assert len(told) == 1 and told[0].startswith("checkpoint-10 is damaged")


def test_an_empty_an_unsigned_and_a_renamed_folder_do_not_count(tmp_path):
    good, told = make(tmp_path, 2), []
    (tmp_path / "checkpoint-8").mkdir()
    make(tmp_path, 6, signed=False)
    shutil.copytree(good, tmp_path / "checkpoint-4")
    shutil.copytree(good, tmp_path / "checkpoint-99-copy")
    assert checkpoints.newest(tmp_path, told.append) == good and len(told) == 3
    assert sorted(p.name for p in tmp_path.iterdir()) == ["checkpoint-2", "checkpoint-99-copy"]


def test_a_checkpoint_without_its_optimizer_is_never_signed_as_whole(tmp_path):
    folder = make(tmp_path, 3, signed=False)
    (folder / "optimizer.pt").unlink()
    checkpoints.sign(folder, 3, "starter")
    assert checkpoints.fault(folder) == ""  # as an adapter it may be used …
    assert checkpoints.newest(tmp_path, lambda _: None) is None  # … but nothing goes on from it


def test_a_marker_cannot_point_outside(tmp_path):
    folder = make(tmp_path, 1)
    mark = json.loads((folder / checkpoints.MARKER).read_text())
    mark["files"]["../outside"] = {"size": 0, "sha256": ""}
    mark.pop("sum")
    (folder / checkpoints.MARKER).write_text(json.dumps(mark | {"sum": digest(mark)}) + "\n")
    assert "outside" in checkpoints.fault(folder)


def test_rotation_keeps_the_last_whole_one_whatever_happens(tmp_path, monkeypatch):
    for step in (1, 2, 3):
        make(tmp_path, step)
    make(tmp_path, 4, signed=False)  # the disk was full while it was saved
    assert checkpoints.rotate(tmp_path, 1) == []
    monkeypatch.setattr(checkpoints, "write_json", _full)
    with pytest.raises(WorkspaceError, match="disk is full"):
        checkpoints.sign(tmp_path / "checkpoint-4", 4, "starter")
    assert (
        checkpoints.rotate(tmp_path, 1) == []
        and checkpoints.newest(tmp_path, lambda _: None).name == "checkpoint-3"
    )
    flip(tmp_path / "checkpoint-2" / "optimizer.pt")
    assert [p.name for p in checkpoints.rotate(tmp_path, 1)] == ["checkpoint-2", "checkpoint-1"]
    assert checkpoints.newest(tmp_path, lambda _: None).name == "checkpoint-3"


def test_pickles_do_not_stay_in_a_checkpoint(tmp_path):
    folder = make(tmp_path, 1, signed=False)
    (folder / "training_args.bin").write_bytes(b"pickle")
    checkpoints.sign(folder, 1, "starter")
    assert not (folder / "training_args.bin").exists() and checkpoints.fault(folder) == ""


def test_putting_an_adapter_in_place_replaces_the_former(tmp_path):
    for text in ("old", "new"):
        made = make(tmp_path / text, 1)
        checkpoints.put_in_place(made, tmp_path / "adapter")
        assert checkpoints.require_whole(tmp_path / "adapter").step == 1
    flip(tmp_path / "adapter" / "adapter_model.safetensors")
    with pytest.raises(ModelError, match="was changed"):
        checkpoints.require_whole(tmp_path / "adapter")
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def _full(*_):
    raise WorkspaceError(
        "The disk is full: {path} was not written.", "Free some space.", path="complete.json"
    )


@pytest.mark.model
def test_a_real_run_resumes_from_before_the_damage_and_ends_the_same(workspace, tiny, capfd):
    from studio.training.job import run

    sailors(workspace)
    spec = training(tiny, threads=1)
    job = start(workspace, spec)
    run(spec, job)
    wanted, adapter = (
        curves.read(job.folder / "metrics.jsonl"),
        (job.folder / "adapter" / "adapter_model.safetensors").read_bytes(),
    )
    flip(job.folder / "checkpoint-6" / "optimizer.pt")
    shutil.rmtree(job.folder / "adapter")
    result = run(spec, start(workspace, spec, job.id))
    assert "checkpoint-6 is damaged (optimizer.pt was changed)" in capfd.readouterr().err
    after = curves.read(job.folder / "metrics.jsonl")
    assert [(a["step"], pytest.approx(a["loss"], abs=1e-5)) for a in wanted] == [
        (b["step"], b["loss"]) for b in after
    ]
    assert (
        job.folder / "adapter" / "adapter_model.safetensors"
    ).read_bytes() == adapter and result["steps"] == 6
    shutil.rmtree(
        job.folder / "adapter"
    )  # killed between the last checkpoint and the adapter: no step is trained again
    run(spec, start(workspace, spec, job.id))
    assert curves.read(job.folder / "metrics.jsonl") == after
    assert (job.folder / "adapter" / "adapter_model.safetensors").read_bytes() == adapter


@pytest.mark.model
def test_a_killed_process_goes_on_and_ends_where_an_undisturbed_one_does(workspace, tiny, tmp_path):
    from studio.training.train import train

    sailors(workspace)
    spec = training(tiny, threads=1, max_steps=80, save_steps=10)
    (tmp_path / "spec.yaml").write_text(spec.as_yaml())
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    whole.mkdir()
    command = [
        sys.executable,
        "-m",
        "studio.training.launch",
        str(tmp_path / "spec.yaml"),
        "--workspace",
        str(workspace.path),
    ]
    process = subprocess.Popen(
        [*command, "--folder", str(killed)], env=worker_environment(), stderr=subprocess.DEVNULL
    )
    until = time.monotonic() + 120
    while (
        time.monotonic() < until
        and len(curves.read(killed / "metrics.jsonl")) < 12
        and process.poll() is None
    ):
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert 12 <= max(line["step"] for line in curves.read(killed / "metrics.jsonl")) < 80
    for folder in (killed, whole):
        assert train(spec, folder, workspace, plain())["steps"] == 80
    lines = [curves.read(folder / "metrics.jsonl") for folder in (killed, whole)]
    assert [line["step"] for line in lines[0]] == list(range(1, 81))
    assert [a["loss"] for a in lines[0]] == pytest.approx(
        [b["loss"] for b in lines[1]], rel=1e-5, abs=1e-5
    )
    weights = [
        (folder / "adapter" / "adapter_model.safetensors").read_bytes()
        for folder in (killed, whole)
    ]
    assert weights[0] == weights[1]


def test_the_best_that_was_saved_stays_however_many_come_after(tmp_path):
    """Step 15 was better and has no checkpoint: of those that have one step 10 is the best."""
    losses = {5: 3.0, 10: 2.0, 15: 1.0, 20: 2.5, 25: 2.6, 30: 2.7}
    lines = [{"step": step, "eval_loss": loss} for step, loss in losses.items()]
    for step in (10, 20, 30):
        make(tmp_path, step)
        found = [number for number, _ in checkpoints.numbered(tmp_path)]
        seen = [line for line in lines if line["step"] <= step]
        checkpoints.rotate(tmp_path, 1, HeldOut(seen).best(found)[0])
    assert [step for step, _ in checkpoints.numbered(tmp_path)] == [30, 10]
