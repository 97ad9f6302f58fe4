"""A result as a file to download: the folded box that tabs share."""

import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from tabs.kit import inspector
from tabs.kit.language import Translated, word
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.wiring import connect


@dataclass(frozen=True)
class ExportBox:
    """The box: which form the file has, the button that makes it, and the one that fetches it."""

    form: gr.Dropdown
    make: gr.Button
    ready: gr.DownloadButton


def build(translated: Translated, name: str, words: str, kinds: Iterable[str]) -> ExportBox:
    """Lay the box out; `name` begins its ids, `words` is the section with export, export_title,
    export_form and forms.
    """
    kinds = list(kinds)
    with gr.Accordion("Export", open=False, elem_id=f"{name}-export-fold") as fold:
        form = gr.Dropdown(
            kinds,
            value=kinds[0],
            label="form",
            interactive=True,
            elem_id=f"{name}-export-form",
            elem_classes=inspector.LINE,
        )
        make = translated.label(
            gr.Button("Export", size="sm", elem_id=f"{name}-export"), f"{words}.export", "value"
        )
        ready = gr.DownloadButton("Download", size="sm", visible=False, elem_id=f"{name}-download")
    translated.label(fold, f"{words}.export_title")
    translated.add(
        form,
        lambda language: {
            "label": word(language, f"{words}.export_form"),
            "choices": [(word(language, f"{words}.forms.{kind}"), kind) for kind in kinds],
        },
    )
    return ExportBox(form, make, ready)


def wire(
    box: ExportBox,
    shared: Shared,
    notice: Any,
    inputs: Iterable[Any],
    export: Callable[[Session, Values, str], Path],
) -> None:
    """`export(session, values, form)` writes the file; the download button then offers it."""

    def made(session: Session, values: Values) -> Values:
        return {box.ready: offered(session, export(session, values, str(values.get(box.form))))}

    connect(
        shared,
        box.make.click,
        made,
        inputs=[*inputs, box.form],
        outputs=[box.ready],
        notice=notice,
        queue=True,
    )


def offered(session: Session, path: Path) -> Any:
    """The update of a download button that offers this file."""
    # Gradio serves files from the temporary folder alone, and a workspace lies elsewhere.
    served = shutil.copy(path, tempfile.mkdtemp(prefix="inkwell-export-"))
    label = session.word("dataset.download", name=path.name)
    return gr.update(value=str(served), label=label, visible=True)
