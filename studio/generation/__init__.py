"""Generation: chunks become instruction rows, rows become preference pairs, and both are reviewed
here.
"""

from studio.generation.reading import (
    counts,
    delete,
    edit,
    flip,
    row_sets,
    rows_page,
    set_state,
    undo,
)

__all__ = ["counts", "delete", "edit", "flip", "row_sets", "rows_page", "set_state", "undo"]

# Modules that other rooms and the window may use beside these names.
MODULES = (
    "prompts",
    "reading",
    "shared_passages",
    "spec",
)
