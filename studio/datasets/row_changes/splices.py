"""Rows taken out of a dataset's file and put into it, in one pass: what is not touched is copied as
it stands.

A row's number counts all that the file holds, from 0, as `sources.Source` does. What is put in and
taken out is, of a file of lines, the line without its end; of json the row itself; of parquet a
record batch of one row, so that every type comes back as it was.
"""

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from studio.datasets.source_files.file_kind import kind_of
from studio.datasets.source_files.row_problem import RowProblem
from studio.datasets.source_files.sources import STRIDE, Lines, Source, parse_line, parse_text
from studio.errors import InputError
from studio.text.jsons import dumped

if TYPE_CHECKING:
    import pyarrow

BLOCK = 1 << 22  # bytes copied at a time
BATCH = 4096  # rows of parquet


@dataclass(frozen=True)
class Splice:
    """In the place of `gone` rows from number `at` on, the rows `put`."""

    at: int
    gone: int
    put: tuple[Any, ...] = ()


def inverse(splices: Sequence[Splice], removed: Sequence[Sequence[Any]]) -> list[Splice]:
    """What leads back. removed: what each splice took out."""
    back, shift = [], 0
    for splice, old in zip(splices, removed, strict=True):
        back.append(Splice(splice.at + shift, len(splice.put), tuple(old)))
        shift += len(splice.put) - splice.gone
    return back


def moved(number: int, splices: Sequence[Splice]) -> int | None:
    """A row's number afterwards; None for one that was taken out."""
    shift = 0
    for splice in splices:
        if splice.at > number or (splice.at == number and splice.gone):
            break
        shift += len(splice.put) - splice.gone
    else:
        return number + shift
    if splice.at > number:
        return number + shift
    return number + shift if splice.put else None


def editable(path: Path, source: Source) -> str:
    """jsonl, txt, json or parquet. Raises InputError for a file whose rows cannot be changed where
    they are.
    """
    kind = "lines" if isinstance(source, Lines) and source.path == path else ""
    if kind:
        return path.suffix.lower().lstrip(".")
    if path.is_dir():
        raise InputError(
            "The rows of {file} cannot be changed, since it is a folder of files.",
            "Make a dataset from it (convert), then change that.",
            file=path.name,
        )
    kind = kind_of(path, path.name)
    if kind not in ("parquet", "json", "jsonl"):
        raise InputError(
            "The rows of {file} cannot be changed, since it is a {kind} file.",
            "Make a dataset from it (convert), then change that.",
            file=path.name,
            kind=kind,
        )
    if kind != "parquet" and source.report and source.report.left_out:
        raise InputError(
            "{file} holds {count} rows that cannot be read, which a change would lose.",
            "Make a dataset from it (convert), then change that.",
            file=path.name,
            count=f"{source.report.left_out:,}",
        )
    return "parquet" if kind == "parquet" else "json"


def rewrite(
    path: Path, kind: str, source: Source, splices: Sequence[Splice], target: Path
) -> list[list[Any]]:
    """Write the file anew to `target`; what each splice took out.

    splices: in rising order, none over another. Raises OSError, InputError where a row does not fit
    the columns of a parquet file.
    """
    with target.open("wb") as out:
        if kind == "parquet":
            return _parquet(path, splices, out)
        if kind == "json":
            return _json(source, splices, out)
        assert isinstance(source, Lines)
        return _lines(source, splices, out)


def encoded(raw: dict[str, Any], kind: str, path: Path) -> Any:
    """A row of the file's own columns as it is put in. Raises InputError."""
    if kind == "json":
        return raw
    if kind == "txt":
        text = str(raw.get("text", ""))
        if len(text.splitlines()) > 1:
            raise InputError(
                "A row of {file} is one line.", "Take the line breaks out.", file=path.name
            )
        return text
    if kind == "jsonl":
        return dumped(raw).decode("utf-8")
    return _batch(raw, path)


def decoded(put: Any, kind: str) -> Any:
    """The row that such a piece is read as. Raises RowProblem."""
    if kind == "json":
        return put
    if kind == "parquet":
        return put.to_pylist()[0]
    return (parse_text if kind == "txt" else parse_line)(put)


def stored(splices: Sequence[Splice], kind: str) -> dict[str, Any]:
    """Splices as JSON; see `restored`."""
    if kind != "parquet":
        return {"splices": [[one.at, one.gone, list(one.put)] for one in splices]}
    batches = [batch for one in splices for batch in one.put]
    counts = [[one.at, one.gone, len(one.put)] for one in splices]
    return {"splices": counts, "rows": _packed(batches)}


def restored(data: dict[str, Any], kind: str) -> list[Splice]:
    """Splices from what `stored` gave."""
    if kind != "parquet":
        return [Splice(at, gone, tuple(put)) for at, gone, put in data["splices"]]
    rows = _unpacked(data["rows"])
    return [
        Splice(at, gone, tuple(next(rows) for _ in range(count)))
        for at, gone, count in data["splices"]
    ]


def equal(first: Any, second: Any) -> bool:
    """Whether two pieces of a file are the same; of lines, whatever their ends."""
    if isinstance(first, str):
        return first.rstrip("\r") == str(second).rstrip("\r")
    if isinstance(first, dict | list | type(None)):
        return json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)
    return bool(first.equals(second))


