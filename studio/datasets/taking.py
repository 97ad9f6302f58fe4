"""The register job: a file of rows becomes a registered dataset, read in the sandbox while the job
tells how far it is.
"""

from studio.datasets import window
from studio.datasets.spec import RegisterJob, RegisterResult
from studio.documents import incoming
from studio.files import size_of
from studio.jobs.context import Job

MB = 1 << 20


def run(spec: RegisterJob, job: Job) -> RegisterResult:
    """Take the file in under the job's name. Raises StudioError where no row of it can be used.

    A run
    that was killed is done again: the file as it was handed in stays until the dataset is there.
    """
    path, filename = spec.place(job.workspace)
    total = max(1, path.stat().st_size)
    # The rows are written here as they are read, about as many bytes as the file has.
    growing = [
        job.workspace.data / f".incoming-{spec.name}.{ending}"
        for ending in ("jsonl", "txt", "parquet")
    ]

    def stopping() -> bool:
        written = max(map(size_of, growing))
        job.progress(min(written, 0.99 * total) / MB, total / MB, "megabytes")
        return job.stopping()

    job.check_stop()
    job.progress(0, total / MB, "megabytes", force=True)
    made = window.take_in(job.workspace, path, spec.name, filename=filename, stopping=stopping)
    incoming.discard(job.workspace, spec.file)
    job.progress(total / MB, total / MB, "megabytes", force=True)
    job.event("dataset", name=made["name"], rows=made["rows"])
    return {
        "dataset": made["name"],
        "rows": made["rows"],
        "skipped": made["skipped"],
        "problems": made["problems"],
        "encoding": made["encoding"],
        "odd": made["odd"],
        "form": made["form"],
        "notes": made["notes"],
    }
