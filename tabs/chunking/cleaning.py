"""Cleaning in the Chunking tab: a tick box a step, what each would change before and after, and the
button that does it.
"""

import functools
from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio import documents, jobs
from studio.documents import cleaning
from studio.documents.cleaning.spec import CleanJob
from studio.errors import SpecError, StudioError
from tabs.kit import forms, job_status, presets_box
from tabs.kit.forms import Form
from tabs.kit.language import field_label, sentences
from tabs.kit.pasted import Elsewhere
from tabs.kit.presets_box import PresetsBox
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.tab import Window
from tabs.kit.wiring import connect
from tabs.views import payload, view

LIMIT = 100_000


@dataclass(frozen=True)
class CleaningBox:
    """The folded form, and the card with before and after and the button."""

    fold: gr.Accordion
    presets: PresetsBox
    form: Form[CleanJob]
    view: gr.HTML
    open: gr.State


def build(translated: Any) -> tuple[gr.Accordion, PresetsBox, Form[CleanJob]]:
    """Lay out the form, folded."""
    with gr.Accordion("Clean", open=False, elem_id="clean-fold") as fold:
        presets = presets_box.build("cleaning", translated)
        form = forms.build(CleanJob, translated, without=("documents",))
    translated.label(fold, "cleaning.title")
    return fold, presets, form


def card(fold: gr.Accordion, presets: PresetsBox, form: Form[CleanJob]) -> CleaningBox:
    """Lay out the card, hidden until the form is unfolded."""
    return CleaningBox(
        fold,
        presets,
        form,
        view("cleaning", elem_id="clean-view", elem_classes=["card"], visible=False),
        gr.State(False),
    )


def parts(box: CleaningBox) -> list[Any]:
    """What `closed` changes."""
    return [box.fold, box.view, box.open]


def closed(box: CleaningBox, chunks: gr.HTML) -> Values:
    """Back to the chunks."""
    return {
        box.fold: gr.update(open=False),
        box.open: False,
        box.view: gr.update(visible=False),
        chunks: gr.update(visible=True),
    }


def wire(
    box: CleaningBox,
    window: Window,
    notice: Any,
    chosen: gr.Dropdown,
    chunks: gr.HTML,
) -> None:
    """Unfolding shows before and after; each tick shows it anew; the button cleans the chosen
    documents.
    """

    def start(session: Session, values: Values, data: dict[str, Any]) -> Values:
        ids = list(values.get(chosen) or [])
        if not ids:
            raise SpecError("No document is chosen.", "Add a document or choose one from the list.")
        jobs.start(session.workspace, box.form.read(values, documents=ids))
        return job_status.show(window.shared, session)

    documents_of = Elsewhere(
        held=lambda session, values: {"documents": list(values.get(chosen) or [])},
        inputs=frozenset({chosen}),
    )
    presets_box.wire(box.presets, box.form, window, notice, documents_of)
    _wire_preview(box, window.shared, notice, chosen, chunks)
    connect(
        window.shared,
        box.view.act,
        start,
        inputs=box.form.inputs | {chosen},
        outputs=[window.shared.status],
        notice=notice,
        event=True,
    )


def _wire_preview(
    box: CleaningBox, shared: Shared, notice: Any, chosen: gr.Dropdown, chunks: gr.HTML
) -> None:
    """Before and after in the place of the chunks, for as long as the form is unfolded."""
    inputs = box.form.inputs | {chosen}
    outputs = [box.open, chunks, box.view]

    def preview(session: Session, values: Values) -> Values:
        return {
            box.open: True,
            chunks: gr.update(visible=False),
            box.view: gr.update(visible=True, value=_payload(session, box, values, chosen)),
        }

    def changed(session: Session, values: Values) -> Values:
        """Not while the form is folded: what a page load puts back shows nothing by itself."""
        return preview(session, values) if values.get(box.open) else {}

    def folded(session: Session, values: Values) -> Values:
        return {
            box.open: False,
            chunks: gr.update(visible=True),
            box.view: gr.update(visible=False),
        }

    # change, not input: a preset that fills the form shows what it does, too.
    listener = functools.partial(
        gr.on, [field.change for field in box.form.fields.values()], trigger_mode="always_last"
    )
    connect(
        shared,
        box.fold.expand,
        preview,
        inputs=inputs,
        outputs=outputs,
        notice=notice,
        queue=True,
    )
    connect(
        shared,
        listener,
        changed,
        inputs={*inputs, box.open},
        outputs=outputs,
        notice=notice,
        queue=True,
    )
    connect(shared, box.fold.collapse, folded, outputs=outputs)


def _payload(session: Session, box: CleaningBox, values: Values, chosen: gr.Dropdown) -> str:
    """Counts and samples of each ticked step on the beginning of the first chosen document."""
    ids = list(values.get(chosen) or [])
    base = {"words": session.words("cleaning.view"), "empty": session.words("cleaning.empty")}
    if not ids:
        return payload(base | {"steps": None})
    document = documents.get(session.workspace, ids[0])
    try:
        spec = box.form.read(values, documents=ids)
        found = cleaning.preview(documents.text(session.workspace, document), spec, LIMIT)
    except StudioError as error:
        return payload(base | {"steps": [], "error": list(sentences(session.language, error))})
    names = {name: field_label(session.language, "clean", name) for name in box.form.fields}
    steps = [
        {
            "name": name,
            "label": names.get(name, name),
            "count": count,
            "samples": found["samples"].get(name, []),
        }
        for name, count in found["counts"].items()
    ]
    where = session.word(
        "cleaning.part" if document.chars > LIMIT else "cleaning.whole",
        name=document.name,
        n=f"{LIMIT:,}",
    )
    return payload(base | {"steps": steps, "where": where, "key": document.id})
