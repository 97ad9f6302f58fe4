"""A grid: every combination a run of its own, one budget, judged by the held-out loss."""

import json
import time

import pytest
from tiny_model import sailors, training

from studio import inventory, jobs
from studio.errors import JobError, SpecError
from studio.inventory import Ref
from studio.jobs import records
from studio.jobs.context import Job
from studio.training.grid import GridJob, best, points, tried, values_of
from studio.training.grid import job as grid_job

pytest_plugins = ["tiny_model"]
BASE = {"dataset": "sailors", "val_size": 0.2, "max_steps": 6}


def grid(**more):
    return GridJob.read(
        {"base": BASE, "over": {"learning_rate": [1e-4, 3e-4], "lora_rank": [4, 8]}} | more
    )


def test_every_combination_is_a_run_once():
    made = points(grid(over={"learning_rate": [1e-4, 3e-4, 1e-4], "lora_rank": [4, 8]}))
    assert [(p.values["learning_rate"], p.values["lora_rank"]) for p in made] == [
        (1e-4, 4),
        (1e-4, 8),
        (3e-4, 4),
        (3e-4, 8),
    ]
    assert made[3].spec.lora_rank == 8 and made[3].spec.name == (
        "sailors: learning_rate 0.0003, lora_rank 8"
    )


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"over": {}}, "at least one field"),
        ({"over": {"rank": [1]}}, "no field of a training"),
        ({"over": {"dataset": ["a"]}}, "neither a number nor a choice"),
        ({"over": {"cutoff_len": [64, 128]}}, "changes what is measured"),
        ({"over": {"learning_rate": []}}, "no values"),
        ({"over": {"learning_rate": [-1]}}, "learning_rate"),
        ({"over": {"num_train_epochs": [1, 2]}}, "changes nothing as max_steps stands"),
        ({"base": {"dataset": "sailors"}}, "held-out loss"),
        ({"over": {"seed": list(range(65))}}, "65 runs are more than 64"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_a_sentence(more, says):
    with pytest.raises(SpecError, match=says):
        grid(**more)


def test_values_are_typed_plainly():
    assert values_of("learning_rate", "1e-4, 3e-4，1e-4 5e-4") == [1e-4, 3e-4, 5e-4]
    assert values_of("lora_rank", "8,16、32") == [8, 16, 32]
    assert values_of("use_dora", "true false") == [True, False]
    assert values_of("lr_scheduler_type", "cosine linear") == ["cosine", "linear"]
    with pytest.raises(SpecError, match="many is no value"):
        values_of("lora_rank", "8, many")


def pretended(monkeypatch, workspace, losses):
    """Runs that are over at once: of each point its loss, an exception, or a state."""
    monkeypatch.setattr(grid_job, "POLL_S", 0.0)
    begun = []

    def start(workspace, spec, *, parent, step):
        record, _ = records.create(workspace, spec, parent=parent, step=step)
        begun.append(step)
        end(record.id, losses[len(begun) - 1])
        return records.get(workspace, record.id)

    def end(job_id, outcome):
        if isinstance(outcome, float):
            result = {"eval_loss": outcome, "loss_last": outcome, "steps": 6, "seconds": 2.0}
            records.set_state(workspace, job_id, "done", result=result)
        else:
            records.set_state(workspace, job_id, outcome)

    def resume(workspace, job_id):
        begun.append(records.get(workspace, job_id).step)
        end(job_id, losses[len(begun) - 1])
        return records.get(workspace, job_id)

    monkeypatch.setattr(jobs, "start", start)
    monkeypatch.setattr(jobs, "resume", resume)
    return begun


def job_of(workspace, spec):
    record, _ = records.create(workspace, spec, parent=None, step=None)
    folder = workspace.run_folder(record.id)
    folder.mkdir(parents=True, exist_ok=True)
    return Job(id=record.id, workspace=workspace, folder=folder)


def test_the_budget_in_steps_leaves_later_runs_out_and_counts_them(workspace, starter, monkeypatch):
    sailors(workspace)
    spec = grid(max_total_steps=17)
    begun = pretended(monkeypatch, workspace, [2.0, 1.5, 1.0, 0.5])
    found = grid_job.run(spec, job_of(workspace, spec))
    assert begun == ["1", "2"]
    assert (found["runs"], found["skipped"], found["failed"], found["best"]) == (2, 2, 0, 1)
    assert [one["state"] for one in found["points"]] == ["done", "done", "skipped", "skipped"]
    assert found["steps"] == 12


def test_the_budget_in_hours_is_kept_over_a_restart(workspace, starter, monkeypatch):
    sailors(workspace)
    spec = grid(max_hours=0.01)  # 36 s
    begun = pretended(monkeypatch, workspace, [2.0, 1.5, 1.0, 0.5])
    job = job_of(workspace, spec)
    (job.folder / "spent.json").write_text(json.dumps({"seconds": 30.0}))
    found = grid_job.run(spec, job)
    assert begun == ["1"] and (found["runs"], found["skipped"]) == (1, 3)  # 30 s a run, 6 left


def test_a_failed_run_lets_the_others_go_on_and_a_resumed_grid_begins_no_finished_one_again(
    workspace, starter, monkeypatch
):
    sailors(workspace)
    spec = grid()
    begun = pretended(monkeypatch, workspace, [2.0, "failed", "stopped", 0.5, 0.7, 0.9])
    job = job_of(workspace, spec)
    found = grid_job.run(spec, job)
    assert [one["state"] for one in found["points"]] == ["done", "failed", "stopped", "done"]
    assert (found["runs"], found["failed"], found["best"]) == (2, 2, 3)
    again = grid_job.run(spec, job)
    assert begun[4:] == ["2", "3"] and (again["runs"], again["best"]) == (4, 3)


def test_a_grid_is_renamed_and_deleted_as_a_run_and_guards_its_dataset(workspace, starter):
    sailors(workspace)
    record, _ = records.create(workspace, grid(), parent=None, step=None)
    with pytest.raises(JobError, match="working on"):
        inventory.delete(workspace, inventory.deletion(workspace, [Ref("dataset", "sailors")]))
    records.set_state(workspace, record.id, "stopped")
    inventory.rename(workspace, Ref("run", record.id), "two rates")
    assert records.get(workspace, record.id).title == "two rates"
    inventory.delete(workspace, inventory.deletion(workspace, [Ref("run", record.id)]))
    assert jobs.recent(workspace) == []


@pytest.mark.slow
def test_a_grid_of_real_runs(workspace, tiny):
    """Two ranks by the worker's own way, while another training waits for the grid's end."""
    sailors(workspace)
    base = training(tiny, max_steps=2, val_size=0.2, eval_steps=2).plain()
    spec = GridJob.read({"name": "try", "base": base, "over": {"lora_rank": [2, 4]}})
    record = jobs.start(workspace, spec)
    other = jobs.start(workspace, training(tiny, max_steps=1))
    assert jobs.records.must_wait(workspace.store, "train", None)
    until = time.monotonic() + 120
    while jobs.get(workspace, record.id).active and time.monotonic() < until:
        time.sleep(0.2)
    record = jobs.get(workspace, record.id)
    assert record.state == "done", record.error
    found = tried(workspace, record, points(spec))
    assert [one.state for one in found] == ["done", "done"]
    assert record.result["best"] == best(found) >= 0
    assert jobs.get(workspace, found[1].run).title == "try: lora_rank 4"
    waited = jobs.wait(workspace, other.id, 120)
    assert waited.state == "done" and waited.started >= record.ended
