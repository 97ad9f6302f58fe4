"""The demo pipeline on the starter model, killed with SIGKILL and run again."""

import json
import subprocess
import time
from collections import Counter

import pytest

from studio import jobs, serving
from studio.store import events
from tests.other_process import ROOT, kill_all, run_command

DEMO = ROOT / "presets" / "pipelines" / "demo.yaml"
pytestmark = pytest.mark.model


@pytest.fixture(autouse=True)
def no_server_left(own_home):
    """The model server that the instructions step started ends with the test."""
    yield
    serving.stop()


def run_killed_at(workspace, moments, sets, timeout_s):
    """Run the demo, kill everything at each moment, run it once more to the end; its JSON line."""
    command = run_command(DEMO, workspace.path, *sets)
    for moment in moments:
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + timeout_s
        while not moment(workspace):
            assert running.poll() is None and time.monotonic() < end, "the moment never came"
            time.sleep(0.05)
        kill_all(workspace, running)
    ran = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s)
    assert ran.returncode == 0, ran.stderr[-2000:]
    return json.loads(ran.stdout.splitlines()[-1])


def step_at(name, done=0):
    """Whether a step is running and has done so much."""

    def reached(workspace):
        return any(
            r.step == name and r.state == "running" and r.progress.get("done", 0) >= done
            for r in jobs.recent(workspace)
        )

    return reached


def check(workspace, told):
    """Every step once, and better after than before."""
    assert told["state"] == "done" and told["kind"] == "pipeline"
    steps = told["result"]["steps"]
    assert list(steps) == ["chunks", "lines", "questions", "data", "train", "evaluate"]
    records = [r for r in jobs.recent(workspace) if r.parent]
    assert len(records) == 6 and {r.state for r in records} == {"done"}
    finished = Counter(
        record.id
        for record in jobs.recent(workspace)
        for event in events.of_job(workspace.store, record.id)
        if event.kind == "state" and event.data["state"] == "done"
    )
    assert set(finished.values()) == {1}
    metrics = (
        [
            json.loads(line)["step"]
            for line in (workspace.run_folder(records[1].id) / "metrics.jsonl")
            .read_text()
            .splitlines()
            if '"loss"' in line
        ]
        if records[1].kind == "train"
        else []
    )
    assert len(metrics) == len(set(metrics))
    return steps


def test_killed_in_the_middle_of_training_it_ends_whole(workspace, starter, fake):
    sets = (
        "questions.provider=openai",
        f"questions.base_url={fake.url('openai')}",
        "questions.model_name_or_path=fake",
        "questions.max_chunks=1",
        "train.max_steps=6",
        "train.per_device_train_batch_size=1",
        "train.cutoff_len=192",
        "train.save_steps=2",
        "evaluate.replies=1",
        "evaluate.max_new_tokens=12",
        "evaluate.max_samples=3",
    )
    steps = check(workspace, run_killed_at(workspace, [step_at("train", 3)], sets, 240))
    assert steps["train"]["steps"] == 6 and steps["evaluate"]["replies"][0]["base"] != ""


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_whole_demo_killed_at_three_moments(workspace, starter):
    """Ten minutes at most, the loss falls by a third, held-out loss falls, replies differ."""
    moments = [step_at("questions"), step_at("train", 8), step_at("evaluate", 2)]
    steps = check(workspace, run_killed_at(workspace, moments, (), 600))
    train, evaluate = steps["train"], steps["evaluate"]
    assert train["loss_last"] <= train["loss_first"] * 2 / 3
    assert evaluate["loss_tuned"] < evaluate["loss_base"]
    assert any(reply["base"] != reply["tuned"] for reply in evaluate["replies"])
