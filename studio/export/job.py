"""The export job."""

from studio.export.recipes.bundle import recipe_zip
from studio.export.spec import ExportJob, ExportResult
from studio.jobs.context import Job


def run(spec: ExportJob, job: Job) -> ExportResult:
    """Write the zip under data/exports. Raises StudioError."""
    made = recipe_zip(job.workspace, spec.run)
    for note in made.notes:
        job.log(note)
    return {
        "file": made.path.relative_to(job.workspace.path).as_posix(),
        "notes": list(made.notes),
    }
