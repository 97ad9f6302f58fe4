"""Datasets: formats, registry, statistics, split, and the exact tokens and labels that training
sees.

Importing this package is light; pyarrow, pandas and transformers are loaded when a function needs
them.
"""

from studio.datasets.assembly.exports import export, export_zip
from studio.datasets.naming import free_name
from studio.datasets.opened import Dataset, open_dataset
from studio.datasets.registry import Entry, entries, names, register, unregister
from studio.datasets.stats import stats
from studio.datasets.taking_in.intake import register_file
from studio.datasets.token_view.preview import token_view
from studio.datasets.token_view.render import Rendered, render_row

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
    "assembly.gather",
    "assembly.mix",
    "assembly.split",
    "entry_origin",
    "health",
    "taking_in.hub_files",
    "taking_in.outside",
    "naming",
    "opened",
    "paging.row_query",
    "paging.row_server",
    "partners",
    "profile.declined",
    "profile.spec",
    "publishing.spec",
    "refusals",
    "registry",
    "row_changes.edit_log",
    "row_changes.edits",
    "row_changes.row_marks",
    "row_changes.row_work",
    "row_forms.column_map",
    "row_forms.formats",
    "row_forms.write",
    "spec",
    "token_view.options",
    "token_view.preview",
    "token_view.render",
    "token_view.sequences",
    "token_view.share",
    "token_view.template",
    "window",
)
