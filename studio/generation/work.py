"""Units of generating work: each is one row to make, made once, kept with its mark in one transaction.

Replies are made in threads and kept by the job's own thread, in the order in which they come. A kill
loses only what is under way; a resumed job asks for nothing that it has.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import Any

from studio.errors import JobError, LlmFault, Stopped
from studio.generation.cleaning import normal
from studio.jobs.context import Job
from studio.store import dumps, loads

# Faults that every further request would meet; the run ends, and what is not done waits for its resumption.
FINAL = ("auth", "not_found", "no_credit", "unreachable")
# Faults that may have passed by the end of the run; such units are visited once more then.
PASSING = ("server", "timeout", "rate_limit", "bad_reply")
JUDGE_AFTER = 10
FAULT_NOTE = "fault:"


@dataclass(frozen=True)
class Unit:
    """One row to make. `task` is what the kind's own function makes it from; the span is where it comes from.

    `visit` is 1 when a first visit ended in a passing fault.
    """

    key: str
    task: Any
    document: str | None = None
    start: int | None = None
    end: int | None = None
    chunk: int | None = None
    visit: int = 0


@dataclass(frozen=True)
class Made:
    """What came of a unit: a row's data, or the reason why there is none; and the tokens it took."""

    data: dict[str, Any] | None
    note: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0


Make = Callable[[Unit, Callable[[], bool]], Made]


@dataclass
class Tally:
    """The state of a run's set, as it is kept and shown."""

    set_id: str
    done: set[str]
    seen: set[str]
    reasons: Counter[str]
    rows: int
    prompt_tokens: int
    completion_tokens: int
    calls: int = 0
    faults: int = 0
    meta: dict[str, Any] = field(default_factory=dict)
    again: list[tuple[Unit, LlmFault]] = field(default_factory=list)

    @property
    def skipped(self) -> int:
        """Finished units without a row."""
        return sum(self.reasons.values())


def open_set(job: Job, name: str, form: str, origin: str) -> Tally:
    """The job's row set, new or as an earlier run left it; units that ended in a fault are open again."""
    set_id = f"rows-{job.id}"
    with job.store.write() as db:
        db.execute(
            "INSERT OR IGNORE INTO sets (id, kind, name, job, meta) VALUES (?, 'rows', ?, ?, ?)",
            (set_id, name, job.id, dumps({"format": form, "from": origin})),
        )
        db.execute("DELETE FROM units WHERE set_id = ? AND note LIKE ?", (set_id, FAULT_NOTE + "%"))
    meta = loads(job.store.value("SELECT meta FROM sets WHERE id = ?", (set_id,)))
    units = job.store.all("SELECT key, note FROM units WHERE set_id = ?", (set_id,))
    rows = job.store.all("SELECT data FROM rows WHERE set_id = ?", (set_id,))
    return Tally(
        set_id=set_id, done={unit["key"] for unit in units}, seen={fingerprint(loads(row["data"])) for row in rows},
        reasons=Counter(unit["note"] for unit in units if unit["note"]),
        rows=job.store.value("SELECT count(*) FROM units WHERE set_id = ? AND note = ''", (set_id,)),
        prompt_tokens=meta.get("prompt_tokens", 0), completion_tokens=meta.get("completion_tokens", 0), meta=meta,
    )


def work(job: Job, tally: Tally, units: list[Unit], make: Make, workers: int) -> dict[str, Any]:
    """Make every open unit; the job's result. Raises Stopped, a final LlmFault, or JobError if no row came out."""
    units = list({unit.key: unit for unit in units}.values())
    _pass(job, tally, [unit for unit in units if unit.key not in tally.done], make, workers, len(units))
    again, tally.again = tally.again, []
    if tally.faults * 2 < tally.calls:
        _pass(job, tally, [replace(unit, visit=1) for unit, _ in again], make, workers, len(units))
    else:
        for unit, fault in again:
            _give_up(job, tally, unit, fault)
    if again and not tally.rows:
        raise again[-1][1]
    _show(job, tally, len(units), force=True)
    return _result(tally, len(units))


def _pass(job: Job, tally: Tally, units: list[Unit], make: Make, workers: int, total: int) -> None:
    """Visit `units` once, up to `workers` at a time. However it ends, what was answered is kept."""
    given_up = threading.Event()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="ask")
    running: dict[Future[Made], Unit] = {}
    waiting = iter(units)
    _show(job, tally, total)
    try:
        while _fill(pool, running, waiting, workers if tally.calls else 1, make, lambda: given_up.is_set() or job.stopping()):
            finished, _ = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
            for future in finished:
                _keep(job, tally, running.pop(future), future)
            _show(job, tally, total)
            job.check_stop()
    except (Stopped, LlmFault):
        _keep_rest(job, tally, running)
        raise
    finally:
        given_up.set()
        pool.shutdown(wait=True, cancel_futures=True)


