"""The status line of the window: what runs in the workspace, else what ended last, in one line for
all tabs. Progress in a job's own units, time left, and whatever a job ended with.
"""

import time
from pathlib import Path
from typing import Any

from studio import jobs
from studio.errors import JobError, StudioError
from studio.jobs import queue
from studio.jobs.records import JobRecord
from tabs.kit import coming, job_notes, job_results
from tabs.kit.lazy import Lazy
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.views import payload, read_at, stamp

LOG_BYTES = 6000
LOOKED_AT = 20  # of the newest jobs, for the one that ended last and for failures
FEW_S = 3.0  # a rate of less time, and a wait that is over so soon, are not told
PER_SECOND = 10_000  # units a minute from which on a rate is told a second
THOUSAND, MILLION = 1_000, 1_000_000


def newest(session: Session, *kinds: str) -> JobRecord | None:
    """The newest job of some kinds."""
    found = [record for kind in kinds if (record := jobs.latest(session.workspace, kind))]
    return max(found, key=lambda record: record.created, default=None)


def show(shared: Shared, session: Session) -> Values:
    """The update of the status line, for the answer to a click that starts, stops or resumes."""
    at = stamp()
    with read_at(at):
        return {shared.status: _value(shared, session)}


def lazy(shared: Shared, session: Session) -> Lazy:
    """The line's content, drawn again when a job, its progress or the wish to stop it has moved."""
    at = stamp()
    running, ended = running_now(session), ended_lately(session)
    mark = (
        session.language,
        session.workspace.path,
        [(r.id, r.state, repr(r.progress), stopping(session, r)) for r in running],
        session.workspace.store.changes()["queue"],
        [(r.id, r.state, r.ended) for r in ended],
    )
    return Lazy(mark, lambda: _value(shared, session), at)


def running_now(session: Session) -> list[JobRecord]:
    """The queued and the running jobs with their progress as it is now: those that run, newest
    first, then those that wait, in their order.
    """
    known: list[JobRecord] = session.kept(
        "active jobs", ("jobs",), lambda: jobs.running(session.workspace)
    )
    if not known:
        return []
    waiting = [record.id for record in queue.look(session.workspace).waiting]
    return sorted(
        jobs.running(session.workspace),
        key=lambda record: waiting.index(record.id) + 1 if record.id in waiting else 0,
    )


def ended_lately(session: Session) -> list[JobRecord]:
    """Of the newest jobs those that have ended, the one that ended last first."""
    found: list[JobRecord] = session.kept(
        "jobs that ended",
        ("jobs",),
        lambda: sorted(
            (r for r in jobs.recent(session.workspace, limit=LOOKED_AT) if not r.active),
            key=lambda record: record.ended or record.created,
            reverse=True,
        ),
    )
    return found


def _value(shared: Shared, session: Session) -> str:
    """The line's value: the jobs that run, the one that ended last, those that failed since and
    were not begun anew.
    """
    ended = ended_lately(session)
    newer: set[str] = {record.kind for record in running_now(session)}
    failed = []
    for record in ended:
        if record.state in ("failed", "interrupted") and record.kind not in newer:
            failed.append(entry(shared, session, record))
        newer.add(record.kind)
    return payload(
        {
            "key": session.workspace.path.name,
            "running": [entry(shared, session, record) for record in running_now(session)],
            "last": entry(shared, session, ended[0]) if ended else None,
            "failed": failed,
            "words": session.words("job.status"),
        }
    )


def entry(shared: Shared, session: Session, record: JobRecord) -> dict[str, Any]:
    """One job as the line and the history show it."""
    progress = record.progress
    tab = shared.places.get(record.kind)
    error = fault(record)
    notes = job_notes.notes(session, record)
    return {
        "id": record.id,
        "kind": record.kind,
        "state": record.state,
        "active": record.active,
        "label": session.word(f"job.state.{record.state}"),
        "tab": session.word(f"tabs.{tab}") if tab else "",
        "name": coming.name(session, record),
        "what": job_results.doing(session, record)
        if record.state != "done"
        else job_results.made(session, record),
        "done": progress.get("done") or 0,
        "total": progress.get("total") or 0,
        "facts": facts(session, record),
        "stopping": stopping(session, record),
        "resumable": jobs.resumable(record),
        "error": list(session.sentences(error)) if error else None,
        "notes": notes[:1],
        "more": max(0, len(notes) - 1),
        "warn": record.kind in ("import", "chunk"),
        "age_s": None if record.ended is None else max(0.0, time.time() - record.ended),
    }


def fault(record: JobRecord) -> StudioError | None:
    """What a job ended with that a person should know of and mend; None where it is well."""
    if record.active:
        return None
    if record.state == "interrupted" and record.error is None:
        return JobError("The job was interrupted.", "Press Resume: it goes on where it stopped.")
    return record.error


def facts(session: Session, record: JobRecord) -> list[str]:
    """Progress in words: 312/480 rows, 41 rows/min, 4 min left; of an ended job how long it took,
    counted from when it was begun or resumed last.
    """
    progress, parts = record.progress, []
    if place := queue.place(session.workspace, record.id):
        return [session.word("job.waits", n=place)]
    if record.state == "queued":
        return [session.word("job.starting")]
    unit = session.word(f"units.{progress['unit']}") if progress.get("unit") else ""
    if progress.get("total"):
        parts.append(f"{progress['done']:,.0f}/{progress['total']:,.0f} {unit}")
    if record.active:
        parts += pace(session, progress, unit)
    if isinstance(progress.get("loss"), int | float):
        parts.append(f"{session.word('training.loss')} {progress['loss']:.3f}")
    if isinstance(progress.get("cost"), int | float) and progress["cost"] > 0:
        cost = f"{progress['cost']:.4f}".rstrip("0").rstrip(".")
        parts.append(session.word("job.cost", cost=cost))
    if not record.active and record.ended and record.started:
        parts.append(session.word("job.took", time=human(session, record.ended - record.started)))
    return parts


def pace(session: Session, progress: dict[str, Any], unit: str) -> list[str]:
    """Rate and time left; neither where the rest takes but a moment. A rate that nobody could count
    along with is told a second, in thousands or millions.
    """
    rate, left = progress.get("rate"), progress.get("eta_s")
    if not rate or (left is not None and left < FEW_S):
        return []
    if rate < PER_SECOND:
        told = session.word(
            "job.rate", rate=f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}", unit=unit
        )
    else:
        told = session.word("job.rate_fast", rate=_short(rate / 60), unit=unit)
    return [told, *([session.word("job.left", time=human(session, left))] if left else [])]


def _short(number: float) -> str:
    """1,234,567 as 1.2M, 12,345 as 12k."""
    for size, sign in ((MILLION, "M"), (THOUSAND, "k")):
        if number >= size:
            return f"{number / size:.{1 if number < 10 * size else 0}f}{sign}"
    return f"{number:.0f}"


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


def stopping(session: Session, record: JobRecord) -> bool:
    """Whether a job that runs was asked to stop."""
    return record.active and (session.workspace.run_folder(record.id) / "stop").exists()
