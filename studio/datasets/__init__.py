"""Datasets: formats, registry, statistics, split, and the exact tokens and labels that training
sees.

Importing this package is light; pyarrow, pandas and transformers are loaded when a function needs
them.
"""

from studio.datasets.exports import export, export_zip
from studio.datasets.intake import register_file
from studio.datasets.naming import free_name
from studio.datasets.opened import Dataset, open_dataset
from studio.datasets.preview import token_view
from studio.datasets.registry import Entry, entries, names, register, unregister
from studio.datasets.render import Rendered, render_row
from studio.datasets.stats import stats

__all__ = [
    "Dataset",
    "Entry",
    "Rendered",
    "entries",
    "export",
    "export_zip",
    "free_name",
    "names",
    "open_dataset",
    "register",
    "register_file",
    "render_row",
    "stats",
    "token_view",
    "unregister",
]

# Modules that other rooms and the window may use beside these names.
MODULES = (
    "column_map",
    "edit_log",
    "edits",
    "entry_origin",
    "formats",
    "gather",
    "health",
    "hub_files",
    "mix",
    "naming",
    "opened",
    "options",
    "outside",
    "partners",
    "preview",
    "profile.spec",
    "publishing.spec",
    "refusals",
    "registry",
    "render",
    "row_marks",
    "row_work",
    "row_query",
    "row_server",
    "sequences",
    "share",
    "spec",
    "split",
    "template",
    "window",
    "write",
)
