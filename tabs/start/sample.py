"""The sample taken the whole way: the pipeline of `presets/pipelines/demo.yaml` on the story in the
window's language.
"""

from pathlib import PurePosixPath
from typing import Any

from studio import jobs, presets
from studio.datasets import naming
from studio.jobs.records import JobRecord
from tabs.kit import job_status, sample_story
from tabs.kit.language import sentences
from tabs.kit.session import Session
from tabs.kit.tab import active

FILE = presets.SHIPPED / "pipelines" / "demo.yaml"
PREFIX = "sample:"


def start(session: Session) -> JobRecord:
    """Start the pipeline; the one that is under way is not doubled. Raises StudioError."""
    under_way = newest(session)
    if under_way is not None and under_way.active:
        return under_way
    demo = presets.read_yaml(FILE)
    cast = sample_story.cast(session)
    demo["vars"] |= {
        "document": PREFIX + sample_story.file_of(session.language),
        "role": cast["target"],
        "characters": cast["characters"],
        "name": naming.free_name(session.workspace, f"sample-{session.language}"),
    }
    return jobs.start(session.workspace, jobs.read_spec(demo))


def newest(session: Session) -> JobRecord | None:
    """The newest pipeline that took the story in the window's language the whole way."""
    story = PREFIX + sample_story.file_of(session.language)

    def found() -> JobRecord | None:
        made = jobs.recent(session.workspace, "pipeline")
        return next(
            (one for one in made if (one.spec.get("vars") or {}).get("document") == story), None
        )

    kept: JobRecord | None = session.kept("sample", ("jobs",), found)
    return kept


def described(session: Session, record: JobRecord | None) -> dict[str, Any]:
    """How far the sample is, for the view: its steps, and what is to be done now."""
    if record is None:
        return {"state": ""}
    if record.active:  # its progress moves no counter of the store
        record = jobs.get(session.workspace, record.id)
    children = jobs.children(session.workspace, record.id)
    steps = []
    for step in record.spec.get("steps") or []:
        child = children.get(str(step.get("id")))
        state = child.state if child else "waiting"
        facts = job_status.facts(session, child) if child and child.active else []
        label = session.word(f"job.kind.{step.get('kind')}")
        steps.append({"label": label, "state": state, "facts": " · ".join(facts)})
    error = record.error if not record.active else None
    return {
        "id": record.id,
        "state": record.state,
        "steps": steps,
        "resumable": jobs.resumable(record),
        "error": list(sentences(session.language, error)) if error else None,
        "adapter": adapter(record),
    }


def adapter(record: JobRecord) -> str:
    """The run whose adapter the sample's training made; "" before."""
    steps = record.result.get("steps") if isinstance(record.result, dict) else None
    trained = (steps or {}).get("train") or {}
    made = PurePosixPath(str(trained.get("adapter") or "")).parts  # runs/<run>/adapter
    return made[1] if len(made) > 1 else ""


def running(session: Session) -> list[JobRecord]:
    """What runs, each job once: the steps of a pipeline are its own."""
    return [record for record in active(session) if record.parent is None]
