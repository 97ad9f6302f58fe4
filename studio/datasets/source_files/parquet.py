"""Parquet files by small batches, with a look at what they unfold to before any of it is unfolded.

Dictionary pages and runs let a file of a kilobyte stand for gigabytes. Text columns are therefore
read as dictionaries
first: the length of each value times how often it is named is what the rows take. pyarrow's
metadata says how many values there are, not how long they get (parquet-format, ColumnMetaData).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.datasets.source_files.convert import MOST_ROW, MOST_ROWS, Report
from studio.datasets.source_files.row_problem import RowProblem
from studio.errors import InputError

if TYPE_CHECKING:
    import pyarrow

MOST_BYTES = 2 << 30  # that the rows of a file take
MOST_VALUES = 200_000_000
BATCH = 128
SURVEY = 8192


def join(paths: list[Path], name: str, target: Path) -> None:
    """Write the rows of parquet files with the same columns into one parquet file.

    name: what their owner calls them together. Raises InputError for a damaged file, or one with
    other columns than the first.
    """
    import pyarrow
    import pyarrow.parquet

    out: Any = None
    try:
        for path in paths:
            one = Parquet(path, path.name)
            out = out or pyarrow.parquet.ParquetWriter(target, one.file.schema_arrow)
            if set(one.file.schema_arrow.names) != set(out.schema.names):
                raise InputError(
                    "{name} has other columns than {first}.",
                    "Keep files with the same columns together.",
                    name=path.name,
                    first=paths[0].name,
                )
            for batch in one.file.iter_batches(SURVEY, use_threads=False):
                table = pyarrow.Table.from_batches([batch]).select(out.schema.names)
                out.write_table(table.cast(out.schema))
    except (pyarrow.ArrowException, ValueError, TypeError) as error:
        raise InputError(
            "{name} cannot be read as {kind}.",
            "Check that the file is whole.",
            name=name,
            kind="parquet",
        ) from error
    finally:
        if out is not None:
            out.close()


class Parquet:
    """See `sources.Source`."""

    report: Report | None = None

    def __init__(self, path: Path, name: str = "", *, surveyed: int | None = None) -> None:
        """surveyed: how many rows from the first on are looked at for what they unfold to; all of
        them without it, and no others may be read.
        """
        import pyarrow
        import pyarrow.parquet

        # What pyarrow raises for files that break the format's rules: its own errors, and Python's
        # for names and numbers.
        self.faults = (
            pyarrow.ArrowException,
            OSError,
            ValueError,
            KeyError,
            TypeError,
            OverflowError,
            RecursionError,
        )
        self.path, self.name = path, name or path.name
        try:
            self.file = pyarrow.parquet.ParquetFile(path)
            meta = self.file.metadata
            self.total = meta.num_rows
            groups = [meta.row_group(number) for number in range(meta.num_row_groups)]
            values = sum(
                group.column(n).num_values for group in groups for n in range(group.num_columns)
            )
            self.sizes = [group.num_rows for group in groups]
        except self.faults as error:
            raise self._unreadable() from error
        if not 0 <= self.total <= MOST_ROWS or min(self.sizes, default=0) < 0:
            raise InputError(
                "{name} holds more than {most} rows.",
                "Split it first.",
                name=self.name,
                most=f"{MOST_ROWS:,}",
            )
        if values > MOST_VALUES:
            raise self._unfolds()
        self._survey(surveyed)

    def read(self, start: int = 0, limit: int | None = None) -> Iterator[Any]:
        """See Source."""
        left = self.total if limit is None else limit
        try:
            for group, size in enumerate(self.sizes):
                if start >= size:
                    start -= size
                    continue
                if left <= 0:
                    return
                for batch in self.file.iter_batches(BATCH, row_groups=[group], use_threads=False):
                    if start >= batch.num_rows:
                        start -= batch.num_rows
                        continue
                    part = batch.slice(start, left)
                    start, left = 0, left - part.num_rows
                    yield from self._rows(part)
                    if left <= 0:
                        return
        except MemoryError as error:
            raise self._unfolds() from error
        except self.faults as error:
            raise self._unreadable() from error

    def _rows(self, batch: "pyarrow.RecordBatch") -> Iterator[Any]:
        """The rows of a batch as tables; a row with a cell that cannot be read is a problem of its
        own.
        """
        try:
            yield from batch.to_pylist()
            return
        except self.faults:
            pass
        for number in range(batch.num_rows):
            try:
                yield batch.slice(number, 1).to_pylist()[0]
            except self.faults:
                yield RowProblem("not UTF-8 text")

    def _survey(self, rows: int | None) -> None:
        """Refuse a file whose rows take more than 2 GB, or one of whose values alone is too long.

        Raises InputError.
        """
        import pyarrow
        import pyarrow.parquet

        columns = [self.file.schema.column(number) for number in range(len(self.file.schema))]
        texts = [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]
        try:
            folded = pyarrow.parquet.ParquetFile(self.path, read_dictionary=texts)
            total = looked_at = 0
            # A group at a time: nested columns are no dictionaries over two of them.
            for group in range(len(self.sizes)):
                for batch in folded.iter_batches(
                    min(SURVEY, rows or SURVEY), row_groups=[group], use_threads=False
                ):
                    if rows is not None and looked_at >= rows:
                        return
                    looked_at += batch.num_rows
                    total += sum(self._size(column) for column in batch.columns)
                    if total > MOST_BYTES:
                        raise self._unfolds()
        except MemoryError as error:
            raise self._unfolds() from error
        except self.faults as error:
            raise self._unreadable() from error

    def _size(self, column: "pyarrow.Array") -> int:
        """Bytes that a column of a batch takes once unfolded.

        Raises InputError for a value that is too long.
        """
        import pyarrow
        import pyarrow.compute as compute

        kind = column.type
        if pyarrow.types.is_struct(kind):
            return sum(self._size(child) for child in column.flatten())
        if pyarrow.types.is_list(kind) or pyarrow.types.is_large_list(kind):
            return self._size(column.flatten()) + 8 * len(column)
        if not pyarrow.types.is_dictionary(kind):
            return int(column.nbytes)
        lengths = compute.binary_length(column.dictionary)
        if (compute.max(lengths).as_py() or 0) > 4 * MOST_ROW:
            raise InputError(
                "{name} holds a value longer than {most} MB.",
                "Split it first.",
                name=self.name,
                most=4 * MOST_ROW >> 20,
            )
        return compute.sum(lengths.take(column.indices)).as_py() or 0

    def _unfolds(self) -> InputError:
        return InputError(
            "{name} unfolds to more than {most} GB.",
            "Split it first.",
            name=self.name,
            most=MOST_BYTES >> 30,
        )

    def _unreadable(self) -> InputError:
        return InputError(
            "{name} cannot be read as {kind}.",
            "Check that the file is whole.",
            name=self.name,
            kind="parquet",
        )
