"""The list of runs: those that wait in the queue in their order, those that run, those that ended;
their notes and names, and what a deletion would free.
"""

from typing import Any

from studio import inventory, jobs, serving
from studio.errors import JobError
from studio.files import human_size
from studio.inventory import Deletion, Ref
from studio.jobs import queue
from studio.jobs.records import JobRecord
from studio.store import marks
from studio.training.runs import adapters, models, runs, stamp_of
from tabs.kit import job_status
from tabs.kit.lazy import Lazy
from tabs.kit.session import Session
from tabs.views import payload

LISTED = 500  # the newest runs and grids; older ones are in the Library
QUEUE = ("up", "down", "now", "out", "hold", "go_on", "on_failure", "stop_all", "empty")


def found(session: Session) -> list[JobRecord]:
    """Runs and grids, newest first; only those that go on are read anew for their progress."""
    kept = session.kept("runs", ("jobs",), lambda: _newest(session))
    return [jobs.get(session.workspace, record.id) if record.active else record for record in kept]


def _newest(session: Session) -> list[JobRecord]:
    every = [*runs(session.workspace, LISTED), *jobs.recent(session.workspace, "grid", LISTED)]
    return sorted(every, key=lambda record: -record.created)[:LISTED]


def opened(every: list[JobRecord], wanted: Any) -> JobRecord | None:
    """The run that is open: the wanted one; else the newest that has begun."""
    named = next((record for record in every if record.id == wanted), None)
    trained = [record for record in every if record.kind == "train"]
    begun = (record for record in trained if record.state != "queued")
    return named or next(begun, trained[0] if trained else None)


def lazy(
    session: Session,
    page: dict[str, Any],
    every: list[JobRecord],
    record: JobRecord | None,
    ticked: tuple[str, ...],
    at: int,
) -> Lazy:
    """The list, drawn again when a run, its note, the queue or what is about to be deleted has
    moved.
    """
    changes = session.workspace.store.changes()
    mark = (
        session.language,
        session.workspace.path,
        record and record.id,
        tuple((r.id, r.state, r.progress.get("done")) for r in every if r.active),
        tuple(stamp_of(session.workspace, r.id) for r in every if r.active),
        tuple(changes[table] for table in ("jobs", "marks", "queue", "queue_hold")),
        ticked,
        page.get("plan"),
    )
    return Lazy(mark, lambda: _listing(session, page, every, record, ticked), at)


def _listing(
    session: Session,
    page: dict[str, Any],
    every: list[JobRecord],
    record: JobRecord | None,
    ticked: tuple[str, ...],
) -> str:
    workspace = session.workspace
    have = {a.run_id: a.name for a in reversed(adapters(workspace))}
    own = {a.run_id: a.name for a in reversed(models(workspace))}
    noted = {mark.id: mark.note for mark in marks.every(workspace.store) if mark.family == "run"}
    now = queue.look(workspace)
    places = {one.id: number for number, one in enumerate(now.waiting, 1)}
    shown = [
        _row(session, r, places.get(r.id, 0))
        | {
            "adapter": have.get(r.id),
            "model": own.get(r.id),
            "ticked": r.id in ticked,
            "note": noted.get(r.id, ""),
        }
        for r in every
    ]
    total = sum(r.kind == "train" for r in every)
    return payload(
        {
            "rows": sorted(shown, key=lambda row: row["place"] or LISTED + 1),
            "open": record.id if record else None,
            "queue": _queue(session, now),
            "plan": _plan(session, str(page.get("plan") or "")),
            "more": "" if total < LISTED else session.word("runs.more", n=f"{LISTED:,}"),
            "words": session.words("training.list") | session.words("runs.list"),
        }
    )


def _row(session: Session, r: JobRecord, place: int) -> dict[str, Any]:
    result, progress = r.result, r.progress
    loss = result.get("loss_last", progress.get("loss"))
    held_out = result.get("eval_loss")
    base = r.spec.get("base") or r.spec
    return {
        "id": r.id,
        "grid": r.kind == "grid",
        "state": r.state,
        "label": session.word("runs.waits", n=place)
        if place
        else session.word(f"job.state.{r.state}"),
        "name": r.title or r.id.split("-", 1)[1],
        "stage": session.word("runs.grid")
        if r.kind == "grid"
        else str(r.spec.get("stage", "")).upper(),
        "steps": f"{progress.get('done', 0):,.0f}",
        "done": progress.get("done", 0),
        "loss": f"{loss:.3f}" if isinstance(loss, float) else "",
        "held_out": f"{held_out:.3f}" if isinstance(held_out, float) else "",
        "at": r.created,
        "when": job_status.when(session, r.created),
        "place": place,
        "active": r.active,
        "resumable": jobs.resumable(r),
        "about": " ".join(
            str(base.get(name) or "") for name in ("dataset", "model_name_or_path", "stage")
        ),
    }


