"""The training job: the run of `train` with a job's progress, log and stop."""

import json
from typing import Any

from studio.jobs.context import Job
from studio.training import curves
from studio.training.distributed import devices
from studio.training.distributed.launching import launched
from studio.training.doubts import doubts
from studio.training.plan import plan
from studio.training.report import Reporter, calm_libraries
from studio.training.spec import Figures, TrainJob, TrainResult


def run(spec: TrainJob, job: Job) -> TrainResult:
    """Train."""
    planned = plan(spec, job.workspace)
    assert planned is not None
    job.progress(0, planned.steps, "steps", force=True)
    job.log(f"{planned.rows} rows, {planned.eval_rows} held out, about {planned.steps} steps")
    for note in spec.passed_over:
        job.log(f"passed over: {note}")
    result = launched(spec, job) if spec.through_launcher else _here(spec, job)
    job.progress(
        result["steps"],
        result["steps"],
        "steps",
        force=True,
        loss=result["loss_last"],
        tok_s=result["tokens_per_s"],
    )
    rows = json.loads((job.folder / "rows.json").read_text(encoding="utf-8"))
    return {
        "adapter": f"runs/{job.id}/adapter" if spec.adapting else "",
        "model": "" if spec.adapting else f"runs/{job.id}/model",
        "rows_dropped": rows["dropped"],
        "rows_cut": rows["cut"],
        "rows_refused": rows["refused"],
        "problems": rows["problems"],
        "doubts": doubts(spec, curves.read(job.folder / "metrics.jsonl")),
        "passed_over": spec.passed_over,
        **result,
    }


def _here(spec: TrainJob, job: Job) -> Figures:
    """Train in this process."""
    devices.limit(spec)
    calm_libraries()
    from studio.training.train import train  # torch and friends, only once the plan holds

    def progress(step: float, total: float, **figures: Any) -> None:
        job.progress(step, total, "steps", **figures)

    result = train(spec, job.folder, job.workspace, Reporter(progress, job.stopping, job.log))
    assert result is not None  # there is one process
    return result
