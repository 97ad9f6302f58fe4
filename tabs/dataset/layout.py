"""How the Dataset tab is laid out: upload, form and export on the left, the bar over the preview on
the right.
"""

from typing import Any

import gradio as gr

from studio.datasets.spec import DatasetJob
from tabs.dataset import bringing, export_form, publish
from tabs.kit import forms, inspector, notices, presets_box
from tabs.kit.language import Translated, word
from tabs.kit.shared import Shared

MODES = ("rows", "chat", "tokens", "health", "entry")


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
            form = forms.build(
                DatasetJob,
                translated,
                custom=("stratify_by",),
                unfolded=("mix", "identity"),
                following=("split", "mix", "identity"),
            )
            brought = bringing.build(translated)
            export = export_form.build(translated)
            handed_over = publish.build(translated)
        heard = notices.box()
        with inspector.foot():
            start = inspector.start_button(translated, "Make", "dataset")
    made = {"upload": upload, "presets": presets, "form": form, "notice": heard, "start": start}
    return made | brought | {"export": export, "publish": handed_over}


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
            scale=3,
            min_width=0,
        )
        onward = gr.Button(
            "→", size="sm", elem_id="dataset-onward", scale=1, min_width=150, visible=False
        )
    return {"shown": shown, "mode": mode, "onward": onward}


def translate(translated: Translated, parts: dict[str, Any]) -> None:
    """Register the components that have labels or choices to translate."""
    for name, key in (
        ("upload", "dataset.upload"),
        ("bring_fold", "dataset.bring.title"),
        ("shown", "dataset.shown"),
    ):
        translated.label(parts[name], key)
    translated.add(
        parts["mode"],
        lambda language: {"choices": [(word(language, f"dataset.modes.{m}"), m) for m in MODES]},
    )
