"""A folder of dataset files as one: their rows one file after the other, in the order of the
files' names.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.datasets.source_files.convert import REPORTED, Report
from studio.errors import InputError

if TYPE_CHECKING:
    from studio.datasets.source_files.sources import Source

MOST_FILES = 2000


def files_in(folder: Path) -> list[Path]:
    """The dataset files of a folder by name; hidden ones (.DS_Store) are none.

    Raises InputError for an empty folder, one with folders, pipes and the like inside, or one of
    too many files.
    """
    found = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    inner = next((path for path in found if path.is_dir()), None)
    if inner is not None:
        raise InputError(
            "The folder {name} holds another folder ({inner}).",
            "Keep the files of one dataset side by side in it.",
            name=folder.name,
            inner=inner.name,
        )
    odd = next((path for path in found if not path.is_file()), None)
    if odd is not None:  # a pipe, a device, a link to nothing
        raise InputError(
            "What is called {inner} in the folder {name} is no file.",
            "Keep the files of the dataset alone in it.",
            name=folder.name,
            inner=odd.name,
        )
    if not found:
        raise InputError("The folder {name} is empty.", "Put its files into it.", name=folder.name)
    if len(found) > MOST_FILES:
        raise InputError(
            "The folder {name} holds more than {most} files.",
            "Join some of them first.",
            name=folder.name,
            most=f"{MOST_FILES:,}",
        )
    return found


def require_one_kind(kinds: dict[str, str]) -> str:
    """The one kind of some files ({name: kind}). Raises InputError where they are of two."""
    first, kind = next(iter(kinds.items()))
    other = next((name for name, found in kinds.items() if found != kind), None)
    if other is not None:
        raise InputError(
            "{first} is {kind} and {second} is {other}: a dataset's files are of one kind.",
            "Keep the files of one kind together.",
            first=first,
            kind=kind,
            second=other,
            other=kinds[other],
        )
    return kind


class Folder:
    """See `sources.Source`."""

    def __init__(self, name: str, parts: "list[Source]") -> None:
        self.parts = parts
        self.total = sum(part.total for part in parts)
        self.report = joined(name, [(part.report, part.total) for part in parts])

    def read(self, start: int = 0, limit: int | None = None) -> Iterator[Any]:
        """See Source."""
        left = self.total if limit is None else limit
        for part in self.parts:
            if start >= part.total:
                start -= part.total
                continue
            if left <= 0:
                return
            take = min(left, part.total - start)
            yield from part.read(start, take)
            start, left = 0, left - take


def joined(name: str, parts: Sequence[tuple[Report | None, int]]) -> Report | None:
    """One account of several files, from each one's and its number of rows, the rows counted on
    through them; None where none of them has one.
    """
    known = [report for report, _ in parts if report]
    if not known:
        return None
    whole, before = Report(name, ", ".join(dict.fromkeys(r.encoding for r in known))), 0
    for report, rows in parts:
        if report is not None:
            whole.left_out += report.left_out
            whole.odd += report.odd
            whole.notes += [note for note in report.notes if note not in whole.notes]
            whole.problems += [p | {"row": p["row"] + before} for p in report.problems]
        before += rows
    whole.rows = before
    whole.problems = whole.problems[:REPORTED]
    return whole
