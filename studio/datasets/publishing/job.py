"""The publish job: the dataset's files and its card, as a zip or sent to a hub."""

import shutil
from pathlib import Path

from studio.datasets.assembly.exports import EXPORTS
from studio.datasets.publishing import hub_upload
from studio.datasets.publishing.spec import PublishJob, PublishResult
from studio.datasets.publishing.writing import Export, pack, write_folder
from studio.jobs.context import Job

MB = 1e6


def run(spec: PublishJob, job: Job) -> PublishResult:
    """Write the files, then pack or send them. Raises StudioError, Stopped.

    A run that was killed is done again: nothing is visible on the hub before its last step.
    """
    wanted = Export.of(spec)
    folder = job.folder / "files"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    job.check_stop()
    try:
        made = write_folder(job.workspace, spec.dataset, wanted, folder)
        size = sum(path.stat().st_size for path in folder.iterdir())
        result: PublishResult = {
            "dataset": made.name,
            "file": "",
            "address": "",
            "rows": made.rows,
            "bytes": size,
        }
        job.check_stop()
        if spec.to == "zip":
            path = pack(job.workspace.data / EXPORTS, f"{made.name}-{wanted.named}", folder, size)
            result["file"] = path.relative_to(job.workspace.path).as_posix()
        else:
            result["address"] = _sent(spec, job, folder, size)
        return result
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sent(spec: PublishJob, job: Job, folder: Path, size: int) -> str:
    job.log(f"to {spec.address}/datasets/{spec.repo_id}, {size:,} bytes")
    message = f"{spec.dataset}, from Inkwell Studio"
    begun = job.folder / "repository"  # this job's own, which it may go on with
    overwrite = spec.overwrite or begun.exists()
    if spec.to == "modelscope":
        job.progress(0, size / MB, "megabytes", force=True)
        address = hub_upload.to_modelscope(
            folder,
            spec.repo_id,
            spec.address,
            private=spec.private,
            overwrite=overwrite,
            message=message,
        )
    else:
        whole = hub_upload.PASSES * size / MB
        job.progress(0, whole, "megabytes", force=True)
        address = hub_upload.to_huggingface(
            folder,
            spec.repo_id,
            spec.address,
            private=spec.private,
            overwrite=overwrite,
            message=message,
            sent=lambda count: job.progress(min(count / MB, 0.99 * whole), whole, "megabytes"),
            stopping=job.stopping,
            created=begun.touch,
        )
    job.progress(size / MB, size / MB, "megabytes", force=True)
    return address
