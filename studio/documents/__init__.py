"""Documents: a file becomes clean text with exact offsets, kept in the workspace. Nothing here
takes a path except `import_path` and `import_paths`, which are for the command line, and `stage`,
which takes an upload's temporary file.
"""

from studio.documents import incoming
from studio.documents.books import take_apart
from studio.documents.importing import (
    KINDS,
    add_quickly,
    import_path,
    import_paths,
    quick,
    refuse_at_once,
)
from studio.documents.incoming import stage
from studio.documents.library import add, add_text, get, listing, rename, text
from studio.documents.places import place_of, places
from studio.documents.records import Document, Place
from studio.documents.removal import delete, files_of
from studio.documents.samples import sample_facts, samples

__all__ = [
    "KINDS",
    "Document",
    "Place",
    "add",
    "add_quickly",
    "add_text",
    "delete",
    "files_of",
    "get",
    "import_path",
    "import_paths",
    "incoming",
    "listing",
    "place_of",
    "places",
    "quick",
    "refuse_at_once",
    "rename",
    "sample_facts",
    "samples",
    "stage",
    "take_apart",
    "text",
]

# Modules that other rooms and the window may use beside these names.
MODULES = (
    "cleaning",
    "cleaning.spec",
    "handed_text",
    "incoming",
    "refusals",
    "spec",
)
