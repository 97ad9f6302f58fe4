"""Renaming, noting and deleting the things of a workspace."""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from studio import documents, presets, secrets, set_tables
from studio.datasets import naming, registry
from studio.errors import InputError, JobError
from studio.inventory import casts, chats
from studio.inventory.collect import things, weights_of
from studio.inventory.origins import given
from studio.inventory.things import Ref, Thing
from studio.jobs import records
from studio.store import jobs, marks, sets
from studio.workspace import Workspace, safe_name

LONGEST = 80  # characters of a name
LONGEST_NOTE = 2000


@dataclass(frozen=True)
class Deletion:
    """What a deletion would come to. things: what goes, in the order of going, those first that
    stand on others. left: what was made from it and stays. bytes: of disk that are freed.
    """

    things: tuple[Thing, ...]
    left: tuple[Thing, ...]
    bytes: int


def find(workspace: Workspace, ref: Ref) -> Thing:
    """One thing. Raises InputError where it is no more."""
    found = next((thing for thing in things(workspace) if thing.ref == ref), None)
    if found is None:
        raise InputError("{name} is not there any more.", "Look at the list again.", name=ref.id)
    return found


def rename(workspace: Workspace, ref: Ref, name: str) -> Ref:
    """Call a thing otherwise; an adapter is called as its run. Returns how it is known from now
    on. Raises InputError where the name is empty or taken, or the thing has no name of its own.
    """
    thing = find(workspace, ref)
    wanted = " ".join(str(name).split())[:LONGEST]
    if not wanted:
        raise InputError("The new name is empty.", "Type a name.")
    if wanted == thing.name:
        return ref
    _require_rest(thing)
    others = (one for one in things(workspace) if one.ref != ref and one.ref.family == ref.family)
    if ref.family in ("set", "run", "adapter") and any(
        one.name.casefold() == wanted.casefold() and one.kind == thing.kind for one in others
    ):
        raise InputError("{name} is taken.", "Choose another name.", name=wanted)
    after = ref
    if ref.family == "document":
        documents.rename(workspace, ref.id, wanted)
    elif ref.family == "set":
        with workspace.store.write() as db:
            found = sets.get(db, ref.id)
            sets.rename(db, ref.id, found.kind if found else "", wanted)
    elif ref.family == "dataset":
        naming.rename(workspace, ref.id, wanted)
        after = Ref("dataset", safe_name(wanted))
    elif ref.family in ("run", "adapter"):
        with workspace.store.write() as db:
            jobs.rename(db, ref.id, wanted)
    elif ref.family == "preset":
        kind, _, before = ref.id.partition("/")
        presets.rename(kind, before, wanted, workspace)
        after = Ref("preset", f"{kind}/{safe_name(wanted)}")
    elif ref.family == "cast":
        after = Ref("cast", casts.rename(workspace, ref.id, wanted))
    elif ref.family == "chat":
        chats.rename(workspace, ref.id, wanted)
    else:
        secrets.call(ref.id, wanted)
    if after != ref:
        with workspace.store.write() as db:
            marks.move(db, ref.family, ref.id, after.id)
    return after


def note(
    workspace: Workspace,
    refs: Iterable[Ref],
    *,
    text: str | None = None,
    starred: bool | None = None,
    archived: bool | None = None,
) -> None:
    """Note something of things; what is None stays. What is archived is left out of lists."""
    changed = {
        name: value
        for name, value in (
            ("note", None if text is None else text.strip()[:LONGEST_NOTE]),
            ("starred", starred),
            ("archived", archived),
        )
        if value is not None
    }
    with workspace.store.write() as db:
        for ref in refs:
            marks.put(db, replace(marks.get(db, ref.family, ref.id), **changed))  # type: ignore[arg-type]


def deletion(workspace: Workspace, refs: Sequence[Ref]) -> Deletion:
    """What would go if these things were deleted.

    A document takes with it what holds its text: its cleaned copies, and the sets of chunks, lines
    and rows made from them. A run takes its adapters. Nothing else goes: datasets, runs and sets
    made from what is deleted stay as they are. Raises InputError where one is no more.
    """
    every = {thing.ref: thing for thing in things(workspace)}
    going: dict[Ref, Thing] = {}

    def add(ref: Ref) -> None:
        thing = every.get(ref)
        if thing is None:
            raise InputError(
                "{name} is not there any more.", "Look at the list again.", name=ref.id
            )
        if ref in going:
            return
        going[ref] = thing
        for used in thing.used_in:
            if _goes_with(thing, every[used]):
                add(used)

    for ref in refs:
        add(ref)
    held = {
        other.ref: other
        for ref in going
        for other in _holding(workspace, ref, every)
        if other.ref not in going
    }
    going.update(held)
    left = {
        used: every[used] for thing in going.values() for used in thing.used_in if used not in going
    }
    order = sorted(
        going.values(), key=lambda thing: (_ORDER[thing.ref.family], -_depth(thing, every))
    )
    return Deletion(
        tuple(order), tuple(left.values()), sum(thing.bytes for thing in going.values())
    )


