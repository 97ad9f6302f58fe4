"""The Chunking tab: documents cleaned and cut, the cuts shown and set right in the text itself,
exported.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from studio import jobs
from studio.chunking.sets import editing, queries
from studio.chunking.sets import export as exports
from studio.chunking.spec import ChunkJob
from studio.errors import InputError, SpecError
from studio.jobs.records import JobRecord
from studio.store import chunks, sets
from tabs.chunking import cleaning
from tabs.chunking import view as chunk_view
from tabs.chunking.cleaning import CleaningBox
from tabs.chunking.view import Shown
from tabs.kit import (
    coming,
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
from tabs.kit.forms import Choices, Form
from tabs.kit.lazy import Lazy, drawn
from tabs.kit.presets_box import PresetsBox
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.tab import Accept, Chooser, Tab, Window
from tabs.kit.upload import UploadBox
from tabs.kit.wiring import connect, number
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
    upload.wire(tab.upload, tab.form, shared, tab.notice)
    presets_box.wire(tab.presets, tab.form, window, tab.notice)
    cleaning.wire(tab.clean, window, tab.notice, tab.form.fields["documents"], tab.view)

    _wire_start(tab, shared)
    _wire_card(tab, shared)
    _wire_export(tab, shared)
    window.hand_on(
        tab.onward,
        "chunks",
        lambda session, values: _standing(session, values.get(tab.shown)),
        inputs=[tab.shown],
        notice=tab.notice,
    )


def _wire_start(tab: ChunkingTab, shared: Shared) -> None:
    """Cutting the chosen documents, and the first borders as soon as there are any."""

    def start(session: Session, values: Values) -> Values:
        spec = tab.form.read(values)
        if not spec.plain()["documents"]:
            raise SpecError("No document is chosen.", "Add a document or choose one from the list.")
        made = set_of(jobs.start(session.workspace, spec).id)
        # Named already, so that the new set is shown as soon as it has chunks, unless another is
        # chosen meanwhile.
        page = {tab.page: {"offset": 0}, tab.shown: made}
        changed = {**cleaning.closed(tab.clean, tab.view), **_choose(tab, session, made)}
        found = drawn(views(tab, session, values | page))
        card = {tab.view: gr.update(value=found[tab.view], visible=True)}
        return changed | found | card | job_status.show(shared, session)

    def follow(session: Session, values: Values) -> Values:
        """The first borders as soon as there are any, without waiting for the timer."""
        record = jobs.latest(session.workspace, "chunk")
        until = time.monotonic() + FOLLOW_S
        while record and record.active and time.monotonic() < until:
            if chunks.any_of_set(session.workspace.store, set_of(record.id)):
                break
            time.sleep(0.05)
            record = jobs.latest(session.workspace, "chunk")
        return drawn(views(tab, session, values)) | job_status.show(shared, session)

    started = connect(
        shared,
        tab.start.click,
        start,
        inputs=tab.form.inputs,
        outputs=[*_changed(tab), shared.status],
        notice=tab.notice,
    )
    connect(
        shared,
        started.success,
        follow,
        inputs=_seen(tab),
        outputs=[tab.view, tab.onward, shared.status],
    )


def _wire_card(tab: ChunkingTab, shared: Shared) -> None:
    """What is pressed in the card, and the choice of the sets that it shows."""

    def act(session: Session, values: Values, data: dict[str, Any]) -> Values:
        name = data.get("act")
        if name == "sample":
            return upload.sample(session, tab.form, "story")
        changed: Values = {}
        chosen = (_shown(tab, session, values).chosen or {}).get("id", "")
        if name == "toggle":
            editing.toggle(
                session.workspace, chosen, str(data.get("document", "")), number(data, "place", -1)
            )
        elif name == "undo":
            editing.undo(session.workspace, chosen)
        elif name in ("save", "delete"):
            changed = (
                _kept(tab, session, chosen, str(data.get("name", "")))
                if name == "save"
                else _deleted(tab, session, chosen)
            )
            values = values | {tab.shown: changed[tab.shown]["value"]}
        elif name == "page":
            changed = {tab.page: {"offset": max(0, number(data, "offset"))}}
            values = values | changed
        return changed | drawn(views(tab, session, values))

    def choose(session: Session, values: Values) -> Values:
        page = {"offset": 0}
        return {tab.page: page, **cleaning.closed(tab.clean, tab.view)} | drawn(
            views(tab, session, values | {tab.page: page})
        )

    connect(
        shared,
        tab.view.act,
        act,
        inputs=_seen(tab),
        outputs=[*_changed(tab), tab.form.fields["documents"]],
        notice=tab.notice,
        event=True,
    )
    for listener in (tab.shown.input, tab.other.input):
        connect(
            shared, listener, choose, inputs=_seen(tab), outputs=_changed(tab), notice=tab.notice
        )


def _seen(tab: ChunkingTab) -> list[Any]:
    """What the card hangs on, on the page."""
    return [tab.shown, tab.other, tab.page]


def _changed(tab: ChunkingTab) -> list[Any]:
    """What changes with the set on show."""
    shown = [tab.view, tab.page, tab.onward, tab.shown]
    return [*shown, *cleaning.parts(tab.clean)]


def _wire_export(tab: ChunkingTab, shared: Shared) -> None:
    """The set on show as a file to download."""

    def export(session: Session, values: Values, form: str) -> Path:
        chosen = _shown(tab, session, values).chosen
        if chosen is None:
            raise InputError("There are no chunks yet.", "Cut a document first.")
        return exports.export(session.workspace, chosen["id"], form)

    export_box.wire(tab.export, shared, tab.notice, _seen(tab), export)


def views(tab: ChunkingTab, session: Session, values: Values) -> dict[Any, Lazy]:
    """What the tab shows now."""
    shown = _shown(tab, session, values)
    awaited = _awaited(session, values.get(tab.shown))
    count = shown.chosen["count"] if shown.chosen and awaited is None else 0
    marks = [
        s
        and (
            s["id"],
            s["name"],
            s["count"],
            bool(s["meta"]),
            editing.edits(session.workspace, s["id"]),
        )
        for s in (shown.chosen, shown.other)
    ]
    onward = session.word("chunking.onward", n=f"{count:,}")
    return {
        tab.view: Lazy(coming.mark(session, awaited), lambda: coming.waiting(session, awaited))
        if awaited
        else Lazy(
            (session.language, session.workspace.path, shown.offset, *marks),
            lambda: chunk_view.draw(session, shown),
        ),
        tab.onward: Lazy(
            (session.language, count), lambda: gr.update(value=onward, visible=count > 0)
        ),
    }


def _standing(session: Session, wanted: Any) -> str | None:
    """The set wanted where it is there, else the newest; None where there is none."""
    made = [set_id for _, set_id in _made(session)]
    return wanted if wanted in made else next(iter(made), None)


def count(session: Session) -> int:
    """How many chunks the newest set has."""

    def counted() -> int:
        made = sets.newest(session.workspace.store, "chunks")
        return chunks.count(session.workspace.store, made.id) if made else 0

    found: int = session.kept("count chunks", ("sets", "chunks"), counted)
    return found


def set_of(job_id: str) -> str:
    """The set that a job of chunking makes."""
    return f"chunks-{job_id}"


def _choose(tab: ChunkingTab, session: Session, set_id: str) -> Values:
    """The updates that show a set from its first page on; it may still be in the making."""
    return {tab.page: {"offset": 0}, tab.shown: gr.update(choices=_sets(session), value=set_id)}


def _awaited(session: Session, wanted: Any) -> JobRecord | None:
    """The job that is making the set wanted, while the set has no chunks yet."""
    record = coming.job(session, "chunk")
    if record is None or wanted != set_of(record.id):
        return None
    return None if chunks.any_of_set(session.workspace.store, wanted) else record


def _sets(session: Session) -> Choices:
    """The sets that can be shown: first the one that is being made."""
    record = coming.job(session, "chunk")
    waits = record is not None and _awaited(session, set_of(record.id)) is not None
    return (
        [(coming.label(session, record), set_of(record.id))] if record is not None and waits else []
    ) + _made(session)


def _made(session: Session) -> Choices:
    return [
        (f"{s['name']} · {s['count']:,}", s["id"]) for s in queries.chunk_sets(session.workspace)
    ]


def _shown(tab: ChunkingTab, session: Session, values: Values) -> Shown:
    sets = queries.chunk_sets(session.workspace)
    known = {s["id"]: s for s in sets}
    chosen = known.get(values.get(tab.shown)) or (sets[0] if sets else None)
    other = known.get(values.get(tab.other) or "")
    offset = int((values.get(tab.page) or {}).get("offset", 0))
    return Shown(chosen, offset, other if other is not chosen else None)


def _kept(tab: ChunkingTab, session: Session, chosen: str, name: str) -> Values:
    """The set saved under a name, and shown."""
    made = editing.save_as(session.workspace, chosen, name)
    return {
        tab.shown: gr.update(choices=_sets(session), value=made),
        tab.notice: notices.text(
            session, session.word("chunking.saved", name=name.strip()), good=True
        ),
    }


def _deleted(tab: ChunkingTab, session: Session, chosen: str) -> Values:
    queries.delete_set(session.workspace, chosen)
    left = _sets(session)
    return {
        tab.shown: gr.update(choices=left, value=left[0][1] if left else None),
        tab.page: {"offset": 0},
    }


def _document(tab: ChunkingTab, window: Window, session: Session, document: str) -> Values:
    """A document is chosen in the form."""
    choices = upload.listed(session)
    return {tab.form.fields["documents"]: gr.update(choices=choices, value=[document])}


TAB = Tab(
    name="chunking",
    build=build,
    wire=wire,
    drawn=lambda tab: [tab.view, tab.onward, tab.upload.apart],
    views=lambda tab, session, values: (
        views(tab, session, values) | omnibus.views(tab.upload.apart, tab.form, session, values)
    ),
    watched=lambda tab: [*_seen(tab), tab.form.fields["documents"]],
    forms=lambda tab: [tab.form],
    choosers=lambda tab: [
        Chooser(box=tab.shown, source="chunk_sets_shown", made_by=("chunk",)),
        Chooser(box=tab.other, source="chunk_sets", none="chunking.no_other"),
        presets_box.chooser(tab.presets),
        presets_box.chooser(tab.clean.presets),
    ],
    kinds=KINDS,
    makes=("chunk",),
    badge=count,
    accepts={
        "document": Accept(fills=lambda tab: [tab.form.fields["documents"]], fill=_document),
        "shown chunks": Accept(
            fills=lambda tab: [tab.shown, tab.page],
            fill=lambda tab, window, session, set_id: _choose(tab, session, set_id),
        ),
    },
    offers={
        **presets_box.offers("chunking", "cleaning"),
        "documents": upload.offered,
        "chunk_sets": _made,
        "chunk_sets_shown": _sets,
    },
)
