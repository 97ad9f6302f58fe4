"""Provider presets and the API key of a form that asks a model.

A key goes into the key file and never back.
"""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio import presets, secrets
from studio.errors import InputError
from tabs.kit import inspector, notices, presets_box
from tabs.kit.forms import Form
from tabs.kit.language import Translated, word
from tabs.kit.session import Session, Values
from tabs.kit.tab import Window
from tabs.kit.wiring import connect

FILLED = ("provider", "base_url", "model_name_or_path")


@dataclass(frozen=True)
class KeyBox:
    """The provider preset and the key of one form."""

    preset: gr.Dropdown
    key: gr.Textbox
    keep: gr.Button


def build(translated: Translated, elem_id: str) -> KeyBox:
    """Lay the box out, folded."""
    with gr.Accordion("Provider", open=False, elem_id=f"{elem_id}-provider") as fold:
        preset = gr.Dropdown(
            presets.names("providers"),
            value=None,
            label="preset",
            interactive=True,
            elem_id=f"{elem_id}-provider-preset",
            elem_classes=inspector.LINE,
        )
        key = gr.Textbox(
            "",
            label="API key",
            type="password",
            interactive=True,
            max_lines=1,
            elem_id=f"{elem_id}-key",
            elem_classes=inspector.LINE,
        )
        keep = gr.Button("Keep", size="sm", elem_id=f"{elem_id}-key-keep")
    translated.label(fold, "providers.title")
    translated.label(preset, "providers.preset")
    translated.add(
        key,
        lambda language: {"label": told_key(language, "label"), "info": told_key(language, "help")},
    )
    translated.label(keep, "providers.keep", "value")
    return KeyBox(preset, key, keep)


def told_key(language: str, part: str) -> str:
    """The key field's label or help."""
    return word(language, f"providers.key_{part}")


def wire(box: KeyBox, form: Form[Any], window: Window, notice: gr.HTML) -> None:
    """A preset fills provider, address and model; a key is kept for the form's address."""

    def kept(session: Session, values: Values) -> Values:
        address = str(values.get(form.fields["base_url"]) or "")
        if not address:
            raise InputError(
                "There is no address to keep the key for.", "Fill in the server's address first."
            )
        secrets.save_key(address, str(values.get(box.key) or ""))
        shown = secrets.hint(address)
        return {
            box.key: "",
            notice: notices.text(
                session,
                session.word("providers.kept" if shown else "providers.forgotten", hint=shown),
                good=True,
            ),
        }

    fields = ("provider", "base_url", "model")
    presets_box.fill_by(box.preset, "providers", form, window, notice, fields=fields)
    connect(
        window.shared,
        box.keep.click,
        kept,
        inputs={box.key, form.fields["base_url"]},
        outputs=[box.key],
        notice=notice,
    )
