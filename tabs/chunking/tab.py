"""The Chunking tab: documents cleaned and cut, the cuts shown and set right in the text itself,
exported.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from studio import jobs
from studio.chunking.sets import export as exports
from studio.chunking.spec import ChunkJob
from studio.errors import InputError, SpecError
from studio.store import chunks
from tabs.chunking import card, chunk_sets, cleaning, plain_book
from tabs.chunking.cleaning import CleaningBox
from tabs.kit import (
    export_box,
    forms,
    inspector,
    job_status,
    notices,
    omnibus,
    presets_box,
    upload,
)
from tabs.kit.export_box import ExportBox
from tabs.kit.forms import Form
from tabs.kit.lazy import drawn
from tabs.kit.presets_box import PresetsBox
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.tab import Accept, Chooser, Tab, Window
from tabs.kit.upload import Taken, UploadBox
from tabs.kit.wiring import connect
from tabs.views import view

FOLLOW_S = 6.0
KINDS = ("chunk", "import", "clean")


@dataclass(frozen=True)
class ChunkingTab:
    """The tab's named components."""

    form: Form[ChunkJob]
    presets: PresetsBox
    upload: UploadBox
    clean: CleaningBox
    start: gr.Button
    notice: gr.HTML
    shown: gr.Dropdown
    other: gr.Dropdown
    export: ExportBox
    onward: gr.Button
    page: gr.State
    view: gr.HTML


def build(shared: Shared) -> ChunkingTab:
    """Lay the tab out."""
    translated = shared.translated
    with gr.Row(elem_classes=["work"]):
        with gr.Column(elem_classes=["left"]):
            with gr.Column(elem_classes=["fields"]):
                presets = presets_box.build("chunking", translated)
                uploads = upload.build(translated, "chunk")
                clean_form = cleaning.build(translated)
                form = forms.build(ChunkJob, translated, custom=("tokenizer",))
                export = export_box.build(translated, "chunk", "chunking", exports.FORMS)
            notice = notices.box()
            with inspector.foot():
                start = inspector.start_button(translated, "Cut", "chunk", "chunking")
        with gr.Column(elem_classes=["right"]):
            with gr.Row(elem_classes=["result-bar"]):
                pick: dict[str, Any] = {
                    "interactive": True,
                    "container": False,
                    "show_label": False,
                    "min_width": 120,
                }
                shown = gr.Dropdown([], label="result", elem_id="chunk-shown", **pick)
                other = gr.Dropdown(
                    [("", "")], value="", label="compare", elem_id="chunk-other", **pick
                )
                onward = gr.Button(
                    "→", size="sm", elem_id="chunk-onward", scale=0, min_width=260, visible=False
                )
            page = gr.State({"offset": 0})
            card = view("chunks", elem_id="chunk-view", elem_classes=["card"])
            clean = cleaning.card(*clean_form)
    for component, key in ((shown, "chunking.shown"), (other, "chunking.other")):
        translated.label(component, key)
    return ChunkingTab(
        form=form,
        presets=presets,
        upload=uploads,
        clean=clean,
        start=start,
        notice=notice,
        shown=shown,
        other=other,
        export=export,
        onward=onward,
        page=page,
        view=card,
    )


def wire(tab: ChunkingTab, window: Window) -> None:
    """What a click does."""
    shared = window.shared
    upload.wire(
        tab.upload,
        tab.form,
        shared,
        tab.notice,
        then=lambda session, values, ids: card.read(tab, session, values, ids[0]),
        inputs=card.seen(tab),
        outputs=card.changing(tab),
    )
    presets_box.wire(tab.presets, tab.form, window, tab.notice)
    cleaning.wire(tab.clean, window, tab.notice, tab.form.fields["documents"], tab.view)

    _wire_start(tab, shared)
    card.wire(tab, shared)
    _wire_export(tab, shared)
    window.hand_on(
        tab.onward,
        "chunks",
        lambda session, values: chunk_sets.standing(session, values.get(tab.shown)),
        inputs=[tab.shown],
        notice=tab.notice,
    )


