"""Arrow files, as `datasets.save_to_disk` and Feather write them, into parquet by batches."""

from pathlib import Path

from studio.datasets.parquet import MOST_BYTES
from studio.errors import InputError

FILE = b"ARROW1"
STREAM = b"\xff\xff\xff\xff"  # the mark before each message of a stream


def is_arrow(head: bytes) -> bool:
    """Whether a file that begins so is one of Arrow's two forms."""
    return head[:6] == FILE or (head[:4] == STREAM and b"\0" in head[4:16])


def as_parquet(path: Path, name: str, target: Path) -> None:
    """Write the rows of an Arrow file or stream to `target` as parquet.

    name: what its owner calls it. Raises InputError for a damaged file, or one whose rows take more
    than 2 GB.
    """
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.memory_map(str(path)) as source:
            whole = source.read(6) == FILE
            source.seek(0)
            opened = pyarrow.ipc.open_file(source) if whole else pyarrow.ipc.open_stream(source)
            batches = (
                (opened.get_batch(n) for n in range(opened.num_record_batches)) if whole else opened
            )
            taken = 0
            with pyarrow.parquet.ParquetWriter(target, opened.schema) as out:
                for batch in batches:
                    taken += batch.nbytes
                    if taken > MOST_BYTES:
                        raise InputError(
                            "{name} unfolds to more than {most} GB.",
                            "Split it first.",
                            name=name,
                            most=MOST_BYTES >> 30,
                        )
                    batch.validate(full=True)
                    out.write_batch(batch)
    except (pyarrow.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            "{name} cannot be read as {kind}.",
            "Check that the file is whole.",
            name=name,
            kind="arrow",
        ) from error
