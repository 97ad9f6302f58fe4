"""How the dataset on show is to be exported: form, kind of file, kind of rows, and what becomes of
rows that the form has no place for.
"""

from dataclasses import dataclass
from typing import Any, get_args

import gradio as gr

from studio.datasets.spec import DatasetJob
from tabs.kit import inspector
from tabs.kit.language import Translated, choice_label, field_label, word
from tabs.kit.session import Values


@dataclass(frozen=True)
class ExportForm:
    """The fold's fields by the names that the job's spec has for them, its button, and the download
    once it is ready.
    """

    fold: gr.Accordion
    formatting: gr.Dropdown
    file_type: gr.Dropdown
    rows_as: gr.Dropdown
    leave_out: gr.Checkbox
    formula_guard: gr.Checkbox
    make: gr.Button
    ready: gr.DownloadButton

    @property
    def fields(self) -> dict[str, Any]:
        """Name of the field → its component."""
        names = ("formatting", "file_type", "rows_as", "leave_out", "formula_guard")
        return {name: getattr(self, name) for name in names}

    def wish(self, values: Values) -> dict[str, Any]:
        """What was chosen, as `studio.datasets.exports.Wish` takes it; checked there."""
        flags = ("leave_out", "formula_guard")
        return {
            name: bool(values.get(part)) if name in flags else str(values.get(part) or "")
            for name, part in self.fields.items()
        }


def build(translated: Translated) -> ExportForm:
    """Lay the fold out."""
    with gr.Accordion("Export", open=False, elem_id="dataset-export-fold") as fold:
        formatting = _choices(translated, "formatting", "export-format")
        file_type = _choices(translated, "file_type", "export-type")
        rows_as = _choices(translated, "rows_as", "export-rows-as")
        leave_out = _tick(translated, "leave_out", "export-leave-out")
        formula_guard = _tick(translated, "formula_guard", "export-formula-guard")
        make = translated.label(
            gr.Button("Export", size="sm", elem_id="dataset-export"), "dataset.export", "value"
        )
        ready = gr.DownloadButton("Download", size="sm", visible=False, elem_id="dataset-download")
    translated.label(fold, "dataset.export_title")
    return ExportForm(fold, formatting, file_type, rows_as, leave_out, formula_guard, make, ready)


def _choices(translated: Translated, name: str, element: str) -> gr.Dropdown:
    values = list(get_args(DatasetJob.model_fields[name].annotation))
    box = gr.Dropdown(
        values,
        value=values[0],
        label=name,
        interactive=True,
        elem_id=element,
        elem_classes=inspector.LINE,
    )
    translated.add(
        box,
        lambda language: {
            "label": word(language, f"fields.{name}.label"),
            "choices": [(choice_label(language, "dataset", name, v), v) for v in values],
        },
    )
    return box


def _tick(translated: Translated, name: str, element: str) -> gr.Checkbox:
    box = gr.Checkbox(
        label=name, value=False, interactive=True, elem_id=element, elem_classes=inspector.LINE
    )
    translated.add(box, lambda language: {"label": field_label(language, "dataset", name)})
    return box
