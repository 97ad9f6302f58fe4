"""Arrow files (arrow, feather) → rows: the file form and the stream form, a batch at a time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from studio.datasets.source_files.row_problem import RowProblem
from studio.errors import InputError

FILE, STREAM, FEATHER_1 = b"ARROW1", b"\xff\xff\xff\xff", b"FEA1"
BATCH = 128


def is_arrow(head: bytes) -> bool:
    """Whether a file's first bytes are those of Arrow's file or stream form."""
    if head.startswith(FILE):
        return b"\0" in head[6:16]
    return head.startswith(STREAM) and b"\0" in head[4:16]


def rows(path: Path, name: str) -> Iterator[Any]:
    """The rows as tables; a RowProblem in the place of one with a cell that cannot be read.

    Raises InputError for a file that is not whole.
    """
    import pyarrow

    faults = (pyarrow.ArrowException, OSError, ValueError, KeyError, TypeError, OverflowError)
    try:
        for batch in _batches(path):
            for start in range(0, batch.num_rows, BATCH):
                yield from _of_batch(batch.slice(start, BATCH), faults)
    except (*faults, MemoryError) as error:
        raise InputError(
            "{name} cannot be read as {kind}.",
            "Check that the file is whole.",
            name=name,
            kind="arrow",
        ) from error


def _batches(path: Path) -> Iterator[Any]:
    import pyarrow
    import pyarrow.ipc

    with path.open("rb") as file:
        listed = file.read(6) == FILE
    with pyarrow.memory_map(str(path)) as source:
        if listed:
            opened = pyarrow.ipc.open_file(source)
            for number in range(opened.num_record_batches):
                batch = opened.get_batch(number)
                batch.validate()  # its offsets lie within it: a file may claim any
                yield batch
        else:
            for batch in pyarrow.ipc.open_stream(source):
                batch.validate()
                yield batch


def _of_batch(batch: Any, faults: tuple[type[Exception], ...]) -> Iterator[Any]:
    try:
        yield from batch.to_pylist()
        return
    except faults:
        pass
    for number in range(batch.num_rows):
        try:
            yield batch.slice(number, 1).to_pylist()[0]
        except faults:
            yield RowProblem("not UTF-8 text")
