"""A path → the files in it: one file, a folder, or a zip.

One is open at a time, and none is ever unpacked to disk.

Names in an archive are only ever shown, never used as paths, so none of them can lead out of
anything.
"""

import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from studio.documents.formats.archive_limits import MOST_RATIO, ZIP_FAULTS, packed_too_well
from studio.documents.formats.detect import is_zip, zip_form
from studio.documents.formats.records import LARGEST_BYTES, damaged, too_large
from studio.documents.names import display_name, member_name
from studio.documents.zipnames import recovered
from studio.errors import InputError

MOST_FILES = 20_000
MOST_BYTES = 2 * 1024**3
JUNK = {"__macosx", "thumbs.db", "desktop.ini"}


@dataclass(frozen=True)
class Entry:
    """One file. key: the same in every run; name: as the document is called, folders before it;
    read: its bytes.
    """

    key: str
    name: str
    size: int
    read: Callable[[], bytes]


@contextmanager
def opened(path: Path, name: str = "") -> Iterator[list[Entry]]:
    """The files of a path, in the order of their names; `name` is what a single file or a zip is
    called.

    Hidden files and what operating systems add are left out; a zip inside is an entry, not opened.
    Raises InputError for a path that is missing, empty, or over the limits.
    """
    shown = display_name(name or path.name)
    if path.is_dir():
        yield _limited(_folder(path), shown)
        return
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            packed = is_zip(file.read(4))
    except OSError as error:
        raise _unreadable(shown) from error
    archive = _archive(path, shown) if packed else None
    if archive is None:
        yield [Entry("", shown, size, partial(_read_file, path, shown))]
        return
    with archive:
        yield _limited(_members(archive), shown)


def _limited(entries: list[Entry], name: str) -> list[Entry]:
    if not entries:
        raise InputError(
            "{name} holds no file.", "Choose a folder or a zip with files in it.", name=name
        )
    if len(entries) > MOST_FILES:
        raise InputError(
            "{name} holds more than {most} files.",
            "Divide it and add the parts one after the other.",
            name=name,
            most=f"{MOST_FILES:,}",
        )
    if sum(entry.size for entry in entries) > MOST_BYTES:
        raise InputError(
            "The files in {name} are larger than 2 GB together.",
            "Divide it and add the parts one after the other.",
            name=name,
        )
    return entries


def _folder(folder: Path) -> list[Entry]:
    entries: list[Entry] = []
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _skipped(name))
        for file in sorted(name for name in files if not _skipped(name)):
            path = Path(place) / file
            if path.is_file():
                inner = path.relative_to(folder).as_posix()
                shown = member_name(inner)
                entries.append(
                    Entry(inner, shown, path.stat().st_size, partial(_read_file, path, shown))
                )
        if len(entries) > MOST_FILES:
            break
    return entries


def _archive(path: Path, name: str) -> zipfile.ZipFile | None:
    """The opened zip; None for a docx, an epub and the like, which are zips too."""
    try:
        archive = zipfile.ZipFile(path)
    except ZIP_FAULTS as error:
        raise damaged(name, path.suffix.removeprefix(".").upper() or "ZIP") from error
    try:
        if zip_form(archive) == "zip":
            return archive
    except ZIP_FAULTS:
        pass
    archive.close()
    return None


def _members(archive: zipfile.ZipFile) -> list[Entry]:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    entries: list[Entry] = []
    for number, (info, inner) in enumerate(zip(infos, recovered(infos), strict=True)):
        if not any(
            _skipped(part)
            for part in inner.replace("\\", "/").split("/")
            if part not in ("", ".", "..")
        ):
            shown = member_name(inner)
            # Two members may have one name: the number keeps their keys apart.
            entries.append(
                Entry(
                    f"{number}:{inner}",
                    shown,
                    info.file_size,
                    partial(_read_member, archive, info, shown),
                )
            )
    return entries


def _skipped(name: str) -> bool:
    return name.startswith(".") or name.startswith("~$") or name.casefold() in JUNK


def _read_file(path: Path, name: str) -> bytes:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise too_large(name)
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(name) from error


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> bytes:
    if info.flag_bits & 1:
        raise InputError(
            "{name} is locked with a password.",
            "Unpack the zip with its password and add the files.",
            name=name,
        )
    if info.file_size > LARGEST_BYTES:
        raise too_large(name)
    if packed_too_well(info):
        raise InputError(
            "{name} is packed more than {ratio} to 1, as no text is.",
            "Unpack the zip yourself, look at the file, and add it by itself.",
            name=name,
            ratio=MOST_RATIO,
        )
    try:
        with archive.open(info) as source:
            data = source.read(
                LARGEST_BYTES + 1
            )  # its size is what the archive says of it, which need not be true
    except ZIP_FAULTS as error:
        raise InputError(
            "{name} is damaged inside the zip.",
            "Pack the files again and add the new zip.",
            name=name,
        ) from error
    if len(data) > LARGEST_BYTES:
        raise too_large(name)
    return data


def _unreadable(name: str) -> InputError:
    return InputError(
        "The file {name} cannot be read.", "Check the path and its permissions.", name=name
    )
