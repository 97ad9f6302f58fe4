"""The curve of a cut text: how alike it is before and after each border.

A file that grows with its job. Light.

File: 8 bytes a border, a 32-bit place in characters and a 32-bit float, little-endian, in the
text's order.
"""

import os
import sys
from array import array
from bisect import bisect_left
from dataclasses import dataclass, field
from pathlib import Path

from studio.files import disk_error
from studio.workspace import Workspace

RECORD = 8


@dataclass
class Borders:
    """`places`: where sentences begin, in characters; `similarities`: cosine there, -1 … 1, NaN
    where unknown.
    """

    places: "array[int]" = field(default_factory=lambda: array("I"))
    similarities: "array[float]" = field(default_factory=lambda: array("f"))

    def extend(self, other: "Borders") -> None:
        """Append another stretch of the same text."""
        self.places.extend(other.places)
        self.similarities.extend(other.similarities)


def file_of(run_folder: Path, document: str) -> Path:
    """Where a job keeps the borders of a document (its id)."""
    return run_folder / "borders" / f"{document}.bin"


def of_set(workspace: Workspace, set_id: str, document: str, start: int, end: int) -> Borders:
    """The borders of a document of a set, or of a saved copy of one, with start <= place < end."""
    job = set_id.split("~")[0].removeprefix("chunks-")
    return read(file_of(workspace.run_folder(job), document), start, end)


def append(path: Path, found: Borders, at: int) -> int:
    """Write `found` at byte `at`, dropping whatever was behind; the file's new length.

    Raises WorkspaceError.
    """
    mixed = array("I", bytes(RECORD * len(found.places)))
    mixed[0::2] = found.places
    mixed[1::2] = array("I", found.similarities.tobytes())
    _little_endian(mixed)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("r+b" if path.exists() else "w+b") as file:
            file.truncate(at)
            file.seek(at)
            file.write(mixed.tobytes())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise disk_error(error, path) from error
    return at + RECORD * len(found.places)


def read(path: Path, start: int, end: int) -> Borders:
    """The borders with start <= place < end; none where there is no such file."""
    found = Borders()
    if not path.is_file():
        return found
    with path.open("rb") as file:
        count = file.seek(0, os.SEEK_END) // RECORD

        def place(number: int) -> int:
            file.seek(number * RECORD)
            return int.from_bytes(file.read(4), "little")

        low, high = (
            bisect_left(range(count), start, key=place),
            bisect_left(range(count), end, key=place),
        )
        file.seek(low * RECORD)
        mixed = array("I", file.read((high - low) * RECORD))
    _little_endian(mixed)
    found.places.extend(mixed[0::2])
    found.similarities.frombytes(mixed[1::2].tobytes())
    return found


def _little_endian(numbers: "array[int]") -> None:
    if sys.byteorder == "big":
        numbers.byteswap()
