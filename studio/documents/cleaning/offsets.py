"""Offsets: which piece of a cleaned text came from which piece of the original.

Held as four arrays of unsigned integers, one entry an edit: where the changed piece starts and ends
in the original and in the cleaned text. Between two edits both texts are equal, character for
character.
"""

import struct
import zlib
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from studio.errors import WorkspaceError
from studio.files import write_bytes

MAGIC = b"INKOFF1\n"
# 32 bits everywhere: a text of four thousand million characters is far over what a document may
# hold.
CODE = "I" if array("I").itemsize == 4 else "L"
Column: TypeAlias = "array[int]"  # a string: before Python 3.12 array takes no type


class Offsets:
    """Maps spans of a cleaned text to the original and back. An empty one is the identity."""

    def __init__(self, original: tuple[Column, Column], cleaned: tuple[Column, Column]) -> None:
        self._original = original
        self._cleaned = cleaned

    def __len__(self) -> int:
        return len(self._original[0])

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Offsets)
            and self._original == other._original
            and self._cleaned == other._cleaned
        )

    @property
    def nbytes(self) -> int:
        """Bytes of memory: 16 an edit."""
        return sum(len(column) * column.itemsize for column in (*self._original, *self._cleaned))

    @staticmethod
    def identity() -> "Offsets":
        """Offsets of a text in which nothing changed."""
        return Builder().offsets()

    def edits(self) -> Iterator[tuple[int, int, int, int]]:
        """(start, end) in the original and (start, end) in the cleaned text of each changed piece,
        in order.
        """
        return zip(*self._original, *self._cleaned, strict=True)

    def to_original(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that `start:end` of the cleaned text came from.

        A border inside a changed piece widens to the whole piece. Removed text at the span's
        borders is left out; an empty span stays empty.
        """
        return _mapped(self._cleaned, self._original, start, end)

    def to_cleaned(self, start: int, end: int) -> tuple[int, int]:
        """The span of the cleaned text that `start:end` of the original became; empty where it was
        removed.
        """
        return _mapped(self._original, self._cleaned, start, end)

    def then(self, later: "Offsets") -> "Offsets":
        """These offsets followed by those of a further cleaning of the cleaned text.

        Linear in the edits.
        """
        if not len(self) or not len(later):
            return later if not len(self) else self
        return _composed(self, later)

    def to_bytes(self) -> bytes:
        """The file's form: gaps and lengths, packed with zlib."""
        gaps, before, after, last = array(CODE), array(CODE), array(CODE), 0
        for start, end, new_start, new_end in self.edits():
            gaps.append(start - last)
            before.append(end - start)
            after.append(new_end - new_start)
            last = end
        body = b"".join(_little(column) for column in (gaps, before, after))
        return MAGIC + struct.pack("<I", len(self)) + zlib.compress(body, 6)

    @staticmethod
    def from_bytes(data: bytes) -> "Offsets":
        """The reverse of `to_bytes`. Raises ValueError for anything else."""
        if not data.startswith(MAGIC) or len(data) < len(MAGIC) + 4:
            raise ValueError("not an offsets file")
        (count,) = struct.unpack_from("<I", data, len(MAGIC))
        unpack = zlib.decompressobj()
        try:
            body = unpack.decompress(data[len(MAGIC) + 4 :], count * 12 + 1)
        except zlib.error as error:
            raise ValueError("a damaged offsets file") from error
        if len(body) != count * 12 or not unpack.eof:
            raise ValueError("a damaged offsets file")
        columns = [_from_little(body[i * count * 4 : (i + 1) * count * 4]) for i in range(3)]
        built, place = Builder(merge=False), 0
        for gap, before, after in zip(*columns, strict=True):
            built.add(place + gap, place + gap + before, after)
            place += gap + before
        return built.offsets()

    def save(self, path: Path) -> None:
        """Write the file in one step. Raises WorkspaceError."""
        write_bytes(path, self.to_bytes())

    @staticmethod
    def load(path: Path) -> "Offsets":
        """Read a file of `save`. Raises WorkspaceError."""
        try:
            return Offsets.from_bytes(path.read_bytes())
        except (OSError, ValueError) as error:
            raise WorkspaceError(
                "The record of what cleaning changed is missing or damaged ({name}).",
                "Clean the document again.",
                name=path.name,
            ) from error


class Builder:
    """Offsets written edit by edit, in order."""

    def __init__(self, *, merge: bool = True) -> None:
        self._original = (array(CODE), array(CODE))
        self._cleaned = (array(CODE), array(CODE))
        self._shift = 0
        self._merge = merge

    def add(self, start: int, end: int, length: int) -> None:
        """`start:end` of the original became `length` characters."""
        new_start = start + self._shift
        self.put(start, end, new_start, new_start + length)
        self._shift += length - (end - start)

    def put(self, start: int, end: int, new_start: int, new_end: int) -> None:
        """One changed piece; two neighbours that are both removed (or both added) become one."""
        (starts, ends), (new_starts, new_ends) = self._original, self._cleaned
        if self._merge and starts and ends[-1] == start and new_ends[-1] == new_start:
            removed = new_starts[-1] == new_end
            added = starts[-1] == end
            if removed or added:
                ends[-1], new_ends[-1] = end, new_end
                return
        starts.append(start)
        ends.append(end)
        new_starts.append(new_start)
        new_ends.append(new_end)

    def offsets(self) -> Offsets:
        """What was written."""
        return Offsets(self._original, self._cleaned)


def _mapped(
    source: tuple[Column, Column],
    target: tuple[Column, Column],
    start: int,
    end: int,
) -> tuple[int, int]:
    """A span of the source side on the target side: as small as it can be and still hold all of
    it.
    """
    (starts, ends), (into, out) = source, target
    i = bisect_right(starts, start) - 1
    if i < 0:
        first = start
    elif start < ends[i]:
        first = into[i]
    else:
        first = out[i] + start - ends[i]
    j = bisect_left(ends, end)
    if j < len(ends) and starts[j] < end:
        last = out[j]
    else:
        last = out[j - 1] + end - ends[j - 1] if j else end
    return first, max(first, last)


def _composed(earlier: Offsets, later: Offsets) -> Offsets:
    """Both edit lists merged over the text in the middle; pieces that overlap there become one."""
    built = Builder()
    # First: place in the middle text, then in the original; second: in the middle, then the last.
    first = [*earlier._cleaned, *earlier._original]
    second = [*later._original, *later._cleaned]
    i = j = 0
    total, more = len(earlier), len(later)
    # Middle place + shift = place in the original; middle place + late = place in the last text.
    shift = late = 0
    while i < total or j < more:
        take_first = j >= more or (
            i < total and (first[0][i], first[1][i]) <= (second[0][j], second[1][j])
        )
        start = end = first[0][i] if take_first else second[0][j]
        begin_original, begin_last, alone = start + shift, start + late, True
        while True:
            if i < total and (
                take_first if alone else _joins(first[0][i], first[1][i], start, end)
            ):
                end = max(end, first[1][i])
                shift = first[3][i] - first[1][i]
                i += 1
            elif j < more and (alone or _joins(second[0][j], second[1][j], start, end)):
                end = max(end, second[1][j])
                late = second[3][j] - second[1][j]
                j += 1
            else:
                break
            alone = False
        built.put(begin_original, end + shift, begin_last, end + late)
    return built.offsets()


def _joins(start: int, end: int, group_start: int, group_end: int) -> bool:
    """Whether a piece of the middle text belongs to the group: it overlaps it, or both are the same
    empty place.
    """
    return start < group_end or (start == end == group_start == group_end)


def _little(column: Column) -> bytes:
    if struct.pack("=I", 1) != struct.pack("<I", 1):
        column = array(CODE, column)
        column.byteswap()
    return column.tobytes()


def _from_little(data: bytes) -> Column:
    column = array(CODE)
    column.frombytes(data)
    if struct.pack("=I", 1) != struct.pack("<I", 1):
        column.byteswap()
    return column
