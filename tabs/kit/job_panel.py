"""The job panel that every tab shares: progress in the job's own units, time left, stop, resume,
log.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from studio import jobs
from studio.errors import JobError
from studio.jobs.records import JobRecord
from tabs.kit import coming, job_notes
from tabs.kit.language import sentences
from tabs.kit.lazy import Lazy
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.wiring import connect
from tabs.views import payload, read_at, stamp, view

LOG_BYTES = 6000


@dataclass(frozen=True)
class JobPanel:
    """The panel of a tab's kinds of job; it shows the newest one."""

    kinds: tuple[str, ...]
    view: gr.HTML


def build(*kinds: str) -> JobPanel:
    """Lay out the panel in the current Gradio context; it bears the first kind's name."""
    return JobPanel(kinds, view("job", elem_id=f"job-{kinds[0]}"))


def wire(
    panel: JobPanel,
    shared: Shared,
    notice: Any,
    chosen: Callable[[Session, JobRecord], Values] | None = None,
    outputs: Iterable[Any] = (),
) -> None:
    """Stop and resume.

    `chosen(session, job)`: updates of `outputs` that choose what a resumed job goes on making.
    """

    def act(session: Session, values: Values, data: dict[str, Any]) -> Values:
        job_id = str(data.get("id", ""))
        if data.get("act") == "stop":
            jobs.stop(session.workspace, job_id)
        elif data.get("act") == "resume":
            record = jobs.resume(session.workspace, job_id)
            return {panel.view: show(session, *panel.kinds)} | (
                chosen(session, record) if chosen else {}
            )
        return {panel.view: show(session, *panel.kinds)}

    connect(shared, panel.view.act, act, outputs=[panel.view, *outputs], notice=notice, event=True)


def lazy(session: Session, panel: JobPanel) -> Lazy:
    """The panel's content, drawn again when the job or its log has moved."""
    at = stamp()
    return lazy_of(session, newest(session, *panel.kinds), at)


def lazy_of(session: Session, record: JobRecord | None, at: int) -> Lazy:
    """The same of one job, which was read after the stamp `at`."""
    if record is None:
        return Lazy((session.language, session.workspace.path), lambda: payload({}), at)
    mark = (
        record.id,
        record.state,
        repr(record.progress),
        session.language,
        _log_size(session, record),
        _stopping(session, record),
    )
    return Lazy(mark, lambda: describe(session, record), at)


def show(session: Session, *kinds: str) -> str:
    """The panel's value now."""
    at = stamp()
    record = newest(session, *kinds)
    with read_at(at):
        return describe(session, record) if record else payload({})


def newest(session: Session, *kinds: str) -> JobRecord | None:
    """The newest job of some kinds."""
    found = [record for kind in kinds if (record := jobs.latest(session.workspace, kind))]
    return max(found, key=lambda record: record.created, default=None)


def describe(session: Session, record: JobRecord) -> str:
    """One job as the panel's script wants it."""
    progress, error = record.progress, record.error
    if record.state == "interrupted" and error is None:
        error = JobError("The job was interrupted.", "Press Resume: it goes on where it stopped.")
    return payload(
        {
            "key": record.id,
            "id": record.id,
            "state": record.state,
            "active": record.active,
            "label": session.word(f"job.state.{record.state}"),
            "stopping": _stopping(session, record),
            "resumable": jobs.resumable(record),
            "done": progress.get("done") or (1 if record.state == "done" else 0),
            "total": progress.get("total") or (1 if record.state == "done" else 0),
            "facts": facts(session, record),
            "log": log_tail(session.workspace.run_folder(record.id) / "log.txt"),
            "error": list(sentences(session.language, error))
            if error and not record.active
            else None,
            "notes": job_notes.notes(session, record),
            "warn": record.kind in ("import", "chunk"),
            "words": session.words("job.panel"),
        }
    )


def facts(session: Session, record: JobRecord) -> list[str]:
    """Progress in words: 312/480 rows · 41 rows/min · 4 min left."""
    progress, about = record.progress, coming.name(session, record)
    parts = [about] if about else []
    if record.state == "queued":
        return [*parts, session.word("job.starting")]
    unit = session.word(f"units.{progress['unit']}") if progress.get("unit") else ""
    if progress.get("total"):
        parts.append(f"{progress['done']:,.0f}/{progress['total']:,.0f} {unit}")
    if record.active and progress.get("rate"):
        parts.append(session.word("job.rate", rate=f"{progress['rate']:,.0f}", unit=unit))
    if record.active and progress.get("eta_s"):
        parts.append(session.word("job.left", time=human(session, progress["eta_s"])))
    if isinstance(progress.get("loss"), int | float):
        parts.append(f"{session.word('training.loss')} {progress['loss']:.3f}")
    if not record.active and record.ended and record.started:
        parts.append(session.word("job.took", time=human(session, record.ended - record.started)))
    return parts


def human(session: Session, seconds: float) -> str:
    """A span of time as people say it."""
    if seconds < 90:
        return session.word("time.seconds", n=max(1, round(seconds)))
    if seconds < 5400:
        return session.word("time.minutes", n=round(seconds / 60))
    return session.word("time.hours", n=f"{seconds / 3600:.1f}")


def when(session: Session, at: float) -> str:
    """A moment as a list shows it: the hour today, else the day."""
    today = time.strftime("%Y-%m-%d") == time.strftime("%Y-%m-%d", time.localtime(at))
    return time.strftime("%H:%M" if today else "%Y-%m-%d", time.localtime(at))


def log_tail(path: Path) -> str:
    """The last 6,000 bytes of a log, from a whole line on."""
    try:
        with path.open("rb") as source:
            source.seek(0, 2)
            size = source.tell()
            source.seek(max(0, size - LOG_BYTES))
            text = source.read().decode("utf-8", "replace")
    except OSError:
        return ""
    text = "\n".join(line.rsplit("\r", 1)[-1] for line in text.split("\n"))
    return text if size <= LOG_BYTES else text.partition("\n")[2]


def _log_size(session: Session, record: JobRecord) -> int:
    try:
        return (session.workspace.run_folder(record.id) / "log.txt").stat().st_size
    except OSError:
        return 0


def _stopping(session: Session, record: JobRecord) -> bool:
    return record.active and (session.workspace.run_folder(record.id) / "stop").exists()
