"""Running a pipeline: every step is a child job with a worker of its own, so its memory is freed
when it ends, its tab shows it, and a pipeline that was killed finds each step as it was left."""

import time
from typing import Any

from studio import jobs
from studio.errors import JobError, Stopped
from studio.jobs.context import Job
from studio.jobs.records import JobRecord
from studio.pipeline.spec import PipelineJob, PipelineResult, body, resolve

POLL_S = 0.4


def run(spec: PipelineJob, job: Job) -> PipelineResult:
    """Run the steps in order; a finished step is never run again."""
    results: dict[str, dict[str, Any]] = {}
    for number, step in enumerate(spec.steps):
        job.check_stop()
        child = _start(spec, step, results, job)
        job.log(f"step {number + 1} of {len(spec.steps)}: {step['id']} ({child.id}, {child.state})")
        child = _watch(child, number, len(spec.steps), job)
        if child.state == "stopped":
            raise Stopped
        if child.state != "done":
            raise child.error or JobError(
                "Step {step} ended without a word.",
                "Look into its log, then resume.",
                step=step["id"],
            )
        results[step["id"]] = child.result
    job.progress(len(spec.steps), len(spec.steps), "steps", force=True)
    return {"steps": results}


def _start(spec: PipelineJob, step: dict[str, Any], results: dict[str, Any], job: Job) -> JobRecord:
    """The step's child job: as it was left if there is one, else a new one."""
    jobs.recover(job.workspace)
    before = jobs.children(job.workspace, job.id).get(step["id"])
    if before and (before.active or before.state == "done"):
        return before
    if before:
        return jobs.resume(job.workspace, before.id)

    def look(name: str, key: str | None) -> Any:
        return spec.vars[name] if key is None else _dig(results[name], key, name)

    child = jobs.read_spec({"kind": step["kind"]} | resolve(body(step), look))
    return jobs.start(job.workspace, child, parent=job.id, step=step["id"])


def _watch(child: JobRecord, number: int, total: int, job: Job) -> JobRecord:
    """Follow a child job to its end, handing its progress on."""
    while child.active:
        if job.stopping():
            jobs.stop(job.workspace, child.id)
        inner = child.progress
        share = inner["done"] / inner["total"] if inner.get("total") else 0
        job.progress(number + min(share, 0.99), total, "steps", step=child.step, inner=inner)
        time.sleep(POLL_S)
        jobs.recover(job.workspace)
        child = jobs.records.get(job.workspace, child.id)
    return child


def _dig(result: dict[str, Any], key: str, step: str) -> Any:
    for part in key.split("."):
        if not isinstance(result, dict) or part not in result:
            raise JobError(
                "The result of step {step} has no {key}.",
                "Correct the reference in the pipeline.",
                may_pass=False,
                step=step,
                key=key,
            )
        result = result[part]
    return result
