"""Names of datasets: none is overwritten without being asked to, and two that one disk could take
for one are one.

macOS and Windows take `Emma` and `emma` for the same file, macOS also an é of one sign and of two
(NFC and NFD). A set's held-out part is called like it with `-heldout` behind, so both are looked
at; its part for the test has `-test` behind, which is looked at where one is made. What made a set
stands in its entry of dataset_info.json as `"inkwell": {"work": …}`, which other tools pass over:
the same work may write its own set again, so that a job that was killed goes on and a pipeline run
anew ends where the last one did.
"""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from studio.datasets import partners, registry
from studio.datasets.row_changes import edit_log
from studio.datasets.source_files.sources import FILE_TYPES
from studio.errors import InputError, WorkspaceError
from studio.spec import digest
from studio.workspace import LONGEST_NAME, Workspace, safe_name

HELD_OUT, TEST = partners.HELD_OUT, partners.TEST
UPLOAD = "upload"
FILES = tuple(f".{ending}" for ending in FILE_TYPES)
SOURCE = ".source.jsonl"


def fold(name: str) -> str:
    """What two names have in common that one disk or another takes for the same."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def work_of_upload(name: str) -> str:
    """What identifies the upload of a file under a name."""
    return digest([UPLOAD, name])


def taken(workspace: Workspace, name: str, *, work: str = "", parts: tuple[str, ...] = ()) -> str:
    """The registered name, or the file in data/, that stands in the way of `name`; "" where there
    is none.

    parts: endings of the parts held out that are looked at too. work: what may be written again by
    the same work is no obstacle.
    """
    ours = {name, *(name + ending for ending in parts)}
    wanted = set(map(fold, ours))
    entries = registry.read_info(workspace)
    for known, entry in entries.items():
        if fold(str(known)) in wanted and not (
            work and registry.made_by(entry) == work and known in ours
        ):
            return str(known)
    registered = {
        _stem(str(entry.get("file_name"))) for entry in entries.values() if isinstance(entry, dict)
    }
    for path in sorted(workspace.data.iterdir()) if workspace.data.is_dir() else ():
        stem = _stem(path.name)
        begun = (workspace.data / f"{stem}{SOURCE}").exists()  # by a job that was killed
        if path.is_file() and fold(stem) in wanted and stem not in registered and not begun:
            return path.name
    return ""


def free_name(workspace: Workspace, name: str) -> str:
    """`name` if neither it nor its held-out part is taken, else the first of name-2, name-3 … that
    is free.
    """
    base, number = name, 1
    candidate = name
    while taken(workspace, candidate, parts=(HELD_OUT,)):
        number += 1
        tail = f"-{number}"
        candidate = base[: LONGEST_NAME - len(HELD_OUT) - len(tail)].rstrip(" .") + tail
    return candidate


def rename(workspace: Workspace, name: str, wanted: str) -> None:
    """Call a dataset otherwise; its file and the one that says where its rows came from go with
    it, where they lie in data/ under its name. Raises InputError for a name that is taken.
    """
    entry, wanted = registry.find(workspace, name), safe_name(wanted)
    with registry.changing(workspace) as info:
        if fold(wanted) != fold(entry.name) and (other := taken(workspace, wanted)):
            raise InputError(
                "The name {name} is taken ({other}).",
                "Choose another name.",
                name=wanted,
                other=other,
            )
        data = dict(info[entry.name])
        path = workspace.data / str(data["file_name"])
        if entry.path and path.stem == entry.name:
            beside = registry.sidecar(workspace, entry.name)
            path.replace(path.with_name(f"{wanted}{path.suffix}"))
            if beside.exists():
                beside.replace(registry.sidecar(workspace, wanted))
            data["file_name"] = f"{Path(data['file_name']).with_name(wanted + path.suffix)}"
        edit_log.rename(workspace, entry.name, wanted)
        kept = {wanted if known == entry.name else known: info[known] for known in info}
        kept[wanted] = data
        partners.renamed(kept, entry.name, wanted)
        info.clear()
        info.update(kept)


def require_free(
    workspace: Workspace, name: str, work: str, parts: tuple[str, ...] = (HELD_OUT,)
) -> None:
    """Raise InputError where the name, or that of a part, is taken by anything but the same work's
    own set.
    """
    other = taken(workspace, name, work=work, parts=parts)
    if other:
        raise InputError(
            "There is a dataset named {name} already.",
            "Choose another name, for example {free}, or tick Overwrite ({key}: true).",
            fields=("name",),
            name=other,
            free=free_name(workspace, name),
            key="overwrite",
        )


def require_name(name: str) -> str:
    """`name` if a set and its held-out part can be called so. Raises WorkspaceError."""
    name = safe_name(name)
    safe_name(name + HELD_OUT)
    return name


def for_upload(workspace: Workspace, name: str) -> str:
    """The name under which a file is registered: its own, which replaces only what was uploaded
    under exactly that name.

    Raises InputError where the name is taken by anything else, WorkspaceError for a bad name.
    """
    name = safe_name(name)
    other = taken(workspace, name, work=work_of_upload(name))
    if other:
        raise InputError(
            "There is a dataset named {name} already.",
            "Choose another name, for example {free}.",
            name=other,
            free=free_name(workspace, name),
        )
    return name


def remove(
    workspace: Workspace, name: str, *, but: str = "", parts: tuple[str, ...] = (HELD_OUT,)
) -> list[str]:
    """Take every set out that stands in the way of `name`, with its files and its held-out parts;
    the names taken out.

    but: work whose own sets stay, since they are about to be written.
    """
    wanted = {fold(name), *(fold(name + ending) for ending in parts)}
    gone = []
    with registry.changing(workspace) as info:
        for known in [
            k
            for k, entry in info.items()
            if fold(str(k)) in wanted and not (but and registry.made_by(entry) == but)
        ]:
            gone.append((str(known), info.pop(known)))
    for known, entry in gone:
        file = entry.get("file_name") if isinstance(entry, dict) else None
        for place in (f"data/{file}", f"data/{known}{SOURCE}"):
            _delete(workspace, place)
        edit_log.forget(workspace, known)
    return [known for known, _ in gone]


@contextmanager
def writing(workspace: Workspace) -> Iterator[None]:
    """Held while a dataset is written, so that two jobs never write one name at the same time.

    Raises WorkspaceError.
    """
    lock = filelock.FileLock(workspace.data / ".names.lock", timeout=600)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise WorkspaceError(
            "Another job has been writing a dataset for ten minutes.",
            "Wait until it is done, or stop it first.",
        ) from error
    try:
        yield
    finally:
        lock.release()


def _delete(workspace: Workspace, place: str) -> None:
    try:
        path: Path = workspace.inside(place)
        if path.is_relative_to(workspace.data):
            path.unlink(missing_ok=True)
    except (WorkspaceError, OSError):  # what lies elsewhere is not ours to delete
        return


def _stem(file: str) -> str:
    return next((file.removesuffix(end) for end in (SOURCE, *FILES) if file.endswith(end)), "")
