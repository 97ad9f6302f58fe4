"""The tables `queue` and `queue_hold`: the jobs that wait for a turn, and whether any may begin.

A job that waits is in the state 'queued' and stands here with a place. Whoever lets it go marks it
as taken in the transaction in which it finds that it is its turn; the entry goes, by a trigger, in
the transaction in which the job gets another state. So a kill at any instant leaves a job that
waits, one that was taken and has no worker (which is put back), or one that runs: it is neither
lost nor begun twice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from studio.store.columns import record
from studio.store.database import Reads, Writes, row, rows, value
from studio.store.jobs import IS_ACTIVE


@dataclass(frozen=True, slots=True)
class Entry:
    """A job of the queue. taken: Unix seconds at which it was let go; None while it waits."""

    job: str
    place: float
    taken: float | None


@dataclass(frozen=True, slots=True)
class Hold:
    """held: no job of the queue is begun. after: the job whose failure held it, else "".
    on_failure: a failure holds the queue.
    """

    held: bool
    after: str
    on_failure: bool


def every(source: Reads) -> list[Entry]:
    """The entries, the next one first."""
    return [
        record(Entry, found)
        for found in rows(source, "SELECT job, place, taken FROM queue ORDER BY place, rowid")
    ]


def add(db: Writes, job_id: str) -> None:
    """Put a job that is queued at the end."""
    db.execute(
        "INSERT OR REPLACE INTO queue (job, place, taken)"
        " VALUES (?, (SELECT ifnull(max(place), 0) + 1 FROM queue), NULL)",
        (job_id,),
    )


def take(db: Writes, job_id: str) -> bool:
    """Mark a job that waits as let go; whether it waited."""
    return bool(
        db.execute(
            "UPDATE queue SET taken = ((julianday('now') - 2440587.5) * 86400.0)"
            " WHERE job = ? AND taken IS NULL",
            (job_id,),
        ).rowcount
    )


def put_back(db: Writes, job_id: str) -> bool:
    """Let a job wait again that was let go and has no worker; whether it had been."""
    changed = db.execute(
        "UPDATE queue SET taken = NULL WHERE job = ? AND taken IS NOT NULL", (job_id,)
    )
    return bool(changed.rowcount)


def remove(db: Writes, job_id: str) -> bool:
    """Take a job out that waits; whether it did."""
    return bool(db.execute("DELETE FROM queue WHERE job = ? AND taken IS NULL", (job_id,)).rowcount)


def swap(db: Writes, one: Entry, other: Entry) -> None:
    """Let two entries change places."""
    for entry, place in ((one, other.place), (other, one.place)):
        db.execute("UPDATE queue SET place = ? WHERE job = ?", (place, entry.job))


def holding(source: Reads, kinds: Sequence[str], but: Iterable[str] = ()) -> list[str]:
    """The active jobs of these kinds that do not wait, save those of `but`."""
    found = rows(
        source,
        f"SELECT id FROM jobs WHERE {IS_ACTIVE} AND kind IN ({', '.join('?' * len(kinds))})"
        " AND id NOT IN (SELECT job FROM queue WHERE taken IS NULL)",
        kinds,
    )
    passed_over = set(but)
    return [one["id"] for one in found if one["id"] not in passed_over]


def waits(source: Reads, job_id: str) -> bool:
    """Whether a job waits for its turn."""
    found = row(source, "SELECT 1 FROM queue WHERE job = ? AND taken IS NULL", (job_id,))
    return found is not None


def waiting(source: Reads) -> int:
    """How many jobs wait."""
    return int(value(source, "SELECT count(*) FROM queue WHERE taken IS NULL"))


def hold(source: Reads) -> Hold:
    """Whether the queue is held, and what holds it."""
    found = row(source, "SELECT held, after, on_failure FROM queue_hold")
    if found is None:
        return Hold(False, "", False)
    return Hold(bool(found["held"]), found["after"], bool(found["on_failure"]))


def set_held(db: Writes, held: bool, after: str = "") -> None:
    """Hold the queue, after the failure of a job or by hand, or let it go on."""
    db.execute("UPDATE queue_hold SET held = ?, after = ?", (int(held), after))


def set_on_failure(db: Writes, on_failure: bool) -> None:
    """Whether a failure holds the queue."""
    db.execute("UPDATE queue_hold SET on_failure = ?", (int(on_failure),))
