"""Files that hold rows in a wrapping of their own: workbooks, Arrow tables, and what gzip packed.

What other files refuse by their first bytes (`studio.text.signature`) is let through here for these
kinds alone.
"""

import gzip
import zipfile
import zlib
from pathlib import Path, PurePath

from studio.datasets.source_files.arrow_files import FEATHER_1, is_arrow
from studio.errors import InputError
from studio.files import require_space
from studio.text.signature import HEAD_BYTES, kind_of_bytes, other_kind

GZIP, OLE = b"\x1f\x8b", b"\xd0\xcf\x11\xe0"
SHEETS = ("xlsx", "xlsm", "xlsb", "xls", "ods")
# What stands in the zip of each: a docx, an epub and a plain archive have none of them.
PARTS = ("xl/workbook.xml", "xl/workbook.bin")
MOST_PARTS, MOST_UNPACKED, MOST_RATIO, PIECE = 20_000, 2 << 30, 200, 1 << 20
RATIO_FROM = 64 << 20


def kind_of_container(path: Path, name: str, head: bytes) -> str:
    """excel or arrow; "" for anything else. Raises InputError for a workbook that unpacks to far
    more than its size allows.
    """
    if is_arrow(head):
        return "arrow"
    ending = PurePath(name).suffix.lower().lstrip(".")
    if head.startswith(OLE):
        return "excel" if ending in ("xls", "xlsx") else ""
    return "excel" if head[:4] == b"PK\3\4" and _is_workbook(path, name, ending) else ""


def refuse_no_rows(name: str, head: bytes) -> None:
    """Raises InputError, saying what it is, for a file whose first 4096 bytes are those of a
    program, a picture and the like, which hold no rows.
    """
    kind = kind_of_bytes(head)
    if kind == "DOC/XLS/PPT" and name.lower().endswith((".xls", ".xlsx")):
        return
    if head.startswith(FEATHER_1):
        raise other_kind(name, "Feather")
    if kind and kind != "GZIP" and not is_arrow(head):
        raise other_kind(name, kind)


def unpacked(path: Path, name: str, target: Path) -> tuple[Path, str]:
    """The file and its name; of one that gzip packed, what it unpacks to, written to `target`.

    Raises InputError for what is damaged, holds nothing that can be read here, or unpacks to more
    than 2 GB or two hundred times its size.
    """
    with path.open("rb") as file:
        if file.read(2) != GZIP:
            return path, name
    inner = name[: -len(".gz")] if name.lower().endswith(".gz") else name
    most = min(MOST_UNPACKED, max(RATIO_FROM, MOST_RATIO * path.stat().st_size))
    done = 0
    try:
        with gzip.open(path) as packed, target.open("wb") as out:
            while piece := packed.read(PIECE):
                done += len(piece)
                if done > most:
                    raise InputError(
                        "{name} unpacks to far more than a file of rows holds.",
                        "Unpack it, split it and add the parts.",
                        name=name,
                    )
                if done % (64 * PIECE) < PIECE:
                    require_space(target.parent, 2 * done)
                out.write(piece)
    except (zlib.error, EOFError, gzip.BadGzipFile) as error:
        raise InputError(
            "{name} cannot be read as {kind}.",
            "Check that the file is whole.",
            name=name,
            kind="gzip",
        ) from error
    with target.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head.startswith(GZIP) or head[257:262] == b"ustar":
        raise other_kind(inner, "TAR" if head[257:262] == b"ustar" else "GZIP")
    return target, inner


def _is_workbook(path: Path, name: str, ending: str) -> bool:
    """Whether a zip is a workbook: by its parts, of an ods by its type."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            found = any(info.filename in PARTS for info in infos)
            if not found and "mimetype" in (info.filename for info in infos[:3]):
                found = b"opendocument.spreadsheet" in archive.read("mimetype")[:200]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error, KeyError):
        return ending in SHEETS
    except ValueError:
        return ending in SHEETS
    if not found:
        return False
    total = sum(info.file_size for info in infos)
    packed = max(1, path.stat().st_size)
    if len(infos) > MOST_PARTS or total > max(RATIO_FROM, MOST_RATIO * packed):
        raise InputError(
            "{name} unpacks to far more than a file of rows holds.",
            "Unpack it, split it and add the parts.",
            name=name,
        )
    return True