def _lines(source: Lines, splices: Sequence[Splice], out: BinaryIO) -> list[list[Any]]:
    removed = []
    at, ended = 0, True  # the place in the old file; whether what was written ends a line
    with source.path.open("rb") as old:
        for splice in splices:
            place = _place(source, old, splice.at)
            ended = _copy(old, out, at, place) if place > at else ended
            old.seek(place)
            gone = [old.readline() for _ in range(splice.gone)]
            at = old.tell()
            removed.append([line.decode("utf-8").rstrip("\n") for line in gone])
            for line in splice.put:
                out.write((b"" if ended else b"\n") + line.encode("utf-8") + b"\n")
                ended = True
        _copy(old, out, at, old.seek(0, 2))
    return removed


def _place(source: Lines, old: BinaryIO, number: int) -> int:
    """Where in the file, in bytes, line `number` begins; of the line behind the last, its end."""
    if number >= source.total:
        return old.seek(0, 2)
    old.seek(source.places[number // STRIDE])
    for _ in range(number % STRIDE):
        old.readline()
    return old.tell()


def _copy(old: BinaryIO, out: BinaryIO, start: int, end: int) -> bool:
    """Copy bytes; whether the last of them ends a line."""
    old.seek(start)
    left, last = end - start, b"\n"
    while left > 0 and (block := old.read(min(BLOCK, left))):
        out.write(block)
        left -= len(block)
        last = block[-1:]
    return last == b"\n"


def _json(source: Source, splices: Sequence[Splice], out: BinaryIO) -> list[list[Any]]:
    removed: list[list[Any]] = [[] for _ in splices]
    first = True
    for row in _spliced(source.read(), splices, removed):
        if isinstance(row, RowProblem):  # `editable` has looked; a file that changed meanwhile
            raise InputError("{name} cannot be read.", "Check the file's permissions.", name="json")
        out.write((b"[\n" if first else b",\n") + dumped(row))
        first = False
    out.write(b"[]\n" if first else b"\n]\n")
    return removed


def _spliced(
    rows: Iterator[Any], splices: Sequence[Splice], removed: list[list[Any]]
) -> Iterator[Any]:
    """The rows as they are afterwards; what goes is added to `removed`."""
    number = 0
    for splice, gone in zip(splices, removed, strict=True):
        while number < splice.at:
            yield next(rows)
            number += 1
        gone += [next(rows) for _ in range(splice.gone)]
        number += splice.gone
        yield from splice.put
    yield from rows


def _parquet(path: Path, splices: Sequence[Splice], out: BinaryIO) -> list[list[Any]]:
    import pyarrow.parquet

    file = pyarrow.parquet.ParquetFile(path)
    removed: list[list[Any]] = [[] for _ in splices]
    packed = file.metadata.row_group(0).column(0).compression if file.num_row_groups else "SNAPPY"
    with pyarrow.parquet.ParquetWriter(
        out, file.schema_arrow, compression="NONE" if packed == "UNCOMPRESSED" else packed
    ) as writer:
        waiting: list[Any] = []
        for batch in _spliced_batches(file, splices, removed):
            waiting.append(batch)
            if sum(map(len, waiting)) >= BATCH:
                writer.write_table(pyarrow.Table.from_batches(waiting).combine_chunks())
                waiting = []
        if waiting:
            writer.write_table(pyarrow.Table.from_batches(waiting).combine_chunks())
    return removed


def _spliced_batches(
    file: Any, splices: Sequence[Splice], removed: list[list[Any]]
) -> Iterator["pyarrow.RecordBatch"]:
    """The rows as they are afterwards, in batches; what goes is added to `removed`."""
    number = 0  # of the first row of the batch
    waiting = list(zip(splices, removed, strict=True))
    for batch in file.iter_batches(BATCH, use_threads=False):
        done = 0  # rows of the batch
        while waiting and waiting[0][0].at < number + batch.num_rows:
            splice, gone = waiting[0]
            if (first := splice.at + len(gone) - number) > done:
                yield batch.slice(done, first - done)
            last = min(splice.at + splice.gone - number, batch.num_rows)
            gone += [batch.slice(row, 1) for row in range(first, last)]
            done = last
            if len(gone) < splice.gone:
                break  # the rest of it stands in the next batch
            yield from splice.put
            waiting.pop(0)
        if done < batch.num_rows:
            yield batch.slice(done)
        number += batch.num_rows
    for splice, _ in waiting:
        yield from splice.put


def _batch(raw: dict[str, Any], path: Path) -> "pyarrow.RecordBatch":
    import pyarrow.parquet

    schema = pyarrow.parquet.read_schema(path)
    try:
        return pyarrow.RecordBatch.from_pylist([raw], schema=schema)
    except (pyarrow.ArrowException, TypeError, ValueError) as error:
        raise InputError(
            "The row does not fit the columns of {file}.",
            "Leave each field of the kind that it has in the other rows.",
            file=path.name,
        ) from error


def _packed(batches: Sequence["pyarrow.RecordBatch"]) -> str:
    """Record batches as text: Arrow's stream, in base64."""
    import pyarrow

    if not batches:
        return ""
    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, batches[0].schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return base64.b64encode(sink.getvalue().to_pybytes()).decode("ascii")


def _unpacked(text: str) -> Iterator["pyarrow.RecordBatch"]:
    import pyarrow

    if text:
        with pyarrow.ipc.open_stream(base64.b64decode(text)) as reader:
            yield from reader
