"""Changes of a dataset's rows: made in its file, each of them undone and done again.

The registered file stays a file that every other tool reads. What it was before the first change is
kept, and of each change what it replaced (see `edit_log`); where a row came from, the account of
what was lost on the way in and the marks of rows go along with the rows' numbers.
"""

import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from studio.datasets import registry
from studio.datasets.opened import Dataset, Index, foresee, open_dataset, report_place
from studio.datasets.row_changes import edit_log, row_marks, splices
from studio.datasets.row_changes.edit_log import Edit, Pending, State
from studio.datasets.row_changes.row_fields import put_back
from studio.datasets.row_changes.splices import Splice
from studio.datasets.row_forms import formats
from studio.datasets.row_forms.formats import Row
from studio.datasets.source_files.convert import read_report, stamp_of
from studio.datasets.source_files.sources import Lines, lines_of
from studio.errors import InputError
from studio.files import require_space
from studio.workspace import Workspace


@dataclass(frozen=True)
class Change:
    """row: number of a good row from 0, as `Dataset.rows` counts; the number of rows appends.

    data: the row in the normal form (see `formats`), as `Dataset.rows` gives it; None deletes.
    """

    row: int
    data: Row | None


def age(workspace: Workspace, name: str) -> str:
    """What changes when a dataset's file does, for `change`. Raises InputError."""
    path = registry.find(workspace, name).path
    assert path is not None
    return row_marks.age_of(path)


def change(
    workspace: Workspace, name: str, changes: Sequence[Change], why: str, *, seen: str = ""
) -> str:
    """Change rows of a dataset's file, all of them or none; the change's id ("0001").

    why: one sentence for the history. seen: the file's `age` when the rows were read; a file that
    is another one now is an InputError. All numbers are those before the change. Raises InputError
    also for a row that could not be used then, and for a change that leaves none; WorkspaceError
    for a full disk. Changes that were undone are forgotten.
    """
    with edit_log.held(workspace, registry.find(workspace, name).name) as place:
        dataset = open_dataset(name, workspace)
        if seen and seen != age(workspace, name):
            raise meanwhile(name)
        state = _known(place, dataset)
        there = _splices(dataset, changes)
        number = state.active + 1
        edit = _edit(number, why, dataset, changes)
        if state.active == 0:
            edit_log.keep_original(place, dataset.path)
        gone = state.edits[state.active :]
        _write(
            workspace,
            dataset,
            place,
            there,
            _beside(workspace, dataset, changes),
            replace(state, edits=(*state.edits[: state.active], edit), active=number),
            keep=edit,
        )
        edit_log.drop(place, [one for one in gone if one.id != edit.id])
        return edit.id


def undo(workspace: Workspace, name: str) -> str:
    """Take the last change back that holds; its `why`.

    Raises InputError where there is none, or where another program has changed the file since.
    """
    return _step(workspace, name, -1)


def redo(workspace: Workspace, name: str) -> str:
    """Make the change again that was undone last; its `why`. Raises as `undo` does."""
    return _step(workspace, name, 1)


def history(workspace: Workspace, name: str) -> list[Edit]:
    """The changes of a dataset, the first one first, those that were undone at the end. Empty where
    another program has changed the file since. Raises InputError for an unknown dataset.
    """
    entry = registry.find(workspace, name)
    state = edit_log.read_state(edit_log.settled(workspace, entry.name))
    return list(state.edits) if entry.path and state.edits and state.knows(entry.path) else []


def row(workspace: Workspace, name: str, number: int) -> Row:
    """A good row by its number from 0, whole. Raises InputError where there is none."""
    found = open_dataset(name, workspace).rows(number, 1) if number >= 0 else []
    if not found:
        raise _no_row(number)
    return found[0]


def _step(workspace: Workspace, name: str, way: int) -> str:
    with edit_log.held(workspace, registry.find(workspace, name).name) as place:
        state = edit_log.read_state(place)
        at = state.active - 1 if way < 0 else state.active
        if not 0 <= at < len(state.edits):
            raise _no_change(name, way)
        dataset = open_dataset(name, workspace)
        if not state.knows(dataset.path):
            raise meanwhile(name)
        edit = state.edits[at]
        kept = edit_log.read_edit(place, edit)
        side = "back" if way < 0 else "there"
        kind = splices.editable(dataset.path, dataset.source)
        untouched = row_marks.age_of(dataset.path) == f"{state.mtime}-{state.size}"
        first = way < 0 and at == 0 and untouched
        whole = place / f"original{dataset.path.suffix}" if first else None
        _write(
            workspace,
            dataset,
            place,
            splices.restored(kept[side], kind),
            kept["beside"][side],
            replace(state, active=state.active + way),
            expected=splices.restored(kept["there" if way < 0 else "back"], kind),
            whole=whole if whole is not None and whole.is_file() else None,
        )
        return edit.why