def delete(workspace: Workspace, plan: Deletion) -> list[Thing]:
    """Delete what a plan names, one after the other; what is gone already is passed over. Returns
    what went. Raises JobError before anything goes where a job is at work on one of them.
    """
    for thing in plan.things:
        _require_rest(thing)
    active = {ref for record in records.running(workspace) for ref in _work(record)}
    for thing in plan.things:
        if thing.ref in active:
            raise _at_work(thing)
    there = {thing.ref for thing in things(workspace)}
    gone = []
    for thing in plan.things:
        if thing.ref not in there:
            continue
        _delete(workspace, thing)
        with workspace.store.write() as db:
            marks.delete(db, thing.ref.family, thing.ref.id)
        gone.append(thing)
    return gone


_ORDER = {
    "preset": 0,
    "provider": 0,
    "chat": 0,
    "cast": 0,
    "adapter": 1,
    "run": 2,
    "dataset": 3,
    "set": 4,
    "document": 5,
}


def _goes_with(thing: Thing, used: Thing) -> bool:
    """Whether what a thing is used in cannot stay without it."""
    if thing.ref.family == "document":
        return used.ref.family == "document" or used.kind in ("chunks", "lines")
    return thing.ref.family == "run" and used.ref == Ref("adapter", thing.ref.id)


def _holding(workspace: Workspace, ref: Ref, every: dict[Ref, Thing]) -> list[Thing]:
    """Sets of rows that point into a document."""
    if ref.family != "document":
        return []
    found = (every.get(Ref("set", one)) for one in sets.holding_rows_of(workspace.store, ref.id))
    return [thing for thing in found if thing is not None]


def _depth(thing: Thing, every: dict[Ref, Thing]) -> int:
    """How many documents a cleaned copy stands on."""
    parents = [ref for ref in thing.made_from if ref.family == "document" and ref in every]
    return 1 + _depth(every[parents[0]], every) if thing.kind == "cleaned" and parents else 0


def _delete(workspace: Workspace, thing: Thing) -> None:
    ref = thing.ref
    if ref.family == "document":
        documents.delete(workspace, ref.id)
    elif ref.family == "set":
        with set_tables.edited(workspace, ref.id) as db:  # its tables go with it
            found = sets.get(db, ref.id)
            sets.delete(db, ref.id, found.kind if found else "")
    elif ref.family == "dataset":
        registry.unregister(workspace, ref.id, delete_file=True)
    elif ref.family == "adapter":
        folder = workspace.run_folder(ref.id)
        for path in weights_of(folder):
            _remove(path)
    elif ref.family == "run":
        _remove(workspace.run_folder(ref.id))
        with workspace.store.write() as db:
            jobs.delete(db, ref.id)
    elif ref.family == "preset":
        kind, _, name = ref.id.partition("/")
        presets.delete(kind, name, workspace)
    elif ref.family == "cast":
        casts.delete(workspace, ref.id)
    elif ref.family == "chat":
        chats.delete(workspace, ref.id)
    else:
        secrets.save_key(ref.id, "")
        secrets.call(ref.id, "")


def _remove(path: Path) -> None:
    """A folder goes: first out of sight, so that a kill in between leaves none that looks whole."""
    if not path.exists():
        return
    aside = path.with_name(f".{path.name}.deleted")
    shutil.rmtree(aside, ignore_errors=True)
    path.rename(aside)
    shutil.rmtree(aside, ignore_errors=True)


def _require_rest(thing: Thing) -> None:
    if thing.busy:
        raise _at_work(thing)


def _at_work(thing: Thing) -> JobError:
    return JobError(
        "A job is working on {name}.", "Wait until it is done, or stop it.", name=thing.name
    )


def _work(record: records.JobRecord) -> set[Ref]:
    return {*given(record.kind, record.spec), Ref("run", record.id)}
