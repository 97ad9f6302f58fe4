"""The check before a training as a job: tokens, labels, three real steps; only its result stays."""

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.jobs.context import Job
from studio.training.plan import steps
from studio.training.preflight import forecast
from studio.training.preflight.outlook import Outlook, disk_needed, fault, outlook
from studio.training.preflight.remedies import remedies
from studio.training.preflight.run_device import Device, device
from studio.training.preflight.spec import PreflightJob, PreflightResult
from studio.training.report import Reporter, calm_libraries
from studio.training.spec import TrainJob
from studio.workspace import Workspace

if TYPE_CHECKING:
    from studio.training.rows import Counts

TRIED_IN = ".trial"  # in the run folder
HOPELESS = 1.25  # an estimate above so many times the free memory is not tried: it would be killed


def run(spec: PreflightJob, job: Job) -> PreflightResult:
    """Check and try a training. Raises what the training would raise."""
    folder = job.folder / TRIED_IN
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    calm_libraries()

    def progress(step: float, total: float, **figures: Any) -> None:
        job.progress(step, total, "steps", **figures)

    try:
        return check(
            spec.training(), job.workspace, folder, Reporter(progress, job.stopping, job.log)
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check(spec: TrainJob, workspace: Workspace, folder: Path, report: Reporter) -> PreflightResult:
    """The check in an empty folder, which holds what was tried afterwards."""
    from studio.datasets.token_view.template import load_tokenizer
    from studio.training import model
    from studio.training.preflight import run_batches, trial
    from studio.training.preflight.learnt_text import labels
    from studio.training.rows import prepare

    there, compute = device(), model.precision(spec.compute_type)
    tokenizer = load_tokenizer(spec.model_name_or_path, spec.hub_name, workspace)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    rows = prepare(spec, folder, workspace, tokenizer, report)
    planned = steps(spec, rows.counts.train)
    found = run_batches.sizes(spec, rows.train, tokenizer)
    counted, picked = (
        run_batches.counted(spec, found, planned),
        run_batches.chosen(spec, found, planned),
    )
    seen = outlook(
        spec, workspace, there, planned=planned, heaviest=picked.heaviest, compute=compute
    )
    made = _figures(seen, there, rows.counts)
    made["tokens"], made["padded"], made["learnt"] = counted.tokens, counted.padded, counted.learnt
    made["total_tokens"], made["longest"] = counted.total, int(found.longest.max())
    made["steps"], made["compute"] = planned, compute
    made["heaviest"], made["learnt_heaviest"] = picked.heaviest
    made["labels"] = labels(spec, rows.train, tokenizer)
    if made["refused"] == "memory" and seen.shape is not None:
        made["remedies"] = [
            asdict(one)
            for one in remedies(spec, seen.shape, there, heaviest=picked.heaviest, compute=compute)
        ]
    forecast.tell(report, made)
    if made["estimate"] > HOPELESS * there.free or made["refused"] == "disk":
        report.log("no steps are tried")
        return made
    (folder / "steps").mkdir()
    tried = trial.run(spec, rows, picked, folder / "steps", workspace, report, tokenizer)
    held = run_batches.padded_in_order(spec, rows.eval, tokenizer)
    times = forecast.timed(spec, tried, picked.padded, counted.total, held, planned)
    made = {**made, **times}
    made["measured"], made["checkpoint"] = tried.peak, tried.checkpoint
    made["disk"] = disk_needed(spec, tried.checkpoint, tried.result, planned)
    made["refused"] = fault(tried.peak, there.free, made["disk"], made["disk_free"])
    if not made["refused"]:
        made["remedies"] = []
    forecast.tell(report, made)
    return made


def _figures(seen: Outlook, there: Device, counts: "Counts") -> PreflightResult:
    """The result as far as it is known before tokens are counted and steps tried."""
    memory = seen.memory
    needed = memory.total if memory else 0
    return {
        "parameters": seen.parameters,
        "trained": seen.trained,
        "rows": counts.train,
        "eval_rows": counts.eval,
        "rows_dropped": counts.dropped,
        "rows_cut": counts.cut,
        "rows_refused": counts.refused,
        "problems": list(counts.problems),
        "tokens": 0,
        "padded": 0,
        "learnt": 0,
        "longest": 0,
        "heaviest": 0,
        "learnt_heaviest": 0,
        "steps": 0,
        "total_tokens": 0,
        "device": there.name,
        "compute": "",
        "parts": memory.parts if memory else {},
        "estimate": needed,
        "measured": 0,
        "free": there.free,
        "seconds": 0.0,
        "seconds_low": 0.0,
        "seconds_high": 0.0,
        "times": {},
        "checkpoint": seen.checkpoint,
        "disk": seen.disk,
        "disk_free": seen.disk_free,
        "labels": [],
        "refused": fault(needed, there.free, seen.disk, seen.disk_free),
        "remedies": [],
    }
