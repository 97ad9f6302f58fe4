"""A run shorter than `logging_steps` is a run: its steps are counted, its last loss is logged and
drawn.
"""

import pytest
from tiny_model import sailors, start, training

from studio.training import curves
from studio.training.job import run
from studio.training.spec import TrainJob

pytest_plugins = ["tiny_model"]
pytestmark = pytest.mark.model


def trained(workspace, tiny, **fields):
    sailors(workspace)
    short = {"max_steps": 3, "save_steps": 100, "logging_steps": 10}
    job = start(workspace, training(tiny, **short | fields))
    return job, run(job_spec(workspace, job), job), curves.read(job.folder / "metrics.jsonl")


def job_spec(workspace, job):
    from studio.jobs import records

    return TrainJob.read(records.get(workspace, job.id).spec)


def middle(path):
    """The colours in the middle of a picture, as hex: a single point stands there."""
    from matplotlib.image import imread

    picture = (imread(path)[..., :3] * 255).round().astype(int)
    high, wide = picture.shape[:2]
    part = picture[high // 4 : -high // 4, wide * 2 // 5 : wide * 3 // 5].reshape(-1, 3)
    return {"".join(f"{c:02X}" for c in pixel) for pixel in part.tolist()}


def test_three_steps_logged_every_ten_have_a_loss_and_a_held_out_loss(workspace, tiny):
    _, result, metrics = trained(workspace, tiny, val_size=0.25)
    assert result["steps"] == 3 and result["total_steps"] == 3
    assert result["loss_last"] > 0 and result["eval_loss"] > 0 and result["eval_loss_first"] > 0
    assert [(line["step"], "loss" in line) for line in metrics] == [
        (0, False),
        (3, True),
        (3, False),
    ]


@pytest.mark.parametrize(("steps", "logged"), [(1, [1]), (25, [10, 20, 25]), (20, [10, 20])])
def test_the_last_step_is_logged_once(workspace, tiny, steps, logged):
    _, result, metrics = trained(workspace, tiny, max_steps=steps)
    assert [line["step"] for line in metrics if "loss" in line] == logged and result[
        "steps"
    ] == steps


def test_by_epochs_the_last_step_is_logged_too(workspace, tiny):
    job, result, metrics = trained(
        workspace, tiny, max_steps=0, num_train_epochs=1, per_device_train_batch_size=3
    )
    assert result["steps"] == 6 and [line["step"] for line in metrics if "loss" in line] == [6]
    assert "B5402E" in middle(job.folder / "training_loss.png"), "the one point is drawn"
