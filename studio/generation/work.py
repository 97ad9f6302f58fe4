"""Units of generating work: each is one row to make, made once, kept with its mark in one
transaction.

A resumed job asks for nothing that it has.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from studio.errors import LlmFault
from studio.generation.reasons import DUPLICATE, nothing_made, shortened
from studio.generation.row_text import normal
from studio.generation.spec import GeneratedResult
from studio.jobs.context import Job
from studio.llm import crew
from studio.llm.crew import Crew, Make
from studio.store import rows, sets, units
from studio.store.rows import NewRow

FAULT_NOTE = "fault:"
SHOWN = 90  # characters of what is being made


@dataclass(frozen=True)
class Unit(crew.Unit):
    """One row to make; the span is where it comes from."""

    document: str | None = None
    start: int | None = None
    end: int | None = None
    chunk: int | None = None


@dataclass(frozen=True)
class Made:
    """What came of a unit: a row's data, or the reason why there is none; and the tokens it
    took.
    """

    data: dict[str, Any] | None
    note: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    answer: str = ""  # what the model wrote, kept as an example where it made no row


@dataclass
class Tally:
    """The state of a run's set, as it is kept and shown."""

    set_id: str
    name: str
    done: set[str]
    seen: set[str]
    reasons: Counter[str]
    rows: int
    prompt_tokens: int
    completion_tokens: int
    meta: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, LlmFault] = field(default_factory=dict)  # of this run: the last of each kind

    @property
    def examples(self) -> dict[str, str]:
        """For each reason the first answer that made no row for it."""
        return dict(self.meta.get("examples") or {})

    @property
    def kinds(self) -> Counter[str]:
        """How many units made no row, by reason; faults by their kind, as `fault:<kind>`."""
        found: Counter[str] = Counter()
        for note, times in self.reasons.items():
            found[note.split(": ")[0]] += times
        return found

    @property
    def skipped(self) -> int:
        """Finished units without a row."""
        return sum(self.reasons.values())


def open_set(job: Job, name: str, form: str, origin: str) -> Tally:
    """The job's row set, new or as an earlier run left it; units that ended in a fault are open
    again.
    """
    set_id = f"rows-{job.id}"
    with job.store.write() as db:
        sets.add(db, set_id, "rows", name, job=job.id, meta={"format": form, "from": origin})
        units.delete_noted(db, set_id, FAULT_NOTE)
    meta = sets.meta_of(job.store, set_id)
    finished = units.of_set(job.store, set_id)
    return Tally(
        set_id=set_id,
        name=name,
        done={unit.key for unit in finished},
        seen={fingerprint(data) for data in rows.data_of_set(job.store, set_id)},
        reasons=Counter(unit.note for unit in finished if unit.note),
        rows=sum(1 for unit in finished if not unit.note),
        prompt_tokens=meta.get("prompt_tokens", 0),
        completion_tokens=meta.get("completion_tokens", 0),
        meta=meta,
    )


def work(job: Job, tally: Tally, units: list[Unit], make: Make, workers: int) -> GeneratedResult:
    """Make every open unit; the job's result.

    Raises Stopped, a final LlmFault, or what `nothing_made` says if no row came out.
    """
    each = list({unit.key: unit for unit in units}.values())
    keeper = _Rows(job, tally, len(each))

    def begin(unit: Unit, stop: Callable[[], bool]) -> Made:
        keeper.now = shown_as(unit)
        made: Made = make(unit, stop)
        return made

    fault = Crew(job, begin, keeper, workers).run(
        [unit for unit in each if unit.key not in tally.done]
    )
    if fault is not None and not tally.rows:
        raise fault
    keeper.show(force=True)
    return _result(tally, len(each))


@dataclass
class _Rows:
    """Keeps rows as they are made."""

    job: Job
    tally: Tally
    total: int
    now: str = ""  # what the row that was begun last is about

    def keep(self, unit: Unit, made: Made) -> None:
        """Keep a row, unless the set has its like."""
        if made.data and fingerprint(made.data) in self.tally.seen:
            made = Made(None, DUPLICATE, made.prompt_tokens, made.completion_tokens)
        _write(self.job, self.tally, unit, made)

    def give_up(self, unit: Unit, fault: LlmFault) -> None:
        """Mark a unit as finished without a row; a resumed job opens it again."""
        self.tally.faults[f"{FAULT_NOTE}{fault.kind}"] = fault
        _write(self.job, self.tally, unit, Made(None, f"{FAULT_NOTE}{fault.kind}: {fault.what}"))

    def show(self, *, force: bool = False) -> None:
        """Rows and tokens so far."""
        tally = self.tally
        self.job.progress(
            len(tally.done),
            self.total,
            "rows",
            force=force,
            rows=tally.rows,
            skipped=tally.skipped,
            prompt_tokens=tally.prompt_tokens,
            completion_tokens=tally.completion_tokens,
            now=self.now,
        )


def shown_as(unit: Unit) -> str:
    """What a row in the making is about, in a line: the beginning of its chunk, or its question."""
    task = unit.task
    held = (
        [task.get("instruction", ""), task.get("input", "")]
        if isinstance(task, dict)
        else [getattr(task, "text", "")]
    )
    line = " ".join(" ".join(held).split())
    return line if len(line) <= SHOWN else f"{line[:SHOWN].rstrip()} …"


def fingerprint(data: dict[str, Any]) -> str:
    """What makes a row a duplicate: all its texts, bare of case, spaces and punctuation."""
    return "\n".join(
        normal(data.get(name, ""))
        for name in ("instruction", "input", "output", "chosen", "rejected")
    )


def _write(job: Job, tally: Tally, unit: Unit, made: Made) -> None:
    """Row, mark and token counts in one transaction; then the tally follows."""
    meta = tally.meta | {
        "prompt_tokens": tally.prompt_tokens + made.prompt_tokens,
        "completion_tokens": tally.completion_tokens + made.completion_tokens,
    }
    if made.note and made.answer and made.note not in tally.examples:
        meta["examples"] = tally.examples | {made.note: shortened(made.answer)}
    with job.store.write() as db:
        units.add(db, tally.set_id, unit.key, made.note)
        sets.set_meta(db, tally.set_id, meta)
        if made.data:
            row = NewRow(
                unit=unit.key,
                data=made.data,
                document=unit.document,
                start=unit.start,
                end=unit.end,
                chunk=unit.chunk,
            )
            rows.add(db, tally.set_id, row)
    tally.meta = meta
    tally.prompt_tokens, tally.completion_tokens = meta["prompt_tokens"], meta["completion_tokens"]
    tally.done.add(unit.key)
    if made.data:
        tally.rows += 1
        tally.seen.add(fingerprint(made.data))
    else:
        tally.reasons[made.note] += 1


def _result(tally: Tally, total: int) -> GeneratedResult:
    if not tally.rows:
        raise nothing_made(total, tally.kinds, tally.examples, tally.faults)
    return {
        "set": tally.set_id,
        "name": tally.name,
        "rows": tally.rows,
        "skipped": tally.skipped,
        "reasons": {kind.removeprefix(FAULT_NOTE): times for kind, times in tally.kinds.items()},
        "examples": tally.examples,
        "prompt_tokens": tally.prompt_tokens,
        "completion_tokens": tally.completion_tokens,
    }