def _known(place: Path, dataset: Dataset) -> State:
    """What is known of earlier changes; nothing where another program changed the file since."""
    state = edit_log.read_state(place)
    if state.edits and not state.knows(dataset.path):
        return edit_log.put_aside(place)
    return state


def meanwhile(name: str) -> InputError:
    """The sentence for a file that something else has changed."""
    return InputError(
        "The file of the dataset {name} was changed by something else meanwhile.",
        "Nothing was written. Look at its rows again first.",
        name=name,
    )


def _no_change(name: str, way: int) -> InputError:
    do = "Only changes made here are kept."
    if way < 0:
        return InputError("There is no change of {name} to undo.", do, name=name)
    return InputError("There is no change of {name} to make again.", do, name=name)


def _no_row(number: int) -> InputError:
    return InputError("There is no row {row}.", "Look at the list again.", row=number + 1)


def _edit(number: int, why: str, dataset: Dataset, changes: Sequence[Change]) -> Edit:
    added = sum(one.row >= dataset.count for one in changes)
    deleted = sum(one.data is None for one in changes)
    now = time.strftime("%Y-%m-%dT%H:%M:%S")
    changed = len(changes) - added - deleted
    return Edit(f"{number:04d}", now, why, changed=changed, deleted=deleted, added=added)


def _in_order(dataset: Dataset, changes: Sequence[Change]) -> list[Change]:
    """The changes by row, each row once. Raises InputError."""
    rows = [one.row for one in changes if one.row < dataset.count]
    if not changes or len(set(rows)) < len(rows):
        raise InputError("The change names no row, or one twice.", "Name each row once.")
    for one in changes:
        if one.row < 0 or one.row > dataset.count or (one.row == dataset.count and not one.data):
            raise _no_row(one.row)
    if sum(one.data is None for one in changes) == dataset.count and len(rows) == len(changes):
        raise InputError(
            "That would leave the dataset {name} without a row.",
            "Delete the dataset instead.",
            name=dataset.name,
        )
    return sorted(changes, key=lambda one: one.row)


def _splices(dataset: Dataset, changes: Sequence[Change]) -> list[Splice]:
    """The changes in the numbers of the file, each row as the file holds it."""
    kind = splices.editable(dataset.path, dataset.source)
    made: list[Splice] = []
    added: list[Any] = []
    for one in _in_order(dataset, changes):
        if one.row == dataset.count:
            assert one.data is not None
            raw = put_back(one.data, dataset.layout, None, one.row)
            added.append(splices.encoded(raw, kind, dataset.path))
            continue
        at = dataset.place(one.row)
        if one.data is None:
            made.append(Splice(at, 1))
            continue
        before = next(iter(dataset.source.read(at, 1)))
        raw = put_back(one.data, dataset.layout, before, one.row)
        made.append(Splice(at, 1, (splices.encoded(raw, kind, dataset.path),)))
    return [*made, *([Splice(dataset.index.total, 0, tuple(added))] if added else [])]


def _beside(workspace: Workspace, dataset: Dataset, changes: Sequence[Change]) -> dict[str, Any]:
    """What goes along with the good rows' numbers, there and back: where rows came from, as lines
    of the sidecar ("origins", None where there is none), and their marks.
    """
    ordered = _in_order(dataset, changes)
    numbers = [
        Splice(one.row, int(one.row < dataset.count), () if one.data is None else (one.row,))
        for one in ordered
    ]
    source = _origins(workspace, dataset)
    there: dict[str, Any] = {"numbers": [[s.at, s.gone, len(s.put)] for s in numbers]}
    if source is None:
        there["origins"] = None
        return {"there": there}
    lines = []
    for one, splice in zip(ordered, numbers, strict=True):
        old: Any = next(iter(source.read(one.row, 1)), {}) if splice.gone else {}
        known = (old if isinstance(old, dict) else {}) | {
            "edited" if splice.gone else "added": time.strftime("%Y-%m-%d")
        }
        put = [json.dumps(known, ensure_ascii=False)] if splice.put else []
        lines.append([splice.at, splice.gone, put])
    return {"there": there | {"origins": {"splices": lines}}}


def _origins(workspace: Workspace, dataset: Dataset) -> Lines | None:
    """The sidecar's lines, where they are as many as the rows."""
    path = registry.sidecar(workspace, dataset.name)
    if not path.is_file():
        return None
    found = lines_of(path)
    return found if isinstance(found, Lines) and found.total == dataset.count else None