def fingerprint(data: dict[str, Any]) -> str:
    """What makes a row a duplicate: all its texts, bare of case, spaces and punctuation."""
    return "\n".join(normal(data.get(name, "")) for name in ("instruction", "input", "output", "chosen", "rejected"))


def _fill(
    pool: ThreadPoolExecutor, running: dict[Future[Made], Unit], waiting: Iterator[Unit], workers: int, make: Make,
    stop: Callable[[], bool],
) -> bool:
    """Have up to `workers` units under way; False when none is left. The first goes alone, to learn of a bad key."""
    while len(running) < workers:
        unit = next(waiting, None)
        if unit is None:
            break
        running[pool.submit(make, unit, stop)] = unit
    return bool(running)


def _keep(job: Job, tally: Tally, unit: Unit, future: "Future[Made]") -> None:
    """Keep what a unit came to. Raises what must end the run."""
    tally.calls += 1
    try:
        made = future.result()
    except LlmFault as fault:
        _put_off(job, tally, unit, fault)
        return
    if made.data and fingerprint(made.data) in tally.seen:
        made = Made(None, "duplicate", made.prompt_tokens, made.completion_tokens)
    _write(job, tally, unit, made)


def _put_off(job: Job, tally: Tally, unit: Unit, fault: LlmFault) -> None:
    """Leave a unit for the second visit, or give it up with its reason. Raises the fault if it ends the run."""
    if fault.kind in FINAL:
        raise fault
    tally.faults += 1
    job.log(f"no row: {fault.sentence}")
    if fault.kind in PASSING and unit.visit == 0:
        tally.again.append((unit, fault))
    else:
        _give_up(job, tally, unit, fault)
    if tally.calls >= JUDGE_AFTER and tally.faults * 2 >= tally.calls:
        raise fault


def _give_up(job: Job, tally: Tally, unit: Unit, fault: LlmFault) -> None:
    """Mark a unit as finished without a row; a resumed job opens it again."""
    _write(job, tally, unit, Made(None, f"{FAULT_NOTE}{fault.kind}: {fault.what}"))


def _write(job: Job, tally: Tally, unit: Unit, made: Made) -> None:
    """Row, mark and token counts in one transaction; then the tally follows."""
    meta = tally.meta | {
        "prompt_tokens": tally.prompt_tokens + made.prompt_tokens,
        "completion_tokens": tally.completion_tokens + made.completion_tokens,
    }
    with job.store.write() as db:
        db.execute("INSERT INTO units (set_id, key, note) VALUES (?,?,?)", (tally.set_id, unit.key, made.note))
        db.execute("UPDATE sets SET meta = ? WHERE id = ?", (dumps(meta), tally.set_id))
        if made.data:
            db.execute(
                'INSERT INTO rows (set_id, unit, data, document, "start", "end", chunk) VALUES (?,?,?,?,?,?,?)',
                (tally.set_id, unit.key, dumps(made.data), unit.document, unit.start, unit.end, unit.chunk),
            )
    tally.meta = meta
    tally.prompt_tokens, tally.completion_tokens = meta["prompt_tokens"], meta["completion_tokens"]
    tally.done.add(unit.key)
    if made.data:
        tally.rows += 1
        tally.seen.add(fingerprint(made.data))
    else:
        tally.reasons[made.note] += 1


def _keep_rest(job: Job, tally: Tally, running: dict["Future[Made]", Unit]) -> None:
    """On the way out, keep the replies that are there already; whatever else they hold is let go."""
    for future, unit in running.items():
        if future.done() and not future.cancelled() and future.exception() is None:
            _keep(job, tally, unit, future)


def _show(job: Job, tally: Tally, total: int, *, force: bool = False) -> None:
    job.progress(
        len(tally.done), total, "rows", force=force, rows=tally.rows, skipped=tally.skipped,
        prompt_tokens=tally.prompt_tokens, completion_tokens=tally.completion_tokens,
    )


def _result(tally: Tally, total: int) -> dict[str, Any]:
    if total and not tally.rows:
        reason, _ = tally.reasons.most_common(1)[0] if tally.reasons else ("nothing to do", 0)
        raise JobError(
            "None of the {total} answers made a usable row (mostly: {reason}).", "Choose a larger model.",
            total=total, reason=reason.removeprefix(FAULT_NOTE).rstrip("."),
        )
    reasons: Counter[str] = Counter()
    for note, times in tally.reasons.items():
        reasons[note.split(": ")[0].removeprefix(FAULT_NOTE)] += times
    return {
        "set": tally.set_id, "rows": tally.rows, "skipped": tally.skipped, "reasons": dict(reasons),
        "prompt_tokens": tally.prompt_tokens, "completion_tokens": tally.completion_tokens,
    }
