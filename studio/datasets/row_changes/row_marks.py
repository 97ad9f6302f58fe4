"""Ratings and tags that a person gives to rows, kept beside a dataset and not in its file.

They belong to rows by number; a change made here takes them along (see `edits`). Where another
program has changed the file, each is looked for by what its row says, and those that are not found
again are counted.
"""

import json
import operator
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from studio.datasets import registry
from studio.datasets.opened import open_dataset
from studio.datasets.paging.row_query import RATING, TAG, Query
from studio.datasets.row_changes import edit_log
from studio.datasets.row_changes.splices import Splice
from studio.datasets.row_changes.splices import moved as moved_number
from studio.datasets.row_forms.formats import Row
from studio.datasets.source_files.sources import stamp
from studio.errors import InputError
from studio.files import write_json
from studio.spec import digest
from studio.workspace import Workspace

FILE = "marks.json"
MOST_TAGS, LONGEST_TAG = 20, 40
RATINGS = range(6)  # 0 stands for none


@dataclass(frozen=True)
class Mark:
    """rating: 1 to 5, 0 for none; of: a digest of the row, "" after the row was changed."""

    rating: int = 0
    tags: tuple[str, ...] = ()
    of: str = ""


Marks = dict[int, Mark]


def marks(workspace: Workspace, name: str) -> Marks:
    """The marks of a dataset's rows by number from 0. Raises InputError for an unknown dataset."""
    entry = registry.find(workspace, name)
    place = edit_log.settled(workspace, entry.name)
    found = read(place)
    if not found or not entry.path or _age(place) in ("", age_of(entry.path)):
        return found
    return _found_again(workspace, entry.name, entry.path)


def mark(
    workspace: Workspace, name: str, numbers: Iterable[int], rating: int | None, tags: Sequence[str]
) -> Marks:
    """Rate and tag rows, by number from 0; the marks afterwards.

    rating: 0 to 5, None leaves each as it is; tags: those that the rows have from now on. Raises
    InputError for a row that is not there and for a rating or tag that cannot be.
    """
    entry = registry.find(workspace, name)
    kept = _tags(tags)
    if rating is not None and rating not in RATINGS:
        raise InputError("The rating {rating} cannot be given.", "Give 1 to 5.", rating=rating)
    marks(workspace, name)
    dataset = open_dataset(entry.name, workspace)
    with edit_log.held(workspace, entry.name) as place:
        found = read(place)
        for number in numbers:
            row = dataset.rows(number, 1) if 0 <= number < dataset.count else []
            if not row:
                raise InputError(
                    "There is no row {row}.", "Look at the list again.", row=number + 1
                )
            old = found.get(number, Mark())
            new = Mark(old.rating if rating is None else rating, kept, of_row(row[0]))
            found[number] = new
        found = {n: one for n, one in sorted(found.items()) if one.rating or one.tags}
        write_json(place / FILE, plain(found, age_of(dataset.path)))
    return found


def counts(found: Mapping[int, Mark]) -> dict[str, dict[str, int]]:
    """{"ratings": {"5": rows, …}, "tags": {tag: rows, …}}, the most frequent tag first."""
    ratings = Counter(str(one.rating) for one in found.values() if one.rating)
    tags = Counter(tag for one in found.values() for tag in one.tags)
    return {
        "ratings": dict(sorted(ratings.items(), reverse=True)),
        "tags": dict(tags.most_common()),
    }


def by_marks(query: Query, found: Mapping[int, Mark]) -> Query:
    """The query with its conditions on ratings and tags as the numbers of rows."""
    numbered: list[tuple[bool, tuple[int, ...]]] = []
    for one in query.where:
        if one.field == TAG:
            having = tuple(n for n, mark in found.items() if one.value in mark.tags)
            numbered.append((one.test == "equals", having))
        elif one.field == RATING:
            fits = {"over": operator.gt, "under": operator.lt, "equals": operator.eq}[one.test]
            # A row without a mark has a rating of 0.
            unmarked = fits(0, one.number)
            apart = tuple(n for n, m in found.items() if fits(m.rating, one.number) != unmarked)
            numbered.append((not unmarked, apart))
    left = tuple(one for one in query.where if one.field not in (RATING, TAG))
    return replace(query, where=left, numbered=tuple(numbered))


def read(place: Path) -> Marks:
    """The marks as they are kept; none where there are none."""
    try:
        return from_plain(json.loads((place / FILE).read_bytes()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def from_plain(data: Mapping[str, Any]) -> Marks:
    """Marks from what `plain` gave."""
    return {
        int(n): Mark(int(one["rating"]), tuple(one["tags"]), one.get("of", ""))
        for n, one in data.get("rows", {}).items()
    }


def plain(found: Mapping[int, Mark], age: str = "") -> dict[str, Any]:
    """Marks as they are kept."""
    rows = {
        str(n): {"rating": one.rating, "tags": list(one.tags), "of": one.of}
        for n, one in found.items()
    }
    return {"age": age, "rows": rows}


def moved(found: Mapping[int, Mark], numbers: Sequence[Splice]) -> Marks:
    """The marks by the rows' new numbers; those of rows that go are left out."""
    changed = {one.at for one in numbers if one.gone and one.put}
    made = {
        new: replace(one, of="") if n in changed else one
        for n, one in found.items()
        if (new := moved_number(n, numbers)) is not None
    }
    return dict(sorted(made.items()))


def of_row(row: Row) -> str:
    """What a row is found by again."""
    return str(digest(row))[:24]


def age_of(path: Path) -> str:
    """What changes when a file does."""
    mtime, size = stamp(path)
    return f"{mtime}-{size}"


def _age(place: Path) -> str:
    try:
        return str(json.loads((place / FILE).read_bytes()).get("age", ""))
    except (OSError, ValueError, AttributeError):
        return ""


def _found_again(workspace: Workspace, name: str, path: Path) -> Marks:
    """The marks of a file that another program has changed, each where its row stands now."""
    with edit_log.held(workspace, name) as place:
        wanted: dict[str, list[Mark]] = {}
        for one in read(place).values():
            wanted.setdefault(one.of, []).append(one)
        found: Marks = {}
        for number, row in enumerate(open_dataset(name, workspace).iterate()):
            if waiting := wanted.get(of_row(row)):
                found[number] = waiting.pop(0)
        write_json(place / FILE, plain(found, age_of(path)))
    return found


def _tags(tags: Sequence[str]) -> tuple[str, ...]:
    made = tuple(dict.fromkeys(" ".join(str(tag).split()) for tag in tags if str(tag).strip()))
    if len(made) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in made):
        raise InputError(
            "A row has at most {most} tags of {longest} letters.",
            "Use fewer or shorter ones.",
            most=MOST_TAGS,
            longest=LONGEST_TAG,
        )
    return made
