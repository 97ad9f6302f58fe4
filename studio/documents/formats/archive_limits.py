"""Before a docx or epub is read: that what it unpacks to stays within reason."""

import io
import zipfile
import zlib

from studio.documents.formats.records import LARGEST_BYTES, damaged
from studio.errors import InputError

MOST_PARTS = 20_000
# Text packs to a tenth, a book of one line to a hundredth; what packs better is there to fill the
# disk.
MOST_RATIO, RATIO_FROM_BYTES = 200, 10 * 1024**2
ZIP_FAULTS = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    NotImplementedError,
    RuntimeError,
    EOFError,
    ValueError,
    OSError,
    zlib.error,
    KeyError,
)


def packed_too_well(info: zipfile.ZipInfo) -> bool:
    """Whether a member unpacks to far more than its packed size allows for text."""
    return info.file_size > RATIO_FROM_BYTES and info.file_size > MOST_RATIO * max(
        1, info.compress_size
    )


def checked_zip(name: str, data: bytes, form: str) -> None:
    """Raises InputError for a file that unpacks to far more than a document does, or holds what
    packs too well.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
    except ZIP_FAULTS as error:
        raise damaged(name, form) from error
    total = sum(info.file_size for info in infos)
    # Pictures may be many and large; the parts that are parsed are text.
    texts = [
        info
        for info in infos
        if info.filename.lower().endswith(
            (".xml", ".html", ".xhtml", ".htm", ".rels", ".opf", ".ncx")
        )
    ]
    packed = any(packed_too_well(info) for info in infos)
    if (
        packed
        or len(infos) > MOST_PARTS
        or sum(info.file_size for info in texts) > LARGEST_BYTES
        or total > 3 * LARGEST_BYTES
    ):
        raise InputError(
            "{name} unpacks to far more than a document holds.",
            "Open it in the program that made it and save it as plain text.",
            name=name,
        )