def _wire_start(tab: ChunkingTab, shared: Shared) -> None:
    """Cutting the chosen documents, and the first borders as soon as there are any."""

    def start(session: Session, values: Values) -> Values:
        spec = tab.form.read(values)
        if not spec.plain()["documents"]:
            raise SpecError("No document is chosen.", "Add a document or choose one from the list.")
        made = chunk_sets.of_job(jobs.start(session.workspace, spec).id)
        # Named already, so that the new set is shown as soon as it has chunks, unless another is
        # chosen meanwhile.
        changed = card.choose(tab, session, made)
        turned = card.turned(tab, session, values | {tab.shown: made}, changed[tab.page])
        return turned | changed | job_status.show(shared, session)

    def follow(session: Session, values: Values) -> Values:
        """The first borders as soon as there are any, without waiting for the timer."""
        record = jobs.latest(session.workspace, "chunk")
        until = time.monotonic() + FOLLOW_S
        while record and record.active and time.monotonic() < until:
            if chunks.any_of_set(session.workspace.store, chunk_sets.of_job(record.id)):
                break
            time.sleep(0.05)
            record = jobs.latest(session.workspace, "chunk")
        return drawn(card.views(tab, session, values)) | job_status.show(shared, session)

    started = connect(
        shared,
        tab.start.click,
        start,
        inputs=tab.form.inputs,
        outputs=[*card.changing(tab), shared.status],
        notice=tab.notice,
    )
    connect(
        shared,
        started.success,
        follow,
        inputs=card.seen(tab),
        outputs=[tab.view, tab.onward, shared.status],
    )


def _wire_export(tab: ChunkingTab, shared: Shared) -> None:
    """The set on show as a file to download."""

    def export(session: Session, values: Values, form: str) -> Path:
        chosen = card.on_show(tab, session, values).chosen
        if chosen is None:
            raise InputError("There are no chunks yet.", "Cut a document first.")
        return exports.export(session.workspace, chosen["id"], form)

    export_box.wire(tab.export, shared, tab.notice, card.seen(tab), export)


def _taken(tab: ChunkingTab, window: Window, session: Session, taken: list[str]) -> Values:
    """Documents chosen in the form, the first of them to read."""
    choices = upload.listed(session)
    return {
        **cleaning.closed(tab.clean, tab.view),
        tab.form.fields["documents"]: gr.update(choices=choices, value=taken),
        tab.page: plain_book.remember(session, taken[0]),
    }


def _uploaded(tab: ChunkingTab, window: Window, session: Session, taken: Taken) -> Values:
    """What an upload has brought, and the job that brings the rest."""
    changed = _taken(tab, window, session, taken.ids) if taken.ids else {}
    if taken.slow:
        changed |= job_status.show(window.shared, session)
    return changed | {tab.notice: upload.told(session, taken)}


def _fills(tab: ChunkingTab) -> list[Any]:
    """What `_taken` changes."""
    return [tab.form.fields["documents"], tab.page, tab.view, *cleaning.parts(tab.clean)]


TAB = Tab(
    name="chunking",
    build=build,
    wire=wire,
    drawn=lambda tab: [tab.view, tab.onward, tab.upload.apart],
    views=lambda tab, session, values: (
        card.views(tab, session, values)
        | omnibus.views(tab.upload.apart, tab.form, session, values)
    ),
    watched=card.seen,
    forms=lambda tab: [tab.form],
    choosers=lambda tab: [
        Chooser(box=tab.shown, source="chunk_sets_shown", made_by=("chunk",)),
        Chooser(box=tab.other, source="chunk_sets", none="chunking.no_other"),
        presets_box.chooser(tab.presets),
        presets_box.chooser(tab.clean.presets),
    ],
    arrived=lambda tab, session, ids: {tab.page: plain_book.remember(session, ids[0])},
    arrives=lambda tab: [tab.page],
    restored=lambda tab: [tab.page],
    restore=lambda tab, session: {tab.page: plain_book.kept(session)},
    kinds=KINDS,
    makes=("chunk",),
    badge=chunk_sets.count,
    accepts={
        "document": Accept(
            fills=_fills,
            fill=lambda tab, window, session, name: _taken(tab, window, session, [name]),
        ),
        "upload": Accept(fills=lambda tab: [*_fills(tab), tab.notice], fill=_uploaded),
        "shown chunks": Accept(
            fills=lambda tab: [tab.shown, tab.page],
            fill=lambda tab, window, session, set_id: card.choose(tab, session, set_id),
        ),
    },
    offers={
        **presets_box.offers("chunking", "cleaning"),
        "documents": upload.offered,
        "chunk_sets": chunk_sets.made,
        "chunk_sets_shown": chunk_sets.shown,
    },
)
