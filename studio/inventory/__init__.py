"""The Library: everything that a workspace holds, what each thing is made from and used in, and
finding, renaming, noting, deleting and packing it.

things.py   the record of a thing      collect.py  all things of a workspace
origins.py  what a job was given       changes.py  rename, note, delete
archive.py  a workspace as one zip, out and in      job.py, spec.py  the same as jobs
side_by_side.py  two of a kind compared   exporting.py  a thing as a file
disk.py     where the bytes lie
casts.py, chats.py  tables of characters and conversations that are kept
"""

from studio.inventory.archive import pack, unpack
from studio.inventory.changes import Deletion, delete, deletion, find, note, rename
from studio.inventory.collect import things
from studio.inventory.disk import Part, parts
from studio.inventory.exporting import FORMS, exported
from studio.inventory.side_by_side import Comparison, compared
from studio.inventory.things import KINDS, Family, Kind, Ref, Thing, matches

__all__ = [
    "FORMS",
    "KINDS",
    "Comparison",
    "Deletion",
    "Family",
    "Kind",
    "Part",
    "Ref",
    "Thing",
    "compared",
    "delete",
    "deletion",
    "exported",
    "find",
    "matches",
    "note",
    "pack",
    "parts",
    "rename",
    "things",
    "unpack",
]

# Modules that the window may use beside these names.
MODULES = ("casts", "chats", "spec")
