"""The Library: everything that a workspace holds, what each thing is made from and used in, and
finding, renaming, noting, deleting and packing it.

things.py   the record of a thing      collect.py  all things of a workspace
origins.py  what a job was given       changes.py  rename, note, delete
archive.py  a workspace as one zip, out and in
"""

from studio.inventory.archive import pack, unpack
from studio.inventory.changes import Deletion, delete, deletion, find, note, rename
from studio.inventory.collect import things
from studio.inventory.things import KINDS, Family, Kind, Ref, Thing, matches

__all__ = [
    "KINDS",
    "Deletion",
    "Family",
    "Kind",
    "Ref",
    "Thing",
    "delete",
    "deletion",
    "find",
    "matches",
    "note",
    "pack",
    "rename",
    "things",
    "unpack",
]
