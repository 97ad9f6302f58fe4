"""How the Dataset tab is laid out: upload, form and export on the left, the bar over the preview on
the right.
"""

from typing import Any

import gradio as gr

from studio.datasets.spec import DatasetJob
from tabs.dataset import bringing
from tabs.kit import forms, inspector, notices, presets_box
from tabs.kit.language import Translated, word
from tabs.kit.shared import Shared

MODES = ("rows", "chat", "tokens", "entry")


def left(shared: Shared) -> dict[str, Any]:
    """The left side by name: a file to take in, the form of the job, the export, the start."""
    translated = shared.translated
    with gr.Column(elem_classes=["left"]):
        with gr.Column(elem_classes=["fields"]):
            presets = presets_box.build("dataset", translated)
            upload = gr.File(
                label="upload",
                height=64,
                interactive=True,
                elem_id="dataset-upload",
                type="filepath",
            )
            form = forms.build(DatasetJob, translated)
            parts = bringing.build(translated) | _export(translated)
        heard = notices.box()
        with inspector.foot():
            start = inspector.start_button(translated, "Make", "dataset")
    made = {"upload": upload, "presets": presets, "form": form, "notice": heard, "start": start}
    return parts | made


def result_bar() -> dict[str, Any]:
    """The bar over the preview by name: which dataset, shown how, and the next step."""
    with gr.Row(elem_classes=["result-bar"]):
        shown = gr.Dropdown(
            [],
            label="dataset",
            interactive=True,
            elem_id="dataset-shown",
            container=False,
            show_label=False,
            scale=2,
        )
        mode = gr.Radio(
            [(name, name) for name in MODES],
            value="rows",
            label="view",
            interactive=True,
            elem_id="dataset-mode",
            container=False,
            show_label=False,
            scale=2,
        )
        onward = gr.Button(
            "→", size="sm", elem_id="dataset-onward", scale=1, min_width=200, visible=False
        )
    return {"shown": shown, "mode": mode, "onward": onward}


def translate(translated: Translated, parts: dict[str, Any]) -> None:
    """Register the components that have labels or choices to translate."""
    for name, key in (
        ("upload", "dataset.upload"),
        ("bring_fold", "dataset.bring.title"),
        ("export_fold", "dataset.export_title"),
        ("shown", "dataset.shown"),
        ("file_format", "fields.formatting.label"),
        ("file_type", "fields.file_type.label"),
    ):
        translated.label(parts[name], key)
    translated.add(
        parts["mode"],
        lambda language: {"choices": [(word(language, f"dataset.modes.{m}"), m) for m in MODES]},
    )


def _export(translated: Translated) -> dict[str, Any]:
    """The fold with the export: format, kind of file, and the download once it is ready."""
    with gr.Accordion("Export", open=False, elem_id="dataset-export-fold") as fold:
        file_format = gr.Dropdown(
            ["alpaca", "sharegpt", "openai"],
            value="alpaca",
            label="formatting",
            interactive=True,
            elem_id="export-format",
            elem_classes=inspector.LINE,
        )
        file_type = gr.Dropdown(
            ["json", "jsonl", "parquet"],
            value="json",
            label="file_type",
            interactive=True,
            elem_id="export-type",
            elem_classes=inspector.LINE,
        )
        export = translated.label(
            gr.Button("Export", size="sm", elem_id="dataset-export"),
            "dataset.export",
            "value",
        )
        ready = gr.DownloadButton("Download", size="sm", visible=False, elem_id="dataset-download")
    return {
        "export_fold": fold,
        "file_format": file_format,
        "file_type": file_type,
        "export": export,
        "ready": ready,
    }
