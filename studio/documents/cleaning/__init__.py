"""Cleaning: steps that can be seen before they are done, counted, and followed back to the
original.

`clean_text` cleans a text at hand, `preview` shows what each step would change, the job kind
`clean` makes a cleaned copy of documents, and `original_span` finds where a piece of the copy stood
in the original.
"""

from studio.documents.cleaning.clean import Cleaned, clean_text, preview
from studio.documents.cleaning.edits import Edit, Sample
from studio.documents.cleaning.offsets import Offsets
from studio.documents.cleaning.origin import original_span
from studio.documents.cleaning.spec import STEPS, CleanJob, CleanSpec

__all__ = [
    "STEPS",
    "CleanJob",
    "CleanSpec",
    "Cleaned",
    "Edit",
    "Offsets",
    "Sample",
    "clean_text",
    "original_span",
    "preview",
]
