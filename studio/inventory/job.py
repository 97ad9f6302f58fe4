"""The jobs that pack a workspace and open a packed one: progress in megabytes, stopped at will."""

from pathlib import Path

from studio.documents import incoming
from studio.inventory import archive
from studio.inventory.collect import folder_bytes
from studio.inventory.spec import PackJob, PackResult, UnpackJob, UnpackResult
from studio.jobs.context import Job
from studio.progress import Watch
from studio.workspace import safe_name

MEGABYTE = 1e6


def pack(spec: PackJob, job: Job) -> PackResult:
    """Write the job's workspace as data/exports/<name>.zip. Raises JobError, WorkspaceError."""
    name = safe_name(spec.name or job.workspace.name)
    target = job.workspace.data / "exports" / f"{name}.zip"
    total = folder_bytes(job.workspace.path)
    made = archive.pack(job.workspace, target, _watch(job, total), but=job.id)
    job.progress(total / MEGABYTE, total / MEGABYTE, "megabytes", force=True)
    return {
        "file": made.relative_to(job.workspace.path).as_posix(),
        "bytes": made.stat().st_size,
    }


def unpack(spec: UnpackJob, job: Job) -> UnpackResult:
    """Open the packed workspace of `spec.file` under a free name. Raises InputError,
    WorkspaceError.
    """
    path, shown = Path(spec.file).expanduser(), ""
    if incoming.is_staged(spec.file):
        path, shown = incoming.staged(job.workspace, spec.file)
    watch = _watch(job, path.stat().st_size if path.is_file() else 0)
    made = archive.unpack(path, spec.name, watch, shown=shown)
    incoming.discard(job.workspace, spec.file)
    return {"workspace": made.name}


def _watch(job: Job, total: int) -> Watch:
    """Tells the job's progress in megabytes, and ends the work where a stop was asked for."""

    def tell(share: float) -> None:
        job.check_stop()
        job.progress(share * total / MEGABYTE, total / MEGABYTE, "megabytes")

    return Watch(tell)