def _queue(session: Session, now: queue.Queue) -> dict[str, Any]:
    """The queue's line; {} where nothing waits and nothing is held."""
    if not now.waiting and not now.hold.held:
        return {}
    told = session.word("runs.waiting", n=len(now.waiting))
    after = next((r for r in runs(session.workspace) if r.id == now.hold.after), None)
    if after is not None and now.hold.held:
        told = session.word("runs.held_after", n=len(now.waiting), run=after.title or after.id)
    elif now.hold.held:
        told = session.word("runs.held", n=len(now.waiting))
    return {
        "told": told,
        "waiting": len(now.waiting),
        "running": len(now.holders),
        "held": now.hold.held,
        "on_failure": now.hold.on_failure,
    }


def _plan(session: Session, job_id: str) -> dict[str, Any] | None:
    """What a deletion would free, and what was made from it and stays."""
    if not job_id:
        return None
    plan = _deletion(session, job_id)
    return {
        "id": job_id,
        "told": session.word(
            "runs.frees",
            size=human_size(plan.bytes),
            names=session.word("punctuation.comma").join(
                dict.fromkeys(thing.name for thing in plan.things[:6])
            ),
        ),
        "left": session.word(
            "runs.stays",
            names=session.word("punctuation.comma").join(thing.name for thing in plan.left[:6]),
        )
        if plan.left
        else "",
    }


def _deletion(session: Session, job_id: str) -> Deletion:
    """A run goes with its weights, a grid with its runs."""
    children = jobs.children(session.workspace, job_id).values()
    refs = [Ref("run", one) for one in (job_id, *(child.id for child in children))]
    return inventory.deletion(session.workspace, refs)


def act(session: Session, data: dict[str, Any]) -> dict[str, Any] | None:
    """What a press in the list asks for beyond looking at runs: the changes of the page's state;
    None where it is something else. Raises StudioError.
    """
    wanted, job_id = str(data.get("act")), str(data.get("id", ""))
    if wanted in QUEUE:
        _of_queue(session, wanted, job_id)
        return {}
    if wanted == "keep":
        _keep(session, job_id, data)
        return {}
    if wanted == "plan":
        record = jobs.get(session.workspace, job_id)
        if record.active:
            raise JobError(
                "A job is working on {name}.",
                "Wait until it is done, or stop it.",
                name=_name(record),
            )
        return {"plan": job_id}
    if wanted == "unplan":
        return {"plan": None}
    if wanted == "delete":
        _delete(session, job_id)
        return {"plan": None}
    return None


def _of_queue(session: Session, wanted: str, job_id: str) -> None:
    workspace = session.workspace
    if wanted in ("up", "down"):
        queue.move(workspace, job_id, -1 if wanted == "up" else 1)
    elif wanted == "now":
        queue.start_now(workspace, job_id)
    elif wanted == "out":
        queue.require_waiting(workspace, job_id)
        queue.take_out(workspace, [job_id])
    elif wanted in ("hold", "go_on"):
        queue.hold(workspace, held=wanted == "hold")
    elif wanted == "on_failure":
        queue.hold_on_failure(workspace, wanted=not queue.look(workspace).hold.on_failure)
    elif wanted == "stop_all":
        queue.stop_all(workspace)
    else:
        queue.take_out(workspace, [record.id for record in queue.look(workspace).waiting])


def _keep(session: Session, job_id: str, data: dict[str, Any]) -> None:
    """A run's name and note as they were typed."""
    record, ref = jobs.get(session.workspace, job_id), Ref("run", job_id)
    name = str(data.get("name") or "").strip()
    if name and name != _name(record):
        inventory.rename(session.workspace, ref, name)
    inventory.note(session.workspace, [ref], text=str(data.get("note") or ""))


def _delete(session: Session, job_id: str) -> None:
    """Raises JobError while a job or the chat uses what would go."""
    plan = _deletion(session, job_id)
    served = serving.status()
    used = [name.removeprefix("runs/").split("/")[0] for name in (served.model, *served.adapters)]
    if loaded := next((thing for thing in plan.things if thing.ref.id in used), None):
        raise JobError(
            "The chat has {name} loaded.",
            "Choose another model or adapter there, or unload it, then delete the run.",
            name=loaded.name,
        )
    inventory.delete(session.workspace, plan)


def _name(record: JobRecord) -> str:
    return record.title or record.id.split("-", 1)[1]
