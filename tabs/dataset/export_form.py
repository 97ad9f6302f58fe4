"""How the dataset on show is to be exported: form, kind of file, kind of rows, and what becomes of
rows that the form has no place for.
"""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio.datasets.spec import DatasetJob
from tabs.kit import inspector
from tabs.kit.language import Translated
from tabs.kit.session import Values

FLAGS = ("leave_out", "formula_guard")
FIELDS = ("formatting", "file_type", "rows_as", *FLAGS)


@dataclass(frozen=True)
class ExportForm:
    """The fold's fields by the names that the job's spec has for them, its button, and the download
    once it is ready.
    """

    fold: gr.Accordion
    fields: dict[str, Any]
    sources: gr.Checkbox
    make: gr.Button
    ready: gr.DownloadButton

    def wish(self, values: Values) -> dict[str, Any]:
        """What was chosen, as `studio.datasets.assembly.exports.Wish` takes it; checked there."""
        return {
            name: bool(values.get(part)) if name in FLAGS else str(values.get(part) or "")
            for name, part in self.fields.items()
        }


def build(translated: Translated) -> ExportForm:
    """Lay the fold out."""
    rows = {row.name: row for row in DatasetJob.rows()}
    with gr.Accordion("Export", open=False, elem_id="dataset-export-fold") as fold:
        made = {
            name: inspector.component("export", rows[name], translated, custom=False)
            for name in FIELDS
        }
        sources = translated.label(
            gr.Checkbox(
                value=False,
                label="with_sources",
                interactive=True,
                elem_id="export-sources",
                elem_classes=inspector.CHECK,
            ),
            "fields.with_sources.label",
        )
        make = translated.label(
            gr.Button("Export", size="sm", elem_id="dataset-export"), "dataset.export", "value"
        )
        ready = gr.DownloadButton("Download", size="sm", visible=False, elem_id="dataset-download")
    translated.label(fold, "dataset.export_title")
    return ExportForm(fold=fold, fields=made, sources=sources, make=make, ready=ready)
