"""Where a workspace's bytes lie: by kind of thing, in the store, in what is made again."""

from collections.abc import Iterable
from dataclasses import dataclass

from studio.files import size_of
from studio.inventory.collect import folder_bytes
from studio.inventory.things import Thing
from studio.workspace import Workspace

CACHES = ("cache", "incoming")
STORE = ("inkwell.db", "inkwell.db-wal", "inkwell.db-shm")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the bytes. name: a kind of thing, "store" or "cache"."""

    name: str
    bytes: int


def parts(workspace: Workspace, found: Iterable[Thing]) -> list[Part]:
    """The parts that hold something, the largest first. "store" holds the texts of chunks, lines
    and rows; "cache" goes and comes by itself, exported files among it.
    """
    sums: dict[str, int] = {}
    for thing in found:
        sums[thing.kind] = sums.get(thing.kind, 0) + thing.bytes
    sums["store"] = sum(size_of(workspace.path / name) for name in STORE)
    sums["cache"] = sum(folder_bytes(workspace.path / name) for name in CACHES) + folder_bytes(
        workspace.data / "exports"
    )
    made = [Part(name, size) for name, size in sums.items() if size]
    return sorted(made, key=lambda part: (-part.bytes, part.name))
