"""The form that finds who says what: its inner tab of Role dialogue, with the buttons that work on
from it.
"""

from dataclasses import dataclass

import gradio as gr

from studio.dialogue.pairs import export as exports
from studio.dialogue.spec import DialogueJob
from tabs.dialogue import example
from tabs.dialogue.example import ExampleBox
from tabs.kit import export_box, forms, inspector, presets_box, upload
from tabs.kit.export_box import ExportBox
from tabs.kit.forms import Form
from tabs.kit.language import Translated
from tabs.kit.presets_box import PresetsBox
from tabs.kit.tab import Window
from tabs.kit.upload import UploadBox


@dataclass(frozen=True)
class FindingBox:
    """The named components: `find` looks for characters, `start` extracts the lines.

    `carry` carries decisions over, `again` builds the pairs again; both stand for the lines that
    are shown.
    """

    form: Form[DialogueJob]
    presets: PresetsBox
    upload: UploadBox
    export: ExportBox
    example: ExampleBox
    find: gr.Button
    start: gr.Button
    carry: gr.Button
    again: gr.Button


def build(translated: Translated) -> FindingBox:
    """Lay the form and its buttons out in their inner tab."""
    with gr.Column(elem_classes=["fields"]):
        presets = presets_box.build("dialogue", translated)
        uploads = upload.build(translated, "dialogue")
        form = forms.build(DialogueJob, translated)
        row = example.build(form)
        export = export_box.build(translated, "dialogue", "dialogue", exports.FORMS)
    with inspector.foot():
        start = inspector.start_button(translated, "Extract", "dialogue")
        find = translated.label(
            gr.Button("Find", elem_id="dialogue-find"), "dialogue.find", "value"
        )
    with gr.Row(elem_classes=["beside-foot"]):
        carry, again = (
            gr.Button("→", size="sm", visible=False, elem_id=f"dialogue-{name}-onward")
            for name in ("carry", "again")
        )
    return FindingBox(
        form=form,
        presets=presets,
        upload=uploads,
        export=export,
        example=row,
        find=find,
        start=start,
        carry=carry,
        again=again,
    )


def wire(box: FindingBox, window: Window, notice: gr.HTML) -> None:
    """What fills the form: files that are added, and presets.

    What its buttons start shows beside it: the tab wires them (tabs/dialogue/tab.py).
    """
    upload.wire(box.upload, box.form, window.shared, notice)
    presets_box.wire(box.presets, box.form, window, notice)