def _write(
    workspace: Workspace,
    dataset: Dataset,
    place: Path,
    there: list[Splice],
    beside: dict[str, Any],
    state: State,
    *,
    keep: Edit | None = None,
    expected: list[Splice] | None = None,
    whole: Path | None = None,
) -> None:
    """Everything that belongs to a change, in one step.

    beside: of a change that is made for the first time {"there": …}, and what leads back is found
    out; else one side of what was kept. keep: the change to keep. expected: what must stand where
    something is replaced. whole: the file as it shall be, where that is known byte by byte.
    """
    path = dataset.path
    before = path.stat()
    require_space(path.parent, 2 * before.st_size)
    kind = splices.editable(path, dataset.source)
    pending = Pending(place)
    target = pending.file(path)
    removed = splices.rewrite(path, kind, dataset.source, there, target)
    if expected is not None and not _as_left(removed, expected):
        raise meanwhile(dataset.name)
    if whole is not None:
        shutil.copyfile(whole, target)
    one_way = beside["there"] if keep else beside
    back_beside = _go_along(workspace, dataset, pending, one_way, target)
    _account(workspace, dataset, pending, there, target)
    if keep:
        back = splices.inverse(there, removed)
        sides = {"there": splices.stored(there, kind), "back": splices.stored(back, kind)}
        both = {"there": one_way, "back": back_beside}
        pending.json(place / f"{keep.id}.json", sides | {"beside": both})
    edit_log.keep_state(pending, state.at(target, state.active, state.edits))
    after = path.stat()
    if (after.st_mtime_ns, after.st_size) != (before.st_mtime_ns, before.st_size):
        raise meanwhile(dataset.name)
    foresee(dataset, target, _index(dataset, there), workspace)
    pending.commit()


def _as_left(removed: list[list[Any]], expected: list[Splice]) -> bool:
    """Whether what was taken out is what the change before had put in."""
    return all(
        len(old) == len(one.put) and all(map(splices.equal, old, one.put))
        for old, one in zip(removed, expected, strict=True)
    )


def _go_along(
    workspace: Workspace, dataset: Dataset, pending: Pending, side: dict[str, Any], coming: Path
) -> dict[str, Any]:
    """Write the sidecar and the marks that go along; what leads back."""
    numbers = [Splice(at, gone, (None,) * put) for at, gone, put in side["numbers"]]
    back: dict[str, Any] = {
        "numbers": [
            [one.at, one.gone, len(one.put)]
            for one in splices.inverse(numbers, [(None,) * one.gone for one in numbers])
        ],
        "origins": None,
    }
    source = _origins(workspace, dataset)
    if source is not None and side["origins"] is not None:
        lines = splices.restored(side["origins"], "jsonl")
        target = pending.file(source.path)
        removed = splices.rewrite(source.path, "jsonl", source, lines, target)
        back["origins"] = splices.stored(splices.inverse(lines, removed), "jsonl")
    marks = row_marks.read(pending.place)
    moved = row_marks.moved(marks, numbers) | row_marks.from_plain(side.get("marks", {}))
    if marks or moved:
        told = row_marks.plain(moved, row_marks.age_of(coming))
        pending.json(pending.place / row_marks.FILE, told)
    lost = {n: m for n, m in marks.items() if splices.moved(n, numbers) is None}
    return back | {"marks": row_marks.plain(lost)}


def _account(
    workspace: Workspace, dataset: Dataset, pending: Pending, there: list[Splice], target: Path
) -> None:
    """The account of what was lost when the file was taken in, about the file as it is now."""
    place = report_place(workspace, dataset.name)
    report = read_report(place, dataset.path)
    if report is None:
        return
    for problem in report.problems:
        number = splices.moved(problem["row"] - 1, there)
        problem["row"] = problem["row"] if number is None else number + 1
    report.rows += sum(len(one.put) - one.gone for one in there)
    report.stamp = stamp_of(target)
    pending.json(place, asdict(report))


def _index(dataset: Dataset, there: list[Splice]) -> Index:
    """Which rows cannot be used after the change: the same as before, by their new numbers."""
    old = dataset.index
    bad = [number for row in old.bad if (number := splices.moved(row, there)) is not None]
    problems = [
        problem | {"row": number + 1}
        for problem in old.problems
        if (number := splices.moved(problem["row"] - 1, there)) is not None
    ]
    kinds = dict.fromkeys(old.kinds)
    for piece in (piece for one in there for piece in one.put):
        raw = splices.decoded(piece, splices.editable(dataset.path, dataset.source))
        kinds.setdefault(formats.kind(formats.normalise(raw, dataset.layout)))
    total = old.total + sum(len(one.put) - one.gone for one in there)
    return Index(total, tuple(bad), old.skipped, tuple(problems), tuple(kinds))
